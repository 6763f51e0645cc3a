//! Where the seeds in `fuzz/seeds/` come from.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use nn_core::{Activation, Cost, Inputs, Model, NetworkBuilder, Normalization, Targets};
use nn_data::images::GreyImage;
use nn_tests::formats::Format;
use nn_train::{Best, Checkpoint, Samples, TrainParams, Trainer};

fn model() -> Model<f32> {
    let network = NetworkBuilder::new(&[4, 3, 2]).hidden(Activation::Gelu).build(1).unwrap();
    let mut model = Model::new(network, Cost::Quadratic);
    model.normalization =
        Normalization::Standardize { means: vec![0.5; 4], deviations: vec![2.0; 4] };
    model.class_names = vec!["cat".to_owned(), "größer".to_owned()];
    model.image_shape = Some((2, 2));
    model
}

fn checkpoint() -> Checkpoint<f32> {
    let inputs = ndarray::Array2::from_shape_fn((9, 4), |(i, j)| (i + j) as f32);
    let targets = Targets::one_hot((0..9).map(|i| i % 2).collect(), 2).unwrap();
    let samples = Samples::new(Inputs::from_values(inputs.view()).unwrap(), targets).unwrap();
    let params = TrainParams {
        epochs: 1,
        batch_size: 3,
        learning_rate: 0.01,
        optimizer: "adam".parse().unwrap(),
        ..TrainParams::default()
    };
    let mut trainer = Trainer::new(model().network, &Cost::Quadratic, &samples, &params).unwrap();
    trainer.run(&mut ()).unwrap();
    let state = trainer.state();
    let best = Some(Best { epoch: 1, accuracy: 0.5 });
    Checkpoint { model: Model { network: trainer.into_network(), ..model() }, state, best }
}

fn idx_bytes(code: u8, shape: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, code, shape.len() as u8];
    bytes.extend(shape.iter().flat_map(|n| n.to_be_bytes()));
    bytes.extend(elements);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// How the seeds were made. They are kept as files so that a change of a writer can't change
/// what is tested unnoticed; add files by hand, as those of tables, arrays, safetensors and the PNGs
/// in colours were, or by this where a format is new.
#[test]
#[ignore = "writes the seeds"]
fn write_seeds() {
    let put = |format: &str, name: &str, bytes: &[u8]| {
        let folder = Format::named(format).seeds_folder();
        std::fs::create_dir_all(&folder).unwrap();
        let path: &Path = &folder.join(name);
        if !path.exists() {
            std::fs::write(path, bytes).unwrap();
        }
    };
    let mut bytes = Vec::new();
    model().write_to(&mut bytes).unwrap();
    put("model", "small.nnm", &bytes);
    put("model", "bad-cut.nnm", &bytes[..bytes.len() - 1]);
    put("model_payload", "small", &bytes[56..]);

    bytes.clear();
    checkpoint().write_to(&mut bytes).unwrap();
    put("checkpoint", "adam.nnc", &bytes);
    put("checkpoint", "bad-cut.nnc", &bytes[..100]);
    let state = u16::from_le_bytes([bytes[16], bytes[17]]);
    put("checkpoint_payload", "adam", &[&state.to_le_bytes(), &bytes[64..]].concat());

    let images = idx_bytes(8, &[3, 2, 2], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 254, 255]);
    let labels = idx_bytes(8, &[3], &[0, 1, 9]);
    let floats = idx_bytes(13, &[1, 2], &[0x3f, 0x80, 0, 0, 0xff, 0xc0, 0, 0]);
    put("idx", "images", &images);
    put("idx", "labels", &labels);
    put("idx", "floats", &floats);
    put("idx", "bad-magic", b"IDX3");
    put("gzip", "images.gz", &gzip(&images));
    put("gzip", "labels.gz", &gzip(&labels));
    put("gzip", "bad-two-members.gz", &[gzip(&labels), gzip(&labels)].concat());

    let grey = |n: u8| -> Vec<u8> { (0..n * n).map(|i| i.wrapping_mul(37)).collect() };
    let image = GreyImage::new(5, 5, grey(5)).unwrap();
    put("image", "grey.png", &image.to_png());
    put("image", "binary.pgm", &[b"P5\n# five by five\n5 5\n255\n", &grey(5)[..]].concat());
    put("image", "wide.pgm", &[&b"P5 2 2 65535\n"[..], &[0, 1, 2, 3, 4, 5, 6, 7]].concat());
    put("image", "text.pgm", b"P2\n3 2\n15\n0 1 2\n3 14 15\n");
    put("image", "bad-jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF");
}
