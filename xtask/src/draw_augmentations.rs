//! `cargo xtask draw-augmentations`: draws the pictures of `docs/augmentation.md`.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use nn_data::{Augmentation, Augmenter, Dataset, Features, sample};

use crate::project_root::project_root;

/// Draw the pictures of docs/augmentation.md
#[derive(Debug, clap::Args)]
pub struct DrawAugmentationsArgs {
    /// Where the pictures are written [default: docs/images]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Rows of augmented digits under the originals.
const EPOCHS: u64 = 5;
/// Screen pixels for a digit's pixel, across and down.
const ZOOM: usize = 3;
/// Screen pixels between digits.
const GAP: usize = 3;
/// The line between the originals and the rest, and around everything.
const GREY: u8 = 128;

/// The pictures: what each is called and shows.
fn pictures() -> [(&'static str, Augmentation); 6] {
    let nothing = Augmentation::default;
    [
        ("shift", Augmentation::expand_mnist()),
        ("rotation", Augmentation { rotation: 15.0, ..nothing() }),
        ("shear", Augmentation { shear: 15.0, ..nothing() }),
        ("scale", Augmentation { scale_x: 15.0, scale_y: 15.0, ..nothing() }),
        ("simard-2003", Augmentation::simard_2003()),
        ("ciresan-2010", Augmentation::ciresan_2010()),
    ]
}

/// Draws each picture: the first test digit of each class of the embedded sample, and under it
/// what several epochs make of it.
///
/// # Errors
///
/// When a file can't be written.
pub fn run(args: DrawAugmentationsArgs) -> Result<()> {
    let output = args.output.unwrap_or_else(|| project_root().join("docs/images"));
    // The sample's digits come in rounds of one of each class.
    let digits = sample::splits().test.split_at(10)?.0;
    for (name, augmentation) in pictures() {
        let augmenter = Augmenter::new(&augmentation.check()?, &digits, 1)?;
        let mut rows = vec![digits.clone()];
        rows.extend((0..EPOCHS).map(|epoch| augmenter.epoch(&digits, epoch)));
        let path = output.join(format!("augment-{name}.png"));
        let picture = Picture::of(&rows)?;
        picture.write(&path).with_context(|| format!("cannot write {}", path.display()))?;
        println!("{} ({} bytes)", path.display(), path.metadata()?.len());
    }
    Ok(())
}

/// An 8-bit grey picture, row-major.
#[derive(Debug)]
struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Picture {
    /// A grid of images: one row for each dataset, one column for each of its samples.
    fn of(rows: &[Dataset]) -> Result<Self> {
        let Some((image_rows, image_columns)) = rows.first().and_then(Dataset::image_shape) else {
            bail!("nothing to draw");
        };
        let (cell_height, cell_width) = (image_rows * ZOOM + GAP, image_columns * ZOOM + GAP);
        let width = GAP + rows[0].len() * cell_width;
        let height = GAP + rows.len() * cell_height;
        let mut picture = Self { width, height, pixels: vec![GREY; width * height] };
        for (i, row) in rows.iter().enumerate() {
            let Features::U8(images) = row.features() else { bail!("the pixels are no bytes") };
            for ((sample, pixel), &value) in images.indexed_iter() {
                let top = GAP + i * cell_height + pixel / image_columns * ZOOM;
                let left = GAP + sample * cell_width + pixel % image_columns * ZOOM;
                for y in top..top + ZOOM {
                    picture.pixels[y * width + left..][..ZOOM].fill(value);
                }
            }
        }
        Ok(picture)
    }

    fn write(&self, path: &Path) -> Result<()> {
        let file = BufWriter::new(File::create(path)?);
        let mut encoder = png::Encoder::new(file, self.width.try_into()?, self.height.try_into()?);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_a_grid() {
        let digits = sample::splits().test.split_at(2).unwrap().0;
        let second = digits.subset(&[1, 0]).unwrap();
        let picture = Picture::of(&[digits.clone(), second]).unwrap();
        let cell = 28 * ZOOM + GAP;
        assert_eq!((picture.width, picture.height), (GAP + 2 * cell, GAP + 2 * cell));
        let Features::U8(images) = digits.features() else { panic!("pixels are bytes") };
        for (row, column, sample) in [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)] {
            for (pixel, &value) in images.row(sample).indexed_iter() {
                let y = GAP + row * cell + pixel / 28 * ZOOM + ZOOM - 1;
                let x = GAP + column * cell + pixel % 28 * ZOOM;
                assert_eq!(picture.pixels[y * picture.width + x], value);
            }
        }
        assert!(picture.pixels[..GAP * picture.width].iter().all(|&pixel| pixel == GREY));
    }

    #[test]
    fn every_picture_is_written() {
        let folder = tempfile::tempdir().unwrap();
        run(DrawAugmentationsArgs { output: Some(folder.path().to_owned()) }).unwrap();
        for (name, _) in pictures() {
            let file = File::open(folder.path().join(format!("augment-{name}.png"))).unwrap();
            let decoder = png::Decoder::new(std::io::BufReader::new(file));
            let info = decoder.read_info().unwrap().info().size();
            assert_eq!(info, (873, 525), "{name}");
        }
    }
}
