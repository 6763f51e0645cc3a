//! Rule: no trailing whitespace, no leftovers of debugging, no paths of one
//! author's machine.

use super::rust_text::word_offsets;
use super::{Finding, RustText};

/// Paths that exist on a development machine only. They are put together here so
/// that this file passes its own rule.
const PRIVATE_PATHS: &[&str] = &[concat!("/wor", "k/"), concat!("../sha", "red")];

/// Recordings of what a program printed, kept byte for byte.
const RECORDINGS: &[&str] = &[".snap", ".stdout", ".stderr"];

/// Files that a fuzzer begins with, whose bytes are the point.
const SEEDS: &str = "fuzz/seeds/";

/// Checks any text file, line by line.
pub fn check_text(path: &str, text: &str) -> Vec<Finding> {
    let kept =
        path.starts_with(SEEDS) || RECORDINGS.iter().any(|extension| path.ends_with(extension));
    let mut findings = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        if !kept && line.ends_with(char::is_whitespace) {
            let what =
                if line.ends_with('\r') { "a carriage return" } else { "trailing whitespace" };
            findings.push(Finding::at(path, index + 1, format!("{what} at the end of the line")));
        }
        for private in PRIVATE_PATHS {
            if line.match_indices(private).any(|(offset, _)| starts_a_path(&line[..offset])) {
                let message = format!("`{private}` is a path of one machine");
                findings.push(Finding::at(path, index + 1, message));
            }
        }
    }
    findings
}

/// Says whether a path could begin after `before`, instead of going on.
fn starts_a_path(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_alphanumeric() || "_-.".contains(c))
}

/// Checks the code of a Rust file.
pub fn check_rust(path: &str, rust: &RustText) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in rust.code_lines().into_iter().enumerate() {
        let name = "dbg";
        if word_offsets(line, name)
            .iter()
            .any(|offset| line[offset + name.len()..].starts_with('!'))
        {
            findings.push(Finding::at(path, index + 1, "`dbg!` is a leftover of debugging"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{PRIVATE_PATHS, RustText, check_rust, check_text};

    #[test]
    fn whitespace_at_line_ends_is_found() {
        assert!(check_text("a.md", "fine\n\tfine\n\n").is_empty());
        assert_eq!(check_text("a.md", "bad \n").len(), 1);
        assert_eq!(check_text("a.md", "fine\nbad\t").len(), 1);
        assert_eq!(check_text("a.md", "bad\r\n").len(), 1);
        assert!(check_text("a.snap", "as recorded \n").is_empty());
        assert!(check_text("fuzz/seeds/csv/dos.csv", "a;b\r\n").is_empty());
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        for private in PRIVATE_PATHS {
            let findings = check_text("a.md", &format!("fine\nsee {private}file\n"));
            assert_eq!(findings.len(), 1, "{private}");
            assert_eq!(findings[0].line, Some(2));
        }
        let elsewhere = format!("https://example.org{}", PRIVATE_PATHS[0]);
        assert!(check_text("a.md", &elsewhere).is_empty());
    }

    #[test]
    fn debugging_macros_are_found_in_code_only() {
        assert_eq!(check_rust("a.rs", &RustText::new("fn f() { dbg!(1); }")).len(), 1);
        let fine = "// dbg!(1)\nlet a = \"dbg!\"; my_dbg!(1); let dbg = 1;";
        assert!(check_rust("a.rs", &RustText::new(fine)).is_empty());
    }
}
