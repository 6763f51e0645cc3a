//! Flags of `nn-cli completions` and `nn-cli man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  nn-cli completions bash > ~/.local/share/bash-completion/completions/nn-cli
  nn-cli completions zsh > ~/.zfunc/_nn-cli          with ~/.zfunc in fpath
  nn-cli completions fish > ~/.config/fish/completions/nn-cli.fish
  nn-cli completions powershell >> $PROFILE";

/// Print a script by which a shell completes commands and flags
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: Shell,
}

const MAN_EXAMPLES: &str = "\
Examples:
  nn-cli man | man -l -                  this program's page
  nn-cli man train | man -l -            that of a command
  nn-cli man --dir ~/.local/share/man/man1";

/// Print a manual page
#[derive(Debug, Args)]
#[command(after_help = MAN_EXAMPLES)]
pub(crate) struct ManArgs {
    /// The command the page is of [default: the program itself]
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    pub(crate) page: Option<String>,

    /// Write the pages of the program and of all commands into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}
