//! How much memory this machine can give, asked before anything large is allocated.

use crate::Exit;
use crate::failure::Failure;

/// What is assumed where the system doesn't say.
const ASSUMED: u64 = 8 << 30;

/// Bytes that a process may hope to get: what the system calls available, or the limit of its
/// control group where that is lower.
pub(crate) fn available() -> u64 {
    let read = |path| std::fs::read_to_string(path).ok();
    let system = read("/proc/meminfo").and_then(|text| meminfo_available(&text));
    let group = read("/sys/fs/cgroup/memory.max")
        .or_else(|| read("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
        .and_then(|text| text.trim().parse().ok());
    system.into_iter().chain(group).min().unwrap_or(ASSUMED)
}

/// Refuses what takes more than is available.
pub(crate) fn check(what: &str, bytes: u64, hint: &str) -> Result<(), Failure> {
    let available = available();
    if bytes <= available {
        return Ok(());
    }
    let (needed, there) = (human(bytes), human(available));
    let message = format!("{what} needs about {needed} of memory, this machine has {there} free");
    Err(Failure::new(Exit::TooLarge, message).hint(hint))
}

/// `MemAvailable` of Linux's `/proc/meminfo`, in bytes.
fn meminfo_available(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// Bytes for people: three digits and a decimal unit.
pub(crate) fn human(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let decimals = usize::from(unit > 0 && value < 99.95);
    format!("{value:.decimals$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_s_word_is_read() {
        let text = "MemTotal: 24000000 kB\nMemAvailable:   23068672 kB\n";
        assert_eq!(meminfo_available(text), Some(23_068_672 * 1024));
        assert_eq!(meminfo_available("MemTotal: 1 kB\n"), None);
        assert!(available() > 0);
    }

    #[test]
    fn bytes_are_short() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (95_440, "95.4 kB"),
            (999_600, "1.0 MB"),
            (123_456_789, "123 MB"),
            (u64::MAX, "18447 PB"),
        ] {
            assert_eq!(human(bytes), text);
        }
    }

    #[test]
    fn more_than_there_is_is_refused_with_the_estimate() {
        assert!(check("this test", 1, "").is_ok());
        let failure = check("this test", u64::MAX, "buy more").unwrap_err();
        assert_eq!(failure.exit(), Exit::TooLarge);
        assert!(failure.message().starts_with("this test needs about 18447 PB of memory"));
    }
}
