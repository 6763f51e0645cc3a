//! What can keep a model from being written for, or read from, another tool.

use std::io;

/// A model that cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Only built-in activations and costs have a name that another tool would know.
    #[error("the {kind} `{name}` is not built in, so other tools cannot be told what it does")]
    Custom {
        /// Activation or cost.
        kind: &'static str,
        /// Its own name.
        name: String,
    },

    /// A weight or bias is NaN or infinite.
    #[error("layer {layer} holds a weight or bias that is not a finite number")]
    NotFinite {
        /// The book's number of the layer.
        layer: usize,
    },

    /// The parts of the model do not fit each other.
    #[error("the model is not consistent")]
    Invalid(#[from] nn_core::Error),

    /// The name cannot be that of a function in C.
    #[error("expected a name of letters, digits and underscores, found `{found}`")]
    Name {
        /// The name that was given.
        found: String,
    },

    /// A number of the format does not hold a size of this model.
    #[error("the model is too large for {format}: {what}")]
    TooLarge {
        /// The format.
        format: &'static str,
        /// What is too large.
        what: &'static str,
    },

    /// The writer failed.
    #[error("cannot write")]
    Io(#[from] io::Error),
}

/// A file that is no network, or none that can be made out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The reader failed.
    #[error("cannot read")]
    Io(#[from] io::Error),

    /// The file or the network is larger than the caller takes.
    #[error("the {what} needs {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// File or network.
        what: &'static str,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },

    /// The header announces more than any network's header has.
    #[error(
        "expected a safetensors header of at most {limit} bytes, found the length {found}; \
         is this a safetensors file?"
    )]
    HeaderLength {
        /// What the file says.
        found: u64,
        /// The longest that is read.
        limit: u64,
    },

    /// The file is not in the format, or is damaged.
    #[error("not a safetensors file, or a damaged one: {reason}")]
    Malformed {
        /// What is wrong.
        reason: String,
    },

    /// A tensor that no feed-forward network has.
    #[error("tensor `{tensor}`: expected {expected}, found {found}")]
    Tensor {
        /// Its name.
        tensor: String,
        /// What would fit.
        expected: String,
        /// What it is.
        found: String,
    },

    /// Shapes that fit no chain of layers in any orientation.
    #[error(
        "the weights' shapes {shapes} do not chain, neither as outputs × inputs nor as \
         inputs × outputs"
    )]
    DoNotChain {
        /// The shapes in order.
        shapes: String,
    },

    /// The file does not say its activations, and nor did the caller.
    #[error("the file does not say the activations of its {layers} layers")]
    ActivationsNeeded {
        /// How many there must be.
        layers: usize,
    },

    /// Not one activation per layer.
    #[error("expected an activation for each of the {expected} layers, found {found}")]
    Activations {
        /// Layers of the file.
        expected: usize,
        /// Activations that were given.
        found: usize,
    },

    /// An entry of the file's metadata cannot be understood.
    #[error("metadata `{key}`: {reason}")]
    Metadata {
        /// The entry.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },

    /// The parts do not make a model.
    #[error("the tensors do not make a model")]
    Invalid(#[from] nn_core::Error),
}
