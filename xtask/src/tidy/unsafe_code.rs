//! Rule: `unsafe` stands in nn-core's kernels only (and in the one test that counts
//! allocations), and each use says why it is sound.

use super::rust_text::word_offsets;
use super::{Finding, RustText};

const UNSAFE: &str = "unsafe";
/// The only place where `unsafe` may stand.
const KERNELS: &str = "crates/nn-core/src/kernels/";
/// But for this test: an allocator that counts cannot be written without it.
const COUNTING_ALLOCATOR: &str = "crates/nn-core/tests/model_file_memory.rs";

/// Checks the uses of `unsafe` in one file.
pub fn check(path: &str, rust: &RustText) -> Vec<Finding> {
    let code = rust.code_lines();
    let comments = rust.comment_lines();
    let mut findings = Vec::new();
    for (index, line) in code.iter().enumerate() {
        for offset in word_offsets(line, UNSAFE) {
            if !path.starts_with(KERNELS) && path != COUNTING_ALLOCATOR {
                let message = format!("`unsafe` is allowed in {KERNELS} only");
                findings.push(Finding::at(path, index + 1, message));
                continue;
            }
            let excused = match use_of(&text_after(&code, index, offset + UNSAFE.len())) {
                Use::PointerType => true,
                Use::Function => contract_stands_above(&code, &comments, index, offset),
                Use::Other => false,
            };
            if !excused && !has_reason(&code, &comments, index) {
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

/// What an `unsafe` belongs to.
enum Use {
    /// A function's declaration.
    Function,
    /// The type of a pointer to an unsafe function, which promises nothing.
    PointerType,
    /// A block, a trait, an implementation.
    Other,
}

fn use_of(after: &str) -> Use {
    let after = after.strip_prefix("extern ").unwrap_or(after);
    match after.strip_prefix("fn") {
        Some(rest) if rest.trim_start().starts_with('(') => Use::PointerType,
        Some(rest) if rest.starts_with(' ') => Use::Function,
        _ => Use::Other,
    }
}

/// Says whether a function's conditions are stated by what it stands in: a trait
/// or macro with a reason of its own, or the implementation of a trait, whose
/// functions have the conditions that the trait gave them.
fn contract_stands_above(code: &[&str], comments: &[&str], index: usize, offset: usize) -> bool {
    let words = |head: &str, word| !word_offsets(head, word).is_empty();
    enclosing_heads(code, index, offset).iter().any(|(line, head)| {
        let implements = words(head, "impl") && head.contains(" for ");
        let may_state_it = words(head, "trait") || words(head, "macro_rules");
        implements || may_state_it && has_reason(code, comments, *line)
    })
}

/// Returns, for each brace open at a place, its line and the code that leads up to
/// it: `impl Vector for Avx2`, say.
fn enclosing_heads(code: &[&str], index: usize, offset: usize) -> Vec<(usize, String)> {
    let mut open = Vec::new();
    let mut head = String::new();
    for (number, line) in code.iter().enumerate().take(index + 1) {
        let end = if number == index { offset } else { line.len() };
        for c in line[..end].chars() {
            match c {
                '{' => open.push((number, std::mem::take(&mut head))),
                '}' => {
                    open.pop();
                    head.clear();
                }
                ';' => head.clear(),
                _ => head.push(c),
            }
        }
        head.push(' ');
    }
    open
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

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::RustText;

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
    fn a_trait_states_the_contract_of_its_functions() {
        let with_contract = "/// Lanes.\n///\n/// # Safety\n/// The CPU has them.\n\
             trait Vector: Copy\nwhere\n    Self: Sized,\n{\n    unsafe fn add(self);\n\
             \x20   /// Less.\n    unsafe fn sub(self);\n}\n";
        assert_eq!(findings(KERNEL, with_contract), 0);
        assert_eq!(findings(KERNEL, "trait Vector {\n    unsafe fn add(self);\n}\n"), 1);
        let after_it = format!("{with_contract}unsafe fn other() {{}}\n");
        assert_eq!(findings(KERNEL, &after_it), 1);
    }

    #[test]
    fn implementations_have_the_contract_of_their_trait() {
        let inherited = "impl<T> Vector for Lanes<T> {\n    unsafe fn add(self) {}\n}\n";
        assert_eq!(findings(KERNEL, inherited), 0);
        let own = "impl<T> Lanes<T> {\n    unsafe fn add(self) {}\n}\n";
        assert_eq!(findings(KERNEL, own), 1);
        // The contract says what callers owe, not why a block is sound.
        let block = "impl Vector for A {\n    fn add(self) {\n        unsafe { f() }\n    }\n}\n";
        assert_eq!(findings(KERNEL, block), 1);
    }

    #[test]
    fn a_macro_states_the_contract_of_the_functions_it_writes() {
        let body = "macro_rules! functions {\n    ($(unsafe fn $n:ident)*) => {\n        \
             $(unsafe fn $n() {})*\n    };\n}\n";
        assert_eq!(findings(KERNEL, body), 2);
        assert_eq!(findings(KERNEL, &format!("// SAFETY: used inside Vector.\n{body}")), 0);
    }
}
