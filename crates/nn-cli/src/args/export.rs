//! Flags of `nn-cli export`.

use std::path::PathBuf;

use clap::Args;
use nn_interop::Format;
use nn_interop::onnx::InputType;

use super::parse;

const EXAMPLES: &str = "\
Examples:
  nn-cli export model.nnm --format onnx                model.onnx, for onnxruntime
  nn-cli export model.nnm --format onnx --input byte   pixels go in as they are stored
  nn-cli export model.nnm -o net.safetensors           for a PyTorch nn.Sequential
  nn-cli export model.nnm -o digits.h                  C, for a microcontroller";

/// Write a model for other tools: safetensors, ONNX, JSON, or C
///
/// ONNX and C take raw features: the normalisation is part of what is written. docs/formats.md
/// describes the formats.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExportArgs {
    /// A model file
    #[arg(value_name = "MODEL")]
    pub(crate) model: PathBuf,

    /// Format of the file [default: by the name of the file]
    #[arg(short, long, value_name = "NAME", value_parser = parse::export_format())]
    pub(crate) format: Option<Format>,

    /// Where it goes [default: MODEL with the format's extension]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,

    /// Replace the file that is there
    #[arg(long, help_heading = "Output")]
    pub(crate) force: bool,

    /// Type of the ONNX graph's input
    #[arg(long, value_name = "float|byte", value_parser = parse::input_type(), default_value = "float")]
    pub(crate) input: InputType,
}
