//! Seeded, named streams of random numbers.
//!
//! Every random choice of the project draws from a stream that is named after what it
//! decides ("init", "shuffle", …) and numbered (by layer, by epoch, …). Streams of one
//! seed are independent of each other, so adding a consumer never changes what another
//! one draws, and any stream can be recreated from three values: nothing has to be
//! replayed after a resume.

use ndarray_rand::rand::SeedableRng;
use ndarray_rand::rand::seq::SliceRandom;
use rand_pcg::Pcg64;

/// The generator behind every stream: PCG XSL RR 128/64 (O'Neill 2014), whose output
/// is the same on every platform.
pub type Stream = Pcg64;

/// The stream called `name`, number `index`, of `seed`.
///
/// The 256 seed bits of the generator are four rounds of SplitMix64 over the seed, the
/// index and the 64-bit FNV-1a hash of the name.
///
/// ```
/// use ndarray_rand::rand::RngCore;
/// let mut first = nn_core::rng::stream(7, "init", 0);
/// let mut again = nn_core::rng::stream(7, "init", 0);
/// let mut other = nn_core::rng::stream(7, "shuffle", 0);
/// let x = first.next_u64();
/// assert_eq!(x, again.next_u64());
/// assert_ne!(x, other.next_u64());
/// ```
#[must_use]
pub fn stream(seed: u64, name: &str, index: u64) -> Stream {
    let mut state = seed;
    let mut bytes = [0_u8; 32];
    let words = [fnv1a(name.as_bytes()), index, seed, 0x6e6e_2d63_6f72_6531];
    for (chunk, word) in bytes.chunks_exact_mut(8).zip(words) {
        state = split_mix(state ^ word);
        chunk.copy_from_slice(&state.to_le_bytes());
    }
    Pcg64::from_seed(bytes)
}

/// The numbers 0 to `n` − 1 in the random order of a stream (Fisher & Yates).
///
/// ```
/// let mut order = nn_core::rng::permutation(&mut nn_core::rng::stream(7, "shuffle", 0), 100);
/// order.sort_unstable();
/// assert_eq!(order, (0..100).collect::<Vec<u32>>());
/// ```
#[must_use]
pub fn permutation(stream: &mut Stream, n: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n).collect();
    order.shuffle(stream);
    order
}

/// What `SplitMix64` adds to its state from one number to the next.
pub(crate) const SPLIT_MIX_STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// One step of `SplitMix64` (Steele, Lea & Flood 2014).
pub(crate) fn split_mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(SPLIT_MIX_STEP);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The 64-bit FNV-1a hash.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray_rand::rand::RngCore;
    use std::collections::HashSet;

    #[test]
    fn streams_differ_in_seed_name_and_index() {
        let mut firsts = HashSet::new();
        for seed in 0..8 {
            for name in ["init", "shuffle", "dropout"] {
                for index in 0..8 {
                    assert!(firsts.insert(stream(seed, name, index).next_u64()));
                }
            }
        }
    }

    #[test]
    fn a_stream_is_the_same_for_ever() {
        // Models and checkpoints of earlier versions rest on these numbers.
        let mut s = stream(1, "init", 2);
        let drawn: Vec<u64> = (0..3).map(|_| s.next_u64()).collect();
        assert_eq!(drawn, GOLDEN);
    }

    const GOLDEN: [u64; 3] =
        [15_625_978_252_420_272_710, 15_424_759_290_006_659_718, 4_399_391_440_972_514_206];
}
