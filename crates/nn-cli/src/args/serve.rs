//! The flags of `nn-cli serve`.

use std::path::PathBuf;

use clap::Args;

use super::{DataArgs, MachineArgs, parse};

const EXAMPLES: &str = "\
Examples:
  nn-cli serve model.nnm                the lab, at http://127.0.0.1:7777/
  nn-cli serve                          the same with a network that still has to be trained
  nn-cli serve model.nnm --port 8080
  nn-cli serve model.nnm --host 0.0.0.0 --public

Ctrl-C or SIGTERM stops it: requests under way are finished and the exit code is 0; a second
one ends it at once (130, 143).";

/// Open the lab in the browser: draw digits, watch training, look inside
///
/// Draw a digit and see every unit respond, edit the network, watch and steer training, explore
/// the data, the mistakes and the arithmetic. Everything is on one local page that asks for
/// nothing from elsewhere; its API is described at /api/openapi.json.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ServeArgs {
    /// A model file; without it the lab starts with the book's untrained network
    #[arg(value_name = "MODEL")]
    pub(crate) model: Option<PathBuf>,

    /// Port to listen on; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 7777, value_parser = parse::port, allow_negative_numbers = true, help_heading = "Server")]
    pub(crate) port: u16,

    /// Name or address to listen on
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1", help_heading = "Server")]
    pub(crate) host: String,

    /// Let other machines reach it: needed for a host that isn't this machine alone. There is no
    /// password
    #[arg(long, help_heading = "Server")]
    pub(crate) public: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}
