//! Changes of sound files as accidents and attackers make them, the same in every run.

/// Numbers that like to break readers.
const EXTREMES: [u64; 12] = [
    0,
    1,
    0x7f,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    1 << 40,
    i64::MAX as u64,
    u64::MAX - 7,
    u64::MAX,
];

/// Draws mutations from a stream of its own.
pub struct Mutator {
    state: u64,
}

impl Mutator {
    /// The mutator of a format, whose stream depends on its name alone.
    pub fn new(name: &str) -> Self {
        let mix = |state: u64, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self { state: name.bytes().fold(0xcbf2_9ce4_8422_2325, mix) }
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// One of the seeds, changed in one to four ways.
    pub fn mutate(&mut self, seeds: &[(String, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = seeds[self.below(seeds.len())].1.clone();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes, seeds);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, seeds: &[(String, Vec<u8>)]) {
        let at = self.below(bytes.len() + 1);
        let length = self.below(16).min(bytes.len() - at);
        match self.below(9) {
            0 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << (self.state % 8);
                }
            }
            1 => {
                let byte = self.next() as u8;
                bytes[at..at + length].fill(byte);
            }
            2 => {
                let inserted: Vec<u8> = (0..=self.below(8)).map(|_| self.next() as u8).collect();
                bytes.splice(at..at, inserted);
            }
            3 => drop(bytes.drain(at..at + length)),
            4 => bytes.truncate(at),
            5 => {
                let piece = bytes[at..at + length].to_vec();
                let to = self.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            6 => {
                let number = EXTREMES[self.below(EXTREMES.len())];
                let width = 1 << self.below(4);
                let little = number.to_le_bytes();
                let mut written = little[..width].to_vec();
                if self.next().is_multiple_of(2) {
                    written.reverse();
                }
                let end = bytes.len().min(at + width);
                bytes[at..end].copy_from_slice(&written[..end - at]);
            }
            7 => {
                let other = &seeds[self.below(seeds.len())].1;
                let from = self.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            _ => {
                // Numbers as text: another digit, a sign, a point, an exponent.
                let text = [&b"9"[..], b"-", b".", b"e999", b"NaN", b"inf", b"\n", b",", b"\""];
                let text = text[self.below(text.len())];
                bytes.splice(at..at + length.min(1), text.iter().copied());
            }
        }
        bytes.truncate(1 << 16);
    }
}
