//! NumPy's arrays, gzipped tables and folders of images that can't be used: exit 3, and 9 where an
//! image claims to be a giant. The files are the seeds of the fuzz targets.

use crate::sandbox::Sandbox;

fn seed(name: &str) -> Vec<u8> {
    let path = format!("{}/../../fuzz/seeds/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

/// Neither training nor a description takes the file.
#[track_caller]
fn refuse(sandbox: &Sandbox, name: &str, bytes: &[u8], message: &str) {
    sandbox.write(name, bytes);
    for args in [&["train", "--epochs", "1", "--data", name][..], &["data", "info", name]] {
        let outcome = sandbox.refuse(args, 3, message);
        assert!(outcome.stderr.contains(name), "{}", outcome.stderr);
    }
    assert!(!sandbox.path("model.nnm").exists());
}

#[test]
fn damaged_arrays_are_refused() {
    let sandbox = Sandbox::new();
    let sound = seed("npy/doubles.npy");
    refuse(&sandbox, "a.npy", b"", "found other bytes");
    refuse(&sandbox, "a.npy", b"1,2\n3,4\n", "found other bytes");
    refuse(&sandbox, "a.npy", &sound[..sound.len() - 1], "expected 64 bytes, found 63");
    refuse(&sandbox, "a.npy", &[&sound[..], b"x"].concat(), "expected 64 bytes, found 65");
    refuse(&sandbox, "a.npy", &seed("npy/bad-object.npy"), "found elements of type `|O`");
    let mut nan = sound.clone();
    let end = nan.len();
    nan[end - 16..end - 8].copy_from_slice(&f64::NAN.to_le_bytes());
    refuse(&sandbox, "a.npy", &nan, "expected a value, found `NaN`");
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 3)}\n";
    let length = (header.len() as u16).to_le_bytes();
    let giant = [b"\x93NUMPY\x01\0", &length[..], header.as_bytes()].concat();
    refuse(&sandbox, "a.npy", &giant, "larger than the address space");
}

#[test]
fn damaged_archives_are_refused() {
    let sandbox = Sandbox::new();
    let sound = seed("npz/stored.npz");
    refuse(&sandbox, "a.npz", b"", "damaged archive");
    refuse(&sandbox, "a.npz", &sound[..sound.len() / 2], "damaged archive");
    refuse(&sandbox, "a.npz", &seed("npz/bad-names.npz"), "expected arrays x_train and y_train");
    // A pixel in the middle of the first array: its checksum fails.
    let mut flipped = sound.clone();
    let data = sound.windows(4).position(|bytes| bytes == [4, 5, 6, 7]).unwrap();
    flipped[data] ^= 1;
    refuse(&sandbox, "a.npz", &flipped, "damaged archive");
}

#[test]
fn damaged_tables_are_refused() {
    let sandbox = Sandbox::new();
    refuse(&sandbox, "t.csv", &seed("tsv/bad-text.tsv"), "expected UTF-8 text, found other bytes");
    let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2];
    refuse(&sandbox, "t.csv.gz", &gzip, "damaged gzip file");
}

#[test]
fn folders_of_damaged_images_are_refused() {
    let sandbox = Sandbox::new();
    let sound = seed("image/grey.png");
    sandbox.write("digits/a/1.png", &sound);
    let refuse = |bytes: &[u8], code: i32, message: &str| {
        sandbox.write("digits/b/1.png", bytes);
        let args = ["train", "--data", "digits", "--epochs", "1"];
        let outcome = sandbox.refuse(&args, code, message);
        assert!(outcome.stderr.contains("1.png"), "{}", outcome.stderr);
    };
    refuse(&sound[..sound.len() - 1], 3, "damaged PNG image");
    refuse(&seed("image/bad-crc.png"), 3, "damaged PNG image");
    refuse(&seed("image/bad-claim.png"), 9, "found 8192×8192");
    refuse(&seed("image/bad-jpeg"), 3, "found a JPEG image");
    refuse(&seed("image/binary.pgm")[..20], 3, "damaged PGM image");
    refuse(&seed("image/colour.png"), 3, "expected a grey image, found a coloured one");
    refuse(b"P5 2 2 255\nabcd", 3, "expected 5×5 pixels");
}
