//! Images and numbers that can't be predicted from: exit 3; 2 for an index, 5 for a missing file, 9
//! for a giant.

use crate::sandbox::{Outcome, Sandbox};

#[track_caller]
fn refuse(sandbox: &Sandbox, bytes: &[u8], code: i32, message: &str) {
    sandbox.write("input", bytes);
    sandbox.refuse(&["predict", "model.nnm", "./input"], code, message);
    let mut piped = sandbox.command(["predict", "model.nnm", "-"]);
    let outcome = Outcome::of(piped.write_stdin(bytes));
    outcome.assert_refused(code, message, "standard input");
    assert!(outcome.stderr.starts_with("error: standard input: "), "{}", outcome.stderr);
}

#[test]
fn images_that_cannot_be_used_are_refused() {
    let sandbox = Sandbox::with_model();
    refuse(&sandbox, b"\x89PNG\r\n\x1a\nrubbish", 3, "damaged PNG image");
    refuse(&sandbox, b"\xff\xd8\xff\xe0\0\x10JFIF", 3, "found a JPEG image");
    refuse(&sandbox, b"P6\n1 1\n255\nabc", 3, "found a PBM or PPM image");
    refuse(&sandbox, b"P5 2 2 255\nabc", 3, "3 bytes instead of 4");
    refuse(&sandbox, b"P5 0 2 255\n", 3, "at least one pixel");
    refuse(&sandbox, b"P5 2 2 255\nabca", 3, "found a blank image");
    refuse(&sandbox, b"P5 65535 65535 255\n", 9, "found 65535×65535");
    sandbox.write("small.pgm", b"P5 2 2 255\nabca");
    let raw = ["predict", "model.nnm", "small.pgm", "--raw"];
    sandbox.refuse(&raw, 3, "expected 28×28 pixels, found 2×2");
}

/// A PNG whose header says 8192 × 8192 pixels, and in which there is nothing.
const CLAIM: &[u8] = include_bytes!("../../../../fuzz/seeds/image/bad-claim.png");

#[test]
fn small_files_that_claim_to_be_giants_are_refused() {
    let sandbox = Sandbox::with_model();
    // Twelve million pixels, and one for each byte of the file.
    let most = (12 << 20) + CLAIM.len();
    let said = format!("expected an image of at most {most} pixels, found 8192×8192");
    refuse(&sandbox, CLAIM, 9, &said);
    refuse(&sandbox, b"P5 100000 1 255\n", 9, "sides have at most 65536 pixels, found 100000×1");
}

#[test]
fn numbers_that_cannot_be_used_are_refused() {
    let sandbox = Sandbox::with_model();
    let numbers = |count: usize, last: &str| {
        let mut words = vec!["0"; count - 1];
        words.push(last);
        words.join(",").into_bytes()
    };
    refuse(&sandbox, b"", 3, "expected a PNG or PGM image, or 784 numbers as text, found nothing");
    refuse(&sandbox, &numbers(783, "9"), 3, "expected 784 numbers, found 783");
    refuse(&sandbox, &numbers(785, "9"), 3, "expected 784 numbers, found 785");
    refuse(&sandbox, &numbers(784, "NaN"), 3, "number 784: expected a finite number, found NaN");
    refuse(&sandbox, &numbers(784, "1e999"), 3, "expected a finite number");
    refuse(&sandbox, &numbers(784, "256"), 3, "number 784: expected 0 to 255, found 256");
    refuse(&sandbox, &numbers(784, "-1"), 3, "expected 0 to 255, found -1");
    refuse(&sandbox, b"seven", 3, "found `seven`");
    refuse(&sandbox, b"\xff\xfe\xfd", 3, "found bytes that are neither");
}

#[test]
fn indices_and_files_that_are_not_there_are_refused() {
    let sandbox = Sandbox::with_model();
    for index in ["1000", "99999999999999999999999"] {
        sandbox.refuse(&["predict", "model.nnm", index], 2, "expected 0 to 999");
    }
    sandbox.refuse(&["predict", "model.nnm", "none.png"], 5, "cannot read none.png: ");
    sandbox.refuse(&["predict", "model.nnm", ""], 5, "cannot read ");
    sandbox.refuse(&["predict", "model.nnm", "-", "-"], 2, "standard input can be read only once");
    let outcome = sandbox.run(&["predict", "model.nnm"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("<INDEX|FILE|->"), "{}", outcome.stderr);
}
