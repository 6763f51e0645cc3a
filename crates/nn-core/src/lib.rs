//! Feed-forward neural networks and back-propagation.
//!
//! This crate is the mathematics of Michael Nielsen's *Neural Networks and Deep
//! Learning*, twice: once to be read ([`backprop()`], the four equations and nothing
//! else) and once to be fast ([`engine`], the same arithmetic on register-blocked
//! kernels). Tests hold the two together.
//!
//! It opens no file, starts no thread, reads no clock and knows no network: data
//! comes in as arrays, models go out through [`std::io::Write`].
//!
//! # Symbols
//!
//! The book's letters are used throughout; layers are numbered 1 (the input) to L.
//!
//! | symbol | meaning | here |
//! |---|---|---|
//! | x, y | input, desired output of one sample | rows of `inputs` (m × n₁), `targets` (m × n_L) |
//! | w^l, b^l | weights and biases into layer l | [`Layer::weights`] (n_(l−1) × n_l: a row per *input*), [`Layer::biases`] (n_l) |
//! | z^l, a^l | weighted input and activation of layer l | rows of [`ForwardPass::weighted_inputs`], [`ForwardPass::activations`] |
//! | δ^l | error ∂C/∂z^l of layer l | rows of [`LayerFactors::errors`] |
//! | C | cost of one sample | [`Cost`] |
//! | η, m | learning rate, mini-batch size | [`Step::rate`], rows of a batch |
//!
//! The book writes w^l_jk for the weight from neuron k to neuron j; here it is
//! `weights[[k, j]]`, because input-major rows let a blank pixel skip its row.
//!
//! # Example
//!
//! ```
//! use ndarray::array;
//! use nn_core::{Activation, Cost, Init, NetworkBuilder, backprop};
//!
//! let network = NetworkBuilder::<f64>::new(&[2, 3, 1])
//!     .hidden(Activation::Tanh)
//!     .output(Activation::Sigmoid)
//!     .init(Init::XavierNormal)
//!     .build(42)?;
//! let x = array![[0.0, 1.0]];
//! let y = array![[1.0]];
//! let gradients = backprop(&network, x.view(), y.view(), &Cost::Quadratic)?;
//! assert_eq!(gradients.sum().layers()[0].weights.dim(), (2, 3));
//! # Ok::<(), nn_core::Error>(())
//! ```

#![deny(unsafe_code)]

pub mod activation;
pub mod backprop;
pub mod clipping;
#[cfg(feature = "model-file")]
mod codec;
#[cfg(feature = "model-file")]
pub mod container;
pub mod cost;
pub mod dropout;
pub mod engine;
pub mod error;
pub mod examine;
pub mod gradients;
pub mod init;
pub mod inputs;
#[allow(unsafe_code)]
mod kernels;
pub mod layer;
pub mod matrix;
pub mod model;
#[cfg(feature = "model-file")]
pub mod model_file;
pub mod network;
pub mod predictor;
pub mod reference;
pub mod rng;
pub mod scalar;
pub mod statistics;
pub mod targets;
pub mod update_rule;

pub use activation::{Activation, ActivationFn};
pub use backprop::{ForwardPass, backprop, forward};
pub use clipping::Clipping;
#[cfg(feature = "model-file")]
pub use container::{Container, ContainerError};
pub use cost::{Cost, CostFn};
pub use dropout::Dropout;
pub use engine::{Engine, MiniBatches, Step};
pub use error::Error;
pub use gradients::{Gradients, LayerFactors, LayerGradient, PerSampleGradients};
pub use init::Init;
pub use inputs::{Inputs, SparseRows};
pub use kernels::InstructionSet;
pub use layer::Layer;
pub use matrix::Matrix;
pub use model::{
    Column, ColumnKind, ImagePreparation, Model, Normalization, Provenance, TargetScale, Task,
};
#[cfg(feature = "model-file")]
pub use model_file::{FileInfo, Limits, ModelFileError};
pub use network::{Network, NetworkBuilder};
pub use predictor::Predictor;
pub use scalar::Scalar;
pub use statistics::Statistics;
pub use targets::Targets;
pub use update_rule::{RuleState, RuleStep, UpdateRule};
