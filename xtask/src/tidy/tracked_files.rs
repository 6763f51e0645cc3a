//! The list of files the rules look at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// One file of the repository.
#[derive(Debug)]
pub struct TrackedFile {
    /// The path relative to the root, with forward slashes on every platform.
    pub path: String,
    /// The content, or nothing where it isn't UTF-8 text.
    pub text: Option<String>,
}

impl TrackedFile {
    /// Says whether the name ends in a dot and `extension`.
    pub fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }
}

/// Reads the repository's files, sorted by path.
///
/// Git names them: what is committed or staged, and what is new and not ignored,
/// so that a file is checked before its first commit too. A source tree that
/// isn't a git checkout is walked instead.
///
/// # Errors
/// When a file cannot be read.
pub fn read(root: &Path) -> Result<Vec<TrackedFile>> {
    let mut paths = match list_by_git(root) {
        Some(paths) => paths,
        None => walk(root)?,
    };
    paths.sort();
    paths.dedup();
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let full = root.join(&path);
        // A file deleted but not yet staged is still in git's list.
        if !full.is_file() {
            continue;
        }
        let bytes = fs::read(&full).with_context(|| format!("cannot read {}", full.display()))?;
        let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
        files.push(TrackedFile { path, text });
    }
    Ok(files)
}

fn list_by_git(root: &Path) -> Option<Vec<String>> {
    // Without a repository of its own, an enclosing one's list would be empty.
    if !root.join(".git").exists() {
        return None;
    }
    let output = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let list = String::from_utf8(output.stdout).ok()?;
    Some(list.split_terminator('\0').map(str::to_owned).collect())
}

/// Folders that hold build products and results, as in `.gitignore`.
const NOT_SOURCES: &[&str] = &[".git", "target", "runs", ".venv", "node_modules"];

fn walk(root: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let full = root.join(&folder);
        let entries =
            fs::read_dir(&full).with_context(|| format!("cannot list {}", full.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot list {}", full.display()))?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_file() {
                paths.push(path.to_string_lossy().replace('\\', "/"));
            } else if kind.is_dir() && !NOT_SOURCES.iter().any(|name| entry.file_name() == *name) {
                folders.push(path);
            }
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::{TrackedFile, read, walk};
    use crate::project_root::project_root;

    #[test]
    fn this_very_file_is_found_with_and_without_git() {
        let this = "xtask/src/tidy/tracked_files.rs";
        let files = read(&project_root()).unwrap();
        let found = files.iter().find(|file| file.path == this).unwrap();
        assert!(found.text.as_ref().unwrap().starts_with("//! The list of files"));
        assert!(walk(&project_root()).unwrap().iter().any(|path| path == this));
    }

    #[test]
    fn build_products_are_not_sources() {
        let paths = walk(&project_root()).unwrap();
        assert!(!paths.iter().any(|path| path.starts_with("target/")));
    }

    #[test]
    fn extensions_are_compared_whole() {
        let file = |path: &str| TrackedFile { path: path.into(), text: None };
        assert!(file("a/b.rs").has_extension("rs"));
        assert!(!file("a/b.rs.bk").has_extension("rs"));
        assert!(!file("rs").has_extension("rs"));
    }
}
