//! What a CPU's multiply-adds can do at most: chains of them in registers, with no memory.

use std::hint::black_box;

use super::table::InstructionSet;
use super::vector::{self, Vector};

/// Independent chains: enough to cover the latency of a multiply-add (4 cycles) on two ports,
/// and few enough for 16 registers.
const CHAINS: usize = 12;

impl InstructionSet {
    /// Runs `rounds` rounds of multiply-adds on single-precision registers of this set and nothing
    /// else, and gives how many floating-point operations that were, two for each lane and
    /// multiply-add. `None` if this CPU doesn't have the set.
    ///
    /// Whoever times it knows what one thread's arithmetic can do at most: no training loop is
    /// faster than that, and the better ones are not far below.
    ///
    /// ```
    /// use nn_core::InstructionSet;
    ///
    /// let operations = InstructionSet::Portable.multiply_adds(1_000);
    /// assert!(operations.is_some_and(|operations| operations >= 24_000));
    /// ```
    #[must_use]
    pub fn multiply_adds(self, rounds: usize) -> Option<u64> {
        if !Self::available().contains(&self) {
            return None;
        }
        let lanes = match self {
            // SAFETY: every CPU of the target has the portable set.
            Self::Portable => unsafe { chains::<vector::Lanes<f32, 8>>(rounds) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the set is one of the available ones.
            Self::Avx2 => unsafe { avx2(rounds) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the set is one of the available ones.
            Self::Avx512 => unsafe { avx512(rounds) },
            #[cfg(not(target_arch = "x86_64"))]
            _ => return None,
        };
        Some((2 * CHAINS * lanes) as u64 * rounds as u64)
    }
}

/// # Safety: the CPU has AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2(rounds: usize) -> usize {
    // SAFETY: as for this function.
    unsafe { chains::<vector::x86::Avx2>(rounds) }
}

/// # Safety: the CPU has AVX-512F, AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn avx512(rounds: usize) -> usize {
    // SAFETY: as for this function.
    unsafe { chains::<vector::x86::Avx512>(rounds) }
}

/// The chains, and the lanes of a register.
///
/// # Safety
///
/// The CPU has the instructions of `V`.
#[inline(always)]
unsafe fn chains<V: Vector<Elem = f32>>(rounds: usize) -> usize {
    // Sixteen lanes are the widest. The values are hidden, so that nothing is computed ahead,
    // and differ from lane to lane, so that no register is taken for one number.
    let numbers: [f32; 16] = black_box(std::array::from_fn(|lane| lane as f32 / 32.0));
    // SAFETY: the caller vouches for the instructions, and no register has more lanes.
    unsafe {
        let (factor, summand) = (V::load(numbers.as_ptr()), V::splat(black_box(1.0)));
        // Variables of their own: an array would be kept in memory.
        let start = V::splat(black_box(0.0));
        let (mut a, mut b, mut c, mut d, mut e, mut f) = (start, start, start, start, start, start);
        let (mut g, mut h, mut i, mut j, mut k, mut l) = (start, start, start, start, start, start);
        for _ in 0..rounds {
            (a, b) = (a.mul_add(factor, summand), b.mul_add(factor, summand));
            (c, d) = (c.mul_add(factor, summand), d.mul_add(factor, summand));
            (e, f) = (e.mul_add(factor, summand), f.mul_add(factor, summand));
            (g, h) = (g.mul_add(factor, summand), h.mul_add(factor, summand));
            (i, j) = (i.mul_add(factor, summand), j.mul_add(factor, summand));
            (k, l) = (k.mul_add(factor, summand), l.mul_add(factor, summand));
        }
        black_box([a, b, c, d, e, f, g, h, i, j, k, l]);
    }
    V::LANES
}

#[cfg(test)]
mod tests {
    use super::{CHAINS, InstructionSet};

    #[test]
    fn every_available_set_counts_its_operations() {
        let lanes = |set| match set {
            InstructionSet::Avx512 => Some(16),
            InstructionSet::Avx2 => Some(8),
            InstructionSet::Portable => None,
        };
        for set in InstructionSet::available() {
            let operations = set.multiply_adds(10).unwrap();
            assert_eq!(operations % (20 * CHAINS as u64), 0, "{set:?}");
            if let Some(lanes) = lanes(set) {
                assert_eq!(operations, 20 * CHAINS as u64 * lanes, "{set:?}");
            }
        }
        assert_eq!(InstructionSet::Portable.multiply_adds(0), Some(0));
    }
}
