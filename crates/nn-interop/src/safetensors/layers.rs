//! Which tensor is what: pairs of weights and biases, their order and their orientation.

use std::collections::BTreeMap;

use crate::ImportError;

/// A tensor as the header describes it.
#[derive(Debug, Clone)]
pub(super) struct Tensor<'a> {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    /// Little-endian elements.
    pub(super) data: &'a [u8],
    pub(super) is_double: bool,
}

/// The tensors of one layer.
#[derive(Debug)]
pub(super) struct LayerTensors<'a> {
    pub(super) weights: Tensor<'a>,
    /// None in layers that were made without.
    pub(super) biases: Option<Tensor<'a>>,
}

/// How the elements of a weight matrix lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Orientation {
    /// A row per unit: PyTorch.
    OutputsByInputs,
    /// A row per input: scikit-learn, Keras.
    InputsByOutputs,
}

impl Orientation {
    /// Inputs and outputs of a matrix of this shape.
    pub(super) fn sizes(self, shape: &[usize]) -> (usize, usize) {
        match self {
            Self::OutputsByInputs => (shape[1], shape[0]),
            Self::InputsByOutputs => (shape[0], shape[1]),
        }
    }

    /// Whether layers of these weights fit their biases and each other.
    fn fits(self, layers: &[LayerTensors<'_>]) -> bool {
        let sizes = |layer: &LayerTensors<'_>| self.sizes(&layer.weights.shape);
        let biases_fit = layers.iter().all(|layer| {
            layer.biases.as_ref().is_none_or(|biases| biases.shape[0] == sizes(layer).1)
        });
        biases_fit && layers.windows(2).all(|pair| sizes(&pair[0]).1 == sizes(&pair[1]).0)
    }
}

/// The words that weights and biases are called by, and the orientation that goes with them.
///
/// A name is one of these words alone, or with a stem before it (`0.weight`, `fc1.weight`,
/// `dense/kernel`), or with a number after it (`coefs_0`, `coefs_.0`, `coefs_[0]`).
const WORDS: [(&str, Role); 6] = [
    ("weight", Role::Weights(Orientation::OutputsByInputs)),
    ("bias", Role::Biases),
    ("kernel", Role::Weights(Orientation::InputsByOutputs)),
    ("coefs", Role::Weights(Orientation::InputsByOutputs)),
    ("intercepts", Role::Biases),
    ("weights", Role::Weights(Orientation::OutputsByInputs)),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Weights(Orientation),
    Biases,
}

/// Finds the layers in their order, and their common orientation: that of their names, unless
/// the shapes only fit the other one.
pub(super) fn find<'a>(
    tensors: Vec<Tensor<'a>>,
) -> Result<(Vec<LayerTensors<'a>>, Orientation), ImportError> {
    let mut weights: BTreeMap<Stem, (Tensor<'a>, Orientation)> = BTreeMap::new();
    let mut biases: BTreeMap<Stem, Tensor<'a>> = BTreeMap::new();
    for tensor in tensors {
        let Some((stem, role)) = split(&tensor.name) else {
            let expected = "a weight or bias of a layer (such as 0.weight, fc1.bias, coefs_0)";
            return Err(unfit(&tensor, expected, "a name that is neither"));
        };
        let (dimensions, what) = match role {
            Role::Weights(_) => (2, "a matrix of weights"),
            Role::Biases => (1, "a vector of biases"),
        };
        if tensor.shape.len() != dimensions || tensor.shape.contains(&0) {
            return Err(unfit(&tensor, what, &format!("the shape {:?}", tensor.shape)));
        }
        let (name, found) = (tensor.name.clone(), "two of that name");
        let twice = match role {
            Role::Weights(orientation) => weights.insert(stem, (tensor, orientation)).is_some(),
            Role::Biases => biases.insert(stem, tensor).is_some(),
        };
        if twice {
            let expected = "one tensor for a layer's weights and one for its biases".to_owned();
            return Err(ImportError::Tensor { tensor: name, expected, found: found.to_owned() });
        }
    }
    let mut named = Orientation::OutputsByInputs;
    let mut layers = Vec::with_capacity(weights.len());
    for (stem, (weights, orientation)) in weights {
        named = orientation;
        layers.push(LayerTensors { weights, biases: biases.remove(&stem) });
    }
    if let Some(tensor) = biases.values().next() {
        return Err(unfit(tensor, "weights to go with these biases", "none"));
    }
    if layers.is_empty() {
        let reason = "it holds no weights".to_owned();
        return Err(ImportError::Malformed { reason });
    }
    let other = match named {
        Orientation::OutputsByInputs => Orientation::InputsByOutputs,
        Orientation::InputsByOutputs => Orientation::OutputsByInputs,
    };
    let orientation = [named, other].into_iter().find(|orientation| orientation.fits(&layers));
    let Some(orientation) = orientation else {
        let shapes = layers.iter().map(|layer| format!("{:?}", layer.weights.shape));
        return Err(ImportError::DoNotChain { shapes: shapes.collect::<Vec<_>>().join(", ") });
    };
    Ok((layers, orientation))
}

fn unfit(tensor: &Tensor<'_>, expected: &str, found: &str) -> ImportError {
    ImportError::Tensor {
        tensor: tensor.name.clone(),
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
}

/// What a layer's tensors share of their names, in which numbers are in numerical order.
type Stem = Vec<Part>;

/// A stretch of a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Text(String),
}

/// The stem and the role of a name.
fn split(name: &str) -> Option<(Stem, Role)> {
    let separators = ['.', '/', '_', '[', ']', ':'];
    let words: Vec<&str> = name.split(separators).filter(|word| !word.is_empty()).collect();
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    // `kernel:0` and `coefs_[0]` have a number behind the word.
    let at = match words[..] {
        [.., word, number] if is_number(number) && !is_number(word) => words.len() - 2,
        [.., _] => words.len() - 1,
        [] => return None,
    };
    let role = WORDS.iter().find(|(word, _)| words[at].eq_ignore_ascii_case(word))?.1;
    let stem = words.iter().enumerate().filter(|(i, _)| *i != at);
    Some((stem.flat_map(|(_, word)| parts(word)).collect(), role))
}

/// Letters and numbers apart, as in `fc10`.
fn parts(word: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let end = if digits > 0 {
            digits
        } else {
            rest.bytes().position(|byte| byte.is_ascii_digit()).unwrap_or(rest.len())
        };
        let (part, after) = rest.split_at(end);
        parts.push(match part.parse() {
            Ok(number) => Part::Number(number),
            Err(_) => Part::Text(part.to_owned()),
        });
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(name: &str, shape: &[usize]) -> Tensor<'static> {
        let (name, shape) = (name.to_owned(), shape.to_vec());
        Tensor { name, shape, data: &[], is_double: false }
    }

    /// Names of the weights in order and the orientation.
    #[track_caller]
    fn found(tensors: &[(&str, &[usize])]) -> (Vec<String>, Orientation) {
        let tensors = tensors.iter().map(|(name, shape)| tensor(name, shape)).collect();
        let (layers, orientation) = find(tensors).unwrap();
        (layers.into_iter().map(|layer| layer.weights.name).collect(), orientation)
    }

    #[track_caller]
    fn refused(tensors: &[(&str, &[usize])], message: &str) {
        let tensors = tensors.iter().map(|(name, shape)| tensor(name, shape)).collect();
        let error = find(tensors).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }

    #[test]
    fn pytorch_and_scikit_learn_are_told_apart() {
        let (names, orientation) = found(&[
            ("fc10.weight", &[3, 4]),
            ("fc10.bias", &[3]),
            ("fc9.weight", &[4, 5]),
            ("fc9.bias", &[4]),
        ]);
        assert_eq!(names, ["fc9.weight", "fc10.weight"], "numbers are in numerical order");
        assert_eq!(orientation, Orientation::OutputsByInputs);
        for (weights, biases) in
            [("coefs_", "intercepts_"), ("coefs_.", "intercepts_."), ("coefs_[", "intercepts_[")]
        {
            let name = |stem: &str, i: usize| format!("{stem}{i}");
            let names: Vec<String> =
                (0..2).flat_map(|i| [name(weights, i), name(biases, i)]).collect();
            let shapes: [&[usize]; 4] = [&[5, 4], &[4], &[4, 3], &[3]];
            let tensors: Vec<_> = names.iter().map(String::as_str).zip(shapes).collect();
            assert_eq!(found(&tensors).1, Orientation::InputsByOutputs);
        }
        assert_eq!(found(&[("dense/kernel:0", &[5, 4]), ("dense/bias:0", &[4])]).0.len(), 1);
        assert_eq!(found(&[("weight", &[2, 2])]).0, ["weight"]);
    }

    #[test]
    fn shapes_that_fit_one_way_only_decide() {
        let (_, orientation) = found(&[("0.weight", &[5, 4]), ("0.bias", &[4])]);
        assert_eq!(orientation, Orientation::InputsByOutputs);
        let (_, orientation) = found(&[("coefs_0", &[4, 5]), ("intercepts_0", &[4])]);
        assert_eq!(orientation, Orientation::OutputsByInputs);
        // Square weights fit both ways: the name decides.
        let square: [(&str, &[usize]); 2] = [("0.weight", &[4, 4]), ("0.bias", &[4])];
        assert_eq!(found(&square).1, Orientation::OutputsByInputs);
    }

    #[test]
    fn other_tensors_are_refused() {
        refused(&[], "no weights");
        refused(
            &[("0.weight", &[2, 3, 3])],
            "expected a matrix of weights, found the shape [2, 3, 3]",
        );
        refused(&[("0.weight", &[0, 3])], "found the shape [0, 3]");
        refused(&[("1.running_mean", &[3])], "a name that is neither");
        refused(&[("0.weight", &[2, 3]), ("1.bias", &[2])], "weights to go with these biases");
        refused(&[("0.weight", &[2, 3]), ("0.bias", &[5])], "do not chain");
        refused(&[("0.weight", &[2, 3]), ("2.weight", &[2, 3])], "[2, 3], [2, 3]");
        refused(&[("0.weight", &[2, 3]), ("0_weight", &[2, 3])], "two of that name");
        refused(&[("", &[2, 3])], "a name that is neither");
    }
}
