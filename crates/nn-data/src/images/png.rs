//! PNG in all its colour types and depths to grey values, and grey values to PNG.

use std::io::Cursor;

use super::{GreyImage, ImageError, MAX_PIXELS, check_size};

/// Bytes of pixels that are decoded from a file however short it is; a longer one may have two
/// for each of its own. Deflate packs blank paper a thousand times, so that a file's length alone
/// says little, and memory is promised by it.
const FREE_BYTES: usize = 12 << 20;

/// Bytes that the decoder may have for two rows and for what is not pixels.
const DECODER_BYTES: usize = 2 << 20;

/// Decodes a PNG file of any colour type and depth.
pub(super) fn decode(bytes: &[u8]) -> Result<GreyImage, ImageError> {
    let damaged = |error: png::DecodingError| ImageError::Png(error.to_string());
    let limits = png::Limits { bytes: DECODER_BYTES };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let info = decoder.read_header_info().map_err(damaged)?;
    let (width, height, interlaced) = (info.width as usize, info.height as usize, info.interlaced);
    check_size(width, height)?;
    // Rows are made grey one by one; an interlaced image is held whole before, in up to four
    // channels.
    let held = if interlaced { 5 } else { 1 };
    let limit = (2 * bytes.len() + FREE_BYTES).min(MAX_PIXELS * held) / held;
    let too_large = || ImageError::TooLarge { width, height, limit };
    if width * height > limit {
        return Err(too_large());
    }
    let decoding = |error| match error {
        png::DecodingError::LimitsExceeded => too_large(),
        error => damaged(error),
    };
    let mut reader = decoder.read_info().map_err(decoding)?;
    let (color, _) = reader.output_color_type();
    let mut pixels = Vec::with_capacity(width * height);
    if interlaced {
        let size = reader.output_buffer_size().ok_or_else(too_large)?;
        let mut buffer = vec![0; size];
        let frame = reader.next_frame(&mut buffer).map_err(decoding)?;
        push_grey(color, &buffer[..frame.buffer_size()], &mut pixels)?;
    } else {
        while let Some(row) = reader.next_row().map_err(decoding)? {
            push_grey(color, row.data(), &mut pixels)?;
        }
    }
    // The rest is read for its checksums: a file cut short behind its pixels is damaged, too.
    reader.finish().map_err(decoding)?;
    GreyImage::new(width, height, pixels)
}

/// Appends the grey values of 8-bit pixels of this kind.
fn push_grey(color: png::ColorType, data: &[u8], pixels: &mut Vec<u8>) -> Result<(), ImageError> {
    match color {
        png::ColorType::Grayscale => pixels.extend_from_slice(data),
        png::ColorType::GrayscaleAlpha => {
            pixels.extend(data.as_chunks().0.iter().map(|&[grey, alpha]| on_paper(grey, alpha)));
        }
        png::ColorType::Rgb => {
            pixels.extend(data.as_chunks().0.iter().map(|&[r, g, b]| luminance(r, g, b)));
        }
        png::ColorType::Rgba => {
            let chunks = data.as_chunks().0.iter();
            pixels.extend(chunks.map(|&[r, g, b, alpha]| on_paper(luminance(r, g, b), alpha)));
        }
        png::ColorType::Indexed => {
            return Err(ImageError::Png("its palette could not be applied".to_owned()));
        }
    }
    Ok(())
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

/// Encodes an image as a PNG of 8-bit grey values.
pub(super) fn encode(image: &GreyImage) -> Vec<u8> {
    const SIDES: &str = "an image of at most 2²⁶ pixels has sides that 32 bits hold";
    const MEMORY: &str = "writing to memory does not fail";
    let width = u32::try_from(image.width()).expect(SIDES);
    let height = u32::try_from(image.height()).expect(SIDES);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect(MEMORY);
    writer.write_image_data(image.pixels()).expect(MEMORY);
    writer.finish().expect(MEMORY);
    bytes
}
