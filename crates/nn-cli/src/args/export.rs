//! Flags of `nn-cli export`.

use std::path::PathBuf;

use clap::Args;
use nn_interop::Format;
use nn_interop::onnx::InputType;
use nn_view::Language;
use nn_view::digit_page::Weights;

use super::parse;

const EXAMPLES: &str = "\
Examples:
  nn-cli export model.nnm --format onnx                model.onnx, for onnxruntime
  nn-cli export model.nnm --format onnx --input byte   pixels go in as they are stored
  nn-cli export model.nnm -o net.safetensors           for a PyTorch nn.Sequential
  nn-cli export model.nnm -o digits.h                  C, for a microcontroller
  nn-cli export model.nnm -o digits.html               a page to draw digits on, to give away";

/// What a model can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExportFormat {
    /// A format of other tools.
    Tool(Format),
    /// A page to draw on.
    Page,
}

impl ExportFormat {
    /// Every format.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Format::ALL.into_iter().map(Self::Tool).chain([Self::Page])
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tool(format) => format.name(),
            Self::Page => "html",
        }
    }

    /// What a file of this format is usually called by, without the dot.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Tool(format) => format.extension(),
            Self::Page => "html",
        }
    }
}

/// Write a model for other tools (safetensors, ONNX, JSON, C), or as a page to draw on
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
    pub(crate) format: Option<ExportFormat>,

    /// Where it goes [default: MODEL with the format's extension]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,

    /// Replace the file that is there
    #[arg(long, help_heading = "Output")]
    pub(crate) force: bool,

    /// Type of the ONNX graph's input
    #[arg(long, value_name = "float|byte", value_parser = parse::input_type(), default_value = "float")]
    pub(crate) input: InputType,

    /// How a page stores weights: as they are, or in a byte each, a quarter of the size
    #[arg(long, value_name = "f32|i8", value_parser = parse::page_weights(), default_value = "f32")]
    pub(crate) weights: Weights,

    /// Language of a page [default: that of the reader's browser]
    #[arg(long, value_name = "en|es", value_parser = parse::language(), hide_possible_values = true)]
    pub(crate) language: Option<Language>,
}
