//! What an optimiser remembers, as arrays for a checkpoint and back.

use nn_core::{Network, RuleState, Scalar, UpdateRule};

use crate::resume::{ResumeError, StateArray};

/// The arrays of a state: for each layer, and each state its parameters have, those of the
/// weights (row by row) and those of the biases.
pub(crate) fn to_arrays<T: Scalar>(state: &RuleState<T>) -> Vec<StateArray<T>> {
    let mut arrays = Vec::new();
    for layer in 0..state.num_layers() {
        for number in 0..state.num_states() {
            let array = |part, values| StateArray { name: name(part, layer, number), values };
            arrays.push(array("weights", state.weights(layer, number).iter().copied().collect()));
            arrays.push(array("biases", state.biases(layer, number).to_vec()));
        }
    }
    arrays
}

/// The state of a rule for `network` after `steps` steps, from its arrays.
///
/// # Errors
///
/// [`ResumeError`] if they are not those of such a state.
pub(crate) fn from_arrays<T: Scalar>(
    network: &Network<T>,
    rule: Option<&dyn UpdateRule<T>>,
    arrays: &[StateArray<T>],
    steps: u64,
) -> Result<Option<RuleState<T>>, ResumeError> {
    let check = |what, expected: usize, found: usize| {
        let error =
            || ResumeError { what, expected: expected.to_string(), found: found.to_string() };
        if expected == found { Ok(()) } else { Err(error()) }
    };
    let Some(rule) = rule else {
        check("arrays of the optimiser", 0, arrays.len())?;
        return Ok(None);
    };
    let mut state = RuleState::new(network, rule);
    let expected = 2 * state.num_layers() * state.num_states();
    check("arrays of the optimiser", expected, arrays.len())?;
    state.set_steps(steps);
    let mut arrays = arrays.iter();
    let mut next = |part, layer, number| {
        let array = arrays.next().expect("their number is checked");
        let expected = name(part, layer, number);
        if array.name == expected {
            return Ok(&array.values);
        }
        Err(ResumeError { what: "in the optimiser's arrays", expected, found: array.name.clone() })
    };
    for layer in 0..state.num_layers() {
        for number in 0..state.num_states() {
            let values = next("weights", layer, number)?;
            let mut weights = state.weights_mut(layer, number);
            check("numbers in an array of the optimiser", weights.len(), values.len())?;
            weights.iter_mut().zip(values).for_each(|(to, &value)| *to = value);
            let values = next("biases", layer, number)?;
            let mut biases = state.biases_mut(layer, number);
            check("numbers in an array of the optimiser", biases.len(), values.len())?;
            biases.iter_mut().zip(values).for_each(|(to, &value)| *to = value);
        }
    }
    Ok(Some(state))
}

/// The name of an array, with the book's number of the layer.
fn name(part: &str, layer: usize, state: usize) -> String {
    format!("{part} of layer {}, state {}", layer + 2, state + 1)
}
