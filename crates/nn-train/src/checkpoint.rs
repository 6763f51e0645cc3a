//! The checkpoint file `.nnc`: a model in training, with all that is needed to go on.
//!
//! | offset | bytes | content |
//! |---|---|---|
//! | 0 | 8 | `89 4E 4E 43 0D 0A 1A 0A`: "NNC" in the manner of PNG |
//! | 8 | 4 | format version, 1 |
//! | 12 | 4 | length of this header, 64 |
//! | 16 | 8 | length of the state |
//! | 24 | 8 | length of all that follows the header |
//! | 32 | 32 | SHA-256 of all that follows the header and, after it, the first 32 bytes |
//! | 64 | | the state of the trainer, as JSON; at most 1 MiB |
//! | | | the model, as a model file |
//! | | | the arrays of the optimiser, then weights that are kept besides the model's, as the state lists them, without anything between |
//!
//! Integers and arrays are little-endian. The state is JSON because parameters come and go
//! from version to version, and names survive that; floating-point sums in it are written as
//! their bits, for they must come back to the last one. One checkpoint has one file.
//!
//! Reading believes nothing: the length is checked against [`Limits`] and the file's own, the
//! checksum before anything is decoded, and every count against the bytes that are there
//! before anything is allocated.

mod error;

pub use error::CheckpointError;

use std::io::{self, Read, Write};

use nn_core::{Container, Limits, Model, Scalar};
use serde::{Deserialize, Serialize};

use crate::{ProgressState, StateArray, TrainParams, TrainerState};

/// The first bytes of every checkpoint file.
pub const MAGIC: [u8; 8] = *b"\x89NNC\r\n\x1a\n";

/// The newest format version, which is the one written.
pub const VERSION: u32 = 1;

/// The length of the state is a field of the header.
const FORMAT: Container<1> =
    Container { magic: MAGIC, version: VERSION, name: "a checkpoint file" };

/// Bytes of the longest state.
const MAX_STATE_BYTES: u64 = 1 << 20;

/// A moment of training: what a run needs to go on from there.
///
/// The name and fingerprint of the data and the version of the program are in the model's
/// [provenance](nn_core::Provenance).
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint<T: Scalar> {
    /// The model with the weights of this moment.
    pub model: Model<T>,
    /// What the trainer knows besides.
    pub state: TrainerState<T>,
    /// The best epoch so far, if epochs are compared.
    pub best: Option<Best>,
}

/// The best epoch so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    /// Its number, counted from 1.
    pub epoch: usize,
    /// Its accuracy on the validation samples (0 to 1).
    pub accuracy: f64,
}

/// The state as the file has it.
#[derive(Serialize, Deserialize)]
struct Head {
    params: TrainParams,
    samples: u64,
    epoch: u64,
    batch: u64,
    cost_sum_bits: u64,
    correct: u64,
    best: Option<HeadBest>,
    optimizer: Vec<HeadArray>,
    // Files of earlier versions have none of these.
    #[serde(default)]
    next_batch_size: Option<u64>,
    #[serde(default)]
    optimizer_steps: Option<u64>,
    #[serde(default)]
    progress: ProgressState,
    #[serde(default)]
    kept: Vec<HeadArray>,
}

#[derive(Serialize, Deserialize)]
struct HeadBest {
    epoch: u64,
    accuracy_bits: u64,
}

#[derive(Serialize, Deserialize)]
struct HeadArray {
    name: String,
    values: u64,
}

impl<T: Scalar> Checkpoint<T> {
    /// Writes the checkpoint file.
    ///
    /// The writer needs no buffer of its own and is flushed; syncing a file is the caller's
    /// part.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Model`] for a model that cannot be written, among them one with a
    /// weight that is no number; [`CheckpointError::State`] for a state beyond 1 MiB;
    /// [`CheckpointError::Io`] if the writer fails.
    pub fn write_to(&self, writer: impl Write) -> Result<(), CheckpointError> {
        let head = self.head()?;
        FORMAT.write([head.len() as u64], writer, |sink| self.write_payload(&head, sink))
    }

    fn head(&self) -> Result<Vec<u8>, CheckpointError> {
        let state = &self.state;
        let list = |arrays: &[StateArray<T>]| -> Vec<HeadArray> {
            let entry = |array: &StateArray<T>| HeadArray {
                name: array.name.clone(),
                values: array.values.len() as u64,
            };
            arrays.iter().map(entry).collect()
        };
        let head = Head {
            params: state.params.clone(),
            samples: state.samples as u64,
            epoch: state.epoch as u64,
            batch: state.batch as u64,
            cost_sum_bits: state.cost_sum.to_bits(),
            correct: state.correct,
            best: self.best.map(|best| HeadBest {
                epoch: best.epoch as u64,
                accuracy_bits: best.accuracy.to_bits(),
            }),
            optimizer: list(&state.optimizer),
            next_batch_size: state.next_batch_size.map(|size| size as u64),
            optimizer_steps: Some(state.optimizer_steps),
            progress: state.progress,
            kept: list(&state.kept),
        };
        let head = serde_json::to_vec(&head).map_err(|e| CheckpointError::State(e.to_string()))?;
        if head.len() as u64 > MAX_STATE_BYTES {
            let message = format!("it takes {} bytes, more than {MAX_STATE_BYTES}", head.len());
            return Err(CheckpointError::State(message));
        }
        Ok(head)
    }

    fn write_payload(&self, head: &[u8], writer: &mut impl Write) -> Result<(), CheckpointError> {
        writer.write_all(head)?;
        self.model.write_to(&mut *writer)?;
        for array in self.state.optimizer.iter().chain(&self.state.kept) {
            for value in &array.values {
                put(*value, writer)?;
            }
        }
        Ok(())
    }

    /// Reads a checkpoint file to its end. The reader needs no buffer of its own.
    ///
    /// Apart from the checkpoint itself, reading takes no more memory than the file has bytes
    /// and 16 MiB.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`] says what is wrong with the file, or [`CheckpointError::Io`] if
    /// the reader fails.
    pub fn read_from(reader: impl Read, limits: &Limits) -> Result<Self, CheckpointError> {
        let ([state_bytes], mut payload) = FORMAT.read(reader, *limits)?;
        let most = payload.remaining().min(MAX_STATE_BYTES);
        if state_bytes > most {
            let message = format!("it takes {state_bytes} bytes, expected at most {most}");
            return Err(CheckpointError::State(message));
        }
        let mut head = vec![0; state_bytes as usize];
        payload.read_exact(&mut head)?;
        let invalid = |message: String| CheckpointError::State(message);
        let head: Head = serde_json::from_slice(&head).map_err(|e| invalid(e.to_string()))?;
        let array_bytes = |values: u64| values.checked_mul(size_of::<T>() as u64);
        let arrays = head.optimizer.iter().chain(&head.kept).try_fold(0_u64, |sum, array| {
            array_bytes(array.values).and_then(|bytes| sum.checked_add(bytes))
        });
        let model_bytes = arrays
            .and_then(|arrays| payload.remaining().checked_sub(arrays))
            .ok_or_else(|| invalid("the saved arrays are longer than the file".into()))?;
        let model = Model::read_from((&mut payload).take(model_bytes), limits)?;

        let to_usize =
            |n: u64| usize::try_from(n).map_err(|_| invalid(format!("{n} is out of range")));
        let mut read_arrays = |list: Vec<HeadArray>| -> Result<_, CheckpointError> {
            let mut arrays = Vec::with_capacity(list.len());
            for HeadArray { name, values } in list {
                let mut read = Vec::with_capacity(to_usize(values)?);
                for _ in 0..values {
                    read.push(take(&mut payload)?);
                }
                arrays.push(StateArray { name, values: read });
            }
            Ok(arrays)
        };
        let (optimizer, kept) = (read_arrays(head.optimizer)?, read_arrays(head.kept)?);
        let best = match head.best {
            None => None,
            Some(best) => Some(Best {
                epoch: to_usize(best.epoch)?,
                accuracy: f64::from_bits(best.accuracy_bits),
            }),
        };
        // Where the file does not say, every epoch had the same number of steps.
        let steps = || {
            let batch_size = (head.params.batch_size as u64).max(1);
            let per_epoch = head.samples.div_ceil(batch_size);
            let steps = head.epoch.saturating_mul(per_epoch).saturating_add(head.batch);
            if optimizer.is_empty() { 0 } else { steps }
        };
        let state = TrainerState {
            next_batch_size: head.next_batch_size.map(to_usize).transpose()?,
            optimizer_steps: head.optimizer_steps.unwrap_or_else(steps),
            params: head.params,
            samples: to_usize(head.samples)?,
            epoch: to_usize(head.epoch)?,
            batch: to_usize(head.batch)?,
            cost_sum: f64::from_bits(head.cost_sum_bits),
            correct: head.correct,
            optimizer,
            progress: head.progress,
            kept,
        };
        Ok(Self { model, state, best })
    }
}

/// The first N bytes of a slice that is known to have them.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    *bytes.first_chunk().expect("the header has all its fields")
}

/// Writes one number in the width of its type.
fn put<T: Scalar>(value: T, writer: &mut impl Write) -> io::Result<()> {
    let value = value.as_f64();
    if size_of::<T>() == 4 {
        writer.write_all(&(value as f32).to_le_bytes())
    } else {
        writer.write_all(&value.to_le_bytes())
    }
}

/// Reads what [`put`] wrote.
fn take<T: Scalar>(reader: &mut impl Read) -> io::Result<T> {
    let mut bytes = [0; 8];
    reader.read_exact(&mut bytes[..size_of::<T>()])?;
    Ok(T::from_f64(if size_of::<T>() == 4 {
        f32::from_le_bytes(array(&bytes)).into()
    } else {
        f64::from_le_bytes(bytes)
    }))
}
