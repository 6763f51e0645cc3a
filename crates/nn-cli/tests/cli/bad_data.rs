//! Datasets that are damaged, hostile or not there: exit 3, or 5 where the file system refuses.

use crate::sandbox::Sandbox;

/// An IDX file of unsigned bytes.
pub fn idx(shape: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, shape.len() as u8];
    bytes.extend(shape.iter().flat_map(|n| n.to_be_bytes()));
    bytes.extend(elements);
    bytes
}

/// A sandbox with a small sound dataset in the folder `data`.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let images = |n: u32| idx(&[n, 4, 4], &(0..n * 16).map(|i| i as u8).collect::<Vec<_>>());
    let labels = |n: u32| idx(&[n], &(0..n).map(|i| (i % 3) as u8).collect::<Vec<_>>());
    sandbox.write("data/train-images-idx3-ubyte", &images(30));
    sandbox.write("data/train-labels-idx1-ubyte", &labels(30));
    sandbox.write("data/t10k-images-idx3-ubyte", &images(9));
    sandbox.write("data/t10k-labels-idx1-ubyte", &labels(9));
    sandbox
}

const TRAIN: [&str; 5] = ["train", "--data", "data", "--epochs", "1"];

#[test]
fn a_small_sound_folder_is_trained_on() {
    let outcome = sandbox().ok(&TRAIN);
    assert!(outcome.stderr.contains("Training 16-30-3"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("on 25 samples of data"), "{}", outcome.stderr);
}

/// Replaces one file of a sound dataset and asserts what is said.
#[track_caller]
fn damaged(name: &str, bytes: &[u8], message: &str) {
    let sandbox = sandbox();
    sandbox.write(format!("data/{name}"), bytes);
    let outcome = sandbox.refuse(&TRAIN, 3, message);
    assert!(outcome.stderr.contains(name), "{name}: {}", outcome.stderr);
    assert_eq!(sandbox.names(), ["data"]);
}

const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "train-labels-idx1-ubyte";

#[test]
fn headers_that_lie_are_refused() {
    let pixels = [7; 480];
    damaged(IMAGES, b"", "expected an IDX header of at least 4 bytes, found 0 bytes");
    damaged(IMAGES, &[0, 0, 8], "found 3 bytes");
    damaged(IMAGES, b"<!DOCTYPE html>", "(an HTML page?)");
    damaged(IMAGES, b"\x89PNG\r\n\x1a\n", "(a PNG image)");
    damaged(IMAGES, &[0, 0, 7, 3, 0, 0, 0, 30], "expected an IDX element type");
    damaged(IMAGES, &[0, 0, 8, 3, 0, 0], "bytes of IDX header");
    damaged(IMAGES, &[3, 8, 0, 0, 30, 0, 0, 0], "expected a big-endian IDX header");
    damaged(IMAGES, &idx(&[u32::MAX, u32::MAX, u32::MAX], &pixels), "overflow");
    damaged(IMAGES, &idx(&[u32::MAX, 4, 4], &pixels), "the file holds 480");
    damaged(IMAGES, &idx(&[30, 4, 4], &pixels[1..]), "the file holds 479");
    damaged(IMAGES, &idx(&[29, 4, 4], &pixels), "more bytes follow");
}

#[test]
fn files_that_do_not_fit_together_are_refused() {
    let pixels = [7; 480];
    damaged(IMAGES, &idx(&[30], &[1; 30]), "expected images (two dimensions or more)");
    damaged(LABELS, &idx(&[30, 4, 4], &pixels), "expected labels (one dimension)");
    damaged(IMAGES, &idx(&[0, 4, 4], &[]), "expected at least one sample");
    damaged(IMAGES, &idx(&[30, 0, 4], &[]), "of at least one feature");
    damaged(IMAGES, &idx(&[15, 4, 4], &pixels[..240]), "15 samples but 30 labels");
    damaged("t10k-labels-idx1-ubyte", &idx(&[9], &[3; 9]), "not one of the 3 classes (0 to 2)");
    let sandbox = sandbox();
    sandbox.write("data/t10k-images-idx3-ubyte", &idx(&[9, 2, 4], &[1; 72]));
    sandbox.refuse(&TRAIN, 3, "training samples have 16 features, test samples have 8");
}

#[test]
fn damaged_gzip_is_refused() {
    let gzip = |bytes: &[u8]| {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let sound = gzip(&idx(&[30, 4, 4], &[7; 480]));
    let check = |bytes: &[u8], message: &str| {
        let sandbox = sandbox();
        std::fs::remove_file(sandbox.path("data").join(IMAGES)).unwrap();
        sandbox.write(format!("data/{IMAGES}.gz"), bytes);
        sandbox.refuse(&TRAIN, 3, message);
    };
    let mut wrong_crc = sound.clone();
    let at = wrong_crc.len() - 8;
    wrong_crc[at] ^= 1;
    check(&wrong_crc, "damaged gzip stream");
    check(&sound[..sound.len() - 9], "damaged gzip stream");
    check(&[&sound[..], &sound].concat(), "a second one follows");
    check(&[&sound[..], b"junk"].concat(), "more bytes follow");
    let bomb = gzip(&idx(&[u32::MAX / 1024, 32, 32], &vec![0; 40 << 20]));
    check(&bomb, "expands like a bomb");
}

#[test]
fn what_the_file_system_refuses_is_exit_5() {
    let sandbox = sandbox();
    sandbox.refuse(&["train", "--data", "no/such/folder"], 5, "--data no/such/folder: ");
    sandbox.refuse(&["train", "--data", "nowhere"], 5, "--data nowhere: ");
    let file = format!("data/{IMAGES}");
    sandbox.refuse(&["train", "--data", &file], 3, "expected a folder, or a file named .csv");
    sandbox.refuse(&["train", "--data", "."], 3, "IDX files named as MNIST's");
    std::fs::remove_file(sandbox.path("data").join(IMAGES)).unwrap();
    sandbox.refuse(&TRAIN, 5, "train-images-idx3-ubyte is missing from data");
    std::fs::create_dir(sandbox.path("data").join(IMAGES)).unwrap();
    sandbox.refuse(&TRAIN, 5, IMAGES);
    std::fs::remove_dir(sandbox.path("data").join(IMAGES)).unwrap();
    // A link to itself can be opened by nobody, not even by root.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(IMAGES, sandbox.path("data").join(IMAGES)).unwrap();
        sandbox.refuse(&TRAIN, 5, "cannot");
    }
}

#[test]
fn a_damaged_cache_is_never_trusted() {
    let mnist = ["train", "--data", "mnist", "--data-dir", "cache", "--offline"];
    let sandbox = Sandbox::new();
    sandbox.write("cache/mnist/train-labels-idx1-ubyte", b"");
    sandbox.refuse(&mnist, 3, "expected 60008 bytes, found 0");
    sandbox.write("cache/mnist/train-labels-idx1-ubyte", &idx(&[60_000], &vec![0; 59_999]));
    sandbox.refuse(&mnist, 3, "expected 60008 bytes, found 60007");
    sandbox.write("cache/mnist/train-labels-idx1-ubyte", &idx(&[60_000], &vec![0; 60_000]));
    let outcome = sandbox.refuse(&mnist, 3, "expected SHA-256 65a50cbb");
    assert!(outcome.stderr.contains("hint: delete the file"), "{}", outcome.stderr);
    // Nor is it papered over with the sample when the file can't be fetched again.
    let outcome = sandbox.run(&mnist[..5]);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("; fetching it again"), "{}", outcome.stderr);
}
