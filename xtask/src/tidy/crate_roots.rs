//! Rule: every library and program tells the compiler to forbid `unsafe`.

use std::path::Path;

use super::tracked_files::TrackedFile;
use super::{Finding, RustText};
use crate::metadata::Metadata;

/// The one crate that may use `unsafe`, in its kernels: it denies `unsafe` and lets its kernels opt
/// out, which a crate that forbids it can't.
const CRATE_WITH_KERNELS: &str = "nn-core";

/// A crate's root file and the attribute that must stand in it.
#[derive(Debug, PartialEq)]
pub struct CrateRoot {
    path: String,
    attribute: &'static str,
}

/// Lists the roots of all libraries and programs of the workspace. Tests, benches
/// and examples have many roots; the rule on `unsafe` itself keeps them free of it.
pub fn list(metadata: &Metadata, project_root: &Path) -> Vec<CrateRoot> {
    let mut roots = Vec::new();
    for package in &metadata.packages {
        let attribute = if package.name == CRATE_WITH_KERNELS {
            "#![deny(unsafe_code)]"
        } else {
            "#![forbid(unsafe_code)]"
        };
        for target in &package.targets {
            let checked = |kind: &String| {
                ["lib", "rlib", "cdylib", "staticlib", "proc-macro", "bin"].contains(&kind.as_str())
            };
            if target.kind.iter().any(checked) {
                let path = target.src_path.strip_prefix(project_root).unwrap_or(&target.src_path);
                let path = path.to_string_lossy().replace('\\', "/");
                roots.push(CrateRoot { path, attribute });
            }
        }
    }
    roots
}

/// Checks that each crate's root has its attribute.
pub fn check(roots: &[CrateRoot], files: &[TrackedFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for root in roots {
        let text = files.iter().find(|file| file.path == root.path).and_then(|f| f.text.as_ref());
        let present = text.is_some_and(|text| {
            RustText::new(text).code_lines().iter().any(|line| line.trim() == root.attribute)
        });
        if !present {
            findings.push(Finding::new(&root.path, format!("expected `{}`", root.attribute)));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{CrateRoot, check, list};
    use crate::metadata::{Metadata, Package, Target};
    use crate::tidy::TrackedFile;

    #[test]
    fn each_library_and_program_has_a_root_to_check() {
        let package = |name: &str, kind: &str| Package {
            name: name.into(),
            targets: vec![Target {
                kind: vec![kind.into()],
                src_path: format!("/root/{name}/src/root.rs").into(),
            }],
            ..Package::default()
        };
        let metadata = Metadata {
            packages: vec![package("nn-core", "lib"), package("a", "bin"), package("b", "test")],
            workspace_members: Vec::new(),
        };
        let root = |path: &str, attribute| CrateRoot { path: path.into(), attribute };
        assert_eq!(
            list(&metadata, Path::new("/root")),
            [
                root("nn-core/src/root.rs", "#![deny(unsafe_code)]"),
                root("a/src/root.rs", "#![forbid(unsafe_code)]"),
            ]
        );
    }

    #[test]
    fn a_root_without_its_attribute_is_found() {
        let roots = [CrateRoot { path: "a.rs".into(), attribute: "#![forbid(unsafe_code)]" }];
        let check_text = |text: &str| {
            let file = TrackedFile { path: "a.rs".into(), text: Some(text.into()) };
            check(&roots, &[file]).len()
        };
        assert_eq!(check_text("//! Header.\n\n#![forbid(unsafe_code)]\n"), 0);
        assert_eq!(check_text("//! Header.\n"), 1);
        assert_eq!(check_text("//! Header.\n// #![forbid(unsafe_code)]\n"), 1);
        assert_eq!(check(&roots, &[]).len(), 1);
    }
}
