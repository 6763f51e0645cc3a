//! Data in every format, found out and read; and what each refuses.

use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::images::GreyImage;
use crate::{ColumnKind, ErrorKind, Features};

const ANIMALS: &str = "\
name of no use,legs,weight,coat,kind
Ann,4,3.5,fur,cat
Bob,2,0.25,feathers,bird
Cy,4,30,fur,dog
Dee,2,0.5,feathers,bird
";

fn write(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

fn options(change: impl FnOnce(&mut OpenOptions)) -> OpenOptions {
    let mut options = OpenOptions::default();
    change(&mut options);
    options
}

#[track_caller]
fn refuse(path: &Path, options: &OpenOptions, expected: &str) {
    let error = open(path, options).unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
    assert_ne!(error.kind(), ErrorKind::Network);
}

#[track_caller]
fn refuse_table(text: &str, expected: &str) {
    refuse_table_with(text, &TableOptions::default(), expected);
}

#[track_caller]
fn refuse_table_with(text: &str, options: &TableOptions, expected: &str) {
    let error = parse_table("t", text.as_bytes(), options, None).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn words_become_features_and_classes() {
    let (animals, schema) =
        parse_table("animals", ANIMALS.as_bytes(), &TableOptions::default(), None).unwrap();
    assert_eq!(schema.target(), "kind");
    assert_eq!(animals.class_names(), ["bird", "cat", "dog"]);
    assert_eq!(animals.labels().as_slice(), [1, 0, 2, 0]);
    assert_eq!(animals.columns().len(), 4);
    // Names: 4 words, legs, weight, coats: 2 words.
    assert_eq!(animals.num_features(), 8);
    let mut row = [0.0; 8];
    animals.features().copy_row(1, &mut row);
    assert_eq!(row, [0.0, 1.0, 0.0, 0.0, 2.0, 0.25, 1.0, 0.0]);
    let coats = vec!["feathers".to_owned(), "fur".to_owned()];
    assert_eq!(animals.columns()[3].kind, ColumnKind::Category(coats));

    let options = TableOptions {
        target: Some("-3".into()),
        drop: vec!["name of no use".into(), "kind".into()],
        ..TableOptions::default()
    };
    let (weights, schema) = parse_table("animals", ANIMALS.as_bytes(), &options, None).unwrap();
    assert_eq!(schema.kind(), &TargetKind::Number);
    assert_eq!(weights.values(), Some(&[3.5, 0.25, 30.0, 0.5][..]));
    assert_eq!((weights.class_names(), weights.num_features()), (&["weight".to_owned()][..], 3));
}

#[test]
fn another_table_is_read_as_the_first() {
    let (_, schema) =
        parse_table("animals", ANIMALS.as_bytes(), &TableOptions::default(), None).unwrap();
    let other = "kind,extra,coat,weight,legs,name of no use\ndog,9,fur,7,4,Ann\n";
    let (set, _) =
        parse_table("other", other.as_bytes(), &TableOptions::default(), Some(&schema)).unwrap();
    assert_eq!((set.labels().as_slice(), set.num_classes()), (&[2][..], 3));
    let rows = parse_rows(other.as_bytes(), schema.columns(), &TableOptions::default()).unwrap();
    assert_eq!(rows, [(2, vec![1.0, 0.0, 0.0, 0.0, 4.0, 7.0, 0.0, 1.0])]);

    let unknown = other.replace("fur", "scales");
    let error = parse_rows(unknown.as_bytes(), schema.columns(), &TableOptions::default());
    assert_eq!(
        error.unwrap_err().to_string(),
        "line 2, column `coat`: expected one of feathers, fur, found `scales`"
    );
    let without = "legs,weight\n1,2\n";
    let error = parse_rows(without.as_bytes(), schema.columns(), &TableOptions::default());
    assert!(error.unwrap_err().to_string().contains("found `name of no use`"));
}

#[test]
fn tables_without_names_are_read_in_order() {
    let (set, schema) =
        parse_table("t", b"5.1,3.5,a\n4.9,3.0,b\n", &TableOptions::default(), None).unwrap();
    assert_eq!((schema.target(), set.num_features()), ("2", 2));
    let rows = parse_rows(b"1,2\n3,4\n", schema.columns(), &TableOptions::default()).unwrap();
    assert_eq!(rows[1], (2, vec![3.0, 4.0]));
}

#[test]
fn rows_of_pixels_are_images() {
    let options =
        TableOptions { image_shape: Some((2, 2)), target: Some("0".into()), ..Default::default() };
    let (set, _) =
        parse_table("t", b"label,a,b,c,d\n7,0,1,2,255\n3,0,0,0,0\n", &options, None).unwrap();
    assert_eq!(
        (set.image_shape(), set.class_names()),
        (Some((2, 2)), &["3".into(), "7".into()][..])
    );
    let Features::U8(pixels) = set.features() else { panic!("pixels are bytes") };
    assert_eq!(pixels.row(0).to_vec(), [0, 1, 2, 255]);
    refuse_table_with(
        "l,a,b,c,d\n1,0,0,0,256\n2,0,0,0,0\n",
        &options,
        "line 2, column `d`: expected a pixel",
    );
    refuse_table_with("l,a,b\n1,0,0\n2,0,0\n", &options, "expected 2×2 pixels a row, found 2");
}

#[test]
fn cells_that_cannot_be_used_are_named() {
    refuse_table(
        "age,class\n1,a\n,b\nNA,a\n",
        "line 3, column `age`: expected a value, found `` (a missing value; 2 in all)",
    );
    refuse_table(
        "x,class\n1,a\n2,b\nthree,a\n",
        "line 4, column `x`: expected a number, found `three`",
    );
    refuse_table(
        "x,class\n1,a\ninf,b\n",
        "line 3, column `x`: expected a finite number, found inf",
    );
    refuse_table("x,class\n1,a\n1e39,b\n", "expected a finite number, found 1e39");
    refuse_table("class\na\nb\n", "expected a column of features beside the target `class`");
    refuse_table(
        "x,class\n1,a\n2,a\n",
        "column `class`: expected a target of at least two classes",
    );
    let ids: Vec<String> = (0..30).map(|i| format!("id{i},{}\n", i % 2)).collect();
    refuse_table(
        &format!("id,y\n{}", ids.concat()),
        "column `id`: expected numbers, or words that come again",
    );
    let named = |name: &str| TableOptions { target: Some(name.into()), ..Default::default() };
    let columns = "expected one of the columns x, class, found ";
    refuse_table_with("x,class\n1,a\n2,b\n", &named("klass"), &format!("{columns}`klass`"));
    refuse_table_with("x,class\n1,a\n2,b\n", &named("2"), &format!("{columns}`2`"));
    refuse_table_with("x,class\n1,a\n2,b\n", &named("-9223372036854775808"), columns);
    let numbers = TableOptions { task: TaskChoice::Regression, ..Default::default() };
    refuse_table_with("x,class\n1,a\n2,b\n", &numbers, "line 2, column `class`: expected a number");
}

#[test]
fn tables_are_opened_plain_gzipped_and_in_pairs() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "a.csv", ANIMALS);
    let opened = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(
        (opened.format, opened.train.len(), opened.test.is_none()),
        (Format::Table, 4, true)
    );
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, ANIMALS.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let path = write(&folder, "a.csv.gz", &gzip);
    assert_eq!(open(&path, &OpenOptions::default()).unwrap().train.len(), 4);
    let path = write(&folder, "cut.csv.gz", &gzip[..gzip.len() / 2]);
    refuse(&path, &OpenOptions::default(), "damaged gzip file");
    let small = options(|options| options.max_bytes = 20);
    let path = write(&folder, "a.csv", ANIMALS);
    assert_eq!(open(&path, &small).unwrap_err().kind(), ErrorKind::TooLarge);

    let pair = tempfile::tempdir().unwrap();
    write(&pair, "train.tsv", ANIMALS.replace(',', "\t"));
    write(&pair, "test.csv", "legs,weight,coat,name of no use,kind\n4,1,fur,Cy,cat\n");
    let opened = open(pair.path(), &OpenOptions::default()).unwrap();
    assert_eq!(opened.format, Format::TableFolder);
    assert_eq!(opened.test.unwrap().labels().as_slice(), [1]);
    write(&pair, "test.csv", "legs,weight,coat,name of no use,kind\n4,1,fur,Cy,cow\n");
    refuse(pair.path(), &OpenOptions::default(), "expected one of the classes bird, cat, dog");
}

#[test]
fn arrays_come_back_through_archives_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    let (train, test) = crate::sample::load();
    let (train, test) = (train.subset(&[0, 1, 2, 13]).unwrap(), test.subset(&[2, 11]).unwrap());
    let path = folder.path().join("digits.npz");
    write_npz(&path, &train, Some(&test)).unwrap();
    let opened = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!((opened.format, opened.train.image_shape()), (Format::Npz, Some((28, 28))));
    assert_eq!(opened.train.features(), train.features());
    assert_eq!(opened.train.class_names(), ["0", "1", "2", "3"]);
    assert_eq!(opened.test.unwrap().labels().as_slice(), [2, 1]);

    let arrays = tempfile::tempdir().unwrap();
    let floats: Vec<u8> = [1.5_f64, -2.0, 0.25, 9.5].iter().flat_map(|x| x.to_le_bytes()).collect();
    write(&arrays, "X.npy", npy::encode("<f8", &[2, 2], floats.clone()));
    write(&arrays, "y.npy", npy::encode("<f8", &[2, 1], floats[..16].to_vec()));
    let opened = open(arrays.path(), &OpenOptions::default()).unwrap();
    assert_eq!(opened.format, Format::NpyFolder);
    assert_eq!(opened.train.values(), Some(&[1.5, -2.0][..]));
    assert_eq!(opened.train.columns().len(), 2);
    let hot = npy::encode("|u1", &[2, 3], [0, 0, 1, 1, 0, 0]);
    write(&arrays, "y.npy", hot);
    let opened = open(arrays.path(), &OpenOptions::default()).unwrap();
    assert_eq!(opened.train.class_names(), ["0", "2"]);
    write(&arrays, "y.npy", npy::encode("|u1", &[3], [0, 1, 2]));
    refuse(arrays.path(), &OpenOptions::default(), "array `X`: expected 3 samples × features");
    write(&arrays, "y.npy", npy::encode("<f8", &[2], [f64::NAN.to_le_bytes(); 2].concat()));
    refuse(arrays.path(), &OpenOptions::default(), "array `y`: expected finite numbers, found NaN");
    std::fs::remove_file(arrays.path().join("y.npy")).unwrap();
    refuse(arrays.path(), &OpenOptions::default(), "found arrays X");

    let alone = write(&folder, "table.npy", npy::encode("<f8", &[2, 2], floats));
    assert_eq!(
        open(&alone, &OpenOptions::default()).unwrap().train.values(),
        Some(&[-2.0, 9.5][..])
    );
}

#[test]
fn every_cut_of_an_archive_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let set = crate::sample::load().1.subset(&[0, 1, 2]).unwrap();
    let path = folder.path().join("x.npz");
    write_npz(&path, &set, None).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(open(&path, &OpenOptions::default()).unwrap_err().kind(), ErrorKind::Data);
    }
    std::fs::write(&path, &whole).unwrap();
    let small = options(|options| options.max_bytes = 1000);
    assert_eq!(open(&path, &small).unwrap_err().kind(), ErrorKind::TooLarge);
}

/// A picture with a bright left half, whose size and colour may differ.
fn picture(width: u32, height: u32, coloured: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let pixel = |x| match (x < width / 2, coloured) {
        (true, true) => [255, 250, 0],
        (true, false) => [200; 3],
        _ => [0; 3],
    };
    let data: Vec<u8> = (0..height).flat_map(|_| (0..width).flat_map(pixel)).collect();
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    bytes
}

#[test]
fn pictures_are_read_by_class() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["train/b/2.png", "train/b/10.png", "train/a/x.PNG", "test/b/1.png"] {
        write(&folder, name, picture(6, 4, false));
    }
    write(&folder, "train/a/.hidden.png", "no picture");
    write(&folder, "train/a/notes.md", "no picture");
    let opened = open(folder.path(), &OpenOptions::default()).unwrap();
    assert_eq!((opened.format, opened.ignored_files), (Format::ImageFolder, 1));
    assert_eq!(opened.train.class_names(), ["a", "b"]);
    assert_eq!(opened.train.labels().as_slice(), [0, 1, 1]);
    assert_eq!(opened.train.image_shape(), Some((4, 6)));
    assert_eq!(opened.test.unwrap().labels().as_slice(), [1]);

    write(&folder, "train/a/y.png", picture(5, 4, false));
    refuse(folder.path(), &OpenOptions::default(), "y.png: expected 6×4 pixels as ");
    write(&folder, "train/a/y.png", picture(60, 40, true));
    refuse(folder.path(), &OpenOptions::default(), "y.png: expected a grey image");
    let scaled = options(|options| {
        options.images.grey = true;
        options.images.size = Some((4, 6));
    });
    assert_eq!(open(folder.path(), &scaled).unwrap().train.len(), 4);
    let small = options(|options| options.max_bytes = 24);
    write(&folder, "train/a/y.png", picture(6, 4, false));
    assert_eq!(open(folder.path(), &small).unwrap_err().kind(), ErrorKind::TooLarge);
    let huge = write(&folder, "train/a/y.png", b"P5 65535 65535 255\n");
    let error = open(folder.path(), &scaled).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    write(&folder, "train/a/y.png", "no picture");
    refuse(folder.path(), &scaled, "y.png: expected a PNG or PGM image");
    std::fs::remove_file(huge).unwrap();
    write(&folder, "train/a/z.jpg", "\u{ff}");
    refuse(
        folder.path(),
        &scaled,
        "z.jpg: expected a PNG or PGM image, found one of another format",
    );
    std::fs::remove_file(folder.path().join("train/a/z.jpg")).unwrap();
    write(&folder, "test/c/1.png", picture(6, 4, false));
    refuse(folder.path(), &scaled, "expected a class of the training pictures (a, b)");
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let digits = crate::sample::load().1.subset(&[0, 1, 2, 3, 10]).unwrap();
    let classes: Vec<usize> = digits.labels().iter().collect();
    let pictures = folder.path().join("pictures");
    assert_eq!(write_image_folder(&pictures, &digits).unwrap(), 5);
    // Folders of classes without pictures are no classes of the data.
    for class in 4..10 {
        std::fs::remove_dir(pictures.join(class.to_string())).unwrap();
    }
    let opened = open(&pictures, &OpenOptions::default()).unwrap().train;
    let order: Vec<usize> = [0, 4, 1, 2, 3].to_vec();
    assert_eq!(opened.features(), digits.subset(&order).unwrap().features());
    assert_eq!(opened.labels().iter().collect::<Vec<_>>(), [0, 0, 1, 2, 3]);

    let csv = folder.path().join("digits.csv");
    write_csv(&csv, &digits).unwrap();
    let pixels = options(|options| options.table.image_shape = Some((28, 28)));
    let opened = open(&csv, &pixels).unwrap().train;
    assert_eq!(opened.features(), digits.features());
    assert_eq!(opened.labels().iter().collect::<Vec<_>>(), classes);

    let (animals, _) =
        parse_table("animals", ANIMALS.as_bytes(), &TableOptions::default(), None).unwrap();
    let csv = folder.path().join("animals.csv");
    write_csv(&csv, &animals).unwrap();
    let again = open(&csv, &OpenOptions::default()).unwrap().train;
    assert_eq!(again.fingerprint(), animals.fingerprint());
    assert_eq!(again.columns(), animals.columns());
    assert!(write_image_folder(folder.path(), &animals).is_err());
}

#[test]
fn what_is_no_data_is_said() {
    let folder = tempfile::tempdir().unwrap();
    refuse(folder.path(), &OpenOptions::default(), "found an empty folder");
    refuse(&folder.path().join("none"), &OpenOptions::default(), "cannot read");
    write(&folder, "thesis.tex", "");
    refuse(folder.path(), &OpenOptions::default(), "found none of these");
    refuse(&folder.path().join("thesis.tex"), &OpenOptions::default(), "a file named .csv, .tsv");
    let image = GreyImage::new(1, 1, vec![0]).unwrap().to_png();
    let one = tempfile::tempdir().unwrap();
    write(&one, "only/1.png", image);
    refuse(
        one.path(),
        &OpenOptions::default(),
        "expected a folder for each of at least two classes",
    );
}
