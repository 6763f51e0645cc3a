//! Every kind of bytes that comes from outside, with the function that reads it.
//!
//! The mutation test (`hostile.rs`) and the fuzz targets (`fuzz/`) both go through this list. A
//! format is held to one promise: whatever the bytes, its function returns, and does so without
//! taking more memory than twice the bytes and 16 MiB. Seeds are in `fuzz/seeds/NAME/`; a file
//! there whose name begins with `bad` must be refused, and any other taken.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;

use nn_core::container::Sink;
use nn_core::{Activation, Container, Limits, Model, Predictor, model_file};
use nn_data::formats::{Header, TableOptions, TaskChoice, npy_as_text, parse_npz, parse_table};
use nn_data::idx;
use nn_data::images::{GreyImage, normalize_digit};
use nn_interop::{ImportError, ImportOptions, safetensors};
use nn_train::run_folder::Manifest;
use nn_train::{Checkpoint, Recipe, checkpoint};

/// A format that is read.
#[derive(Debug)]
pub struct Format {
    /// Its name, which is that of its seeds' folder and of its fuzz target.
    pub name: &'static str,
    /// Reads bytes, and says why they are refused.
    pub read: fn(&[u8]) -> Result<(), String>,
}

/// All of them.
pub const FORMATS: &[Format] = &[
    Format { name: "model", read: model },
    Format { name: "model_payload", read: model_payload },
    Format { name: "checkpoint", read: checkpoint },
    Format { name: "checkpoint_payload", read: checkpoint_payload },
    Format { name: "idx", read: idx },
    Format { name: "gzip", read: gzip },
    Format { name: "image", read: image },
    Format { name: "csv", read: csv },
    Format { name: "tsv", read: tsv },
    Format { name: "npy", read: npy },
    Format { name: "npz", read: npz },
    Format { name: "safetensors", read: safetensors },
    Format { name: "recipe", read: recipe },
    Format { name: "run_manifest", read: run_manifest },
];

impl Format {
    /// The format of this name.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[must_use]
    pub fn named(name: &str) -> &'static Self {
        FORMATS.iter().find(|format| format.name == name).expect("a format of the list")
    }

    /// The folder of its seeds.
    #[must_use]
    pub fn seeds_folder(&self) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(self.name)
    }

    /// Its seeds with their names, in the order of these.
    ///
    /// # Errors
    ///
    /// If the files can't be read.
    pub fn seeds(&self) -> io::Result<Vec<(String, Vec<u8>)>> {
        let mut seeds = Vec::new();
        for entry in std::fs::read_dir(self.seeds_folder())? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            seeds.push((name, std::fs::read(entry.path())?));
        }
        seeds.sort();
        Ok(seeds)
    }
}

fn said(error: impl Display) -> String {
    error.to_string()
}

/// A model file as it comes; nearly all mutants end at the checksum.
fn model(bytes: &[u8]) -> Result<(), String> {
    let model = Model::<f32>::read_from(bytes, &Limits::default()).map_err(said)?;
    // What is taken can be written and used.
    let mut rest = Rest(bytes);
    model.write_to(&mut rest).map_err(said)?;
    assert!(rest.0.is_empty(), "one model has one file");
    let inputs = vec![0.5; model.network.sizes()[0]];
    Predictor::new(&model.network).predict(&inputs).map(drop).map_err(said)?;
    Ok(())
}

/// What is still to be written of a file that is known.
struct Rest<'f>(&'f [u8]);

impl Write for Rest<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.strip_prefix(bytes).expect("what is written is what was read");
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The payload of a model file, given a right checksum.
fn model_payload(bytes: &[u8]) -> Result<(), String> {
    let format = Container { magic: model_file::MAGIC, version: 1, name: "a model file" };
    model(&seal(&format, [], bytes))
}

/// A checkpoint as it comes.
fn checkpoint(bytes: &[u8]) -> Result<(), String> {
    let read = Checkpoint::<f32>::read_from(bytes, &Limits::default()).map_err(said)?;
    read.write_to(io::sink()).map_err(said)
}

/// The length of a checkpoint's state in two bytes, and its payload, given a right checksum.
fn checkpoint_payload(bytes: &[u8]) -> Result<(), String> {
    let (state, payload) = bytes.split_first_chunk().ok_or("no length")?;
    let format = Container { magic: checkpoint::MAGIC, version: 1, name: "a checkpoint file" };
    checkpoint(&seal(&format, [u16::from_le_bytes(*state).into()], payload))
}

fn seal<const N: usize>(format: &Container<N>, fields: [u64; N], payload: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(payload.len() + 64);
    let write = |sink: &mut Sink<'_>| sink.write_all(payload);
    format.write(fields, &mut file, write).expect("writing to memory does not fail");
    file
}

fn idx(bytes: &[u8]) -> Result<(), String> {
    idx::read(bytes).map(drop).map_err(said)
}

/// A gzip member around IDX. Bytes that are no gzip at all are refused here, so that the fuzzer
/// keeps to the format.
fn gzip(bytes: &[u8]) -> Result<(), String> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Err("no gzip".to_owned());
    }
    idx(bytes)
}

/// A PNG or PGM image, and its digit made ready for a network.
fn image(bytes: &[u8]) -> Result<(), String> {
    let image = GreyImage::decode(bytes).map_err(said)?;
    // A blank image has no digit in it.
    let _ = normalize_digit(image, 28, 28);
    Ok(())
}

/// A table whose separator is found out.
fn csv(bytes: &[u8]) -> Result<(), String> {
    table(bytes, &TableOptions::default())
}

/// A table of values between tabs, none of which is a header.
fn tsv(bytes: &[u8]) -> Result<(), String> {
    let mut options = TableOptions::default();
    options.delimiter = Some(b'\t');
    options.header = Header::No;
    table(bytes, &options)
}

/// Reads a table as training data, and once more as data like them.
fn table(bytes: &[u8], options: &TableOptions) -> Result<(), String> {
    let (first, schema) = parse_table("table", bytes, options, None).map_err(said)?;
    let (again, _) = parse_table("table", bytes, options, Some(&schema)).map_err(said)?;
    assert_eq!(first.features(), again.features(), "a table has another meaning by its own schema");
    assert_eq!(first.labels(), again.labels());
    assert_eq!(first.values(), again.values());
    Ok(())
}

/// An array alone, which is a table.
fn npy(bytes: &[u8]) -> Result<(), String> {
    let text = npy_as_text("array", bytes).map_err(said)?;
    let mut options = TableOptions::default();
    options.header = Header::No;
    table(&text, &options)
}

/// An archive of arrays, which may take 8 MiB.
fn npz(bytes: &[u8]) -> Result<(), String> {
    let archive = io::Cursor::new(bytes);
    parse_npz("archive", archive, TaskChoice::Auto, 8 << 20).map(drop).map_err(said)
}

/// A model of another tool, every layer of which is said to be sigmoid where the file doesn't say.
fn safetensors(bytes: &[u8]) -> Result<(), String> {
    let mut options = ImportOptions::default();
    options.max_bytes = 8 << 20;
    let mut read = safetensors::read(bytes, &options);
    if let Err(ImportError::ActivationsNeeded { layers }) = read {
        options.activations = Some(vec![Activation::Sigmoid; layers]);
        read = safetensors::read(bytes, &options);
    }
    let model = read.map_err(said)?;
    model.write_to(io::sink()).map_err(said)
}

/// A recipe; one that is taken says the same when it is written and read again.
fn recipe(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(said)?;
    let recipe = Recipe::from_toml(text).map_err(said)?;
    if recipe.training.check(usize::MAX).is_ok() {
        assert_eq!(Recipe::from_toml(&recipe.to_toml()), Ok(recipe), "it changed when written");
    }
    Ok(())
}

/// `run.toml` of a run folder.
fn run_manifest(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(said)?;
    toml::from_str::<Manifest>(text).map(drop).map_err(said)
}
