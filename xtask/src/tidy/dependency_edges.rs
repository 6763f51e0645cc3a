//! Rule: the crates depend on one another as the architecture says, and nn-core
//! on few others.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::metadata::{Metadata, Package};

/// Which workspace crates each crate may need. Not only a limit: an edge in this
/// table that is gone from the manifests is found too, so the table stays a map.
const EDGES: &[(&str, Edges)] = &[
    ("nn-core", Edges::Exactly(&[])),
    ("nn-data", Edges::Exactly(&[])),
    ("nn-train", Edges::Exactly(&["nn-core", "nn-data"])),
    ("nn-view", Edges::Exactly(&["nn-core", "nn-data", "nn-train"])),
    ("nn-interop", Edges::Exactly(&["nn-core"])),
    ("nn-lab", Edges::Exactly(&["nn-core", "nn-data", "nn-train", "nn-view"])),
    (
        "nn-cli",
        Edges::Exactly(&["nn-core", "nn-data", "nn-interop", "nn-lab", "nn-train", "nn-view"]),
    ),
    ("nn-python", Edges::Exactly(&["nn-core", "nn-data", "nn-train"])),
    ("xtask", Edges::Any),
    ("nn-tests", Edges::Any),
    ("nn-benches", Edges::Any),
];

#[derive(Debug, Clone, Copy)]
enum Edges {
    /// These normal dependencies, no more and no less.
    Exactly(&'static [&'static str]),
    /// Development only; nothing is built on it.
    Any,
}

/// "Few dependencies" is a promise of nn-core, optional ones included.
const NN_CORE_EXTERNAL: &[&str] =
    &["bincode", "ndarray", "ndarray-rand", "rand_pcg", "serde", "sha2", "thiserror"];

/// Checks the edges between the workspace's packages.
pub fn check(metadata: &Metadata) -> Vec<Finding> {
    let members: BTreeSet<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in &metadata.packages {
        let found = dependencies(package, |kind| kind != Some("dev"));
        match EDGES.iter().find(|(name, _)| *name == package.name) {
            None => findings.push(Finding::new(
                &package.name,
                "is not in the table of dependency edges; add it with its allowed edges",
            )),
            Some((_, Edges::Any)) => {}
            Some((_, Edges::Exactly(allowed))) => {
                let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
                let found: BTreeSet<&str> = found.intersection(&members).copied().collect();
                for name in found.difference(&allowed) {
                    findings.push(Finding::new(&package.name, format!("must not need {name}")));
                }
                for name in allowed.difference(&found) {
                    let message = format!("no longer needs {name}; correct the table of edges");
                    findings.push(Finding::new(&package.name, message));
                }
            }
        }
        if package.name == "nn-core" {
            for name in found.difference(&members).filter(|name| !NN_CORE_EXTERNAL.contains(name)) {
                let message = format!("must stay small, but needs {name}, which is not listed");
                findings.push(Finding::new(&package.name, message));
            }
        }
    }
    findings.extend(upward_dev_dependencies(metadata));
    findings
}

/// A crate's tests must not need what is built on that crate: such a test belongs
/// to the crate above or to nn-tests.
fn upward_dev_dependencies(metadata: &Metadata) -> Vec<Finding> {
    let normal: BTreeMap<&str, BTreeSet<&str>> = metadata
        .packages
        .iter()
        .map(|package| (package.name.as_str(), dependencies(package, |kind| kind != Some("dev"))))
        .collect();
    let mut findings = Vec::new();
    for package in &metadata.packages {
        for name in dependencies(package, |kind| kind == Some("dev")) {
            if name == package.name || reaches(&normal, name, &package.name) {
                let message = format!("its tests must not need {name}, which is built on it");
                findings.push(Finding::new(&package.name, message));
            }
        }
    }
    findings
}

fn dependencies(package: &Package, wanted: impl Fn(Option<&str>) -> bool) -> BTreeSet<&str> {
    package
        .dependencies
        .iter()
        .filter(|dependency| wanted(dependency.kind.as_deref()))
        .map(|dependency| dependency.name.as_str())
        .collect()
}

/// Says whether `from` needs `to`, directly or through others.
fn reaches(edges: &BTreeMap<&str, BTreeSet<&str>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        for &next in edges.get(name).into_iter().flatten() {
            if next == to {
                return true;
            }
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::metadata::{Dependency, Metadata, Package};

    /// The workspace as it should be, in the form `(package, [(dependency, kind)])`.
    fn good() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
        vec![
            ("nn-core", vec![("ndarray", ""), ("bincode", ""), ("proptest", "dev")]),
            ("nn-data", vec![("reqwest", ""), ("nn-core", "dev")]),
            ("nn-train", vec![("nn-core", ""), ("nn-data", ""), ("rayon", "")]),
            ("nn-interop", vec![("nn-core", ""), ("prost", "")]),
            (
                "nn-cli",
                ["nn-core", "nn-data", "nn-interop", "nn-lab", "nn-train", "nn-view"]
                    .map(|n| (n, ""))
                    .to_vec(),
            ),
            ("xtask", vec![("nn-data", "")]),
            ("nn-tests", vec![("nn-cli", "dev")]),
            ("nn-lab", vec![("nn-core", ""), ("nn-data", ""), ("nn-train", ""), ("nn-view", "")]),
            ("nn-view", vec![("nn-core", ""), ("nn-data", ""), ("nn-train", "")]),
        ]
    }

    fn messages(workspace: Vec<(&str, Vec<(&str, &str)>)>) -> Vec<String> {
        let packages = workspace
            .into_iter()
            .map(|(name, dependencies)| Package {
                name: name.into(),
                dependencies: dependencies
                    .into_iter()
                    .map(|(name, kind)| Dependency {
                        name: name.into(),
                        kind: (!kind.is_empty()).then(|| kind.into()),
                        ..Dependency::default()
                    })
                    .collect(),
                ..Package::default()
            })
            .collect();
        let metadata = Metadata { packages, workspace_members: Vec::new() };
        check(&metadata).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_architecture_as_drawn_passes() {
        assert_eq!(messages(good()), Vec::<String>::new());
    }

    #[test]
    fn upward_and_sideways_edges_are_found() {
        let mut workspace = good();
        workspace[1].1.push(("nn-core", ""));
        assert_eq!(messages(workspace), ["error: nn-data: must not need nn-core"]);
        let mut workspace = good();
        workspace[0].1.push(("nn-cli", "build"));
        workspace[1].1.clear();
        assert_eq!(messages(workspace), ["error: nn-core: must not need nn-cli"]);
    }

    #[test]
    fn an_edge_that_is_gone_is_found() {
        let mut workspace = good();
        workspace[4].1.remove(0);
        assert_eq!(
            messages(workspace),
            ["error: nn-cli: no longer needs nn-core; correct the table of edges"]
        );
    }

    #[test]
    fn an_unknown_crate_is_found() {
        let mut workspace = good();
        workspace.push(("nn-new", vec![]));
        assert_eq!(messages(workspace).len(), 1);
    }

    #[test]
    fn more_dependencies_of_the_core_are_found() {
        let mut workspace = good();
        workspace[0].1.push(("rayon", ""));
        assert_eq!(
            messages(workspace),
            ["error: nn-core: must stay small, but needs rayon, which is not listed"]
        );
    }

    #[test]
    fn tests_must_not_need_what_is_built_on_their_crate() {
        let mut workspace = good();
        workspace[0].1.push(("nn-cli", "dev"));
        assert_eq!(
            messages(workspace),
            ["error: nn-core: its tests must not need nn-cli, which is built on it"]
        );
    }
}
