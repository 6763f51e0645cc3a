//! Evaluation of a network on many samples.

use nn_core::targets::argmax;
use nn_core::{Cost, Error, Network, Predictor, Scalar};

use crate::{ConfusionMatrix, Evaluation, Samples, StopFlag, Team};

/// Samples evaluated at a time by one thread.
const BLOCK: usize = 128;

/// Evaluates a network on samples, on all threads of a team.
///
/// The result does not depend on the number of threads: costs are summed in the order of
/// the samples.
///
/// # Errors
///
/// [`Error::Shape`] if the samples do not fit the network.
pub fn evaluate<T: Scalar>(
    network: &Network<T>,
    cost: &Cost,
    samples: &Samples<T>,
    team: &Team,
) -> Result<Evaluation, Error> {
    let never = StopFlag::new();
    let evaluation = evaluate_unless_stopped(network, cost, samples, team, &never)?;
    Ok(evaluation.expect("a flag that nobody else has is not set"))
}

/// [`evaluate`], given up soon after `stop` is set: `None` then.
///
/// # Errors
///
/// Those of [`evaluate`].
pub fn evaluate_unless_stopped<T: Scalar>(
    network: &Network<T>,
    cost: &Cost,
    samples: &Samples<T>,
    team: &Team,
    stop: &StopFlag,
) -> Result<Option<Evaluation>, Error> {
    let outputs = network.num_outputs();
    if samples.targets().num_outputs() != outputs {
        return Err(Error::Shape {
            what: "targets of a sample",
            expected: outputs,
            found: samples.targets().num_outputs(),
        });
    }
    let scale = samples.target_scale();
    let blocks = team.map_blocks(
        samples.len(),
        BLOCK,
        || (Predictor::new(network), vec![T::zero(); outputs]),
        |(predictor, y), range| {
            if stop.is_set() {
                return Ok(None);
            }
            let first = range.start;
            let results = predictor.results(samples.inputs(), range)?;
            let mut block = Vec::with_capacity(results.len());
            for (i, (z, a)) in results.enumerate() {
                samples.targets().copy_row(first + i, y);
                let cost = cost.value(z.into(), a.into(), (&*y).into());
                let numbers =
                    scale.map(|scale| (scale.target(y[0].as_f64()), scale.target(a[0].as_f64())));
                block.push((cost, argmax(y), argmax(a), numbers));
            }
            Ok(Some(block))
        },
    );
    let mut confusion = ConfusionMatrix::new(outputs);
    let mut pairs = Vec::new();
    let mut total = 0.0;
    for block in blocks {
        let Some(block) = block? else { return Ok(None) };
        for (cost, actual, predicted, numbers) in block {
            total += cost;
            match numbers {
                Some(pair) => pairs.push(pair),
                None => confusion.add(actual, predicted),
            }
        }
    }
    let mean_cost = if samples.is_empty() { 0.0 } else { total / samples.len() as f64 };
    Ok(Some(match scale {
        Some(_) => Evaluation::of_numbers(mean_cost, &pairs),
        None => Evaluation::new(mean_cost, confusion),
    }))
}
