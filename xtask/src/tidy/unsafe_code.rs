//! Rule: `unsafe` stands in nn-core's kernels only, each use says why it is
//! sound, and every crate tells the compiler to forbid it.

use std::path::Path;

use super::rust_text::word_offsets;
use super::tracked_files::TrackedFile;
use super::{Finding, RustText};
use crate::metadata::Metadata;

const UNSAFE: &str = "unsafe";
/// The only place where `unsafe` may stand.
const KERNELS: &str = "crates/nn-core/src/kernels/";
/// The one crate with such a place: it denies `unsafe` and lets its kernels opt
/// out, which a crate that forbids it can't.
const CRATE_WITH_KERNELS: &str = "nn-core";

/// Checks the uses of `unsafe` in one file.
pub fn check(path: &str, rust: &RustText) -> Vec<Finding> {
    let code = rust.code_lines();
    let comments = rust.comment_lines();
    let mut findings = Vec::new();
    for (index, line) in code.iter().enumerate() {
        for offset in word_offsets(line, UNSAFE) {
            if !path.starts_with(KERNELS) {
                let message = format!("`unsafe` is allowed in {KERNELS} only");
                findings.push(Finding::at(path, index + 1, message));
            } else if needs_reason(&text_after(&code, index, offset + UNSAFE.len()))
                && !has_reason(&code, &comments, index)
            {
                let message = "expected a `SAFETY:` comment or `# Safety` section above `unsafe`";
                findings.push(Finding::at(path, index + 1, message));
            }
        }
    }
    findings
}

/// Returns what follows a place, its white space made single; a few lines are
/// enough to tell what an `unsafe` belongs to.
fn text_after(code: &[&str], index: usize, offset: usize) -> String {
    let first = &code[index][offset..];
    let following = code[index + 1..].iter().take(2).copied();
    let words: Vec<&str> =
        std::iter::once(first).chain(following).flat_map(str::split_whitespace).collect();
    words.join(" ")
}

/// The type of a pointer to an unsafe function promises nothing and needs no
/// reason; blocks, functions, traits and implementations do.
fn needs_reason(after: &str) -> bool {
    let after = after.strip_prefix("extern ").unwrap_or(after);
    !after.strip_prefix("fn").is_some_and(|rest| rest.trim_start().starts_with('('))
}

/// Looks for the reason on the line of the `unsafe` and above it, past the
/// attributes and the earlier lines of the same statement.
fn has_reason(code: &[&str], comments: &[&str], index: usize) -> bool {
    let states_reason = |line: &str| line.contains("SAFETY:") || line.contains("# Safety");
    if states_reason(comments[index]) {
        return true;
    }
    for above in (0..index).rev() {
        let (code, comment) = (code[above].trim(), comments[above].trim());
        if code.is_empty() {
            if comment.is_empty() {
                return false;
            }
            if states_reason(comment) {
                return true;
            }
        } else if code.ends_with([';', '{', '}']) || !word_offsets(code, UNSAFE).is_empty() {
            // Another statement begins here; its reason is not this one's.
            return false;
        }
    }
    false
}

/// A crate's root file and the attribute that must stand in it.
#[derive(Debug, PartialEq)]
pub struct CrateRoot {
    path: String,
    attribute: &'static str,
}

/// Lists the roots of all libraries and programs of the workspace. Tests, benches
/// and examples have many roots; [`check`] alone keeps them free of `unsafe`.
pub fn crate_roots(metadata: &Metadata, project_root: &Path) -> Vec<CrateRoot> {
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
pub fn check_crate_roots(roots: &[CrateRoot], files: &[TrackedFile]) -> Vec<Finding> {
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

    use super::{CrateRoot, check, check_crate_roots, crate_roots};
    use crate::metadata::{Metadata, Package, Target};
    use crate::tidy::{RustText, TrackedFile};

    const KERNEL: &str = "crates/nn-core/src/kernels/avx2.rs";

    fn findings(path: &str, source: &str) -> usize {
        check(path, &RustText::new(source)).len()
    }

    #[test]
    fn unsafe_outside_the_kernels_is_found() {
        let source = "// SAFETY: no excuse.\nlet x = unsafe { f() };\n";
        assert_eq!(findings("crates/nn-core/src/network.rs", source), 1);
        assert_eq!(findings("crates/nn-core/src/kernels.rs", source), 1);
        assert_eq!(findings("crates/nn-data/src/kernels/a.rs", source), 1);
        assert_eq!(findings(KERNEL, source), 0);
    }

    #[test]
    fn words_and_texts_with_unsafe_in_them_are_fine() {
        let source = "#![deny(unsafe_code)] // unsafe\nlet a = \"unsafe\";\n";
        assert_eq!(findings("crates/nn-core/src/lib.rs", source), 0);
    }

    #[test]
    fn every_use_needs_its_reason() {
        for source in [
            "fn f() {\n    unsafe { g() }\n}\n",
            "// Fast.\nunsafe { g() }\n",
            "// SAFETY: far away.\n\nunsafe { g() }\n",
            "// SAFETY: the first.\nunsafe { g() };\nunsafe { g() };\n",
            "unsafe impl Send for A {}\n",
            "/// Adds.\nunsafe fn add() {}\n",
            "unsafe\n{ g() }\n",
            "unsafe extern \"C\" fn callback() {}\n",
            "unsafe trait Plain {}\n",
        ] {
            assert_eq!(findings(KERNEL, source), 1, "{source}");
        }
    }

    #[test]
    fn reasons_are_seen_where_people_write_them() {
        for source in [
            "// SAFETY: g has no conditions.\nunsafe { g() }\n",
            "unsafe { g() } // SAFETY: g has no conditions.\n",
            "// SAFETY: a long\n// explanation.\nlet a =\n    unsafe { g() };\n",
            "/// Adds.\n///\n/// # Safety\n/// The CPU has AVX2.\n#[target_feature(enable = \"avx2\")]\n\
             pub unsafe fn add() {}\n",
            "// SAFETY: A holds no pointers.\nunsafe impl Send for A {}\n",
            "type Kernel = unsafe fn(&[f32]);\n",
            "type Kernel = unsafe extern \"C\" fn(u8);\n",
        ] {
            assert_eq!(findings(KERNEL, source), 0, "{source}");
        }
    }

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
            crate_roots(&metadata, Path::new("/root")),
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
            check_crate_roots(&roots, &[file]).len()
        };
        assert_eq!(check_text("//! Header.\n\n#![forbid(unsafe_code)]\n"), 0);
        assert_eq!(check_text("//! Header.\n"), 1);
        assert_eq!(check_text("//! Header.\n// #![forbid(unsafe_code)]\n"), 1);
        assert_eq!(check_crate_roots(&roots, &[]).len(), 1);
    }
}
