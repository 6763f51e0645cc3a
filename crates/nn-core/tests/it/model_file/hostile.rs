//! Files made to harm: the checksum is right, and the payload lies.

use nn_core::ModelFileError;
use proptest::prelude::*;

use super::raw::{Normalization, Payload, seal, seal_version, small_payload};
use super::{from_bytes, message, small_model, small_regression, to_bytes};

/// Falsifies the payload of the small model, and reads it.
#[track_caller]
fn check(expected: &str, falsify: impl FnOnce(&mut Payload<f32>)) {
    let mut payload = small_payload();
    falsify(&mut payload);
    let error = from_bytes::<f32>(&payload.seal()).unwrap_err();
    let message = message(&error);
    assert!(message.contains(expected), "{message}");
}

#[test]
fn shapes_that_overflow() {
    let too_large = "is larger than the address space";
    check(too_large, |p| p.sizes = vec![u64::MAX, 2]);
    check(too_large, |p| p.sizes = vec![1 << 33, 1 << 33]);
    check(too_large, |p| p.sizes = vec![2, u64::MAX / 4]);
    check(too_large, |p| p.sizes = vec![1 << 31, 1 << 31, 1 << 31]);
    check("more than the limit", |p| p.sizes = vec![1 << 20, 1 << 20]);
    check("more than the limit", |p| p.sizes = vec![1 << 40, 1]);
    check("weights ask for more bytes than the file has", |p| p.sizes = vec![4, 3, 1000]);
    check("weights ask for more bytes than the file has", |p| p.sizes = vec![1000, 3, 2]);
}

#[test]
fn shapes_that_are_none() {
    check("found 0", |p| p.sizes.clear());
    check("at least two layer sizes", |p| p.sizes.truncate(1));
    check("layer 2 has no units", |p| p.sizes[1] = 0);
    check("layer 1 has no units", |p| p.sizes[0] = 0);
    check("the number of activations: expected 2, found 1", |p| {
        p.activations.pop();
    });
    check("the number of activations: expected 1, found 2", |p| p.sizes = vec![3, 2]);
    check("the number of layers: expected 2, found 1", |p| {
        p.layers[0].weights.extend([0.0; 32]);
        p.layers.pop();
    });
}

#[test]
fn layers_that_do_not_chain() {
    check("the number of weights of layer 2: expected 8, found 12", |p| p.sizes = vec![4, 2, 2]);
    check("the number of weights of layer 3: expected 6, found 5", |p| {
        p.layers[1].weights.pop();
        p.layers[1].biases.push(0.0);
    });
    check("the number of biases of layer 2: expected 3, found 4", |p| {
        p.layers[0].biases.push(0.0);
    });
    check("the number of biases of layer 3: expected 2, found 1", |p| {
        p.layers[1].biases.pop();
        p.class_names[0].push_str("long enough to make up for it");
    });
}

#[test]
fn numbers_that_are_none() {
    check("layer 2 holds a weight or bias that is not finite", |p| {
        p.layers[0].weights[3] = f32::NAN;
    });
    check("layer 3 holds a weight or bias that is not finite", |p| {
        p.layers[1].biases[0] = f32::NEG_INFINITY;
    });
    check("normalisation must be finite", |p| p.means[0] = f64::NAN);
    check("normalisation must be finite", |p| p.deviations[1] = 0.0);
    check("normalisation must be finite", |p| {
        p.normalization = Normalization::Scale(f64::INFINITY);
        p.means.clear();
        p.deviations.clear();
    });
}

#[test]
fn parts_that_do_not_fit() {
    check("the number of means of the normalisation: expected 4, found 3", |p| {
        p.means.pop();
    });
    check("the number of deviations of the normalisation: expected 4, found 5", |p| {
        p.deviations.push(1.0);
    });
    check("the number of means of the normalisation: expected 0, found 4", |p| {
        p.normalization = Normalization::None;
    });
    check("class names: expected 2, found 3", |p| p.class_names.push(String::new()));
    check("pixels of an image: expected 4, found 6", |p| p.image_shape = Some((2, 3)));
    check("pixels of an image", |p| p.image_shape = Some((u64::MAX, u64::MAX)));
    check("cost needs softmax outputs", |p| p.activations[1] = "sigmoid".to_owned());
    check("softmax is an output activation; layer 2 is hidden", |p| {
        p.activations[0] = "softmax".to_owned();
    });
}

#[test]
fn names_that_are_none() {
    check("unknown activation `swoosh`", |p| p.activations[0] = "swoosh".to_owned());
    check("unknown cost ``", |p| p.cost.clear());
    check("the weights are bf16, expected f32", |p| p.scalar = "bf16".to_owned());
}

/// Every place where eight bytes stand, and what a liar would write there. Some are plain
/// numbers, of which any value is good; none is a reason to fail in another way.
#[test]
fn numbers_anywhere_are_not_believed() {
    let good = small_payload().encode();
    for at in 0..=good.len() - 8 {
        for lie in [u64::MAX, 1 << 63, 1 << 32, 1 << 30, good.len() as u64, 0] {
            let mut bad = good.clone();
            bad[at..at + 8].copy_from_slice(&lie.to_le_bytes());
            if let Err(error) = from_bytes::<f32>(&seal(&bad)) {
                assert!(!matches!(error, ModelFileError::Io(_)), "{lie} at {at}: {error}");
            }
        }
    }
}

/// The very prefixes, found by the lengths that stand in them.
#[test]
fn each_length_prefix_is_checked() {
    let payload = small_payload();
    let good = payload.encode();
    let mut at = 0;
    let mut prefixes = Vec::new();
    let mut text = |s: &str, at: &mut usize| {
        prefixes.push((*at, s.len() as u64));
        *at += 8 + s.len();
    };
    text(&payload.scalar, &mut at);
    let sizes = at;
    at += 8 + 8 * payload.sizes.len();
    let activations = at;
    at += 8;
    payload.activations.iter().for_each(|name| text(name, &mut at));
    text(&payload.cost, &mut at);
    at += 4; // the variant of the normalisation
    at += 1 + 16; // the image shape
    text(&payload.provenance.dataset, &mut at);
    text(&payload.provenance.dataset_sha256, &mut at);
    text(&payload.provenance.recipe, &mut at);
    at += 8 + 8 + 9; // seed, epochs, accuracy
    text(&payload.provenance.version, &mut at);
    let means = at;
    let deviations = means + 8 + 8 * 4;
    let names = deviations + 8 + 8 * 4;
    at = names + 8;
    payload.class_names.iter().for_each(|name| text(name, &mut at));
    let layers = at;
    let weights = layers + 8;
    let biases = weights + 8 + 4 * 12;
    let others = [(sizes, 3), (activations, 2), (means, 4), (deviations, 4), (names, 2)];
    prefixes.extend(others);
    prefixes.extend([(layers, 2), (weights, 12), (biases, 3)]);

    for (at, length) in prefixes {
        assert_eq!(good[at..at + 8], length.to_le_bytes(), "the prefix at {at}");
        let near = [length + 1, length - 1];
        for lie in
            [u64::MAX, u64::MAX - 7, 1 << 63, 1 << 61, 1 << 40, 1 << 20].into_iter().chain(near)
        {
            let mut bad = good.clone();
            bad[at..at + 8].copy_from_slice(&lie.to_le_bytes());
            let read = from_bytes::<f32>(&seal(&bad));
            assert!(read.is_err(), "a length of {lie} at {at} was believed");
        }
    }
}

/// What stands behind the layers in version 2, replaced by something else.
#[test]
fn what_version_2_adds_is_not_believed() {
    let whole = to_bytes(&small_regression::<f32>());
    let start = [&1_u32.to_le_bytes()[..], &152.5_f64.to_le_bytes()].concat();
    let end_of_layers = whole.windows(12).position(|window| window == start).unwrap();
    let check = |expected: &str, tail: &[&[u8]]| {
        let payload = [&whole[56..end_of_layers], &tail.concat()].concat();
        let error = from_bytes::<f32>(&seal_version(&payload, 2)).unwrap_err();
        let message = message(&error);
        assert!(message.contains(expected), "{message}");
    };
    let (classes, regression) = (0_u32.to_le_bytes(), 1_u32.to_le_bytes());
    let (one, nan) = (1_f64.to_le_bytes(), f64::NAN.to_le_bytes());
    let count = |n: u64| n.to_le_bytes();
    check("task ends too early", &[]);
    check("task holds a value that its type does not have", &[&7_u32.to_le_bytes()]);
    let (digit, resize) = (0_u32.to_le_bytes(), 1_u32.to_le_bytes());
    check("preparation of images ends too early", &[&classes]);
    check("task needs no version 2", &[&classes, &digit, &count(0)]);
    check("scale of the targets must be finite", &[&regression, &nan, &one, &digit, &count(0)]);
    let zero = 0_f64.to_le_bytes();
    check("scale of the targets must be finite", &[&regression, &one, &zero, &digit, &count(0)]);
    check("columns, at most one a feature: expected 4", &[&classes, &digit, &count(u64::MAX)]);
    check("columns ends too early", &[&classes, &digit, &count(1)]);
    check("columns claims more bytes", &[&classes, &resize, &count(1), &count(u64::MAX)]);
    let number = [&count(1)[..], b"x", &0_u32.to_le_bytes()].concat();
    check("features of the columns: expected 4, found 1", &[&classes, &digit, &count(1), &number]);
    let no_words = [&count(1)[..], b"x", &1_u32.to_le_bytes(), &count(0)].concat();
    check("words of a column must be at least one", &[&classes, &digit, &count(1), &no_words]);
}

#[test]
fn no_truncation_or_lie_in_version_2_is_a_panic() {
    let whole = to_bytes(&small_regression::<f32>());
    let payload = &whole[56..];
    for length in 0..payload.len() {
        assert!(from_bytes::<f32>(&seal_version(&payload[..length], 2)).is_err());
    }
    for at in 0..=payload.len() - 8 {
        for lie in [u64::MAX, 1 << 63, 1 << 32, 1 << 30, 0] {
            let mut bad = payload.to_vec();
            bad[at..at + 8].copy_from_slice(&lie.to_le_bytes());
            let _ = from_bytes::<f32>(&seal_version(&bad, 2));
        }
    }
    // A classifier that says it is of version 2 lacks its end.
    let old = to_bytes(&small_model::<f32>());
    assert!(from_bytes::<f32>(&seal_version(&old[56..], 2)).is_err());
}

#[test]
fn a_payload_longer_or_shorter_than_its_content() {
    let good = small_payload().encode();
    for length in 0..good.len() {
        let error = from_bytes::<f32>(&seal(&good[..length])).unwrap_err();
        assert!(!matches!(error, ModelFileError::Io(_)), "{error}");
    }
    let mut long = good;
    long.extend([0; 3]);
    let error = from_bytes::<f32>(&seal(&long)).unwrap_err();
    assert!(matches!(error, ModelFileError::UnreadPayload { unread: 3 }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_bytes_cause_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = from_bytes::<f32>(&bytes);
        let _ = from_bytes::<f32>(&seal(&bytes));
    }

    #[test]
    fn no_mutation_causes_a_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut payload = small_payload().encode();
        for (at, value) in changes {
            let at = at.index(payload.len());
            payload[at] = value;
        }
        // What is accepted is a model that can be written.
        if let Ok(model) = from_bytes::<f32>(&seal(&payload)) {
            prop_assert!(model.write_to(std::io::sink()).is_ok());
        }
    }
}
