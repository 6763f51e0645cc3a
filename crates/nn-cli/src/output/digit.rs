//! An image in the terminal, two pixels to a character, with the confidences beside it.

use std::fmt::Write;

/// Width of a bar of confidence 1, in characters.
const BAR: usize = 20;

/// Grey values from which a pixel is drawn where there are no colours.
const LIT: u8 = 96;

/// An image of grey values as lines of half-block characters: with colour in 24 greys, without in
/// black and white.
///
/// # Panics
///
/// If there aren't `columns` pixels in each row.
pub(crate) fn picture(pixels: &[u8], columns: usize, colour: bool) -> Vec<String> {
    let rows: Vec<&[u8]> = pixels.chunks_exact(columns).collect();
    let blank = vec![0; columns];
    rows.chunks(2)
        .map(|pair| {
            let lower = pair.get(1).copied().unwrap_or(&blank);
            let mut line = String::new();
            for (&upper, &lower) in pair[0].iter().zip(lower) {
                if colour {
                    let (front, back) = (grey_code(upper), grey_code(lower));
                    write!(line, "\x1b[38;5;{front};48;5;{back}m▀")
                        .expect("writing to a String cannot fail");
                } else {
                    line.push(match (upper >= LIT, lower >= LIT) {
                        (true, true) => '█',
                        (true, false) => '▀',
                        (false, true) => '▄',
                        (false, false) => ' ',
                    });
                }
            }
            if colour {
                line.push_str("\x1b[0m");
            }
            line
        })
        .collect()
}

/// The colour of the 256 of a terminal that comes nearest to a grey value: 16 is black, 232 to 255
/// are the greys between, 231 is white.
fn grey_code(value: u8) -> u8 {
    match value {
        0..4 => 16,
        247.. => 231,
        value => 232 + ((u16::from(value) - 3) * 23 / 243) as u8,
    }
}

/// One line per class: name, bar, and the number; the winner is marked.
pub(crate) fn bars(names: &[String], confidences: &[f64], winner: usize) -> Vec<String> {
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let line = |(i, (name, &confidence)): (usize, (&String, &f64))| {
        let mark = if i == winner { '>' } else { ' ' };
        format!("{mark} {name:>width$} {} {confidence:.3}", bar(confidence))
    };
    names.iter().zip(confidences).enumerate().map(line).collect()
}

/// A bar of eighths of a character; what isn't between 0 and 1 is drawn as the nearer of both.
fn bar(share: f64) -> String {
    const PARTS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = (share.clamp(0.0, 1.0) * (BAR * 8) as f64).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if eighths < BAR * 8 {
        bar.push(PARTS[eighths % 8]);
        bar.push_str(&" ".repeat(BAR - 1 - eighths / 8));
    }
    bar
}

/// Two columns of lines, the right one half-way down where it is shorter. `columns` is the width of
/// the left one.
pub(crate) fn beside(left: &[String], columns: usize, right: &[String]) -> String {
    let height = left.len().max(right.len());
    let (left_from, right_from) = ((height - left.len()) / 2, (height - right.len()) / 2);
    let mut text = String::new();
    for y in 0..height {
        let side = |lines: &[String], from: usize| {
            y.checked_sub(from).and_then(|i| lines.get(i).cloned()).unwrap_or_default()
        };
        let picture = side(left, left_from);
        let picture = if picture.is_empty() { " ".repeat(columns) } else { picture };
        let line = format!("{picture}  {}", side(right, right_from));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pixels_share_a_character() {
        let pixels = [255, 0, 255, 0, 255, 255, 0, 0, 200, 0, 0, 0];
        assert_eq!(picture(&pixels, 4, false), ["█▄▀ ", "▀   "]);
        let coloured = picture(&pixels, 4, true);
        assert!(coloured[0].starts_with("\x1b[38;5;231;48;5;231m▀"), "{:?}", coloured[0]);
        assert!(coloured[0].ends_with("\x1b[0m"));
    }

    #[test]
    fn greys_are_in_order() {
        let shades: Vec<u8> = (4..247).map(grey_code).collect();
        assert!(shades.is_sorted());
        assert_eq!((shades[0], shades[shades.len() - 1]), (232, 255));
        assert_eq!((grey_code(0), grey_code(255)), (16, 231));
    }

    #[test]
    fn bars_are_as_long_as_sure() {
        assert_eq!(bar(0.0).trim_end(), "");
        assert_eq!(bar(0.5).trim_end(), "█".repeat(10));
        assert_eq!(bar(0.506).trim_end(), format!("{}▏", "█".repeat(10)));
        for share in [-1.0, 0.0, 0.123, 0.99, 1.0, 7.0, f64::NAN] {
            assert_eq!(bar(share).chars().count(), BAR, "{share}");
        }
    }

    #[test]
    fn columns_stand_side_by_side() {
        let left = ["ab", "cd", "ef"].map(String::from);
        assert_eq!(beside(&left, 2, &["x".into()]), "ab\ncd  x\nef\n");
        assert_eq!(
            beside(&["ab".into()], 2, &["1", "2", "3"].map(String::from)),
            "    1\nab  2\n    3\n"
        );
    }
}
