//! `cargo xtask tidy`: the house rules that no compiler or linter knows.
//!
//! Each rule is one small function in the file of its name. Rules look at texts
//! and metadata handed to them and never at the disk, so that their tests can
//! show them failing on made-up input.

mod crate_roots;
mod dependency_edges;
mod file_length;
mod file_names;
mod markdown_links;
mod module_header;
mod readme_command;
mod rust_text;
mod stray_text;
mod tracked_files;
mod unsafe_code;

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Result, bail};

use crate::metadata;
use crate::project_root::project_root;
use rust_text::RustText;
use tracked_files::TrackedFile;

/// Something a rule has to say about a place.
#[derive(Debug, PartialEq)]
struct Finding {
    /// The file, relative to the workspace's root, or the package.
    place: String,
    /// The line, counted from 1, where there is one.
    line: Option<usize>,
    message: String,
    severity: Severity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Severity {
    /// Worth a look; the check passes.
    Warning,
    /// Must be mended.
    Error,
}

impl Finding {
    /// An error about a whole file or package.
    fn new(place: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { place: place.to_owned(), line: None, message, severity: Severity::Error }
    }

    /// An error about one line, counted from 1.
    fn at(place: &str, line: usize, message: impl Into<String>) -> Self {
        Self { line: Some(line), ..Self::new(place, message) }
    }

    /// A warning about a whole file.
    fn warning(place: &str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::new(place, message) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}: {}", self.place)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Checks all rules and prints the findings.
///
/// # Errors
/// When a finding is an error, or the files or cargo's metadata cannot be read.
pub fn run() -> Result<()> {
    let root = project_root();
    let files = tracked_files::read(&root)?;
    let metadata = metadata::read_workspace()?;
    let crate_roots = crate_roots::list(&metadata, &root);

    let mut findings = dependency_edges::check(&metadata);
    findings.extend(check_files(&files));
    findings.extend(crate_roots::check(&crate_roots, &files));

    for finding in &findings {
        eprintln!("{finding}");
    }
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if errors > 0 {
        bail!("tidy found {errors} error(s); the rules are explained in CONTRIBUTING.md");
    }
    println!("tidy: {} files, {} warning(s)", files.len(), findings.len());
    Ok(())
}

/// Applies the rules that need nothing but the tracked files.
fn check_files(files: &[TrackedFile]) -> Vec<Finding> {
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut findings = Vec::new();
    findings.extend(readme_command::check(files));
    for file in files {
        findings.extend(file_names::check(&file.path));
        let Some(text) = &file.text else { continue };
        findings.extend(stray_text::check_text(&file.path, text));
        if file.has_extension("md") {
            findings.extend(markdown_links::check(&file.path, text, &paths));
        }
        if file.has_extension("rs") {
            let rust = RustText::new(text);
            findings.extend(module_header::check(&file.path, text));
            findings.extend(file_length::check(&file.path, text));
            findings.extend(stray_text::check_rust(&file.path, &rust));
            findings.extend(unsafe_code::check(&file.path, &rust));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{Finding, TrackedFile, check_files};

    #[test]
    fn a_finding_reads_like_a_compiler_message() {
        assert_eq!(Finding::at("a/b.rs", 7, "is odd").to_string(), "error: a/b.rs:7: is odd");
        assert_eq!(Finding::warning("a/b.rs", "is long").to_string(), "warning: a/b.rs: is long");
    }

    #[test]
    fn every_file_rule_is_applied() {
        let file = |path: &str, text: &str| TrackedFile {
            path: path.to_owned(),
            text: Some(text.to_owned()),
        };
        let long = format!("//! Long.\n{}", "// x\n".repeat(600));
        let findings = check_files(&[
            file("README.md", "[gone](gone.md)\n"),
            file("a/utils.rs", "fn f() { dbg!(1); } \n"),
            file("a/danger.rs", "//! Header.\nfn f() { unsafe { g() } }\n"),
            file("a/long.rs", &long),
        ]);
        let text: Vec<String> = findings.iter().map(ToString::to_string).collect();
        let text = text.join("\n");
        for expected in [
            "README.md: expected the line",
            "README.md:1: link to",
            "a/utils.rs: the name",
            "a/utils.rs:1: trailing whitespace",
            "a/utils.rs:1: expected a `//!` header",
            "a/utils.rs:1: `dbg!`",
            "a/danger.rs:2: `unsafe`",
            "a/long.rs: 601 lines",
        ] {
            assert!(text.contains(expected), "`{expected}` is missing in\n{text}");
        }
        assert_eq!(findings.len(), 8, "{text}");
    }
}
