//! What augmentation promises, seen from outside.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use ndarray::Array2;
use nn_data::augment::{ClassAngles, Elastic, Key, PRESETS, Span, expand_mnist};
use nn_data::{Augmentation, AugmentationError, Augmenter, Dataset, Features, sample};
use proptest::prelude::*;

/// The first `count` of the sample's test digits: 0, 1, …, 9, 0, 1, …
fn digits(count: usize) -> Dataset {
    sample::load().1.split_at(count).unwrap().0
}

fn augmenter(settings: &Augmentation, dataset: &Dataset, seed: u64) -> Augmenter {
    Augmenter::new(&settings.check().unwrap(), dataset, seed).unwrap()
}

fn pixels(dataset: &Dataset) -> &Array2<u8> {
    let Features::U8(pixels) = dataset.features() else { panic!("pixels are bytes") };
    pixels
}

fn mean_pixel(dataset: &Dataset) -> f64 {
    pixels(dataset).iter().map(|&pixel| f64::from(pixel)).sum::<f64>()
        / pixels(dataset).len() as f64
}

fn presets() -> impl Iterator<Item = Augmentation> {
    PRESETS.iter().map(|name| Augmentation::preset(name).unwrap())
}

#[test]
fn no_strength_changes_nothing() {
    let digits = digits(200);
    let elastic = Some(Elastic { sigma: 4.0.into(), alpha: 0.0.into() });
    for settings in [Augmentation::default(), Augmentation { elastic, ..Augmentation::default() }] {
        let same = augmenter(&settings, &digits, 1).epoch(&digits, 3);
        assert_eq!(same.features(), digits.features());
        assert_eq!(same.fingerprint(), digits.fingerprint());
    }
}

#[test]
fn shifts_move_whole_pixels() {
    let digits = digits(100);
    let expanded = expand_mnist(&digits).unwrap();
    let mut seen = [0; 5];
    let augmenter = augmenter(&Augmentation::expand_mnist(), &digits, 1);
    for epoch in 0..10 {
        let shifted = augmenter.epoch(&digits, epoch);
        for (sample, image) in pixels(&shifted).rows().into_iter().enumerate() {
            let five = 5 * sample..5 * sample + 5;
            let which = five.clone().position(|row| pixels(&expanded).row(row) == image);
            seen[which.expect("one of the book's five images")] += 1;
        }
    }
    assert!(seen.iter().all(|count| (150..250).contains(count)), "{seen:?}");
}

#[test]
fn an_image_depends_on_seed_epoch_and_sample_only() {
    let digits = digits(30);
    for settings in presets() {
        let augmenter = augmenter(&settings, &digits, 7);
        let whole = augmenter.epoch(&digits, 2);
        let mut scratch = augmenter.scratch();
        let mut out = vec![0; 784];
        for sample in (0..30).rev() {
            let key = Key { epoch: 2, sample: sample as u64 };
            let image = pixels(&digits).row(sample).to_vec();
            augmenter.augment_into(&image, sample % 10, key, &mut out, &mut scratch);
            assert_eq!(pixels(&whole).row(sample).to_vec(), out);
        }
        let mut block = vec![0; 7 * 784];
        augmenter.fill_block(&digits, 2, 11..18, &mut block, &mut augmenter.scratch());
        assert_eq!(block, pixels(&whole).as_slice().unwrap()[11 * 784..18 * 784]);
    }
}

#[test]
fn seeds_epochs_and_samples_differ() {
    let digits = digits(10).subset(&[3; 20]).unwrap();
    let augmenter_of = |seed| augmenter(&Augmentation::simard_2003(), &digits, seed);
    let epochs = [
        augmenter_of(1).epoch(&digits, 0),
        augmenter_of(1).epoch(&digits, 1),
        augmenter_of(2).epoch(&digits, 0),
    ];
    let mut seen = std::collections::HashSet::new();
    for image in epochs.iter().flat_map(|epoch| pixels(epoch).rows()) {
        assert!(seen.insert(image.to_vec()));
    }
}

#[test]
fn ink_is_roughly_kept() {
    let digits = digits(1_000 - 1);
    let check = |settings: Augmentation, tolerance: f64| {
        let changed = augmenter(&settings, &digits, 1).epoch(&digits, 0);
        let ratio = mean_pixel(&changed) / mean_pixel(&digits);
        assert!((ratio - 1.0).abs() < tolerance, "{ratio} for {settings:?}");
        assert_ne!(changed.features(), digits.features());
    };
    check(Augmentation { rotation: 15.0, ..Augmentation::default() }, 0.005);
    check(Augmentation { shear: 15.0, ..Augmentation::default() }, 0.005);
    check(Augmentation { shift: 2, ..Augmentation::default() }, 0.005);
    check(Augmentation { scale_x: 15.0, scale_y: 15.0, ..Augmentation::default() }, 0.03);
    for preset in presets() {
        check(preset, 0.03);
    }
}

#[test]
fn augmented_digits_never_change_silently() {
    // Recipes and reproductions rest on these images: SHA-256s of twenty digits after each preset.
    let digits = digits(20);
    let found: Vec<String> = presets()
        .map(|settings| augmenter(&settings, &digits, 1).epoch(&digits, 5).fingerprint().into())
        .collect();
    assert_eq!(found, GOLDEN);
}

const GOLDEN: [&str; 3] = [
    "371a2e62ed1ad0077b1d879bcf38704dfbf1c21fe673e8e04fea52a016de108b",
    "93d7e93ca6d6042aa659c5c9d5bc42a747a09cb84a5fc2923884e7b2b5b4af14",
    "1f29ad54896dca7a28d71cc9852b425c6f8d2a518c16749e6720e49229422544",
];

#[test]
fn datasets_that_do_not_fit_are_refused() {
    let digits = digits(10);
    let new = |settings: Augmentation, dataset: &Dataset| {
        Augmenter::new(&settings.check().unwrap(), dataset, 1).unwrap_err()
    };
    let make =
        |features| Dataset::new("two", features, vec![0, 1], vec!["a".into(), "b".into()]).unwrap();
    let floats = make(Features::F32(Array2::zeros((2, 784)))).with_image_shape(28, 28).unwrap();
    assert_eq!(
        new(Augmentation::default(), &floats).to_string(),
        "two can't be augmented: expected images of byte pixels, found floats"
    );
    let flat = make(Features::U8(Array2::zeros((2, 784))));
    assert!(matches!(new(Augmentation::default(), &flat), AugmentationError::NotImages { .. }));
    let wide = make(Features::U8(Array2::zeros((2, 4097)))).with_image_shape(1, 4097).unwrap();
    assert_eq!(
        new(Augmentation::default(), &wide).to_string(),
        "expected images of 1×1 to 4096×4096 pixels, found 1×4097"
    );
    let class_angles = vec![ClassAngles { classes: vec![1, 10], rotation: Some(1.0), shear: None }];
    let error = new(Augmentation { class_angles, ..Augmentation::default() }, &digits);
    assert_eq!(
        error.to_string(),
        "class_angles names class 10, but MNIST sample test has 10 classes, counted from 0"
    );
}

#[test]
#[should_panic(expected = "the images have another shape")]
fn images_of_another_shape_are_a_mistake() {
    let digits = digits(10);
    let augmenter = augmenter(&Augmentation::default(), &digits, 1);
    let _ = augmenter.epoch(&digits.with_image_shape(14, 56).unwrap(), 0);
}

#[test]
#[should_panic(expected = "the scratch is of another augmenter")]
fn the_scratch_of_another_augmenter_is_a_mistake() {
    let digits = digits(1);
    let mut scratch = augmenter(&Augmentation::default(), &digits, 1).scratch();
    let elastic = augmenter(&Augmentation::simard_2003(), &digits, 1);
    elastic.fill_block(&digits, 0, 0..1, &mut [0; 784], &mut scratch);
}

fn span(min: f64, max: f64) -> impl Strategy<Value = Span> {
    (min..=max, min..=max).prop_map(|(a, b)| Span { min: a.min(b), max: a.max(b) })
}

fn settings() -> impl Strategy<Value = Augmentation> {
    let elastic = proptest::option::of((span(0.01, 8.0), span(0.0, 10_000.0)));
    let affine = (0.0..=180.0, 0.0..=80.0, 0.0..=90.0, 0.0..=90.0);
    let shift = (0_u32..=64, any::<bool>(), any::<bool>());
    (elastic, affine, shift).prop_map(|(elastic, affine, shift)| Augmentation {
        shift: shift.0,
        shift_one_axis: shift.1,
        rotation: affine.0,
        shear: affine.1,
        rotation_or_shear: shift.2,
        scale_x: affine.2,
        scale_y: affine.3,
        elastic: elastic.map(|(sigma, alpha)| Elastic { sigma, alpha }),
        class_angles: Vec::new(),
    })
}

proptest! {
    #[test]
    fn no_image_and_no_settings_panic(
        settings in settings(),
        (rows, columns, image) in (1_usize..40, 1_usize..40).prop_flat_map(|(rows, columns)| {
            (Just(rows), Just(columns), proptest::collection::vec(any::<u8>(), rows * columns))
        }),
        seed: u64,
        epoch: u64,
    ) {
        let most = image.iter().copied().max().unwrap();
        let features = Features::U8(Array2::from_shape_vec((1, rows * columns), image).unwrap());
        let dataset = Dataset::new("one", features, vec![0], vec!["a".into()]).unwrap();
        let dataset = dataset.with_image_shape(rows, columns).unwrap();
        let augmenter = augmenter(&settings, &dataset, seed);
        let changed = augmenter.epoch(&dataset, epoch);
        // Interpolation never exceeds what it lies between.
        prop_assert!(pixels(&changed).iter().all(|&pixel| pixel <= most));
        let again = augmenter.epoch(&dataset, epoch);
        prop_assert_eq!(changed.features(), again.features());
    }
}
