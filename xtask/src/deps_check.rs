//! Checks every dependency's licence, source and Rust version, and that no
//! banned crate is among them, by the rules of `deny.toml`.
//!
//! cargo-deny reads the same file and does more (advisories, above all), but has
//! to be installed first. This check needs nothing beyond cargo and no network,
//! so it can run everywhere and is never skipped.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::license_expression::is_satisfied;
use crate::metadata::{self, Metadata, Package};
use crate::project_root::project_root;

/// The parts of `deny.toml` that this check obeys.
#[derive(Debug, Deserialize)]
struct Policy {
    licenses: LicensePolicy,
    bans: BanPolicy,
    sources: SourcePolicy,
}

#[derive(Debug, Deserialize)]
struct LicensePolicy {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<LicenseException>,
}

/// Licences accepted for one crate only.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LicenseException {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct BanPolicy {
    deny: Vec<BannedCrate>,
}

/// A crate that must not be in the tree. cargo-deny knows more fields
/// (versions, wrappers); an unknown one is an error here, so that the two checks
/// can't come to mean different things unnoticed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BannedCrate {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct SourcePolicy {
    allow_registry: Vec<String>,
}

/// Runs the check and prints what it found.
///
/// # Errors
/// When a dependency breaks a rule, or `deny.toml` or cargo's metadata cannot be
/// read.
pub fn run() -> Result<()> {
    let path = project_root().join("deny.toml");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let policy = parse_policy(&text)?;
    let metadata = metadata::read_all()?;
    let findings = check(&policy, &metadata);
    for finding in &findings {
        eprintln!("deps-check: {finding}");
    }
    if !findings.is_empty() {
        bail!("{} finding(s) in the dependencies; the rules are in deny.toml", findings.len());
    }
    println!(
        "deps-check: {} packages, licences, sources, bans and Rust versions fine",
        metadata.packages.len()
    );
    Ok(())
}

fn parse_policy(text: &str) -> Result<Policy> {
    let policy: Policy = toml::from_str(text).context("cannot read deny.toml")?;
    for name in policy
        .bans
        .deny
        .iter()
        .map(|banned| &banned.name)
        .chain(policy.licenses.exceptions.iter().map(|exception| &exception.name))
    {
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            bail!("deny.toml: expected a plain crate name without a version, found `{name}`");
        }
    }
    Ok(policy)
}

fn check(policy: &Policy, metadata: &Metadata) -> Vec<String> {
    let mut findings = Vec::new();
    let rust_version = metadata
        .packages
        .iter()
        .filter(|package| metadata.is_member(package))
        .filter_map(|package| package.rust_version.as_deref())
        .min_by_key(|version| numbers(version));
    for package in &metadata.packages {
        let member = metadata.is_member(package);
        let found = [
            license_finding(&policy.licenses, package),
            source_finding(&policy.sources, package, member),
            ban_finding(&policy.bans, package),
            rust_version.and_then(|version| rust_version_finding(version, package)),
        ];
        let label = format!("{} {}", package.name, package.version);
        findings.extend(found.into_iter().flatten().map(|text| format!("{label}: {text}")));
        if member {
            findings
                .extend(wildcard_findings(package).map(|text| format!("{}: {text}", package.name)));
        }
    }
    findings
}

fn license_finding(policy: &LicensePolicy, package: &Package) -> Option<String> {
    let Some(expression) = &package.license else {
        return Some("states no licence".to_owned());
    };
    let allowed: BTreeSet<&str> = policy
        .exceptions
        .iter()
        .filter(|exception| exception.name == package.name)
        .flat_map(|exception| &exception.allow)
        .chain(&policy.allow)
        .map(String::as_str)
        .collect();
    match is_satisfied(expression, &|license| allowed.contains(license)) {
        Ok(true) => None,
        Ok(false) => Some(format!("licence `{expression}` is not on the list")),
        Err(error) => Some(error.to_string()),
    }
}

fn source_finding(policy: &SourcePolicy, package: &Package, member: bool) -> Option<String> {
    match &package.source {
        None if member => None,
        None => Some("is a folder outside the workspace".to_owned()),
        Some(source) => {
            let known = source
                .strip_prefix("registry+")
                .or_else(|| source.strip_prefix("sparse+"))
                .is_some_and(|url| policy.allow_registry.iter().any(|allowed| allowed == url));
            (!known).then(|| format!("source `{source}` is not on the list"))
        }
    }
}

fn ban_finding(policy: &BanPolicy, package: &Package) -> Option<String> {
    let banned = policy.deny.iter().find(|banned| banned.name == package.name)?;
    Some(format!("is banned: {}", banned.reason))
}

/// A dependency that needs a newer Rust than the workspace promises would break
/// the promise for whoever uses the oldest supported toolchain.
fn rust_version_finding(promised: &str, package: &Package) -> Option<String> {
    let needed = package.rust_version.as_deref()?;
    (numbers(needed) > numbers(promised))
        .then(|| format!("needs Rust {needed}, but this workspace promises {promised}"))
}

fn wildcard_findings(package: &Package) -> impl Iterator<Item = String> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.req == "*" && dependency.path.is_none())
        .map(|dependency| format!("asks for any version of {}", dependency.name))
}

/// Returns a version's numbers, three of them, so that `1.89` equals `1.89.0`.
fn numbers(version: &str) -> [u64; 3] {
    let mut numbers = [0; 3];
    for (slot, part) in numbers.iter_mut().zip(version.split('.')) {
        *slot = part.parse().unwrap_or(0);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::{check, parse_policy};
    use crate::metadata::{Dependency, Metadata, Package};

    const REGISTRY: &str = "registry+https://index.example";

    const POLICY: &str = r#"
        [licenses]
        allow = ["MIT"]
        exceptions = [{ crate = "root-certificates", allow = ["CDLA-Permissive-2.0"] }]
        [bans]
        deny = [{ crate = "openssl-sys", reason = "needs a C library" }]
        [sources]
        allow-registry = ["https://index.example"]
    "#;

    fn dependency_tree(dependency: Package) -> Metadata {
        let member = Package {
            name: "member".into(),
            id: "member".into(),
            license: Some("MIT".into()),
            rust_version: Some("1.89".into()),
            ..Package::default()
        };
        Metadata { packages: vec![member, dependency], workspace_members: vec!["member".into()] }
    }

    fn package(name: &str, license: &str) -> Package {
        Package {
            name: name.into(),
            version: "1.0.0".into(),
            id: name.into(),
            license: Some(license.into()),
            source: Some(REGISTRY.into()),
            ..Package::default()
        }
    }

    fn findings(dependency: Package) -> Vec<String> {
        check(&parse_policy(POLICY).unwrap(), &dependency_tree(dependency))
    }

    #[test]
    fn a_decent_tree_has_no_findings() {
        assert_eq!(findings(package("fine", "MIT OR GPL-3.0")), Vec::<String>::new());
    }

    #[test]
    fn licences_off_the_list_are_found() {
        assert_eq!(
            findings(package("copyleft", "GPL-3.0")),
            ["copyleft 1.0.0: licence `GPL-3.0` is not on the list"]
        );
        let silent = Package { license: None, ..package("silent", "") };
        assert_eq!(findings(silent), ["silent 1.0.0: states no licence"]);
        assert_eq!(findings(package("garbled", "MIT OR")).len(), 1);
    }

    #[test]
    fn an_exception_holds_for_its_crate_only() {
        assert!(findings(package("root-certificates", "CDLA-Permissive-2.0")).is_empty());
        assert_eq!(findings(package("other", "CDLA-Permissive-2.0")).len(), 1);
    }

    #[test]
    fn banned_crates_are_found_with_the_reason() {
        assert_eq!(
            findings(package("openssl-sys", "MIT")),
            ["openssl-sys 1.0.0: is banned: needs a C library"]
        );
    }

    #[test]
    fn only_the_listed_registry_and_members_are_sources() {
        for source in ["git+https://index.example", "registry+https://index.example.evil"] {
            let stranger = Package { source: Some(source.into()), ..package("stranger", "MIT") };
            assert_eq!(findings(stranger).len(), 1, "{source}");
        }
        let folder = Package { source: None, ..package("folder", "MIT") };
        assert_eq!(findings(folder), ["folder 1.0.0: is a folder outside the workspace"]);
    }

    #[test]
    fn a_dependency_newer_than_the_promise_is_found() {
        let eager = |version: &str| Package {
            rust_version: Some(version.into()),
            ..package("eager", "MIT")
        };
        assert!(findings(eager("1.89.0")).is_empty());
        assert!(findings(eager("1.9")).is_empty());
        assert_eq!(
            findings(eager("1.90")),
            ["eager 1.0.0: needs Rust 1.90, but this workspace promises 1.89"]
        );
    }

    #[test]
    fn a_member_must_not_ask_for_any_version() {
        let mut tree = dependency_tree(package("fine", "MIT"));
        tree.packages[0].dependencies =
            vec![Dependency { name: "fine".into(), req: "*".into(), ..Dependency::default() }];
        let policy = parse_policy(POLICY).unwrap();
        assert_eq!(check(&policy, &tree), ["member: asks for any version of fine"]);
    }

    #[test]
    fn fields_this_check_does_not_know_are_errors() {
        let narrowed = POLICY.replace("crate = \"openssl-sys\"", "crate = \"openssl-sys@1\"");
        assert!(parse_policy(&narrowed).is_err());
        let wrapped = POLICY.replace("reason =", "wrappers = [], reason =");
        assert!(parse_policy(&wrapped).is_err());
    }
}
