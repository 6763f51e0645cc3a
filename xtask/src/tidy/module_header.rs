//! Rule: every Rust file starts with a `//!` line that says what is in it.

use super::Finding;

/// A crate whose documentation is its README may begin with this instead.
const README_AS_HEADER: &str = "#![doc = include_str!(";

/// Checks the first line of a Rust file.
pub fn check(path: &str, text: &str) -> Option<Finding> {
    let first = text.lines().next().unwrap_or_default();
    let says_something = first.strip_prefix("//!").is_some_and(|rest| !rest.trim().is_empty())
        || first.starts_with(README_AS_HEADER);
    (!says_something)
        .then(|| Finding::at(path, 1, "expected a `//!` header that says what is in this file"))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_header_must_come_first_and_say_something() {
        assert_eq!(check("a.rs", "//! Reads IDX files.\n\nuse std::io;\n"), None);
        assert_eq!(check("lib.rs", "#![doc = include_str!(\"../README.md\")]\n"), None);
        for text in ["", "use std::io;\n", "\n//! Late.\n", "//!\n//! Late.\n", "// Plain.\n"] {
            assert!(check("a.rs", text).is_some(), "{text:?}");
        }
    }
}
