//! Folders of pictures: a folder per class, alone or in `train` and `test`.

use std::path::{Path, PathBuf};

use ndarray::Array2;

use super::files::{entries, read_limited, title};
use crate::images::{GreyImage, ImageError};
use crate::{DataError, Dataset, Features};

/// How pictures are to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageOptions {
    /// Rows and columns that every picture is scaled to; by default all must have the same.
    pub size: Option<(usize, usize)>,
    /// Whether colours become grey; by default a coloured picture is refused.
    pub grey: bool,
}

/// The largest file of a picture that is read.
const MAX_FILE: u64 = 256 << 20;

/// Ends of the names of pictures that are read.
const KNOWN: [&str; 2] = ["png", "pgm"];

/// Ends of the names of pictures that people have and that aren't.
const OTHER: [&str; 8] = ["jpg", "jpeg", "gif", "bmp", "webp", "tif", "tiff", "ppm"];

/// What a folder holds besides the pictures that were read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ignored {
    /// Files that are no pictures.
    pub(super) files: usize,
}

/// Whether a folder holds pictures in folders of their own, or `train` with such.
pub(super) fn is_image_folder(folder: &Path) -> bool {
    let train = folder.join("train");
    let classes = if train.is_dir() { train } else { folder.to_path_buf() };
    let Ok(classes) = entries(&classes) else { return false };
    let has_picture = |folder: &PathBuf| {
        entries(folder).is_ok_and(|paths| paths.iter().any(|path| is_any_picture(path)))
    };
    classes.iter().filter(|path| path.is_dir()).any(has_picture)
}

/// Reads the pictures of a folder.
pub(super) fn read(
    folder: &Path,
    options: ImageOptions,
    limit: u64,
) -> Result<(Dataset, Option<Dataset>, Ignored), DataError> {
    let (train, test) = (folder.join("train"), folder.join("test"));
    let name = title(folder);
    let mut reader = Reader {
        options,
        limit,
        size: options.size.map(|size| (size, None)),
        ignored: Ignored::default(),
    };
    if !train.is_dir() {
        let classes = training_classes(folder)?;
        let all = reader.read(&classes, name)?;
        return Ok((all, None, reader.ignored));
    }
    let classes = training_classes(&train)?;
    let train = reader.read(&classes, format!("{name} training"))?;
    if !test.is_dir() {
        return Ok((train, None, reader.ignored));
    }
    let names = train.class_names();
    let mut test_classes: Vec<(String, Vec<PathBuf>)> =
        names.iter().map(|name| (name.clone(), Vec::new())).collect();
    for (class, files) in class_folders(&test)? {
        let Some((_, place)) = test_classes.iter_mut().find(|(name, _)| *name == class) else {
            return Err(DataError::Folder {
                path: test.join(class),
                expected: format!(
                    "a class of the training pictures ({})",
                    super::target::shortened(names)
                ),
                found: "another".to_owned(),
            });
        };
        *place = files;
    }
    let test = reader.read(&test_classes, format!("{name} test"))?;
    Ok((train, Some(test), reader.ignored))
}

/// The folders of a folder, as class names, and the files in them, both in alphabetical order.
fn class_folders(folder: &Path) -> Result<Vec<(String, Vec<PathBuf>)>, DataError> {
    let mut classes = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            let files = entries(&path)?.into_iter().filter(|path| path.is_file()).collect();
            classes.push((title(&path), files));
        }
    }
    Ok(classes)
}

/// The same, of which there must be two at least.
fn training_classes(folder: &Path) -> Result<Vec<(String, Vec<PathBuf>)>, DataError> {
    let classes = class_folders(folder)?;
    if classes.len() < 2 {
        return Err(DataError::Folder {
            path: folder.to_path_buf(),
            expected: "a folder for each of at least two classes".to_owned(),
            found: format!("{}", classes.len()),
        });
    }
    Ok(classes)
}

/// Reads pictures of one size.
struct Reader {
    options: ImageOptions,
    /// Bytes that all pictures may take.
    limit: u64,
    /// Rows and columns, and the picture that they are of unless they were asked for.
    size: Option<((usize, usize), Option<PathBuf>)>,
    ignored: Ignored,
}

impl Reader {
    fn read(
        &mut self,
        classes: &[(String, Vec<PathBuf>)],
        name: String,
    ) -> Result<Dataset, DataError> {
        let mut pixels: Vec<u8> = Vec::new();
        let mut labels = Vec::new();
        let mut folder = PathBuf::new();
        for (label, (class, files)) in classes.iter().enumerate() {
            let label = u16::try_from(label).map_err(|_| DataError::Folder {
                path: folder.clone(),
                expected: "at most 65536 classes".to_owned(),
                found: classes.len().to_string(),
            })?;
            let mut there = 0;
            for path in files {
                folder = path.parent().unwrap_or(path).to_path_buf();
                if !has_end(path, &KNOWN) {
                    if has_end(path, &OTHER) {
                        return Err(DataError::Folder {
                            path: path.clone(),
                            expected: "a PNG or PGM image".to_owned(),
                            found: "one of another format; convert it first".to_owned(),
                        });
                    }
                    self.ignored.files += 1;
                    continue;
                }
                let image = self.picture(path)?;
                if (pixels.len() + image.len()) as u64 > self.limit {
                    return Err(DataError::TooLarge { path: path.clone(), limit: self.limit });
                }
                pixels.extend(image);
                labels.push(label);
                there += 1;
            }
            // A test folder may lack a class, a training folder may not.
            if there == 0 && !files.is_empty() {
                return Err(DataError::Folder {
                    path: folder,
                    expected: "PNG or PGM images".to_owned(),
                    found: format!("none for the class {class}"),
                });
            }
        }
        let ((rows, columns), _) = self.size.clone().unwrap_or(((1, 1), None));
        let features = Array2::from_shape_vec((labels.len(), rows * columns), pixels)
            .expect("every picture has rows × columns pixels");
        let names = classes.iter().map(|(name, _)| name.clone()).collect();
        Dataset::new(name.clone(), Features::U8(features), labels, names)
            .and_then(|dataset| dataset.with_image_shape(rows, columns))
            .map_err(|error| DataError::Dataset { origin: name, error })
    }

    /// The pixels of one picture, of the size of all.
    fn picture(&mut self, path: &Path) -> Result<Vec<u8>, DataError> {
        let blame = |error: ImageError| DataError::Image { path: path.to_path_buf(), error };
        let bytes = read_limited(path, MAX_FILE)?;
        let (image, coloured) = GreyImage::decode_noting_colour(&bytes).map_err(blame)?;
        let wrong = |expected: String, found: String| DataError::Folder {
            path: path.to_path_buf(),
            expected,
            found,
        };
        if coloured && !self.options.grey {
            let (expected, found) = ("a grey image", "a coloured one");
            return Err(wrong(expected.to_owned(), found.to_owned()));
        }
        let found = (image.height(), image.width());
        let ((rows, columns), origin) =
            self.size.get_or_insert_with(|| (found, Some(path.to_path_buf())));
        if found == (*rows, *columns) {
            return Ok(image.into_pixels());
        }
        match origin {
            None => Ok(image.resized(*columns, *rows).map_err(blame)?.into_pixels()),
            Some(first) => {
                let expected = format!("{columns}×{rows} pixels as {} has", first.display());
                Err(wrong(expected, format!("{}×{}", found.1, found.0)))
            }
        }
    }
}

fn is_any_picture(path: &Path) -> bool {
    has_end(path, &KNOWN) || has_end(path, &OTHER)
}

fn has_end(path: &Path, ends: &[&str]) -> bool {
    let end = path.extension().map(|end| end.to_string_lossy().to_lowercase());
    end.is_some_and(|end| ends.contains(&end.as_str()))
}
