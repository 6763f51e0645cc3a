//! The random numbers of one image: a stream of its own.
//!
//! Streams are made as nn-core makes them, from the seed, a name and a number; nn-data doesn't
//! depend on nn-core, so the few lines stand here too, and a test holds them to the same numbers.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{RngCore, SeedableRng};

use super::augmenter::Key;

/// The stream of one image: PCG XSL RR 128/64 (O'Neill 2014), seeded for this image alone.
pub(super) struct ImageStream(Pcg64);

impl ImageStream {
    /// The stream "augment" of `seed` for one sample in one epoch.
    pub(super) fn new(seed: u64, key: Key) -> Self {
        // Different for all keys whose epoch and sample are below 2³².
        Self(named(seed, "augment", key.epoch.rotate_left(32) ^ key.sample))
    }

    /// A uniform number in [0, 1), of 53 random bits.
    pub(super) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A uniform number in [−1, 1).
    pub(super) fn sign_unit(&mut self) -> f64 {
        2.0 * self.unit() - 1.0
    }

    /// A uniform whole number from 0 to `n` − 1; 0 for n = 0. The bias is below n / 2⁶⁴.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        ((u128::from(self.0.next_u64()) * u128::from(n)) >> 64) as u32
    }

    /// Fills `noise` with uniform numbers in (−1, 1), of 8 random bits each: the middles of 256
    /// equal parts. Smoothing adds up hundreds of them, so that more bits would change nothing.
    pub(super) fn fill_noise(&mut self, noise: &mut [f32]) {
        let mut eights = noise.chunks_exact_mut(8);
        for eight in &mut eights {
            eight.copy_from_slice(&eight_uniforms(self.0.next_u64()));
        }
        let rest = eights.into_remainder();
        if !rest.is_empty() {
            rest.copy_from_slice(&eight_uniforms(self.0.next_u64())[..rest.len()]);
        }
    }
}

fn eight_uniforms(bits: u64) -> [f32; 8] {
    bits.to_le_bytes().map(|byte| (f32::from(byte) - 127.5) / 128.0)
}

/// The stream called `name`, number `index`, of `seed`: the 256 seed bits are four rounds of
/// SplitMix64 over the seed, the index and the name's 64-bit FNV-1a hash.
pub(crate) fn named(seed: u64, name: &str, index: u64) -> Pcg64 {
    let mut state = seed;
    let mut bytes = [0_u8; 32];
    let words = [fnv1a(name.as_bytes()), index, seed, 0x6e6e_2d63_6f72_6531];
    for (chunk, word) in bytes.chunks_exact_mut(8).zip(words) {
        state = split_mix(state ^ word);
        chunk.copy_from_slice(&state.to_le_bytes());
    }
    Pcg64::from_seed(bytes)
}

/// One step of `SplitMix64` (Steele, Lea & Flood 2014).
fn split_mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
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

    #[test]
    fn streams_are_those_of_nn_core() {
        // The numbers that nn-core's own test expects of this stream.
        let mut stream = named(1, "init", 2);
        let expected =
            [15_625_978_252_420_272_710, 15_424_759_290_006_659_718, 4_399_391_440_972_514_206];
        assert_eq!([(); 3].map(|()| stream.next_u64()), expected);
    }

    #[test]
    fn every_image_has_a_stream_of_its_own() {
        let mut firsts = std::collections::HashSet::new();
        for seed in 0..4 {
            for epoch in 0..16 {
                for sample in 0..16 {
                    let mut stream = ImageStream::new(seed, Key { epoch, sample });
                    assert!(firsts.insert(stream.0.next_u64()));
                }
            }
        }
    }

    #[test]
    fn noise_is_uniform_between_minus_one_and_one() {
        let mut noise = vec![0.0; 100_003];
        ImageStream::new(1, Key { epoch: 0, sample: 0 }).fill_noise(&mut noise);
        assert!(noise.iter().all(|u| u.abs() < 1.0));
        let mean = |f: fn(f64) -> f64| {
            noise.iter().map(|&u| f(f64::from(u))).sum::<f64>() / noise.len() as f64
        };
        // The standard errors are 0.0018 and 0.0009.
        assert!(mean(|u| u).abs() < 0.008, "{}", mean(|u| u));
        assert!((mean(|u| u * u) - 1.0 / 3.0).abs() < 0.004, "{}", mean(|u| u * u));
        let uniforms = eight_uniforms(0xff00_8000_0000_0001).map(|u| 256.0 * u);
        let expected: [f32; 8] = [-253., -255., -255., -255., -255., 1., -255., 255.];
        assert_eq!(uniforms.map(f32::to_bits), expected.map(f32::to_bits));
    }

    #[test]
    fn whole_numbers_cover_their_range() {
        let mut stream = ImageStream::new(1, Key { epoch: 0, sample: 0 });
        let mut counts = [0; 5];
        for _ in 0..5000 {
            counts[stream.below(5) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }
}
