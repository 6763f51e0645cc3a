//! Tensors in a safetensors file, in the names and shapes of a PyTorch `nn.Sequential`.
//!
//! | offset | bytes | content |
//! |---|---|---|
//! | 0 | 8 | length of the header, little-endian |
//! | 8 | | header: a JSON object of every tensor's type, shape and place, and of metadata |
//! | | | the tensors' elements, little-endian, row by row |
//!
//! Layer l has the tensors `2(l−2).weight` (n_l × n_(l−1), a row per *unit*) and
//! `2(l−2).bias` (n_l): `0.weight`, `0.bias`, `2.weight` … The odd numbers are those of the
//! activations, which have no tensors.

mod layers;
mod metadata;
mod read;
mod write;

pub use read::{ImportOptions, MAX_HEADER_BYTES, read};
pub use write::write;
