//! Augmentation: training images changed a little, anew for every epoch, as handwriting varies.
//!
//! [`Augmentation`] holds the settings, [`Augmentation::check`] proves them sound, and an
//! [`Augmenter`] applies them. What comes out depends on the seed, the epoch, the sample's number
//! and the sample, and on nothing else: neither threads nor order. The book's fivefold dataset is
//! [`expand_mnist`].
//!
//! # The map
//!
//! Pixel centres have whole-number coordinates, x to the right and y down; **c** is the middle of
//! the image. The output pixel at **p** takes the input's value at
//!
//! ```text
//! q(p) = c + S⁻¹ H⁻¹ R⁻¹ (p − t − c) + d(p)
//! ```
//!
//! with the shift **t**, the rotation R, the horizontal shear H, the scaling S and the elastic
//! displacement **d**; read from right to left, the digit is scaled, slanted, turned and moved. The
//! value at **q** is interpolated bilinearly between its four neighbours, once for the whole map;
//! outside the image it is 0, the background.
//!
//! # The displacement field
//!
//! Each of **d**'s two components is α · (g ∗ u): u is noise, an independent uniform number in
//! [−1, 1] per pixel, and g is the Gaussian of standard deviation σ, cut off at ⌈3σ⌉ pixels and
//! normalised to a sum of 1. The field itself is *not* normalised. The noise reaches ⌈3σ⌉ pixels
//! beyond the image on every side, so that the field is as strong at the border as in the middle.
//! A component's standard deviation is then close to α / (√12 · √π · σ), and a pixel's mean
//! displacement √(π/2) times that: 1.7 pixels for σ = 4, α = 34.
//!
//! Sources: Simard, Steinkraus & Platt, *Best Practices for Convolutional Neural Networks Applied to
//! Visual Document Analysis* (2003); Cireşan, Meier, Gambardella & Schmidhuber, *Deep, Big, Simple
//! Neural Nets for Handwritten Digit Recognition* (2010); the book's `expand_mnist.py`.

mod affine;
mod augmenter;
mod check;
mod expand_mnist;
mod gaussian;
mod image;
mod resample;
mod settings;
pub(crate) mod stream;

pub use augmenter::{Augmenter, Key, Scratch};
pub use check::{AugmentationError, CheckedAugmentation};
pub use expand_mnist::expand_mnist;
pub use settings::{Augmentation, ClassAngles, Elastic, PRESETS, Span};
