//! `nn-cli doctor`: whether this machine is fit for training, and what to do where it isn't.

mod machine;
mod speed;
mod storage;

use crate::Exit;
use crate::args::doctor::DoctorArgs;
use crate::failure::Failure;
use crate::output::json;
use crate::output::records::SCHEMA;
use crate::output::records::program::{CheckResult, Diagnosis};
use crate::streams::{Streams, one_line};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Ok,
    /// It works, but not as well as it could.
    Warn,
    /// Something that commands need doesn't work.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug)]
struct Check {
    name: &'static str,
    status: Status,
    message: String,
    /// What to do about it.
    mend: Option<String>,
    /// How the program ends if this fails.
    exit: Exit,
}

impl Check {
    fn ok(name: &'static str, message: impl Into<String>) -> Self {
        let (status, message) = (Status::Ok, message.into());
        Self { name, status, message, mend: None, exit: Exit::Success }
    }

    fn warn(name: &'static str, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { status: Status::Warn, mend: Some(mend.into()), ..Self::ok(name, message) }
    }

    fn fail(
        name: &'static str,
        exit: Exit,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { status: Status::Fail, exit, ..Self::warn(name, message, mend) }
    }
}

/// Runs the command.
pub(crate) fn run(args: &DoctorArgs, json: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let mut checks =
        vec![machine::program(), machine::cpu(), machine::threads(), machine::memory()];
    checks.extend(storage::data(args.data_dir.as_deref()));
    checks.push(storage::working_folder());
    let speed = if args.quick {
        None
    } else {
        streams.say("Measuring how fast this machine is …");
        let speed = speed::measure();
        checks.extend(speed::judge(&speed));
        Some(speed)
    };
    if json {
        let checks = checks.iter().map(record).collect();
        json::line(&Diagnosis { schema: SCHEMA, checks, speed }, streams);
    } else {
        let width = checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
        for check in &checks {
            show(check, width, streams);
        }
    }
    let failed: Vec<&Check> = checks.iter().filter(|check| check.status == Status::Fail).collect();
    let Some(first) = failed.first() else { return Ok(()) };
    let names: Vec<&str> = failed.iter().map(|check| check.name).collect();
    Err(Failure::new(first.exit, format!("this machine is not ready: {}", names.join(", "))))
}

fn record(check: &Check) -> CheckResult {
    CheckResult {
        name: check.name,
        status: word(check.status),
        message: check.message.clone(),
        mend: check.mend.clone(),
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Warn => "warn",
        Status::Fail => "fail",
    }
}

fn show(check: &Check, width: usize, streams: &mut Streams<'_>) {
    use clap::builder::styling::AnsiColor;
    let colour = match check.status {
        Status::Ok => AnsiColor::Green,
        Status::Warn => AnsiColor::Yellow,
        Status::Fail => AnsiColor::Red,
    };
    let status = streams.out().styled(&format!("{:<4}", word(check.status)), colour);
    streams.line(format!("{status}  {:<width$}  {}", check.name, one_line(&check.message)));
    if let Some(mend) = &check.mend {
        streams.line(format!("      {:<width$}  → {}", "", one_line(mend)));
    }
}
