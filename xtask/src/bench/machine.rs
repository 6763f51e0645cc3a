//! What the numbers were measured on.

use std::fs;
use std::process::Command;

/// One line about the machine and the compiler.
pub fn describe() -> String {
    let cpu = value_in("/proc/cpuinfo", "model name").unwrap_or_else(|| "CPU unknown".to_owned());
    let memory = value_in("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .map_or_else(String::new, |kib| format!(", {:.0} GiB", kib / 1024.0 / 1024.0));
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown").to_owned();
    format!(
        "{cpu}, {} cores{memory}, {} {}, {}; load average at the start {load}",
        num_threads(),
        std::env::consts::OS,
        std::env::consts::ARCH,
        rustc(),
    )
}

/// Threads that run at the same time.
pub fn num_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// 1 and all threads.
pub fn thread_counts() -> Vec<usize> {
    let mut counts = vec![1, num_threads()];
    counts.dedup();
    counts
}

fn value_in(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn rustc() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_else(|_| "rustc unknown".to_owned())
}
