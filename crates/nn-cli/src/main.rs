//! The program `nn-cli`: the standard streams and arguments, handed to the library.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    nn_cli::run(std::env::args_os(), &mut nn_cli::Streams::standard()).into()
}
