//! PGM, the portable grey map: `P2` in text and `P5` in bytes, 8 and 16 bits.

use super::{GreyImage, ImageError, check_size};

/// Decodes a PGM file. Grey values are scaled from the file's maximum to 255.
pub(super) fn decode(bytes: &[u8]) -> Result<GreyImage, ImageError> {
    let binary = bytes.starts_with(b"P5");
    let mut scanner = Scanner { rest: &bytes[2..] };
    let width = scanner.number("a width")? as usize;
    let height = scanner.number("a height")? as usize;
    let max = scanner.number("a largest value from 1 to 65535")?;
    check_size(width, height)?;
    if !(1..=65_535).contains(&max) {
        return Err(wrong("a largest value from 1 to 65535", max.to_string()));
    }
    let grey = |value: u32| ((value * 255 + max / 2) / max) as u8;
    let count = width * height;
    let mut values: Vec<u8> = Vec::new();
    if binary {
        // A single white space stands between the header and the pixels.
        let data = match scanner.rest.split_first() {
            Some((space, data)) if space.is_ascii_whitespace() => data,
            _ => return Err(wrong("white space after the header", "something else".into())),
        };
        let wide = max > 255;
        let expected = if wide { 2 * count } else { count };
        if data.len() != expected {
            let found = format!("{} bytes instead of {expected}", data.len());
            return Err(wrong("as many pixels as the header says", found));
        }
        if wide {
            let pairs = data.as_chunks().0.iter();
            values.extend(pairs.map(|&pair| grey(u32::from(u16::from_be_bytes(pair)).min(max))));
        } else {
            values.extend(data.iter().map(|&value| grey(u32::from(value).min(max))));
        }
    } else {
        // Each value takes at least two bytes, so the file bounds what is allocated.
        while values.len() < count {
            let value = scanner.number("as many pixels as the header says")?;
            if value > max {
                return Err(wrong("values up to the largest", value.to_string()));
            }
            values.push(grey(value));
        }
        scanner.skip_space();
        if !scanner.rest.is_empty() {
            return Err(wrong("as many pixels as the header says", "more".into()));
        }
    }
    GreyImage::new(width, height, values)
}

fn wrong(expected: &'static str, found: String) -> ImageError {
    ImageError::Pgm { expected, found }
}

/// Reads numbers between white space and comments (from `#` to the end of the line).
struct Scanner<'a> {
    rest: &'a [u8],
}

impl Scanner<'_> {
    fn skip_space(&mut self) {
        loop {
            self.rest = self.rest.trim_ascii_start();
            if self.rest.first() != Some(&b'#') {
                return;
            }
            let end = self.rest.iter().position(|&byte| byte == b'\n');
            self.rest = &self.rest[end.unwrap_or(self.rest.len())..];
        }
    }

    /// The next number, which must follow white space.
    fn number(&mut self, expected: &'static str) -> Result<u32, ImageError> {
        let before = self.rest.len();
        self.skip_space();
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = self.rest.split_at(digits);
        let value = std::str::from_utf8(number).ok().and_then(|text| text.parse().ok());
        match value {
            Some(value) if rest.len() + digits < before => {
                self.rest = rest;
                Ok(value)
            }
            _ if self.rest.is_empty() => Err(wrong(expected, "the end of the file".into())),
            _ => {
                let shown = &self.rest[..self.rest.len().min(12)];
                Err(wrong(expected, format!("`{}`", shown.escape_ascii())))
            }
        }
    }
}
