//! One process of nn-cli that trains, and the signal that stops it.

use std::fmt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::scenarios::Scenario;

/// How long a process may take in all before it counts as hanging.
const HANGING: Duration = Duration::from_secs(300);

/// A signal that stops a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Signal {
    /// SIGKILL, which no process sees coming
    Kill,
    /// SIGINT, as by Ctrl-C
    Int,
    /// SIGTERM
    Term,
}

impl Signal {
    fn number(self) -> i32 {
        match self {
            Self::Kill => 9,
            Self::Int => 2,
            Self::Term => 15,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kill => "SIGKILL",
            Self::Int => "SIGINT",
            Self::Term => "SIGTERM",
        })
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Death {
    /// By itself, before the signal came.
    Finished,
    /// By SIGKILL.
    Killed { took: Duration },
    /// By a signal that it did not handle yet.
    Unprepared { took: Duration },
    /// By its own handler, after it had saved.
    Saved { took: Duration },
}

impl Death {
    /// From the signal to the end.
    pub(super) fn took(self) -> Duration {
        match self {
            Self::Finished => Duration::ZERO,
            Self::Killed { took } | Self::Unprepared { took } | Self::Saved { took } => took,
        }
    }
}

/// A process at work.
pub(super) struct Running {
    child: Child,
}

impl Running {
    /// Starts training, or goes on where `folder/run` stopped.
    pub(super) fn start(
        program: &Path,
        folder: &Path,
        scenario: &Scenario,
        resume: bool,
        threads: usize,
    ) -> Result<Self> {
        let mut command = Command::new(program);
        command.current_dir(folder).arg("train").args(["--threads", &threads.to_string()]);
        if resume {
            command.args(["--resume", "run"]);
        } else {
            command.args(["--run-dir", "run", "--data", "sample"]).args(scenario.arguments());
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child =
            command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self { child })
    }

    /// Sends the signal and waits for the end.
    pub(super) fn stop(&mut self, signal: Signal) -> Result<Death> {
        if let Some(status) = self.child.try_wait()? {
            self.expect_success(status)?;
            return Ok(Death::Finished);
        }
        let sent = Instant::now();
        match signal {
            Signal::Kill => self.child.kill()?,
            Signal::Int | Signal::Term => {
                // The standard library sends SIGKILL only. A process that has just ended is
                // still there to be waited for, so its number is its own.
                let number = format!("-{}", signal.number());
                Command::new("kill").args([number, self.child.id().to_string()]).status()?;
            }
        }
        let status = self.wait()?;
        let took = sent.elapsed();
        if status.success() {
            return Ok(Death::Finished);
        }
        if killed_by(status) == Some(signal.number()) {
            return Ok(match signal {
                Signal::Kill => Death::Killed { took },
                _ => Death::Unprepared { took },
            });
        }
        let expected = 128 + signal.number();
        if signal == Signal::Kill || status.code() != Some(expected) {
            bail!("it ended with {status} after {signal}: {}", self.errors());
        }
        Ok(Death::Saved { took })
    }

    /// Waits until all epochs are done.
    pub(super) fn finish(mut self) -> Result<()> {
        let status = self.wait()?;
        self.expect_success(status)
    }

    fn expect_success(&mut self, status: ExitStatus) -> Result<()> {
        ensure!(status.success(), "it ended with {status}: {}", self.errors());
        Ok(())
    }

    fn wait(&mut self) -> Result<ExitStatus> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if start.elapsed() > HANGING {
                self.child.kill()?;
                bail!("it hangs: nothing for {HANGING:?}");
            }
            std::thread::sleep(Duration::from_micros(500));
        }
    }

    /// What the process said on standard error, which is never enough to fill a pipe.
    fn errors(&mut self) -> String {
        let mut text = String::new();
        if let Some(stderr) = &mut self.child.stderr {
            // A process that said nothing readable is still reported.
            let _ = std::io::Read::read_to_string(stderr, &mut text);
        }
        text.trim().replace('\n', "; ")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After an error the process may still be at work; one that has ended is past that.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn killed_by(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn killed_by(_: ExitStatus) -> Option<i32> {
    None
}
