//! Rule: relative links in Markdown files lead to files of this repository.

use std::collections::BTreeSet;

use super::Finding;

/// Checks the links of the Markdown file `path`; `files` are all tracked paths.
///
/// Inline links and images, reference definitions, and `src` and `href` of HTML
/// tags are checked; code and addresses with a scheme are not.
pub fn check(path: &str, text: &str, files: &BTreeSet<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fence: Option<&str> = None;
    for (index, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let marker = ["```", "~~~"].into_iter().find(|marker| start.starts_with(marker));
        match (fence, marker) {
            (None, Some(_)) => fence = marker,
            (Some(open), Some(found)) if open == found => fence = None,
            (Some(_), _) => {}
            (None, None) => {
                for target in targets(&without_code(line)) {
                    if is_relative(&target) && !exists(path, &target, files) {
                        let message = format!("link to `{target}`, which is not in the repository");
                        findings.push(Finding::at(path, index + 1, message));
                    }
                }
            }
        }
    }
    findings
}

/// Returns the line without what stands between backquotes.
fn without_code(line: &str) -> String {
    let mut parts = line.split('`');
    let mut text = parts.next().unwrap_or_default().to_owned();
    // After the first part come pairs of code and text; an unpaired backquote
    // is an ordinary character.
    while let Some(code) = parts.next() {
        match parts.next() {
            Some(after) => text.push_str(after),
            None => text.push_str(code),
        }
    }
    text
}

fn targets(line: &str) -> Vec<String> {
    let mut targets = Vec::new();
    for (offset, open) in line.match_indices("](") {
        targets.push(destination(&line[offset + open.len()..]));
    }
    if line.trim_start().starts_with('[')
        && !line.trim_start().starts_with("[^")
        && let Some((_, target)) = line.split_once("]:")
    {
        targets.push(destination(target));
    }
    for attribute in [" src=\"", " href=\""] {
        for (offset, _) in line.match_indices(attribute) {
            let rest = &line[offset + attribute.len()..];
            targets.push(rest.split('"').next().unwrap_or_default().to_owned());
        }
    }
    targets
}

/// Returns the link destination at the start of `text`, up to a title or the
/// closing parenthesis; parentheses inside it must be paired.
fn destination(text: &str) -> String {
    let text = text.trim_start();
    if let Some(bracketed) = text.strip_prefix('<') {
        return bracketed.split('>').next().unwrap_or_default().to_owned();
    }
    let mut depth = 0;
    let end = text.find(|c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth < 0 || c.is_whitespace()
    });
    text[..end.unwrap_or(text.len())].to_owned()
}

fn is_relative(target: &str) -> bool {
    let scheme = target.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    !scheme && !target.starts_with('#') && !target.starts_with("//") && !target.is_empty()
}

/// Says whether `target`, seen from the file `from`, is a tracked file or a
/// folder with tracked files. A leading slash means the repository's root.
fn exists(from: &str, target: &str, files: &BTreeSet<&str>) -> bool {
    let target = target.split(['#', '?']).next().unwrap_or_default().replace("%20", " ");
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if target.starts_with('/') {
        parts.clear();
    }
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return false;
                }
            }
            name => parts.push(name),
        }
    }
    let path = parts.join("/");
    let folder = format!("{path}/");
    path.is_empty()
        || files.contains(path.as_str())
        || files.range(folder.as_str()..).next().is_some_and(|file| file.starts_with(&folder))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::check;

    fn broken(path: &str, text: &str) -> usize {
        let files = BTreeSet::from(["README.md", "docs/a b.md", "docs/map.md", "docs/x(1).svg"]);
        check(path, text, &files).len()
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        for text in [
            "[map](docs/map.md) and [part](docs/map.md#part \"title\")",
            "[folder](docs/) [folder](docs) [root](/docs/map.md) [self](.)",
            "[odd](docs/a%20b.md) [odd](<docs/a b.md>) ![picture](docs/x(1).svg)",
            "[web](https://example.org/x) [mail](mailto:a@example.org) [here](#part)",
            "[map]: docs/map.md",
            "<img alt=\"x\" src=\"docs/x(1).svg\">",
        ] {
            assert_eq!(broken("README.md", text), 0, "{text}");
        }
        assert_eq!(broken("docs/map.md", "[up](../README.md) [beside](x(1).svg)"), 0);
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        for text in [
            "[gone](docs/gone.md)",
            "![gone](gone.png)",
            "[above](../README.md)",
            "[ref]: gone.md",
            "<img src=\"gone.svg\">",
            "[part of a name](doc)",
        ] {
            assert_eq!(broken("README.md", text), 1, "{text}");
        }
        assert_eq!(broken("docs/map.md", "[a](README.md) [b](map.md) [c](gone)"), 2);
    }

    #[test]
    fn code_and_footnotes_are_not_links() {
        assert_eq!(broken("README.md", "```rust\nlet a = b[0](gone);\n```\n`[x](gone)`\n"), 0);
        assert_eq!(broken("README.md", "[^1]: gone"), 0);
        assert_eq!(broken("README.md", "```\ncode\n```\n[x](gone)\n"), 1);
    }
}
