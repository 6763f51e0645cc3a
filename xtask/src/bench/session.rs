//! A running program that trains when it is asked to, and says how long that took.
//!
//! `benches/peers/protocol.py` says what is sent and answered.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;

/// How long a program may take for a turn, or for starting up, which may mean compiling.
const PATIENCE: Duration = Duration::from_secs(600);

/// A line a program prints.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Line {
    /// The data is loaded and the first turn, which is not counted, is done.
    Ready {
        version: String,
        warm_up_seconds: f64,
    },
    Turn {
        seconds: f64,
        samples: f64,
    },
    /// Whatever else a program has measured, once, at its end.
    End(serde_json::Map<String, serde_json::Value>),
}

/// A program under way.
#[derive(Debug)]
pub struct Session {
    child: Child,
    lines: Receiver<String>,
    log: PathBuf,
}

impl Session {
    /// Starts a program; what it writes to standard error goes into the file `log`.
    pub fn start(mut command: Command, log: &Path) -> Result<Self> {
        let folder = log.parent().context("a log file is in a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let errors =
            File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let program = command.get_program().to_owned();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let output = child.stdout.take().context("standard output is a pipe")?;
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, lines, log: log.to_owned() })
    }

    /// The next line that belongs to the protocol.
    pub fn next_line(&mut self) -> Result<Line> {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.starts_with('{') => {
                    return serde_json::from_str(&line).with_context(|| format!("read `{line}`"));
                }
                Ok(_) => {}
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    bail!("no answer for {} s", PATIENCE.as_secs())
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => return Err(self.last_words()),
            }
        }
    }

    /// Asks for a turn; returns its seconds and samples.
    pub fn turn(&mut self) -> Result<(f64, f64)> {
        let input = self.child.stdin.as_mut().context("standard input is a pipe")?;
        if input.write_all(b"turn\n").and_then(|()| input.flush()).is_err() {
            return Err(self.last_words());
        }
        match self.next_line()? {
            Line::Turn { seconds, samples } => Ok((seconds, samples)),
            line => bail!("expected a turn, found {line:?}"),
        }
    }

    /// Asks the program to end; returns what it says then.
    pub fn end(mut self) -> Result<serde_json::Map<String, serde_json::Value>> {
        drop(self.child.stdin.take());
        match self.next_line()? {
            Line::End(values) => Ok(values),
            line => bail!("expected the end, found {line:?}"),
        }
    }

    /// Why a program has ended: the last line it wrote to standard error.
    fn last_words(&mut self) -> anyhow::Error {
        let status = self.child.wait().map_or_else(|e| e.to_string(), |status| status.to_string());
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        match log.lines().rfind(|line| !line.trim().is_empty()) {
            Some(line) => anyhow!("{}", line.trim()),
            None => anyhow!("it ended: {status}"),
        }
    }
}

impl Drop for Session {
    /// Ends the program, if it has not ended by itself. A failure means it has.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{Line, Session};

    fn shell(script: &str, log: &std::path::Path) -> Session {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Session::start(command, log).unwrap()
    }

    #[test]
    #[cfg(unix)]
    fn turns_are_asked_for_and_answered() {
        let folder = tempfile::tempdir().unwrap();
        let script = r#"
            echo noise
            echo '{"event":"ready","framework":"f","version":"1","warm_up_seconds":2}'
            while read line; do echo '{"event":"turn","seconds":0.5,"samples":10}'; done
            echo '{"event":"end","accuracy":0.9}'"#;
        let mut session = shell(script, &folder.path().join("log"));
        assert!(
            matches!(session.next_line().unwrap(), Line::Ready { version, .. } if version == "1")
        );
        assert_eq!(session.turn().unwrap(), (0.5, 10.0));
        assert_eq!(session.turn().unwrap(), (0.5, 10.0));
        assert_eq!(session.end().unwrap()["accuracy"], 0.9);
    }

    #[test]
    #[cfg(unix)]
    fn the_last_words_of_a_failed_program_are_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let mut session =
            shell("echo first >&2; echo 'no such module' >&2; exit 3", &folder.path().join("log"));
        assert_eq!(session.next_line().unwrap_err().to_string(), "no such module");
    }
}
