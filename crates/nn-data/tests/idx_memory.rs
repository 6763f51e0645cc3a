//! The memory that reading takes, as the operating system counts it: no more than the bytes that
//! really come are worth, whatever a header claims. One test, so that nothing else runs beside it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use std::io::{BufWriter, Write};

use flate2::{Compression, write::GzEncoder};
use nn_data::IdxError;
use nn_data::idx;
use tempfile::NamedTempFile;

const MIB: u64 = 1 << 20;

/// The most memory that this process ever held, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

fn file(fill: impl FnOnce(&mut dyn Write)) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    let mut writer = BufWriter::new(file.as_file());
    fill(&mut writer);
    writer.flush().unwrap();
    drop(writer);
    file
}

fn write_zeros(out: &mut dyn Write, mib: usize) {
    let chunk = vec![0; 1 << 20];
    for _ in 0..mib {
        out.write_all(&chunk).unwrap();
    }
}

#[test]
fn reading_holds_no_more_than_really_comes() {
    let header = |code: u8, dimension: u32| {
        let mut bytes = vec![0, 0, code, 1];
        bytes.extend_from_slice(&dimension.to_be_bytes());
        bytes
    };

    // A claim of 32 GiB with 1 MiB behind it.
    let claim = file(|out| {
        out.write_all(&header(0x0e, u32::MAX)).unwrap();
        write_zeros(out, 1);
    });
    let before = peak();
    assert!(matches!(idx::read_file(claim.path()), Err(IdxError::Truncated { .. })));
    assert!(peak() - before <= 2 * MIB + 16 * MIB, "{} bytes", peak() - before);

    // A gzip stream of 256 MiB in 256 KiB.
    let bomb = file(|out| {
        let mut encoder = GzEncoder::new(out, Compression::best());
        encoder.write_all(&header(0x08, 256 << 20)).unwrap();
        write_zeros(&mut encoder, 256);
        encoder.finish().unwrap();
    });
    let before = peak();
    assert!(matches!(idx::read_file(bomb.path()), Err(IdxError::GzipBomb { .. })));
    let size = bomb.as_file().metadata().unwrap().len();
    assert!(peak() - before <= 2 * size + 16 * MIB, "{} bytes", peak() - before);

    // An honest file of 96 MiB.
    let honest = file(|out| {
        out.write_all(&header(0x0d, 24 << 20)).unwrap();
        write_zeros(out, 96);
    });
    let before = peak();
    let array = idx::read_file(honest.path()).unwrap();
    assert!(peak() - before <= 2 * 96 * MIB + 16 * MIB, "{} bytes", peak() - before);
    assert_eq!(array.data().len(), 24 << 20);
}
