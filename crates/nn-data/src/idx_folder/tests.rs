//! Folders as users have them: good, altered, incomplete and mixed up.

use std::fs;

use ndarray::array;
use tempfile::TempDir;

use super::*;
use crate::ErrorKind;
use crate::verify::{HashingReader, hex};

fn own(train_labels: Vec<u16>, test_labels: Vec<u16>, classes: usize) -> TempDir {
    let set = |labels: Vec<u16>| {
        let features = Array2::from_shape_fn((labels.len(), 6), |(r, c)| (10 * r + c) as u8);
        let names = (0..classes).map(|i| i.to_string()).collect();
        Dataset::new("own", Features::U8(features), labels, names)
            .unwrap()
            .with_image_shape(2, 3)
            .unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    write_idx_folder(folder.path(), &set(train_labels), &set(test_labels)).unwrap();
    folder
}

/// Replaces one file of a folder, under its raw name, with an array.
fn replace(folder: &TempDir, name: &str, shape: Vec<usize>, data: IdxData) {
    fs::remove_file(folder.path().join(format!("{name}.gz"))).unwrap();
    let array = IdxArray::new(shape, data).unwrap();
    idx::write(fs::File::create(folder.path().join(name)).unwrap(), &array).unwrap();
}

#[track_caller]
fn check_error(folder: &TempDir, expected: &str) {
    let error = load_idx_folder(folder.path()).unwrap_err();
    let message = error.to_string().replace(&format!("{}/", folder.path().display()), "");
    assert_eq!(message, expected);
    assert_eq!(error.kind(), ErrorKind::Data);
}

#[test]
fn what_was_written_is_loaded() {
    let folder = own(vec![0, 1, 2, 1], vec![2, 0], 3);
    let (train, test) = load_idx_folder(folder.path()).unwrap();
    assert_eq!((train.len(), test.len(), train.num_classes()), (4, 2, 3));
    assert_eq!((test.num_classes(), test.image_shape()), (3, Some((2, 3))));
    assert_eq!(test.labels().as_slice(), [2, 0]);
    let title = folder.path().file_name().unwrap().to_str().unwrap();
    assert_eq!(train.name(), format!("{title} training"));
}

#[test]
fn other_element_types_and_ranks_are_taken_as_they_are() {
    let folder = own(vec![0, 1], vec![1], 2);
    replace(
        &folder,
        "train-images-idx3-ubyte",
        vec![2, 2],
        IdxData::F64(vec![0.5, -1.0, 2.0, 3.0]),
    );
    replace(&folder, "t10k-images-idx3-ubyte", vec![1, 1, 2, 1], IdxData::I16(vec![-7, 300]));
    replace(&folder, "train-labels-idx1-ubyte", vec![2], IdxData::I32(vec![0, 1]));
    let (train, test) = load_idx_folder(folder.path()).unwrap();
    assert_eq!(train.features(), &Features::F32(array![[0.5, -1.0], [2.0, 3.0]]));
    assert_eq!(train.image_shape(), None);
    assert_eq!(test.features(), &Features::F32(array![[-7.0, 300.0]]));
}

#[test]
fn dotted_names_are_found() {
    let folder = own(vec![0, 1], vec![1], 2);
    let at = |name: &str| folder.path().join(name);
    fs::rename(at("train-images-idx3-ubyte.gz"), at("train-images.idx3-ubyte.gz")).unwrap();
    replace(&folder, "t10k-labels-idx1-ubyte", vec![1], IdxData::U8(vec![1]));
    fs::rename(at("t10k-labels-idx1-ubyte"), at("t10k-labels.idx1-ubyte")).unwrap();
    assert!(load_idx_folder(folder.path()).is_ok());
}

#[test]
fn a_missing_file_is_named() {
    let folder = own(vec![0, 1], vec![1], 2);
    fs::remove_file(folder.path().join("t10k-images-idx3-ubyte.gz")).unwrap();
    let error = load_idx_folder(folder.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "t10k-images-idx3-ubyte is missing from {} (with and without .gz)",
            folder.path().display()
        ),
    );
    assert_eq!(error.kind(), ErrorKind::Io);
}

#[test]
fn a_directory_in_a_file_s_place_is_an_io_error() {
    let folder = own(vec![0, 1], vec![1], 2);
    fs::remove_file(folder.path().join("train-labels-idx1-ubyte.gz")).unwrap();
    fs::create_dir(folder.path().join("train-labels-idx1-ubyte")).unwrap();
    let error = load_idx_folder(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("train-labels-idx1-ubyte: "), "{error}");
}

#[test]
fn images_and_labels_are_told_apart() {
    let folder = own(vec![0, 1], vec![1], 2);
    replace(&folder, "train-labels-idx1-ubyte", vec![2, 1, 1], IdxData::U8(vec![0, 1]));
    check_error(
        &folder,
        "train-labels-idx1-ubyte: expected labels (one dimension), \
         found an array of shape [2, 1, 1]",
    );
    let folder = own(vec![0, 1], vec![1], 2);
    replace(&folder, "train-images-idx3-ubyte", vec![2], IdxData::U8(vec![0, 1]));
    check_error(
        &folder,
        "train-images-idx3-ubyte: expected images (two dimensions or more), \
         found an array of shape [2]",
    );
}

#[test]
fn counts_that_differ_name_both_files() {
    let folder = own(vec![0, 1], vec![1], 2);
    replace(&folder, "train-labels-idx1-ubyte", vec![3], IdxData::U8(vec![0, 1, 0]));
    check_error(
        &folder,
        "train-images-idx3-ubyte.gz and train-labels-idx1-ubyte: 2 samples but 3 labels",
    );
}

#[test]
fn a_test_label_beyond_the_training_classes_is_refused() {
    let folder = own(vec![0, 1], vec![0, 5], 6);
    check_error(
        &folder,
        "t10k-labels-idx1-ubyte.gz: label 5 of sample 1 is not one of the 2 classes (0 to 1)",
    );
}

#[test]
fn negative_and_fractional_labels_are_refused() {
    let folder = own(vec![0, 1], vec![1], 2);
    replace(&folder, "train-labels-idx1-ubyte", vec![2], IdxData::I8(vec![0, -1]));
    check_error(
        &folder,
        "train-labels-idx1-ubyte: \
         label -1 of sample 1 is not one of the 65536 classes (0 to 65535)",
    );
    let folder = own(vec![0, 1], vec![1], 2);
    replace(&folder, "train-labels-idx1-ubyte", vec![2], IdxData::F32(vec![0.0, 1.0]));
    check_error(
        &folder,
        "train-labels-idx1-ubyte: \
         expected labels as whole numbers, found floating-point elements",
    );
}

#[test]
fn no_images_and_no_rows_are_refused() {
    let folder = own(vec![0, 1], vec![1], 2);
    replace(&folder, "train-images-idx3-ubyte", vec![0, 28, 28], IdxData::U8(vec![]));
    replace(&folder, "train-labels-idx1-ubyte", vec![0], IdxData::U8(vec![]));
    check_error(
        &folder,
        "train-images-idx3-ubyte: \
         expected at least one sample of at least one feature, found 0 × 784",
    );
    let folder = own(vec![0, 1], vec![1], 2);
    replace(&folder, "train-images-idx3-ubyte", vec![2, 0, 28], IdxData::U8(vec![]));
    check_error(
        &folder,
        "train-images-idx3-ubyte: \
         expected at least one sample of at least one feature, found 2 × 0",
    );
}

#[test]
fn overflowing_values_are_not_finite() {
    let folder = own(vec![0, 1], vec![1], 2);
    replace(&folder, "train-images-idx3-ubyte", vec![2, 1], IdxData::F64(vec![1.0, 1e300]));
    check_error(
        &folder,
        "train-images-idx3-ubyte: feature 0 of sample 1 is inf, expected a finite number",
    );
}

#[test]
fn a_damaged_file_is_named() {
    let folder = own(vec![0, 1], vec![1], 2);
    fs::write(folder.path().join("train-images-idx3-ubyte.gz"), b"").unwrap();
    check_error(
        &folder,
        "train-images-idx3-ubyte.gz: expected an IDX header of at least 4 bytes, found 0 bytes",
    );
}

/// A small catalogue of the files in `folder`, as if they had been published.
fn catalogue_of(folder: &Path) -> Catalogue {
    let signature = |bytes: &[u8]| {
        let (size, sha256) = HashingReader::new(bytes).finish().unwrap();
        Signature { size, sha256: sha256.leak() }
    };
    let file = |known: &CatalogueFile| {
        let gzip = fs::read(folder.join(known.file_name(Form::Gzip))).unwrap();
        let mut raw = Vec::new();
        idx::write(&mut raw, &idx::read(&gzip[..]).unwrap()).unwrap();
        CatalogueFile { name: known.name, gzip: Some(signature(&gzip)), raw: Some(signature(&raw)) }
    };
    Catalogue {
        class_names: &["a", "b"],
        train_images: file(&MNIST.train_images),
        train_labels: file(&MNIST.train_labels),
        test_images: file(&MNIST.test_images),
        test_labels: file(&MNIST.test_labels),
        ..MNIST.clone()
    }
}

#[test]
fn any_altered_bit_of_a_known_file_is_found() {
    let folder = own(vec![0, 1], vec![1], 2);
    let catalogue = catalogue_of(folder.path());
    assert_eq!(load_catalogue(&catalogue, folder.path()).unwrap().0.class_names(), ["a", "b"]);
    for file in catalogue.files() {
        let path = folder.path().join(file.file_name(Form::Gzip));
        let good = fs::read(&path).unwrap();
        for bit in 0..8 * good.len() {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, bad).unwrap();
            let error = load_catalogue(&catalogue, folder.path()).unwrap_err();
            assert!(matches!(error, DataError::WrongChecksum { .. }), "bit {bit}: {error}");
        }
        for cut in 0..good.len() {
            fs::write(&path, &good[..cut]).unwrap();
            let error = load_catalogue(&catalogue, folder.path()).unwrap_err();
            assert!(matches!(error, DataError::WrongSize { .. }), "cut {cut}: {error}");
            assert_eq!(error.kind(), ErrorKind::Data);
        }
        fs::write(&path, good).unwrap();
    }
}

#[test]
fn a_sound_form_is_used_where_the_other_is_damaged() {
    let folder = own(vec![0, 1], vec![1], 2);
    let catalogue = catalogue_of(folder.path());
    let raw = folder.path().join(catalogue.train_labels.name);
    fs::write(&raw, b"damaged").unwrap();
    assert!(load_catalogue(&catalogue, folder.path()).is_ok());
    let gzip = folder.path().join(catalogue.train_labels.file_name(Form::Gzip));
    let array = idx::read_file(&gzip).unwrap();
    idx::write(fs::File::create(&raw).unwrap(), &array).unwrap();
    fs::write(&gzip, b"damaged").unwrap();
    assert!(load_catalogue(&catalogue, folder.path()).is_ok());
}

#[test]
fn a_folder_of_nothing_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let error = crate::mnist::load(folder.path()).unwrap_err();
    assert!(matches!(error, DataError::Missing { .. }));
    assert!(matches!(
        crate::mnist::load(folder.path().join("none")).unwrap_err(),
        DataError::Missing { .. }
    ));
}

#[test]
fn digests_are_hexadecimal() {
    assert_eq!(hex(&[0x00, 0x0f, 0xf0]), "000ff0");
    let (size, sha256) = HashingReader::new(&b"abc"[..]).finish().unwrap();
    assert_eq!(size, 3);
    // The example of FIPS 180-2, appendix B.1.
    assert_eq!(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn the_layouts_of_other_collections_are_read() {
    use crate::{EMNIST_LETTERS, Layout, QMNIST};
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &CatalogueFile, shape: Vec<usize>, data: IdxData| {
        let mut bytes = Vec::new();
        idx::write_gzip(&mut bytes, &IdxArray::new(shape, data).unwrap()).unwrap();
        fs::write(folder.path().join(file.file_name(Form::Gzip)), bytes).unwrap();
    };
    let letters = &EMNIST_LETTERS;
    for (images, labels) in [
        (&letters.train_images, &letters.train_labels),
        (&letters.test_images, &letters.test_labels),
    ] {
        write(images, vec![2, 2, 3], IdxData::U8((0..12).collect()));
        write(labels, vec![2], IdxData::U8(vec![1, 26]));
    }
    let (train, _) = load_catalogue(letters, folder.path()).unwrap();
    assert_eq!(train.image_shape(), Some((3, 2)));
    assert_eq!(train.labels().as_slice(), [0, 25]);
    assert_eq!(train.class_names()[25], "Z");
    let Features::U8(pixels) = train.features() else { panic!("pixels are bytes") };
    assert_eq!(pixels.row(0).to_vec(), [0, 3, 1, 4, 2, 5]);
    write(&letters.train_labels, vec![2], IdxData::U8(vec![0, 1]));
    let error = load_catalogue(letters, folder.path()).unwrap_err();
    assert!(error.to_string().contains("label -1 of sample 0"), "{error}");

    for (images, labels) in
        [(&QMNIST.train_images, &QMNIST.train_labels), (&QMNIST.test_images, &QMNIST.test_labels)]
    {
        write(images, vec![2, 1, 1], IdxData::U8(vec![0, 9]));
        let rows = vec![7, -1, 2500, 0, 0, 0, 0, 0, 3, -1, 1, 0, 0, 0, 0, 0];
        write(labels, vec![2, 8], IdxData::I32(rows));
    }
    let (train, test) = load_catalogue(&QMNIST, folder.path()).unwrap();
    assert_eq!((train.labels().as_slice(), test.len()), (&[7, 3][..], 2));
    write(&QMNIST.train_labels, vec![2, 2, 2], IdxData::I32(vec![0; 8]));
    assert!(load_catalogue(&QMNIST, folder.path()).is_err());
    assert_eq!(QMNIST.layout, Layout { labels_in_rows: true, ..Layout::default() });
}

#[test]
fn every_known_dataset_is_found_by_its_key() {
    for known in Catalogue::ALL {
        assert_eq!(Catalogue::find(known.key).unwrap().name, known.name);
        assert_ne!(known.is_fetchable(), !known.by_hand.is_empty(), "{}", known.key);
        for signature in known.files().iter().filter_map(|file| file.gzip) {
            assert_eq!(signature.sha256.len(), 64);
        }
    }
    assert!(Catalogue::find("mnst").is_none());
}
