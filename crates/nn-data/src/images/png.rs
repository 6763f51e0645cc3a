//! PNG in all its colour types and depths to grey values, and grey values to PNG.

use std::io::Cursor;

use super::{GreyImage, ImageError, check_size};

/// Pixels that an image may have beyond one for each byte of its file.
///
/// A file of some hundred bytes can honestly hold millions of equal pixels, and can as well only
/// claim them. With this bound what is claimed, too, takes no more memory than twice the file and
/// 16 MiB; 12 megapixels are what a telephone's camera takes.
const FREE_PIXELS: usize = 12 << 20;

/// Memory that the decoder may take for chunks that are not pixels, and for a row.
const CHUNK_BYTES: usize = 2 << 20;

/// Decodes a PNG file of any colour type and depth, and says whether it had colours.
pub(super) fn decode(bytes: &[u8]) -> Result<(GreyImage, bool), ImageError> {
    let damaged = |error: png::DecodingError| ImageError::Png(error.to_string());
    let limits = png::Limits { bytes: CHUNK_BYTES };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    // What is compressed in them could be a bomb, and nothing here asks for it.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let info = decoder.read_header_info().map_err(damaged)?;
    let (width, height) = (info.width as usize, info.height as usize);
    check_size(width, height)?;
    let limit = bytes.len().saturating_add(FREE_PIXELS);
    if width * height > limit {
        return Err(ImageError::TooLarge { width, height, limit });
    }
    let mut reader = decoder.read_info().map_err(damaged)?;
    let colours = reader.output_color_type().0;
    let mut pixels = vec![0; width * height];
    let mut coloured = false;
    let mut line = 0;
    // Row by row: in colours with transparency the whole image would take four times its pixels.
    while let Some(row) = reader.next_interlaced_row().map_err(damaged)? {
        let row_coloured = match row.interlace() {
            png::InterlaceInfo::Null(_) => {
                let out = pixels.chunks_exact_mut(width).nth(line).ok_or_else(too_many_rows)?;
                line += 1;
                make_grey(row.data(), colours, out.iter_mut())?
            }
            png::InterlaceInfo::Adam7(place) => {
                let mut grey = Vec::with_capacity(width);
                grey.resize(row.data().len() / colours.samples(), 0);
                let coloured = make_grey(row.data(), colours, grey.iter_mut())?;
                png::expand_interlaced_row(&mut pixels, width, &grey, place, 8);
                coloured
            }
        };
        coloured |= row_coloured;
    }
    // The rest is read for its checksums: a file cut short behind its pixels is damaged, too.
    reader.finish().map_err(damaged)?;
    GreyImage::new(width, height, pixels).map(|image| (image, coloured))
}

fn too_many_rows() -> ImageError {
    ImageError::Png("more rows than its header says".to_owned())
}

/// Makes a row of 8-bit samples grey, and says whether it had colours.
fn make_grey<'p>(
    row: &[u8],
    colours: png::ColorType,
    out: impl Iterator<Item = &'p mut u8>,
) -> Result<bool, ImageError> {
    let mut coloured = false;
    match colours {
        png::ColorType::Grayscale => {
            out.zip(row).for_each(|(out, &grey)| *out = grey);
        }
        png::ColorType::GrayscaleAlpha => {
            let row = row.as_chunks().0;
            out.zip(row).for_each(|(out, &[grey, alpha])| *out = on_paper(grey, alpha));
        }
        png::ColorType::Rgb => {
            for (out, &[r, g, b]) in out.zip(row.as_chunks().0) {
                coloured |= r != g || g != b;
                *out = luminance(r, g, b);
            }
        }
        png::ColorType::Rgba => {
            for (out, &[r, g, b, alpha]) in out.zip(row.as_chunks().0) {
                coloured |= alpha > 0 && (r != g || g != b);
                *out = on_paper(luminance(r, g, b), alpha);
            }
        }
        png::ColorType::Indexed => {
            return Err(ImageError::Png("its palette could not be applied".to_owned()));
        }
    }
    Ok(coloured)
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
