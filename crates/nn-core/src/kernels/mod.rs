//! The fast arithmetic, and all `unsafe` code of the project.
//!
//! Layers, from the machine up:
//! - [`cache`]: sizes of caches, which say how weights are cut;
//! - [`vector`]: a register of lanes, per instruction set;
//! - [`elementary`], [`elementwise`]: exponentials, activations, derivatives;
//! - [`sparse`], [`dense`]: the products of a layer, generic over the vector type;
//! - [`table`]: those kernels compiled for each instruction set, and the choice at start;
//! - [`peak`]: what the CPU could do at most;
//! - [`layer`]: a forward pass through one layer;
//! - [`team`]: workers that train one network together, in phases divided by a barrier.
//!
//! Everything here is compared with the plain version: the portable kernels with nested
//! loops, the instruction sets with the portable kernels, the team with
//! [`backprop`](crate::backprop()).

// Generic kernels must melt into the `#[target_feature]` functions that call them.
#![allow(clippy::inline_always)]
// Loops over registers are counted: an iterator adapter could become a function of its own,
// without the instruction set of its surroundings.
#![allow(clippy::needless_range_loop)]

mod cache;
mod dense;
mod elementary;
mod elementwise;
mod grid;
pub(crate) mod layer;
mod peak;
mod prefetch;
pub(crate) mod sparse;
pub(crate) mod table;
pub(crate) mod team;
#[cfg(test)]
mod tests;
mod vector;

pub use table::{InstructionSet, KernelScalar};
