//! Images from files: PNG and PGM become grey values, whatever they were, and pictures of digits
//! take the form of MNIST's.

mod gallery;
mod normalize_digit;
mod pgm;
mod plane;
mod png;

pub use gallery::gallery;
pub use normalize_digit::{BlankImage, NormalizedDigit, normalize_digit};

use plane::{Plane, View};

/// An image of grey values, 0 black to 255 white, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GreyImage {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// Why bytes are not an image that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    /// A side that is longer than a picture's would be.
    #[error("expected an image whose sides have at most {limit} pixels, found {width}×{height}")]
    TooLong {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// The most pixels that a side may have.
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

/// The most pixels of a side. What is set up for each column or row is bounded by it.
const MAX_SIDE: usize = 1 << 16;

impl GreyImage {
    /// An image from its grey values, row by row.
    ///
    /// # Errors
    ///
    /// [`ImageError::Empty`], [`ImageError::TooLarge`], [`ImageError::TooLong`], or
    /// [`ImageError::Length`] if there aren't `width` × `height` values.
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
    /// [`ImageError`]; nothing is allocated for an image that is refused for its size. A PNG image
    /// may have a pixel for each byte of its file and 12 Mi more, so that no file takes more
    /// memory than twice its bytes and 16 MiB.
    pub fn decode(bytes: &[u8]) -> Result<Self, ImageError> {
        Self::decode_noting_colour(bytes).map(|(image, _)| image)
    }

    /// The same, and whether any pixel had a colour that was lost.
    ///
    /// # Errors
    ///
    /// As [`GreyImage::decode`].
    pub fn decode_noting_colour(bytes: &[u8]) -> Result<(Self, bool), ImageError> {
        if bytes.starts_with(b"\x89PNG") {
            return png::decode(bytes);
        }
        if bytes.starts_with(b"P2") || bytes.starts_with(b"P5") {
            return Ok((pgm::decode(bytes)?, false));
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

    /// The grey values by themselves, row by row (`height` × `width`).
    #[must_use]
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// The image as the bytes of a PNG file.
    #[must_use]
    pub fn to_png(&self) -> Vec<u8> {
        png::encode(self)
    }

    /// The image scaled to `width` × `height` pixels, its proportions not kept. Shrinking averages
    /// the pixels that fall together, growing interpolates between them.
    ///
    /// # Errors
    ///
    /// [`ImageError::Empty`], [`ImageError::TooLarge`] or [`ImageError::TooLong`] for such a size.
    pub fn resized(&self, width: usize, height: usize) -> Result<Self, ImageError> {
        check_size(width, height)?;
        if (width, height) == (self.width, self.height) {
            return Ok(self.clone());
        }
        let view = View {
            image: self,
            rows: 0..self.height,
            columns: 0..self.width,
            number: std::array::from_fn(|grey| grey as f32),
        };
        let grey = |value: &f32| value.round().clamp(0.0, 255.0) as u8;
        let pixels = view.resized(height, width).values.iter().map(grey).collect();
        Self::new(width, height, pixels)
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
        Some(pixels) if pixels <= MAX_PIXELS => match width.max(height) {
            side if side <= MAX_SIDE => Ok(()),
            _ => Err(ImageError::TooLong { width, height, limit: MAX_SIDE }),
        },
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

#[cfg(test)]
mod tests;
