//! What came of each step, and how long it took.

use std::time::Duration;

/// How a step ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    Failed(String),
    /// Could not run here; why, and what stands in for it.
    Skipped(String),
    /// An earlier step had failed.
    NotReached,
}

/// A step's name, how it ended, and its time.
pub type StepResult = (&'static str, Outcome, Duration);

/// The table that ends a run.
pub fn summary(results: &[StepResult], total: Duration) -> String {
    let width = results.iter().map(|(name, _, _)| name.len()).max().unwrap_or(0);
    let mut text = String::from("\nSummary\n");
    for (name, outcome, time) in results {
        let seconds = format!("{:7.1} s", time.as_secs_f64());
        let line = match outcome {
            Outcome::Passed => format!("ok       {name:width$} {seconds}"),
            Outcome::Failed(why) => {
                format!(
                    "FAILED   {name:width$} {seconds}  {}",
                    why.lines().next().unwrap_or_default()
                )
            }
            Outcome::Skipped(why) => format!("skipped  {name:width$} {seconds}  {why}"),
            Outcome::NotReached => format!("not run  {name}"),
        };
        text.push_str("  ");
        text.push_str(&line);
        text.push('\n');
    }
    text + &format!("  total    {:width$} {:7.1} s\n", "", total.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Outcome, summary};

    #[test]
    fn the_summary_names_every_step() {
        let second = Duration::from_secs(1);
        let text = summary(
            &[
                ("first", Outcome::Passed, second),
                ("second", Outcome::Failed("exit status: 101\nmore".into()), second),
                ("third", Outcome::Skipped("not here".into()), second),
                ("fourth", Outcome::NotReached, Duration::ZERO),
            ],
            3 * second,
        );
        assert!(text.contains("ok       first"), "{text}");
        assert!(text.contains("FAILED   second     1.0 s  exit status: 101\n"), "{text}");
        assert!(text.contains("skipped  third      1.0 s  not here"), "{text}");
        assert!(text.contains("not run  fourth"), "{text}");
    }
}
