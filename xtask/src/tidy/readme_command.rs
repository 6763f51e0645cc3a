//! Rule: the README states the test command that CI runs first.

use super::{Finding, TrackedFile};

const TEST_COMMAND: &str = "cargo test --workspace";

/// Checks that one line of the README is the test command and nothing else.
pub fn check(files: &[TrackedFile]) -> Option<Finding> {
    let readme = files.iter().find(|file| file.path == "README.md");
    let Some(text) = readme.and_then(|file| file.text.as_ref()) else {
        return Some(Finding::new("README.md", "is missing"));
    };
    let stated = text.lines().any(|line| line.trim() == TEST_COMMAND);
    (!stated).then(|| Finding::new("README.md", format!("expected the line `{TEST_COMMAND}`")))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::TrackedFile;

    fn accepted(text: &str) -> bool {
        check(&[TrackedFile { path: "README.md".into(), text: Some(text.into()) }]).is_none()
    }

    #[test]
    fn the_exact_line_must_be_there() {
        assert!(accepted("# Title\n\n```sh\ncargo test --workspace\n```\n"));
        assert!(!accepted("Run `cargo test`.\n"));
        assert!(!accepted("cargo test --workspace --release\n"));
        assert!(check(&[]).is_some());
    }
}
