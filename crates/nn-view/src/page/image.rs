//! Small images inside a page: grey digits and signed weights, as PNG in a data URL.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::escape;

/// A grey image (`columns` pixels a row) with this description.
pub(crate) fn digit(pixels: &[u8], columns: usize, alt: &str) -> String {
    tag(&png(pixels, columns, png::ColorType::Grayscale), columns, pixels.len(), alt)
}

/// An image of signed bytes (128 is 0): blue for, red against, the paper's own colour for nothing,
/// so that it looks right in light and dark.
pub(crate) fn signed_image(pixels: &[u8], columns: usize, alt: &str) -> String {
    let coloured: Vec<u8> = pixels
        .iter()
        .flat_map(|&byte| {
            let share = (f64::from(byte) - 128.0) / 127.0;
            let alpha = (share.abs().min(1.0).powf(0.8) * 255.0).round() as u8;
            let [red, green, blue] = if share >= 0.0 { [38, 110, 190] } else { [200, 72, 44] };
            [red, green, blue, alpha]
        })
        .collect();
    tag(&png(&coloured, columns, png::ColorType::Rgba), columns, pixels.len(), alt)
}

fn tag(png: &[u8], columns: usize, pixels: usize, alt: &str) -> String {
    let rows = pixels / columns.max(1);
    format!(
        "<img src=\"data:image/png;base64,{}\" width=\"{columns}\" height=\"{rows}\" alt=\"{}\">",
        STANDARD.encode(png),
        escape(alt)
    )
}

fn png(bytes: &[u8], columns: usize, colour: png::ColorType) -> Vec<u8> {
    let samples = if colour == png::ColorType::Rgba { 4 } else { 1 };
    let rows = bytes.len() / columns.max(1) / samples;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, columns as u32, rows as u32);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("an image in memory has a size");
    writer.write_image_data(bytes).expect("as many bytes as rows × columns");
    writer.finish().expect("memory takes every byte");
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_come_back() {
        let html = digit(&[0, 50, 100, 150, 200, 250], 3, "a \"3\"");
        assert!(html.contains("width=\"3\" height=\"2\" alt=\"a &quot;3&quot;\""), "{html}");
        let data = html.split("base64,").nth(1).unwrap().split('"').next().unwrap();
        let file = STANDARD.decode(data).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; 6];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, [0, 50, 100, 150, 200, 250]);
        assert!(signed_image(&[1, 128, 255], 3, "").contains("alt=\"\""));
    }
}
