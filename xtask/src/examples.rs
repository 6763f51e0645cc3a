//! `cargo xtask examples`: runs the examples that show how the crates are used. Each of them fails
//! when what it shows doesn't come true.

use anyhow::{Context, Result, bail};

use crate::project_root::cargo;
use crate::run_command::run_command;

/// Crate and name of every example, as in the README's table.
const EXAMPLES: [(&str, &str); 8] = [
    ("nn-core", "xor"),
    ("nn-core", "custom"),
    ("nn-core", "predict"),
    ("nn-core", "gradients"),
    ("nn-train", "mnist"),
    ("nn-train", "own_csv"),
    ("nn-train", "observer"),
    ("nn-lab", "predict_service"),
];

/// Runs them all.
///
/// # Errors
/// When one can't be built or fails.
pub fn run() -> Result<()> {
    let mut failed = Vec::new();
    for (package, name) in EXAMPLES {
        println!("-- {name} of {package}");
        let mut command = cargo();
        command.args(["run", "--quiet", "--package", package, "--example", name]);
        if let Err(error) = run_command(&mut command).with_context(|| name.to_owned()) {
            eprintln!("error: {error:#}");
            failed.push(name);
        }
    }
    if !failed.is_empty() {
        bail!("examples that fail: {}", failed.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::EXAMPLES;
    use crate::project_root::project_root;

    /// Programs that measure something; they show nothing about how the crates are used.
    const MEASURE: [(&str, &str); 2] =
        [("nn-train", "divergence_check_cost"), ("nn-data", "augmentation_speed")];

    #[test]
    fn every_example_is_run_and_in_the_readme() {
        let root = project_root();
        let mut found = Vec::new();
        for package in fs::read_dir(root.join("crates")).unwrap() {
            let package = package.unwrap();
            let Ok(files) = fs::read_dir(package.path().join("examples")) else { continue };
            for file in files {
                let name = file.unwrap().path().file_stem().unwrap().to_owned();
                found.push((package.file_name(), name));
            }
        }
        found.sort();
        let mut listed: Vec<_> =
            EXAMPLES.iter().chain(&MEASURE).map(|(p, n)| ((*p).into(), (*n).into())).collect();
        listed.sort();
        assert_eq!(found, listed);

        let readme = fs::read_to_string(root.join("README.md")).unwrap();
        for (package, name) in EXAMPLES {
            let link = format!("(crates/{package}/examples/{name}.rs)");
            assert!(readme.contains(&link), "README.md has no {link}");
        }
    }
}
