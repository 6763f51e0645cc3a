//! What a dataset promises, and the errors of what would break it.

use ndarray::{Array2, Slice, array};

use super::*;

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| i.to_string()).collect()
}

fn five() -> Dataset {
    let features = Features::U8(array![[0, 1], [10, 11], [20, 21], [30, 31], [40, 41]]);
    Dataset::new("five", features, vec![0, 1, 2, 0, 1], names(3)).unwrap()
}

#[track_caller]
fn check_error(result: Result<Dataset, DatasetError>, expected: &str) {
    assert_eq!(result.unwrap_err().to_string(), expected);
}

#[test]
fn counts_must_agree_and_nothing_be_empty() {
    let features = || Features::U8(Array2::zeros((3, 2)));
    check_error(Dataset::new("", features(), vec![0; 2], names(1)), "3 samples but 2 labels");
    check_error(
        Dataset::new("", Features::U8(Array2::zeros((0, 784))), vec![], names(1)),
        "expected at least one sample of at least one feature, found 0 × 784",
    );
    check_error(
        Dataset::new("", Features::U8(Array2::zeros((3, 0))), vec![0; 3], names(1)),
        "expected at least one sample of at least one feature, found 3 × 0",
    );
    check_error(
        Dataset::new("", features(), vec![0; 3], vec![]),
        "expected 1 to 65536 classes, found 0",
    );
}

#[test]
fn labels_must_name_a_class() {
    check_error(
        Dataset::new("", Features::U8(Array2::zeros((3, 2))), vec![0, 9, 10], names(10)),
        "label 10 of sample 2 is not one of the 10 classes (0 to 9)",
    );
}

#[test]
fn features_must_be_finite() {
    let features = Features::F32(array![[0.0, 1.0], [2.0, f32::NAN]]);
    check_error(
        Dataset::new("", features, vec![0, 0], names(1)),
        "feature 1 of sample 1 is NaN, expected a finite number",
    );
}

#[test]
fn image_shapes_must_hold_the_features() {
    check_error(
        five().with_image_shape(2, 2),
        "images of 2×2 have 4 pixels, the samples have 2 features",
    );
    assert_eq!(five().with_image_shape(1, 2).unwrap().image_shape(), Some((1, 2)));
    assert!(five().with_image_shape(usize::MAX, usize::MAX).is_err());
}

#[test]
fn a_subset_follows_the_indices() {
    let subset = five().subset(&[4, 0, 4]).unwrap();
    assert_eq!(subset.features(), &Features::U8(array![[40, 41], [0, 1], [40, 41]]));
    assert_eq!(subset.labels().as_slice(), [1, 0, 1]);
    check_error(five().subset(&[5]), "sample 5 does not exist: there are 5, counted from 0");
    check_error(
        five().subset(&[]),
        "expected at least one sample of at least one feature, found 0 × 2",
    );
}

#[test]
fn a_split_loses_nothing() {
    for at in 1..5 {
        let (first, rest) = five().split_at(at).unwrap();
        assert_eq!((first.len(), rest.len()), (at, 5 - at));
        let rows: Vec<usize> = (0..5).collect();
        assert_eq!(first.features(), five().subset(&rows[..at]).unwrap().features());
        assert_eq!(rest.features(), five().subset(&rows[at..]).unwrap().features());
        assert_eq!(rest.labels(), five().subset(&rows[at..]).unwrap().labels());
    }
    for at in [0, 5, 6] {
        assert_eq!(
            five().split_at(at).unwrap_err().to_string(),
            format!("cannot split 5 samples after {at}: both parts need at least one sample"),
        );
    }
}

#[test]
fn sliced_and_transposed_features_keep_their_rows() {
    let whole = Array2::from_shape_fn((6, 3), |(r, c)| (10 * r + c) as f32);
    let mut sliced = whole.clone();
    sliced.slice_axis_inplace(Axis(0), Slice::from(2..5));
    let set = Dataset::new("", Features::F32(sliced), vec![0; 3], names(1)).unwrap();
    let (first, rest) = set.split_at(1).unwrap();
    assert_eq!(first.features(), &Features::F32(array![[20.0, 21.0, 22.0]]));
    assert_eq!(rest.features(), &Features::F32(array![[30.0, 31.0, 32.0], [40.0, 41.0, 42.0]]));

    let transposed = whole.reversed_axes();
    let set = Dataset::new("", Features::F32(transposed), vec![0; 3], names(1)).unwrap();
    let Features::F32(stored) = set.features() else { panic!("floats stay floats") };
    assert!(stored.is_standard_layout());
    assert_eq!(stored.row(1).to_vec(), [1.0, 11.0, 21.0, 31.0, 41.0, 51.0]);
}

#[test]
fn bytes_stand_for_fractions_of_255() {
    let features = Features::U8(array![[0, 51, 255]]);
    assert_eq!(features.to_f32(), array![[0.0, 0.2, 1.0]]);
    let mut row = [9.0; 3];
    features.copy_row(0, &mut row);
    assert_eq!(row.map(f32::to_bits), [0.0_f32, 0.2, 1.0].map(f32::to_bits));
}

#[test]
fn the_fingerprint_is_of_the_content() {
    // Computed independently: python3 -c "import hashlib, struct;
    //   print(hashlib.sha256(b'nn-data dataset 1\0' + struct.pack('<6Q', 0, 5, 2, 0, 0, 3)
    //   + bytes([0, 1, 10, 11, 20, 21, 30, 31, 40, 41])
    //   + struct.pack('<5H', 0, 1, 2, 0, 1)).hexdigest())"
    let expected = "1c713c0d0051c982858404b697d423229668d3222fc09b84c34c78494da2fe80";
    assert_eq!(five().fingerprint(), expected);
    assert_eq!(five().with_name("another").fingerprint(), expected);
    let others = [
        five().with_image_shape(1, 2).unwrap(),
        five().subset(&[1, 0, 2, 3, 4]).unwrap(),
        five().split_at(4).unwrap().0,
    ];
    for other in others {
        assert_ne!(other.fingerprint(), expected);
    }
    // A fingerprint that was asked for before a change isn't carried over it.
    let asked = five();
    let _ = asked.fingerprint();
    assert_ne!(asked.clone().with_image_shape(1, 2).unwrap().fingerprint(), expected);
    assert_ne!(asked.split_at(4).unwrap().0.fingerprint(), expected);
}

#[test]
fn the_validation_rows_are_the_last() {
    let splits = Splits::with_last_as_validation(five(), five(), 2).unwrap();
    assert_eq!((splits.train.len(), splits.validation.len(), splits.test.len()), (3, 2, 5));
    assert_eq!(splits.validation.features(), &Features::U8(array![[30, 31], [40, 41]]));
    for all in [0, 5, 6] {
        let error = Splits::with_last_as_validation(five(), five(), all).unwrap_err();
        assert!(matches!(error, DatasetError::Split { samples: 5, .. }), "{error}");
    }
    let other = Dataset::new("other", Features::U8(array![[1]]), vec![0], names(3)).unwrap();
    assert_eq!(
        Splits::with_last_as_validation(five(), other, 2).unwrap_err().to_string(),
        "five has 2 features, other has 1",
    );
}

#[test]
fn labels_are_counted() {
    assert_eq!(five().labels().counts(3), [2, 2, 1]);
    assert_eq!(five().labels().iter().collect::<Vec<_>>(), [0, 1, 2, 0, 1]);
}
