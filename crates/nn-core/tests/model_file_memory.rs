//! How much memory reading a model file takes, measured by an allocator that counts.
//!
//! A test binary of its own, because the counts are those of the whole process.
#![cfg(feature = "model-file")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use nn_core::{ContainerError, Cost, Limits, Model, ModelFileError, NetworkBuilder};
use sha2::{Digest, Sha256};

/// Bytes allocated now, and the most since the last reset.
static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PEAK.fetch_max(NOW.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
    // `realloc` is the default one, which allocates, copies and frees: both blocks count.
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Reads a file and says how many bytes that took at most.
fn read(file: &[u8]) -> (Result<Model<f32>, ModelFileError>, usize) {
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    let model = Model::read_from(file, &Limits::default());
    (model, PEAK.load(Relaxed) - before)
}

/// Reads a file of any bytes, which takes at most twice its size and 16 MiB.
#[track_caller]
fn check(file: &[u8]) -> Result<Model<f32>, ModelFileError> {
    let (model, bytes) = read(file);
    let limit = 2 * file.len() + (16 << 20);
    assert!(bytes <= limit, "{bytes} bytes for a file of {}: {:?}", file.len(), model.err());
    model
}

fn seal(payload: &[u8]) -> Vec<u8> {
    let mut file = b"\x89NNM\r\n\x1a\n".to_vec();
    file.extend(1_u32.to_le_bytes());
    file.extend(56_u32.to_le_bytes());
    file.extend((payload.len() as u64).to_le_bytes());
    let checksum = Sha256::new().chain_update(payload).chain_update(&file).finalize();
    file.extend(checksum);
    file.extend(payload);
    file
}

fn file_of(sizes: &[usize]) -> Vec<u8> {
    let network = NetworkBuilder::<f32>::new(sizes).build(1).unwrap();
    let mut file = Vec::new();
    Model::new(network, Cost::Quadratic).write_to(&mut file).unwrap();
    file
}

// One test, so that nothing else allocates meanwhile.
#[test]
fn reading_takes_no_more_memory_than_the_file_allows() {
    // Large models: the file and the network, and nothing a second time.
    for sizes in [&[3000, 3000, 10][..], &[10, 2_000_000], &[784, 800, 10]] {
        let file = file_of(sizes);
        let (model, bytes) = read(&file);
        assert_eq!(model.unwrap().network.sizes(), sizes);
        let limit = 2 * file.len() + (2 << 20);
        assert!(bytes <= limit, "{bytes} bytes for {sizes:?}, a file of {}", file.len());
    }

    // The exception: rows of one unit are padded in memory, to 64 bytes each. The limit on
    // the network holds there.
    let file = file_of(&[1_000_000, 1]);
    let (model, bytes) = read(&file);
    assert!(model.is_ok());
    assert!(bytes <= 64_000_000 + file.len() + (2 << 20), "{bytes} bytes for narrow rows");
    let refused = Model::<f32>::read_from(&file[..], &Limits::new(63_000_000)).unwrap_err();
    assert!(matches!(refused, ModelFileError::TooLarge { .. }), "{refused}");

    // Writing takes a buffer, whatever the size.
    let network = NetworkBuilder::<f32>::new(&[1000, 1000]).build(1).unwrap();
    let model = Model::new(network, Cost::Quadratic);
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    model.write_to(std::io::sink()).unwrap();
    let bytes = PEAK.load(Relaxed) - before;
    assert!(bytes < 1 << 20, "{bytes} bytes to write");

    // A header that claims all the limit allows, and hardly any bytes after it.
    let mut claim = file_of(&[4, 3, 2]);
    claim[16..24].copy_from_slice(&((1_u64 << 30) - 56).to_le_bytes());
    let refused = check(&claim).unwrap_err();
    let ModelFileError::Container(ContainerError::Truncated { .. }) = refused else {
        panic!("{refused}")
    };

    // Every eight bytes of a small and of a middling payload made a huge number, with a
    // checksum that is right.
    let small = file_of(&[4, 3, 2])[56..].to_vec();
    for lie in [u64::MAX, 1 << 62, 1 << 40, (1 << 30) - 1, 1 << 28, (1 << 20) - 8] {
        for at in 0..=small.len() - 8 {
            let mut payload = small.clone();
            payload[at..at + 8].copy_from_slice(&lie.to_le_bytes());
            let _ = check(&seal(&payload));
        }
    }
    let middling = file_of(&[100, 3000, 10])[56..].to_vec();
    for at in 0..250 {
        let mut payload = middling.clone();
        payload[at..at + 8].copy_from_slice(&(1_u64 << 27).to_le_bytes());
        let _ = check(&seal(&payload));
    }

    // A payload of nothing but lengths: empty strings where names or sizes are expected.
    for word in [0_u64, 1, 2, 8, 1 << 17, 1 << 20] {
        let payload: Vec<u8> = word.to_le_bytes().repeat(1 << 19);
        let _ = check(&seal(&payload));
    }
}
