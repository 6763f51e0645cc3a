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

#[test]
fn a_few_bytes_may_not_claim_a_photograph() {
    let claim = |width: u32, height: u32| {
        let mut bytes = png_of(png::ColorType::Grayscale, png::BitDepth::Eight, &[], &[0, 0]);
        bytes[16..20].copy_from_slice(&width.to_be_bytes());
        bytes[20..24].copy_from_slice(&height.to_be_bytes());
        let crc = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        bytes
    };
    let bytes = claim(8192, 8192);
    let limit = bytes.len() + (12 << 20);
    refuse(&bytes, &format!("at most {limit} pixels, found 8192×8192"));
    refuse(&claim(100_000, 1), "sides have at most 65536 pixels, found 100000×1");
    refuse(&claim(1, 70_000), "sides have at most 65536 pixels");
    // Twelve megapixels may be there, and here are not.
    refuse(&claim(4096, 3072), "damaged PNG");
}

/// Encodes an interlaced PNG: seven images, one after the other, of every eighth, fourth or second
/// pixel.
fn interlaced_png(width: usize, height: usize, rgb: impl Fn(usize, usize) -> [u8; 3]) -> Vec<u8> {
    const PASSES: [(usize, usize, usize, usize); 7] = [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ];
    let mut data = Vec::new();
    for (x0, y0, dx, dy) in PASSES {
        if x0 < width {
            for y in (y0..height).step_by(dy) {
                data.push(0);
                data.extend((x0..width).step_by(dx).flat_map(|x| rgb(x, y)));
            }
        }
    }
    let mut header = (width as u32).to_be_bytes().to_vec();
    header.extend((height as u32).to_be_bytes());
    header.extend([8, 2, 0, 0, 1]);
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, &data).unwrap();
    let data = encoder.finish().unwrap();
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, content) in [(b"IHDR", &header[..]), (b"IDAT", &data[..]), (b"IEND", &[])] {
        let chunk = [&kind[..], content].concat();
        bytes.extend((content.len() as u32).to_be_bytes());
        bytes.extend(&chunk);
        bytes.extend(crc32(&chunk).to_be_bytes());
    }
    bytes
}

#[test]
fn interlaced_images_are_put_together() {
    for (width, height) in [(1, 1), (3, 2), (5, 9), (8, 8), (17, 13)] {
        let grey = |x: usize, y: usize| (x * 31 + y * 7) as u8;
        let bytes = interlaced_png(width, height, |x, y| [grey(x, y); 3]);
        let (image, coloured) = GreyImage::decode_noting_colour(&bytes).unwrap();
        assert_eq!((image.width(), image.height(), coloured), (width, height, false));
        for y in 0..height {
            for x in 0..width {
                assert_eq!(image.pixels()[y * width + x], grey(x, y), "({x}, {y}) of {width}");
            }
        }
        for length in 0..bytes.len() {
            assert!(GreyImage::decode(&bytes[..length]).is_err(), "{length} bytes");
        }
    }
    let bytes = interlaced_png(9, 9, |x, y| if (x, y) == (8, 7) { [255, 0, 0] } else { [0; 3] });
    let (image, coloured) = GreyImage::decode_noting_colour(&bytes).unwrap();
    assert!(coloured);
    assert_eq!(image.pixels()[7 * 9 + 8], 76);
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
