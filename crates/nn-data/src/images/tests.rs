//! Tests of image decoding: every colour type, damage, and hostile sizes.

use ::png;
use proptest::prelude::*;

use super::{GreyImage, ImageError};

/// Encodes a PNG of 2×1 pixels.
fn png_of(colour: png::ColorType, depth: png::BitDepth, palette: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    if !palette.is_empty() {
        encoder.set_palette(palette);
    }
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    bytes
}

#[track_caller]
fn check(bytes: &[u8], expected: [u8; 2]) {
    let image = GreyImage::decode(bytes).unwrap();
    assert_eq!((image.width(), image.height(), image.pixels()), (2, 1, &expected[..]));
}

#[test]
fn every_kind_of_png_becomes_grey() {
    use png::BitDepth::{Eight, One, Sixteen};
    use png::ColorType as C;
    check(&png_of(C::Grayscale, Eight, &[], &[0, 200]), [0, 200]);
    check(&png_of(C::Grayscale, Sixteen, &[], &[0, 255, 200, 7]), [0, 200]);
    check(&png_of(C::Grayscale, One, &[], &[0b0100_0000]), [0, 255]);
    check(&png_of(C::GrayscaleAlpha, Eight, &[], &[0, 255, 0, 0]), [0, 255]);
    check(&png_of(C::Rgb, Eight, &[], &[255, 0, 0, 0, 255, 0]), [76, 150]);
    check(&png_of(C::Rgba, Eight, &[], &[0, 0, 255, 255, 0, 0, 0, 128]), [29, 127]);
    check(&png_of(C::Indexed, Eight, &[9, 9, 9, 0, 0, 255], &[0, 1]), [9, 29]);
}

#[test]
fn pgm_is_read_in_all_forms() {
    check(b"P5 2 1 255\n\x00\xc8", [0, 200]);
    check(b"P5\n# made by hand\n2 1\n65535\n\x00\x00\xff\xff", [0, 255]);
    check(b"P2\n2 1\n15\n0 15\n", [0, 255]);
    check(b"P2 2 1 # width and height\n 4 2 4", [128, 255]);
}

#[track_caller]
fn refuse(bytes: &[u8], message: &str) {
    let found = GreyImage::decode(bytes).unwrap_err().to_string();
    assert!(found.contains(message), "{found}");
}

#[test]
fn what_is_no_image_is_named() {
    refuse(b"", "no bytes at all");
    refuse(b"\xff\xd8\xff\xe0", "a JPEG image");
    refuse(b"hello", "something else");
    refuse(b"P6\n1 1\n255\n...", "a PBM or PPM image");
    refuse(b"\x89PNG\r\n\x1a\n", "damaged PNG");
    refuse(b"P5", "a width, found the end of the file");
    refuse(b"P5 2 1 255\n\x00", "1 bytes instead of 2");
    refuse(b"P5 2 1 255\n\x00\x00\x00", "3 bytes instead of 2");
    refuse(b"P5 2 1 0\n\x00\x00", "a largest value from 1 to 65535, found 0");
    refuse(b"P5 0 1 255\n", "found 0×1");
    refuse(b"P2 2 1 9 1", "the end of the file");
    refuse(b"P2 2 1 9 1 10", "values up to the largest, found 10");
    refuse(b"P2 2 1 9 1 2 3", "found more");
    refuse(b"P2 2 1 9 1 x", "found `x`");
    refuse(b"P5 -2 1 255\n", "found `-2 1 255");
    refuse(b"P599 1 255\n", "a width");
}

#[test]
fn hostile_sizes_are_refused_before_anything_is_allocated() {
    refuse(b"P5 65535 65535 255\n", "at most 67108864 pixels, found 65535×65535");
    refuse(b"P5 4294967295 4294967295 255\n", "at most 67108864 pixels");
    refuse(b"P5 99999999999 1 255\n", "a width");
    let mut big = png_of(png::ColorType::Grayscale, png::BitDepth::Eight, &[], &[0, 0]);
    big[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    // The header's checksum must hold for its size to be believed at all.
    let crc = crc32(&big[12..29]);
    big[29..33].copy_from_slice(&crc.to_be_bytes());
    refuse(&big, "found 65535×65535");
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |c, _| (c >> 1) ^ (0xedb8_8320 * (c & 1)))
    })
}

#[test]
fn every_truncation_of_a_png_is_refused() {
    let whole = png_of(png::ColorType::Rgb, png::BitDepth::Eight, &[], &[1, 2, 3, 4, 5, 6]);
    for length in 0..whole.len() {
        assert!(GreyImage::decode(&whole[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn a_resized_image_keeps_its_mean() {
    let image = GreyImage::new(4, 2, vec![0, 10, 20, 30, 100, 110, 120, 130]).unwrap();
    assert_eq!(image.resized(4, 2).unwrap(), image);
    let half = image.resized(2, 1).unwrap();
    assert_eq!((half.width(), half.height()), (2, 1));
    assert!(half.pixels()[0] < half.pixels()[1]);
    let mean = half.pixels().iter().map(|&p| u32::from(p)).sum::<u32>() / 2;
    assert!((60..=70).contains(&mean), "{half:?}");
    assert!(matches!(image.resized(0, 5), Err(ImageError::Empty { .. })));
    assert!(matches!(image.resized(65_535, 65_535), Err(ImageError::TooLarge { .. })));
}

proptest! {
    #[test]
    fn png_brings_every_image_back(width in 1_usize..9, pixels in prop::collection::vec(any::<u8>(), 9..80)) {
        let height = pixels.len() / width;
        let image = GreyImage::new(width, height, pixels[..width * height].to_vec()).unwrap();
        prop_assert_eq!(GreyImage::decode(&image.to_png()).unwrap(), image);
    }

    #[test]
    fn no_bytes_make_it_panic(
        start in prop::sample::select(vec![&b"P5"[..], b"P2", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"]),
        rest in prop::collection::vec(any::<u8>(), 0..80),
        text in "[0-9 #\n]{0,40}",
    ) {
        let _ = GreyImage::decode(&[start, &rest].concat());
        let _ = GreyImage::decode(&[start, text.as_bytes(), &rest].concat());
    }

    #[test]
    fn both_forms_of_pgm_agree(width in 1_usize..9, pixels in prop::collection::vec(any::<u8>(), 1..80)) {
        let height = pixels.len() / width;
        prop_assume!(height > 0);
        let pixels = &pixels[..width * height];
        let words: Vec<String> = pixels.iter().map(ToString::to_string).collect();
        let text = format!("P2\n{width} {height}\n255\n{}", words.join(" "));
        let binary = [format!("P5\n{width} {height}\n255\n").as_bytes(), pixels].concat();
        let image = GreyImage::decode(&binary).unwrap();
        prop_assert_eq!(image.pixels(), pixels);
        prop_assert_eq!(GreyImage::decode(text.as_bytes()).unwrap(), image);
    }
}
