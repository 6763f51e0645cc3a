//! Image datasets for small neural networks: read, verified, split, and fetched where wanted.
//!
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod augment;
mod catalogue;
mod dataset;
mod describe;
pub mod durable;
mod error;
#[cfg(feature = "fetch")]
pub mod fetch;
#[cfg(feature = "formats")]
pub mod formats;
pub mod idx;
mod idx_folder;
#[cfg(feature = "images")]
pub mod images;
mod location;
pub mod mnist;
pub mod sample;
mod verify;

pub use augment::{Augmentation, AugmentationError, Augmenter, CheckedAugmentation};
pub use catalogue::{
    Catalogue, CatalogueFile, EMNIST_BALANCED, EMNIST_DIGITS, EMNIST_LETTERS, FASHION_MNIST, Form,
    KMNIST, Layout, MNIST, QMNIST, Signature,
};
pub use dataset::{
    Column, ColumnKind, Dataset, DatasetError, Features, Labels, Splits, pixel_to_f32,
};
pub use describe::{Description, Range, describe, shared_samples};
pub use error::{Attempt, DataError, ErrorKind};
pub use idx::{IdxArray, IdxData, IdxError};
pub use idx_folder::{load_catalogue, load_idx_folder, write_idx_folder};
pub use location::{DATA_DIR_VARIABLE, data_dir, mnist_dir};
