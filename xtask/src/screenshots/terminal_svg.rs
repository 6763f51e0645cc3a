//! What a terminal shows, as an SVG: text with its colours, half blocks and braille as shapes.

use std::fmt::Write;

/// Width and height of a character, in pixels.
const CELL: (f64, f64) = (9.0, 19.0);
const MARGIN: f64 = 14.0;
const BACK: &str = "#15171a";
const FRONT: &str = "#d8d5ce";

/// A drawn screen.
pub struct Picture {
    /// The SVG.
    pub text: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
}

/// How the next characters look.
#[derive(Debug, Clone, PartialEq, Default)]
struct Look {
    front: Option<String>,
    back: Option<String>,
    bold: bool,
    dim: bool,
    reversed: bool,
}

impl Look {
    fn colours(&self) -> (String, Option<String>) {
        let front = self.front.clone().unwrap_or_else(|| FRONT.to_owned());
        if self.reversed {
            (self.back.clone().unwrap_or_else(|| BACK.to_owned()), Some(front))
        } else {
            (front, self.back.clone())
        }
    }

    /// Applies the numbers of one "select graphic rendition" sequence.
    fn select(&mut self, numbers: &[u16]) {
        let mut rest = numbers;
        while let [code, after @ ..] = rest {
            rest = after;
            match code {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                7 => self.reversed = true,
                22 => (self.bold, self.dim) = (false, false),
                27 => self.reversed = false,
                30..=37 => self.front = Some(indexed(code - 30)),
                90..=97 => self.front = Some(indexed(code - 90 + 8)),
                40..=47 => self.back = Some(indexed(code - 40)),
                100..=107 => self.back = Some(indexed(code - 100 + 8)),
                39 => self.front = None,
                49 => self.back = None,
                38 | 48 => {
                    let colour = match after {
                        [5, index, ..] => {
                            rest = &after[2..];
                            Some(indexed(*index))
                        }
                        [2, red, green, blue, ..] => {
                            rest = &after[4..];
                            Some(format!("#{red:02x}{green:02x}{blue:02x}"))
                        }
                        _ => None,
                    };
                    if *code == 38 { self.front = colour } else { self.back = colour }
                }
                _ => {}
            }
        }
    }
}

/// A colour of a terminal's 256.
fn indexed(index: u16) -> String {
    const BASIC: [&str; 16] = [
        "#1d2024", "#e0695c", "#6fbf8b", "#e0a458", "#6ea8e0", "#c78bc0", "#63b8bf", "#d8d5ce",
        "#5a5f66", "#ee8a7c", "#8fd6a6", "#f0bd7a", "#8fc0ee", "#dca6d6", "#86d0d6", "#ffffff",
    ];
    match index {
        0..16 => BASIC[usize::from(index)].to_owned(),
        16..232 => {
            let level = |i: u16| if i == 0 { 0 } else { 55 + 40 * i };
            let i = index - 16;
            format!("#{:02x}{:02x}{:02x}", level(i / 36), level(i / 6 % 6), level(i % 6))
        }
        _ => {
            let grey = 8 + 10 * (index.min(255) - 232);
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
    }
}

/// Draws a captured screen, escape sequences and all.
pub fn draw(screen: &str, rows: usize, columns: usize) -> Picture {
    let width = columns as f64 * CELL.0 + 2.0 * MARGIN;
    let height = rows as f64 * CELL.1 + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">\n<rect width=\"100%\" height=\"100%\" fill=\"{BACK}\"/>\n\
         <g font-family=\"DejaVu Sans Mono, Liberation Mono, monospace\" font-size=\"14.5\" \
         xml:space=\"preserve\">\n"
    );
    let mut look = Look::default();
    for (row, line) in screen.lines().take(rows).enumerate() {
        let mut column = 0;
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            if c == '\x1b' {
                let sequence: String =
                    chars.by_ref().take_while(|c| !c.is_ascii_alphabetic()).collect();
                let numbers = sequence.trim_start_matches('[').split([';', ':']);
                look.select(&numbers.map(|n| n.parse().unwrap_or(0)).collect::<Vec<u16>>());
            } else if column < columns {
                cell(c, (row, column), &look, &mut svg);
                column += 1;
            }
        }
    }
    svg.push_str("</g>\n</svg>\n");
    Picture { text: svg, size: (width.ceil() as u32, height.ceil() as u32) }
}

fn cell(c: char, (row, column): (usize, usize), look: &Look, svg: &mut String) {
    let (x, y) = (MARGIN + column as f64 * CELL.0, MARGIN + row as f64 * CELL.1);
    let (front, back) = look.colours();
    let opacity = if look.dim { " opacity=\"0.6\"" } else { "" };
    let mut rect = |x: f64, y: f64, width: f64, height: f64, colour: &str| {
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" fill=\"{colour}\"{opacity}/>"
        );
    };
    if let Some(back) = &back {
        rect(x, y, CELL.0 + 0.3, CELL.1 + 0.3, back);
    }
    match c {
        ' ' => {}
        '▀' => rect(x, y, CELL.0 + 0.3, CELL.1 / 2.0 + 0.3, &front),
        '▄' => rect(x, y + CELL.1 / 2.0, CELL.0 + 0.3, CELL.1 / 2.0 + 0.3, &front),
        // █ ▉ … ▏: eighths from the left.
        '█'..='▏' => {
            let eighths = 8.0 - f64::from(c as u32 - '█' as u32);
            rect(x, y, CELL.0 * eighths / 8.0 + 0.3, CELL.1 + 0.3, &front);
        }
        '─' => rect(x, y + CELL.1 / 2.0 - 0.6, CELL.0 + 0.3, 1.2, &front),
        '│' => rect(x + CELL.0 / 2.0 - 0.6, y, 1.2, CELL.1 + 0.3, &front),
        '\u{2800}'..='\u{28ff}' => {
            // Bit i of a braille character is the dot at this column and row.
            const DOTS: [(f64, f64); 8] = [
                (0.0, 0.0),
                (0.0, 1.0),
                (0.0, 2.0),
                (1.0, 0.0),
                (1.0, 1.0),
                (1.0, 2.0),
                (0.0, 3.0),
                (1.0, 3.0),
            ];
            for (i, (dx, dy)) in DOTS.iter().enumerate() {
                if (c as u32 - 0x2800) >> i & 1 == 1 {
                    let (cx, cy) = (x + (dx + 0.5) * CELL.0 / 2.0, y + (dy + 0.5) * CELL.1 / 4.0);
                    let _ = writeln!(
                        svg,
                        "<circle cx=\"{cx:.2}\" cy=\"{cy:.2}\" r=\"1.7\" fill=\"{front}\"{opacity}/>"
                    );
                }
            }
        }
        c => {
            let weight = if look.bold { " font-weight=\"bold\"" } else { "" };
            let text = match c {
                '&' => "&amp;".to_owned(),
                '<' => "&lt;".to_owned(),
                c if c.is_control() => return,
                c => c.to_string(),
            };
            let _ = writeln!(
                svg,
                "<text x=\"{x:.2}\" y=\"{:.2}\" fill=\"{front}\"{weight}{opacity}>{text}</text>",
                y + CELL.1 * 0.76
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_colours_and_shapes_are_drawn() {
        let picture = draw("\x1b[1;31ma\x1b[0m<\x1b[38;5;232;48;5;255m▀\x1b[39;49m⠁█", 1, 9);
        let text = &picture.text;
        assert!(text.contains("fill=\"#e0695c\" font-weight=\"bold\">a<"), "{text}");
        assert!(text.contains("&lt;") && text.contains("fill=\"#080808\""), "{text}");
        assert!(text.contains("fill=\"#eeeeee\"") && text.matches("<circle").count() == 1);
        assert_eq!(picture.size, (109, 47));
    }

    #[test]
    fn broken_sequences_are_no_trouble() {
        for screen in ["\x1b", "\x1b[", "\x1b[38;5", "\x1b[38m", "\x1b[999;;:m x", "\u{7}"] {
            draw(screen, 2, 2);
        }
    }
}
