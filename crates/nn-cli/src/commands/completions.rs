//! `nn-cli completions` and `nn-cli man`: what shells and manuals are told of this program.

use std::path::Path;

use clap::Command;
use clap_mangen::Man;

use crate::Exit;
use crate::args::completions::{CompletionsArgs, ManArgs};
use crate::args::overview;
use crate::failure::Failure;
use crate::output::json;
use crate::output::records::SCHEMA;
use crate::output::records::program::{Script, WrittenFile};
use crate::streams::Streams;

/// Prints the completion script of a shell.
pub(crate) fn completions(args: &CompletionsArgs, json: bool, streams: &mut Streams<'_>) {
    let mut bytes = Vec::new();
    clap_complete::generate(args.shell, &mut overview::command(), "nn-cli", &mut bytes);
    script(&args.shell.to_string(), &bytes, json, streams);
}

/// Prints a manual page, or writes all of them.
pub(crate) fn man(args: &ManArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let mut program = overview::command();
    program.build();
    if let Some(folder) = &args.dir {
        return write_all(&program, folder, json, streams);
    }
    let page = match &args.page {
        None => &program,
        Some(name) => program.find_subcommand(name).ok_or_else(|| unknown(&program, name))?,
    };
    script(&title(page), &render(page)?, json, streams);
    Ok(())
}

/// The page of each command and of the program.
fn write_all(
    program: &Command,
    folder: &Path,
    json: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let blame = |path: &Path, error: &std::io::Error| {
        Failure::of(Exit::Io, format!("--dir: cannot write {}", path.display()), error)
    };
    std::fs::create_dir_all(folder).map_err(|error| blame(folder, &error))?;
    let pages = program.get_subcommands().filter(|page| page.get_name() != "help");
    for page in std::iter::once(program).chain(pages) {
        let (path, bytes) = (folder.join(format!("{}.1", title(page))), render(page)?);
        nn_data::durable::write_file(&path, |file| std::io::Write::write_all(file, &bytes))
            .map_err(|error| blame(&path, &error))?;
        let file = path.display().to_string();
        if json {
            json::line(&WrittenFile { schema: SCHEMA, file, bytes: bytes.len() as u64 }, streams);
        } else {
            streams.line(crate::streams::one_line(&file));
        }
    }
    Ok(())
}

/// `nn-cli-train` for the command `train`, as manuals call it.
fn title(page: &Command) -> String {
    page.get_display_name().unwrap_or_else(|| page.get_name()).replace(' ', "-")
}

fn render(page: &Command) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let title = title(page);
    let man = Man::new(page.clone()).title(&title).manual("nn-cli");
    man.render(&mut bytes).map_err(|error| Failure::of(Exit::Io, title, &error))?;
    Ok(bytes)
}

fn unknown(program: &Command, name: &str) -> Failure {
    let known: Vec<&str> = program.get_subcommands().map(Command::get_name).collect();
    let close = known
        .iter()
        .map(|known| (strsim::jaro_winkler(known, name), *known))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let failure = Failure::new(Exit::Usage, format!("man: there is no command `{name}`"));
    match close {
        Some((_, close)) => failure.hint(format!("a similar command exists: '{close}'")),
        None => failure.hint(format!("the commands are {}", known.join(", "))),
    }
}

/// Prints a text that is a file of its own.
fn script(name: &str, bytes: &[u8], json: bool, streams: &mut Streams<'_>) {
    let text = String::from_utf8_lossy(bytes);
    if json {
        let record = Script { schema: SCHEMA, name: name.to_owned(), text: text.into_owned() };
        json::line(&record, streams);
    } else {
        streams.out().text(&text);
    }
}
