//! Rust source parted into code and comments, so that a rule about code isn't
//! fooled by what a comment or a string literal says.

/// The two halves of a Rust source file.
///
/// Both have the lines and columns of the source; whatever belongs to the other
/// half is blank. String and character literals are blank in both.
#[derive(Debug)]
pub struct RustText {
    code: String,
    comments: String,
}

impl RustText {
    /// Parts `source`. Text that isn't Rust gives some result and never a panic.
    pub fn new(source: &str) -> Self {
        let chars: Vec<char> = source.chars().collect();
        let mut halves = Halves::default();
        let mut at = 0;
        while at < chars.len() {
            let (kind, length) = element(&chars, at);
            halves.push(&chars[at..at + length], kind);
            at += length;
        }
        Self { code: halves.code, comments: halves.comments }
    }

    /// The lines of code, comments and literals blanked.
    pub fn code_lines(&self) -> Vec<&str> {
        self.code.split('\n').collect()
    }

    /// The lines of comments, all else blanked.
    pub fn comment_lines(&self) -> Vec<&str> {
        self.comments.split('\n').collect()
    }
}

/// Returns the byte offsets at which `word` stands in `line` as a whole word.
pub fn word_offsets(line: &str, word: &str) -> Vec<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word)
        .map(|(offset, _)| offset)
        .filter(|&offset| {
            !line[..offset].ends_with(is_part) && !line[offset + word.len()..].starts_with(is_part)
        })
        .collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

#[derive(Default)]
struct Halves {
    code: String,
    comments: String,
}

impl Halves {
    fn push(&mut self, chars: &[char], kind: Kind) {
        for &c in chars {
            let blank = if c == '\n' { '\n' } else { ' ' };
            self.code.push(if kind == Kind::Code { c } else { blank });
            self.comments.push(if kind == Kind::Comment { c } else { blank });
        }
    }
}

/// Returns the kind and the length, in characters, of what begins at `at`.
fn element(chars: &[char], at: usize) -> (Kind, usize) {
    let rest = &chars[at..];
    match rest {
        ['/', '/', ..] => (Kind::Comment, rest.iter().take_while(|&&c| c != '\n').count()),
        ['/', '*', ..] => (Kind::Comment, block_comment_length(rest)),
        ['"', ..] => (Kind::Literal, quoted_length(rest, '"')),
        ['\'', '\\', ..] => (Kind::Literal, quoted_length(rest, '\'')),
        ['\'', _, '\'', ..] => (Kind::Literal, 3),
        [c, ..] if c.is_alphabetic() || *c == '_' => match raw_string_length(rest) {
            Some(length) => (Kind::Literal, length),
            None => (Kind::Code, word_length(rest)),
        },
        _ => (Kind::Code, 1),
    }
}

fn word_length(rest: &[char]) -> usize {
    rest.iter().take_while(|c| c.is_alphanumeric() || **c == '_').count()
}

/// Block comments nest.
fn block_comment_length(rest: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => {
                depth += 1;
                at += 2;
            }
            ['*', '/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

fn quoted_length(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            c if c == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Returns the length of `r"…"`, `br#"…"#` and the like at the start of `rest`,
/// or nothing where no raw string begins there.
fn raw_string_length(rest: &[char]) -> Option<usize> {
    let prefix = match rest {
        ['r', ..] => 1,
        ['b' | 'c', 'r', ..] => 2,
        _ => return None,
    };
    let hashes = rest[prefix..].iter().take_while(|&&c| c == '#').count();
    let open = prefix + hashes;
    if rest.get(open) != Some(&'"') {
        return None;
    }
    let close = |at: usize| {
        rest[at] == '"' && rest[at + 1..].iter().take_while(|&&c| c == '#').count() >= hashes
    };
    let end = (open + 1..rest.len()).find(|&at| close(at));
    Some(end.map_or(rest.len(), |at| at + 1 + hashes))
}

#[cfg(test)]
mod tests {
    use super::{RustText, word_offsets};

    fn code(source: &str) -> String {
        RustText::new(source).code.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_are_not_code() {
        assert_eq!(code("a // unsafe\nb"), "a b");
        assert_eq!(code("a /* unsafe /* nested */ unsafe */ b"), "a b");
        assert_eq!(code("//! unsafe\n/// unsafe\nc"), "c");
        assert_eq!(RustText::new("a // why\nb").comment_lines(), ["  // why", " "]);
    }

    #[test]
    fn literals_are_not_code() {
        assert_eq!(code(r#"a "unsafe \" unsafe" b"#), "a b");
        assert_eq!(code("a r#\"unsafe \" unsafe\"# b"), "a b");
        assert_eq!(code("a br\"unsafe\\\" b"), "a b");
        assert_eq!(code("a '\"' b '\\'' c"), "a b c");
        assert_eq!(code("a \"// not a comment\" b"), "a b");
    }

    #[test]
    fn lifetimes_and_raw_identifiers_are_code() {
        assert_eq!(code("fn f<'a>(x: &'a str) -> &'a str"), "fn f<'a>(x: &'a str) -> &'a str");
        assert_eq!(code("r#type + for_r \"x\" + y"), "r#type + for_r + y");
    }

    #[test]
    fn lines_and_columns_are_kept() {
        let source = "let a = \"x\ny\"; // c\nδ\n";
        let text = RustText::new(source);
        assert_eq!(text.code_lines(), ["let a =   ", "  ;     ", "δ", ""]);
        assert_eq!(text.comment_lines().len(), 4);
    }

    #[test]
    fn unfinished_source_is_no_panic() {
        for source in ["\"", "'", "'\\", "r#\"", "/*", "\"\\", "r", "b'", "/"] {
            assert_eq!(RustText::new(source).code_lines().len(), 1, "{source}");
        }
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(word_offsets("unsafe unsafe_code not_unsafe (unsafe)", "unsafe"), [0, 31]);
    }
}
