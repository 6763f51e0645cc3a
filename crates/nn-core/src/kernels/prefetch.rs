//! Asking for memory that will be needed soon.
//!
//! Addresses need not be valid: a prefetch never faults. Where the CPU has no such instruction
//! known here, nothing happens.

use crate::matrix::LINE_BYTES;

/// Asks for the cache line at an address, to be used next.
#[inline(always)]
pub(super) fn line<T>(at: *const T) {
    ask::<false>(at.cast());
}

/// Asks for the cache lines of `bytes` bytes from an address on, to be used next.
pub(super) fn lines(from: *const u8, bytes: usize) {
    for offset in (0..bytes).step_by(LINE_BYTES) {
        ask::<false>(from.wrapping_add(offset));
    }
}

/// Asks for the cache lines of `bytes` bytes from an address on, to be used later: they come no
/// nearer than the second-level cache, so as not to drive out what is used before them.
#[inline(always)]
pub(super) fn lines_for_later(from: *const u8, bytes: usize) {
    for offset in (0..bytes).step_by(LINE_BYTES) {
        ask::<true>(from.wrapping_add(offset));
    }
}

#[inline(always)]
fn ask<const LATER: bool>(at: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 CPU has SSE, and a prefetch never faults.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _MM_HINT_T1, _mm_prefetch};
        if LATER {
            _mm_prefetch::<_MM_HINT_T1>(at.cast());
        } else {
            _mm_prefetch::<_MM_HINT_T0>(at.cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}
