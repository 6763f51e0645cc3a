//! PNG in all its colour types and depths to grey values, and grey values to PNG.

use std::io::Cursor;

use super::{GreyImage, ImageError, MAX_PIXELS, check_size};

/// Decodes a PNG file of any colour type and depth, and says whether it had colours.
pub(super) fn decode(bytes: &[u8]) -> Result<(GreyImage, bool), ImageError> {
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
    let mut coloured = false;
    let pixels = match frame.color_type {
        png::ColorType::Grayscale => buffer,
        png::ColorType::GrayscaleAlpha => {
            buffer.as_chunks().0.iter().map(|&[grey, alpha]| on_paper(grey, alpha)).collect()
        }
        png::ColorType::Rgb => {
            let grey = |&[r, g, b]: &[u8; 3]| {
                coloured |= r != g || g != b;
                luminance(r, g, b)
            };
            buffer.as_chunks().0.iter().map(grey).collect()
        }
        png::ColorType::Rgba => {
            let grey = |&[r, g, b, alpha]: &[u8; 4]| {
                coloured |= alpha > 0 && (r != g || g != b);
                on_paper(luminance(r, g, b), alpha)
            };
            buffer.as_chunks().0.iter().map(grey).collect()
        }
        png::ColorType::Indexed => {
            return Err(ImageError::Png("its palette could not be applied".to_owned()));
        }
    };
    let image = GreyImage::new(frame.width as usize, frame.height as usize, pixels)?;
    Ok((image, coloured))
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
