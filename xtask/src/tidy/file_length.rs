//! Rule: a Rust file is short enough to be read in one sitting.

use super::Finding;

/// Above this many lines a file should be split when next touched.
const WARN_ABOVE: usize = 400;
/// Above this many lines a file must be split.
const FAIL_ABOVE: usize = 600;

/// Checks the number of lines of a Rust file.
pub fn check(path: &str, text: &str) -> Option<Finding> {
    let lines = text.lines().count();
    if lines > FAIL_ABOVE {
        Some(Finding::new(path, format!("{lines} lines; at most {FAIL_ABOVE} are allowed")))
    } else if lines > WARN_ABOVE {
        Some(Finding::warning(path, format!("{lines} lines; aim for at most {WARN_ABOVE}")))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Finding, check};
    use crate::tidy::Severity;

    #[test]
    fn long_files_are_warned_about_and_longer_ones_refused() {
        let severity = |lines: usize| {
            check("a.rs", &"x\n".repeat(lines)).map(|finding: Finding| finding.severity)
        };
        assert_eq!(severity(400), None);
        assert_eq!(severity(401), Some(Severity::Warning));
        assert_eq!(severity(600), Some(Severity::Warning));
        assert_eq!(severity(601), Some(Severity::Error));
    }
}
