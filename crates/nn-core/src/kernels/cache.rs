//! What is known of this CPU's caches.

use std::sync::OnceLock;

/// Bytes of a core's first-level data cache; 32 KiB where the CPU doesn't say.
pub(super) fn first_level_cache() -> usize {
    static BYTES: OnceLock<usize> = OnceLock::new();
    *BYTES.get_or_init(|| reported().unwrap_or(32 << 10))
}

/// What `cpuid` says: its leaf 4 on Intel's CPUs, 0x8000001D in the same layout on AMD's.
#[cfg(target_arch = "x86_64")]
fn reported() -> Option<usize> {
    use std::arch::x86_64::__cpuid_count;
    /// The first subleaves; the data caches come first.
    const SUBLEAVES: std::ops::Range<u32> = 0..4;
    [(0, 4), (0x8000_0000, 0x8000_001D)].into_iter().find_map(|(largest, leaf)| {
        // SAFETY: every x86-64 CPU has the instruction.
        #[allow(unused_unsafe, reason = "safe only in newer versions of the standard library")]
        let ask = |leaf, subleaf| unsafe { __cpuid_count(leaf, subleaf) };
        if ask(largest, 0).eax < leaf {
            return None;
        }
        SUBLEAVES.map(|subleaf| ask(leaf, subleaf)).find_map(|answer| {
            let (kind, level) = (answer.eax & 0x1F, answer.eax >> 5 & 0x7);
            let is_data = kind == 1 || kind == 3;
            let bits = |from: u32, count: u32| (answer.ebx >> from & ((1 << count) - 1)) as usize;
            let line_partitions_ways = (bits(0, 12) + 1) * (bits(12, 10) + 1) * (bits(22, 10) + 1);
            let sets = answer.ecx as usize + 1;
            (is_data && level == 1).then(|| line_partitions_ways * sets)
        })
    })
}

#[cfg(not(target_arch = "x86_64"))]
fn reported() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_level_cache_has_a_likely_size() {
        let bytes = first_level_cache();
        assert!((8 << 10..=512 << 10).contains(&bytes), "{bytes}");
    }
}
