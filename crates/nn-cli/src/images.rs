//! Images from files: PNG and PGM become grey values, whatever they were.

mod pgm;

use std::io::Cursor;

/// An image of grey values, 0 black to 255 white, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GreyImage {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// Why bytes are not an image that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// Neither PNG nor PGM.
    #[error("expected a PNG or PGM image, found {found}")]
    UnknownFormat {
        /// What it looks like.
        found: &'static str,
    },
    /// A PNG file that can't be decoded.
    #[error("damaged PNG image: {0}")]
    Png(String),
    /// A PGM file that can't be decoded.
    #[error("damaged PGM image: expected {expected}, found {found}")]
    Pgm {
        /// What should stand there.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// No pixels.
    #[error("expected an image of at least one pixel, found {width}×{height}")]
    Empty {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// More pixels than a digit could need.
    #[error("expected an image of at most {limit} pixels, found {width}×{height}")]
    TooLarge {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// The most pixels that are taken.
        limit: usize,
    },
    /// Pixels and size don't agree.
    #[error("{width}×{height} pixels: expected {} bytes, found {found}", width.saturating_mul(*height))]
    Length {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// Bytes given.
        found: usize,
    },
}

/// The most pixels that are taken: 64 megapixels, more than a camera gives and less than hurts.
const MAX_PIXELS: usize = 1 << 26;

impl GreyImage {
    /// An image from its grey values, row by row.
    ///
    /// # Errors
    ///
    /// [`ImageError::Empty`], [`ImageError::TooLarge`], or [`ImageError::Length`] if there aren't
    /// `width` × `height` values.
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Result<Self, ImageError> {
        check_size(width, height)?;
        if pixels.len() != width * height {
            return Err(ImageError::Length { width, height, found: pixels.len() });
        }
        Ok(Self { width, height, pixels })
    }

    /// Decodes a PNG or PGM file. Colours become luminance (ITU-R BT.601), 16 bits become 8, and
    /// what is transparent shows white paper.
    ///
    /// # Errors
    ///
    /// [`ImageError`]; nothing is allocated for an image that is refused for its size.
    pub fn decode(bytes: &[u8]) -> Result<Self, ImageError> {
        if bytes.starts_with(b"\x89PNG") {
            return decode_png(bytes);
        }
        if bytes.starts_with(b"P2") || bytes.starts_with(b"P5") {
            return pgm::decode(bytes);
        }
        Err(ImageError::UnknownFormat { found: looks_like(bytes) })
    }

    /// Whether bytes begin as an image of a known format does.
    #[must_use]
    pub fn is_image(bytes: &[u8]) -> bool {
        !bytes.is_empty() && looks_like(bytes) != OTHER
    }

    /// Columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// The grey values, row by row (`height` × `width`).
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The same image with black for white.
    #[must_use]
    pub fn inverted(mut self) -> Self {
        for pixel in &mut self.pixels {
            *pixel = 255 - *pixel;
        }
        self
    }
}

fn check_size(width: usize, height: usize) -> Result<(), ImageError> {
    match width.checked_mul(height) {
        Some(0) => Err(ImageError::Empty { width, height }),
        Some(pixels) if pixels <= MAX_PIXELS => Ok(()),
        _ => Err(ImageError::TooLarge { width, height, limit: MAX_PIXELS }),
    }
}

const OTHER: &str = "something else";

/// Names the images people have that aren't read, and those that are.
fn looks_like(bytes: &[u8]) -> &'static str {
    match bytes {
        [] => "no bytes at all",
        [0x89, b'P', b'N', b'G', ..] => "a PNG image",
        [b'P', b'2' | b'5', ..] => "a PGM image",
        [0xff, 0xd8, 0xff, ..] => "a JPEG image",
        [b'G', b'I', b'F', b'8', ..] => "a GIF image",
        [b'P', b'1' | b'3' | b'4' | b'6', b'\n' | b' ' | b'\r', ..] => "a PBM or PPM image",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "a WebP image",
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => "a TIFF image",
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => "a BMP image",
        [b'%', b'P', b'D', b'F', ..] => "a PDF document",
        _ => OTHER,
    }
}

fn decode_png(bytes: &[u8]) -> Result<GreyImage, ImageError> {
    let damaged = |error: png::DecodingError| ImageError::Png(error.to_string());
    let limits = png::Limits { bytes: 8 * MAX_PIXELS };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let info = decoder.read_header_info().map_err(damaged)?;
    check_size(info.width as usize, info.height as usize)?;
    let mut reader = decoder.read_info().map_err(damaged)?;
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| ImageError::Png("the size overflows".to_owned()))?;
    let mut buffer = vec![0; size];
    let frame = reader.next_frame(&mut buffer).map_err(damaged)?;
    // The rest is read for its checksums: a file cut short behind its pixels is damaged, too.
    reader.finish().map_err(damaged)?;
    buffer.truncate(frame.buffer_size());
    let pixels = match frame.color_type {
        png::ColorType::Grayscale => buffer,
        png::ColorType::GrayscaleAlpha => {
            buffer.as_chunks().0.iter().map(|&[grey, alpha]| on_paper(grey, alpha)).collect()
        }
        png::ColorType::Rgb => {
            buffer.as_chunks().0.iter().map(|&[r, g, b]| luminance(r, g, b)).collect()
        }
        png::ColorType::Rgba => {
            let chunks = buffer.as_chunks().0.iter();
            chunks.map(|&[r, g, b, alpha]| on_paper(luminance(r, g, b), alpha)).collect()
        }
        png::ColorType::Indexed => {
            return Err(ImageError::Png("its palette could not be applied".to_owned()));
        }
    };
    GreyImage::new(frame.width as usize, frame.height as usize, pixels)
}

/// Luminance by ITU-R BT.601, as most programs that make an image grey have it.
fn luminance(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    ((sum + 500) / 1000) as u8
}

/// A grey value over white.
fn on_paper(grey: u8, alpha: u8) -> u8 {
    let (grey, alpha) = (u32::from(grey), u32::from(alpha));
    ((grey * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

#[cfg(test)]
mod tests;
