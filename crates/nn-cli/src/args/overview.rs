//! The first page of help: the commands in groups, by what a person wants to do.

use std::fmt::Write;

use clap::{Command, CommandFactory};

use super::{Cli, STYLES};

/// Which command stands where. One that is in no group stands in the last.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Train", &["train", "tune", "recipes", "runs"]),
    ("Use and understand", &["predict", "evaluate", "inspect", "explain", "report", "serve"]),
    ("Data", &["data"]),
    ("Other tools", &["export", "import"]),
    ("This program", &["doctor", "completions", "man"]),
];

/// The whole command line, with its first page of help in groups.
pub(crate) fn command() -> Command {
    let command = Cli::command();
    let template = template(&command);
    command.help_template(template)
}

fn template(command: &Command) -> String {
    let grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let rest: Vec<&str> = command
        .get_subcommands()
        .map(Command::get_name)
        .filter(|name| !grouped.contains(name) && *name != "help")
        .collect();
    let width = command.get_subcommands().map(|c| c.get_name().len()).max().unwrap_or(0);
    let (header, literal) = (STYLES.get_header(), STYLES.get_literal());
    let mut text = String::from("{about-with-newline}\n{usage-heading} {usage}\n");
    let write = "writing to a String cannot fail";
    for (i, (title, names)) in GROUPS.iter().enumerate() {
        let last = if i + 1 == GROUPS.len() { &rest[..] } else { &[] };
        let members: Vec<&Command> =
            names.iter().chain(last).filter_map(|name| command.find_subcommand(name)).collect();
        if members.is_empty() {
            continue;
        }
        writeln!(text, "\n{header}{title}:{header:#}").expect(write);
        for member in members {
            let name = member.get_name();
            let about = member.get_about().map(ToString::to_string).unwrap_or_default();
            write!(text, "  {literal}{name:<width$}{literal:#}  {about}").expect(write);
            let aliases: Vec<&str> = member.get_visible_aliases().collect();
            if !aliases.is_empty() {
                write!(text, " [also: {}]", aliases.join(", ")).expect(write);
            }
            text.push('\n');
        }
    }
    write!(text, "\n{header}Global options:{header:#}\n{{options}}{{after-help}}").expect(write);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_on_the_first_page_once() {
        let command = Cli::command();
        let text = template(&command);
        let lines = text.lines().filter(|line| line.starts_with("  ")).count();
        assert_eq!(lines, command.get_subcommands().count(), "{text}");
    }
}
