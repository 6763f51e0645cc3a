//! The frame of self-contained HTML pages: escaping, style, images, charts.
//!
//! A page made here needs no network and, but for the drawing page, runs no script; its
//! Content-Security-Policy says so. Whatever comes from files or people goes through [`escape`].

mod chart;
mod image;
mod ticks;

use std::fmt::Write;

pub(crate) use chart::{Bars, Chart, Marks, Series};
pub(crate) use image::{digit, signed_image};

use crate::Language;

/// The style of all pages.
pub(crate) const STYLE: &str = include_str!("style.css");

/// Text as it may stand in an element or in a quoted attribute.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // HTML knows no escape for control characters.
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A page of this title and body, without scripts. The title is text, the body HTML.
pub(crate) fn document(language: Language, title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; img-src data:\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// A table: its caption, heads, and rows whose first cell is a head too. All cells are HTML.
pub(crate) fn table(caption: &str, heads: &[String], rows: &[Vec<String>]) -> String {
    let mut html = format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">\n<table>\n\
         <caption>{0}</caption>\n<thead><tr>",
        escape(caption)
    );
    for head in heads {
        let _ = write!(html, "<th scope=\"col\">{head}</th>");
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        html.push_str("<tr>");
        for (i, cell) in row.iter().enumerate() {
            let _ = if i == 0 {
                write!(html, "<th scope=\"row\">{cell}</th>")
            } else {
                write!(html, "<td>{cell}</td>")
            };
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table>\n</div>\n");
    html
}

/// A share in percent with two decimals.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

/// A whole number with thin spaces every three digits.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
pub(crate) mod tests {
    use html5ever::tendril::TendrilSink;
    use html5ever::{ParseOpts, parse_document};
    use markup5ever_rcdom::{Handle, NodeData, RcDom};

    use super::*;

    /// Asserts that a page is well-formed, needs nothing from elsewhere, and names its images.
    #[track_caller]
    pub(crate) fn check_page(html: &str) {
        let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
        assert!(dom.errors.borrow().is_empty(), "{:?}", dom.errors.borrow());
        check_node(&dom.document);
        assert!(!html.contains("NaN") && !html.contains("inf\""), "numbers are numbers");
    }

    fn check_node(node: &Handle) {
        if let NodeData::Element { name, attrs, .. } = &node.data {
            let attributes: Vec<(String, String)> = attrs
                .borrow()
                .iter()
                .map(|a| (a.name.local.to_string(), a.value.to_string()))
                .collect();
            for (name, value) in &attributes {
                let loads = ["src", "href", "srcset", "action", "data", "poster"];
                if loads.contains(&name.as_str()) {
                    let inside = value.starts_with("data:") || value.starts_with('#');
                    assert!(inside, "{name}={value}");
                }
                assert!(!name.starts_with("on"), "no handler in an attribute: {name}");
            }
            let has = |wanted: &str| attributes.iter().any(|(name, _)| name == wanted);
            match &*name.local {
                "link" | "iframe" | "object" | "embed" => panic!("nothing is linked"),
                "img" => assert!(has("alt")),
                "svg" => assert!(has_child(node, "title"), "a chart has a title"),
                "table" => assert!(has_child(node, "th"), "a table has heads"),
                "style" => {
                    let text = text_of(node);
                    assert!(!text.contains("url(") && !text.contains("@import"));
                }
                _ => {}
            }
        }
        for child in node.children.borrow().iter() {
            check_node(child);
        }
    }

    /// Whether an element of this name is somewhere below.
    fn has_child(node: &Handle, wanted: &str) -> bool {
        let is = |child: &Handle| match &child.data {
            NodeData::Element { name, .. } => &*name.local == wanted,
            _ => false,
        };
        node.children.borrow().iter().any(|child| is(child) || has_child(child, wanted))
    }

    fn text_of(node: &Handle) -> String {
        let children = node.children.borrow();
        let text = children.iter().map(|child| match &child.data {
            NodeData::Text { contents } => contents.borrow().to_string(),
            _ => String::new(),
        });
        text.collect()
    }

    #[test]
    fn what_comes_from_files_is_text() {
        assert_eq!(
            escape("<script>alert('&\"')</script>\u{1b}"),
            "&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;\u{fffd}"
        );
        let rows = [vec!["1".to_owned(), "2".to_owned()]];
        let body = table("<b>", &["a".to_owned(), "b".to_owned()], &rows);
        let page = document(Language::Spanish, "</title><script>", &body);
        check_page(&page);
        assert!(page.contains("lang=\"es\"") && !page.contains("<script>"));
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(count).join(" "),
            "0 999 1\u{202f}000 1\u{202f}234\u{202f}567"
        );
    }
}
