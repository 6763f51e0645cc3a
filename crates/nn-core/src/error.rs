//! What can be wrong with a network, its inputs or its parameters.

use crate::{Activation, Cost};

/// An error of the mathematics: a shape or a combination that has no meaning.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A network needs an input layer and an output layer.
    #[error("a network needs at least two layer sizes (input and output), found {found}")]
    TooFewLayers {
        /// How many sizes were given.
        found: usize,
    },

    /// Every layer has at least one unit.
    #[error("layer {layer} has no units: every layer size must be at least 1")]
    EmptyLayer {
        /// The book's number of the layer, counted from 1 for the input.
        layer: usize,
    },

    /// The sizes multiply to more than the machine can address.
    #[error("a layer of {inputs} × {outputs} weights is larger than the address space")]
    TooLarge {
        /// Units of the layer before.
        inputs: usize,
        /// Units of the layer itself.
        outputs: usize,
    },

    /// Two layers do not fit together.
    #[error("layer {layer} takes {expected} inputs, but the layer before it gives {found}")]
    LayersDoNotChain {
        /// The book's number of the layer that takes the inputs.
        layer: usize,
        /// What its weights expect.
        expected: usize,
        /// What the layer before gives.
        found: usize,
    },

    /// An array does not have the shape an operation needs.
    #[error("{what}: expected {expected}, found {found}")]
    Shape {
        /// The operation and the operand.
        what: &'static str,
        /// The length that was needed.
        expected: usize,
        /// The length that was found.
        found: usize,
    },

    /// This cost is not defined on this output activation.
    #[error(
        "the {cost} cost needs {needed} outputs, but the output layer is {activation}; \
         choose that output activation or another cost"
    )]
    CostNeedsActivation {
        /// The cost.
        cost: Cost,
        /// The output activations the cost is defined on.
        needed: &'static str,
        /// The output layer's activation.
        activation: Activation,
    },

    /// Softmax looks at a whole layer and is only meaningful at the end.
    #[error("softmax is an output activation; layer {layer} is hidden")]
    HiddenSoftmax {
        /// The book's number of the hidden layer.
        layer: usize,
    },

    /// A class label names no output unit.
    #[error("label {label} of sample {sample} names no output: there are {classes}")]
    Label {
        /// The label.
        label: usize,
        /// The row of the sample.
        sample: usize,
        /// The number of outputs.
        classes: usize,
    },

    /// A name that is none of a fixed set.
    #[error("unknown {kind} `{found}`; expected one of {expected}")]
    UnknownName {
        /// What the name is of.
        kind: &'static str,
        /// The name that was given.
        found: String,
        /// The names there are.
        expected: String,
    },

    /// A parameter outside its range.
    #[error("{name} must be {expected}, found {found}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Its range.
        expected: &'static str,
        /// The value given.
        found: String,
    },
}

impl Error {
    /// Refuses a length that differs from the expected one.
    pub(crate) fn check_len(what: &'static str, expected: usize, found: usize) -> Result<(), Self> {
        if expected == found { Ok(()) } else { Err(Self::Shape { what, expected, found }) }
    }
}
