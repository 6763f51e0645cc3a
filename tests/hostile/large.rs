//! Sound files of many megabytes, and small ones that claim to be: the memory that each format takes
//! for each of its bytes, beyond the 16 MiB that any file may take.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use nn_core::{Activation, Cost, Inputs, Model, NetworkBuilder, Targets};
use nn_interop::safetensors;
use nn_tests::formats::Format;
use nn_train::{Checkpoint, Samples, TrainParams, Trainer};

/// A large file, and the bytes of memory that reading it may take for each of its own.
pub struct Large {
    pub format: &'static Format,
    pub what: &'static str,
    pub bytes: Vec<u8>,
    pub factor: usize,
    pub is_sound: bool,
}

/// All of them, one after the other, so that one is in memory at a time.
pub fn files() -> impl Iterator<Item = Large> {
    let made: [fn() -> Large; 14] = [
        || large("model", "6 million weights", model_file(), 2),
        || large("checkpoint", "1.6 million weights in training by Adam", checkpoint(), 2),
        || large("idx", "20 million bytes", idx(20_000_000), 2),
        || large("image", "a binary PGM of 20 megapixels", pgm(5000, 4000), 2),
        || large("image", "a PNG of noise, 20 megapixels", png(5000, 4000, false, true), 2),
        || large("image", "an interlaced PNG of noise", png(5000, 4000, true, true), 2),
        || large("image", "an empty PNG of 12 megapixels", png(4096, 3072, false, false), 2),
        || large("image", "the same, interlaced", png(4096, 3072, true, false), 2),
        || claim(8192, 8192, 0),
        || claim(65_535, 65_535, 0),
        || claim(4096, 3072, 1),
        || large("safetensors", "1.9 million weights", safetensors_file(), 3),
        || large("npz", "an image of 7 million pixels", npz(7_000_000), 2),
        || large("csv", "a million rows of numbers", table(1_000_000), 12),
    ];
    made.into_iter().map(|make| make())
}

fn large(format: &str, what: &'static str, bytes: Vec<u8>, factor: usize) -> Large {
    Large { format: Format::named(format), what, bytes, factor, is_sound: true }
}

/// A PNG whose header promises more than comes.
fn claim(width: u32, height: u32, interlaced: u8) -> Large {
    let bytes = png_of(width, height, interlaced, &[0; 100]);
    let what = "a PNG of a hundred bytes that claims millions";
    Large { format: Format::named("image"), what, bytes, factor: 2, is_sound: false }
}

fn model(sizes: &[usize]) -> Model<f32> {
    let network = NetworkBuilder::new(sizes).hidden(Activation::Relu).build(1);
    Model::new(network.expect("layers have units"), Cost::Quadratic)
}

fn model_file() -> Vec<u8> {
    let mut bytes = Vec::new();
    model(&[2000, 2000, 1000]).write_to(&mut bytes).expect("memory");
    bytes
}

fn safetensors_file() -> Vec<u8> {
    let mut bytes = Vec::new();
    safetensors::write(&model(&[1200, 1600]), &mut bytes).expect("memory");
    bytes
}

fn checkpoint() -> Vec<u8> {
    let model = model(&[2000, 800, 16]);
    let inputs = ndarray::Array2::from_elem((2, 2000), 0.5_f32);
    let inputs = Inputs::from_values(inputs.view()).expect("finite");
    let targets = Targets::one_hot(vec![0, 1], 16).expect("two classes of 16");
    let samples = Samples::new(inputs, targets).expect("two of each");
    let params = TrainParams {
        epochs: 1,
        batch_size: 2,
        learning_rate: 0.001,
        optimizer: "adam".parse().expect("it is known"),
        ..TrainParams::default()
    };
    let mut trainer = Trainer::new(model.network.clone(), &Cost::Quadratic, &samples, &params)
        .expect("sound parameters");
    trainer.run(&mut ()).expect("a step");
    let state = trainer.state();
    let checkpoint = Checkpoint {
        model: Model::new(trainer.into_network(), Cost::Quadratic),
        state,
        best: None,
    };
    let mut bytes = Vec::new();
    checkpoint.write_to(&mut bytes).expect("memory");
    bytes
}

fn idx(count: usize) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 1];
    bytes.extend((count as u32).to_be_bytes());
    bytes.extend(noise(count));
    bytes
}

fn pgm(width: usize, height: usize) -> Vec<u8> {
    let mut bytes = format!("P5\n{width} {height}\n255\n").into_bytes();
    bytes.extend(noise(width * height));
    bytes
}

/// An archive of one array of pixels and its targets, neither of them compressed.
fn npz(pixels: usize) -> Vec<u8> {
    let array = |descr: &str, shape: &str, data: &[u8]| {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}\n");
        let length = (header.len() as u16).to_le_bytes();
        [b"\x93NUMPY\x01\0", &length[..], header.as_bytes(), data].concat()
    };
    let x = array("|u1", &format!("(2, {})", pixels / 2), &noise(pixels));
    let y = array("|u1", "(2,)", &[0, 1]);
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, array) in [("x.npy", x), ("y.npy", y)] {
        let size = (array.len() as u32).to_le_bytes();
        // Version 2.0, stored, on the first of January 1980.
        let fields = [
            &[20, 0, 0, 0, 0, 0, 0, 0, 33, 0][..],
            &crc(&[&array]).to_le_bytes(),
            &size,
            &size,
            &[name.len() as u8, 0, 0, 0],
        ]
        .concat();
        directory.extend([b"PK\x01\x02\x14\0", &fields[..], &[0; 10]].concat());
        directory.extend((bytes.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        bytes.extend([b"PK\x03\x04", &fields[..], name.as_bytes(), &array].concat());
    }
    let start = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0\x02\0\x02\0");
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

fn table(rows: usize) -> Vec<u8> {
    let mut text = "a,b,c,kind\n".to_owned();
    for row in 0..rows {
        let word = ["cat", "dog"][row % 2];
        let _ = writeln!(text, "{},{},{},{word}", row % 17, row % 7, row % 10);
    }
    text.into_bytes()
}

/// Bytes that can't be compressed.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    std::iter::repeat_with(&mut next).take(count).collect()
}

/// A grey PNG of noise, or black.
fn png(width: usize, height: usize, interlaced: bool, noisy: bool) -> Vec<u8> {
    let passes: &[(usize, usize, usize, usize)] = if interlaced {
        &[
            (0, 0, 8, 8),
            (4, 0, 8, 8),
            (0, 4, 4, 8),
            (2, 0, 4, 4),
            (0, 2, 2, 4),
            (1, 0, 2, 2),
            (0, 1, 1, 2),
        ]
    } else {
        &[(0, 0, 1, 1)]
    };
    let noise = noise(width);
    let mut data = Vec::new();
    for &(left, top, across, down) in passes {
        let count = (width - left).div_ceil(across);
        for row in 0..(height - top).div_ceil(down) {
            data.push(0);
            if noisy {
                // Another piece of the noise for each row, too far apart for the compressor.
                data.extend(noise.iter().cycle().skip(row * 31 % width).take(count));
            } else {
                data.resize(data.len() + count, 0);
            }
        }
    }
    png_of(width as u32, height as u32, u8::from(interlaced), &data)
}

fn png_of(width: u32, height: u32, interlaced: u8, data: &[u8]) -> Vec<u8> {
    // Noise is stored: compressing it would only take time.
    let level = if data.iter().any(|&byte| byte != 0) { 0 } else { 9 };
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(data).expect("memory");
    let data = encoder.finish().expect("memory");
    let header =
        [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, interlaced]].concat();
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, content) in [(b"IHDR", &header[..]), (b"IDAT", &data[..]), (b"IEND", &[])] {
        bytes.extend((content.len() as u32).to_be_bytes());
        bytes.extend(kind);
        bytes.extend(content);
        bytes.extend(crc(&[kind, content]).to_be_bytes());
    }
    bytes
}

/// The checksum of PNG, zip and gzip.
fn crc(pieces: &[&[u8]]) -> u32 {
    let mut crc = Crc::new();
    for piece in pieces {
        crc.update(piece);
    }
    crc.sum()
}
