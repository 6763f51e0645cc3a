//! Rule: no file is named after nothing in particular.

use super::Finding;

const NAMELESS: &[&str] = &["utils", "util", "common", "helpers", "helper", "misc"];

/// Checks a Rust file's name, and the folder's for a `mod.rs`.
pub fn check(path: &str) -> Option<Finding> {
    let module = path.strip_suffix(".rs")?;
    let module = module.strip_suffix("/mod").unwrap_or(module);
    let name = module.rsplit('/').next().unwrap_or(module);
    NAMELESS.contains(&name).then(|| {
        Finding::new(path, format!("the name `{name}` says nothing; name the one thing inside"))
    })
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn names_that_say_nothing_are_found() {
        for path in ["utils.rs", "a/src/common.rs", "a/helpers/mod.rs", "tests/misc.rs"] {
            assert!(check(path).is_some(), "{path}");
        }
        for path in ["idx.rs", "a/utilsation.rs", "common/idx.rs", "docs/common.md", "mod.rs"] {
            assert!(check(path).is_none(), "{path}");
        }
    }
}
