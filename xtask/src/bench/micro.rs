//! The micro-benchmarks beside the machine's limits.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use super::session::{Line, Session};
use super::statistics::{digits, seconds};
use super::workplace::Workplace;
use crate::project_root::cargo;

/// Measures the machine, then every kernel; returns the report.
pub fn run(place: &Workplace, quick: bool) -> Result<String> {
    let limits = machine_limits(place)?;
    let peak = number(&limits, "gflops_one")?;
    println!("{}", limits_table(&limits)?);
    let mut bench = cargo();
    bench.args(["bench", "-p", "nn-benches", "--bench", "kernels", "--", "--noplot"]);
    if quick {
        bench.arg("--quick");
    }
    if !bench.status().context("cannot start cargo")?.success() {
        bail!("the micro-benchmarks failed");
    }
    let measured = read_criterion(&place.criterion())?;
    let table = kernels_table(&measured, peak);
    println!("{table}");
    Ok(format!(
        "## The machine's limits\n\n{}\n## Kernels, one thread\n\n{table}",
        limits_table(&limits)?
    ))
}

/// What `nn-bench-machine` measures.
fn machine_limits(place: &Workplace) -> Result<Map<String, Value>> {
    let program = Command::new(place.machine_limits()?);
    let mut session = Session::start(program, &place.results().join("logs/machine.log"))?;
    match session.next_line()? {
        Line::End(limits) => Ok(limits),
        line => bail!("expected the machine's limits, found {line:?}"),
    }
}

fn limits_table(limits: &Map<String, Value>) -> Result<String> {
    let threads = number(limits, "threads")?;
    let mut text = format!("| limit | 1 thread | {threads} threads |\n|---|--:|--:|\n");
    for (title, name, unit) in [
        ("f32 multiply-adds", "gflops", "GFLOP/s"),
        ("reading 16 KiB (L1)", "l1_read_gbs", "GB/s"),
        ("reading 512 KiB (L2)", "l2_read_gbs", "GB/s"),
        ("reading 64 MiB (memory)", "memory_read_gbs", "GB/s"),
        ("copying 64 MiB, both ways counted", "memory_copy_gbs", "GB/s"),
    ] {
        let one = number(limits, &format!("{name}_one"))?;
        let all = number(limits, &format!("{name}_all"))?;
        let _ = writeln!(text, "| {title} | {} {unit} | {} {unit} |", digits(one), digits(all));
    }
    Ok(text)
}

/// A benchmark as criterion has stored it.
#[derive(Debug, PartialEq)]
struct Kernel {
    /// Median seconds of an iteration, and the bounds of its 95 % confidence interval.
    seconds: (f64, f64, f64),
    /// Operations of an iteration.
    elements: f64,
}

/// All benchmarks in criterion's folder, by group and name.
fn read_criterion(folder: &Path) -> Result<BTreeMap<(String, String), Kernel>> {
    let mut kernels = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.ends_with("new") && path.join("benchmark.json").is_file() {
                let read = |name: &str| -> Result<Value> {
                    let path = path.join(name);
                    let text = fs::read_to_string(&path)
                        .with_context(|| format!("cannot read {}", path.display()))?;
                    Ok(serde_json::from_str(&text)?)
                };
                let (name, kernel) = kernel(&read("benchmark.json")?, &read("estimates.json")?)
                    .with_context(|| format!("{} is not criterion's", path.display()))?;
                kernels.insert(name, kernel);
            } else if path.is_dir() {
                folders.push(path);
            }
        }
    }
    Ok(kernels)
}

fn kernel(benchmark: &Value, estimates: &Value) -> Option<((String, String), Kernel)> {
    let group = benchmark["group_id"].as_str()?.to_owned();
    let name = benchmark["full_id"].as_str()?.trim_start_matches(&group);
    let name = name.trim_start_matches('/').to_owned();
    let median = &estimates["median"];
    let bounds = &median["confidence_interval"];
    let at = |value: &Value| Some(value.as_f64()? / 1e9);
    let seconds =
        (at(&median["point_estimate"])?, at(&bounds["lower_bound"])?, at(&bounds["upper_bound"])?);
    let elements = benchmark["throughput"]["Elements"].as_f64()?;
    Some(((group, name), Kernel { seconds, elements }))
}

/// A line for each benchmark, with its share of the peak where it counts multiply-adds.
fn kernels_table(kernels: &BTreeMap<(String, String), Kernel>, peak: f64) -> String {
    let mut text = String::from(
        "| kernel | median | 95 % interval | GFLOP/s | of the FMA peak |\n|---|--:|--:|--:|--:|\n",
    );
    for ((group, name), kernel) in kernels {
        let (median, low, high) = kernel.seconds;
        let rate = kernel.elements / median / 1e9;
        let rates = if group == "activation" {
            format!("{} G neurons/s | –", digits(rate))
        } else {
            format!("{} | {:.0} %", digits(rate), rate / peak * 100.0)
        };
        let _ = writeln!(
            text,
            "| {group}: {name} | {} | {}–{} | {rates} |",
            seconds(median),
            seconds(low),
            seconds(high)
        );
    }
    text
}

fn number(limits: &Map<String, Value>, name: &str) -> Result<f64> {
    let value = limits.get(name).and_then(Value::as_f64);
    value.with_context(|| format!("{name} is missing in {limits:?}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{kernel, kernels_table};

    #[test]
    fn a_stored_benchmark_becomes_a_line() {
        let benchmark = json!({
            "group_id": "steps on digits",
            "full_id": "steps on digits/784-30-10/10",
            "throughput": { "Elements": 2_000_000 },
        });
        let estimates = json!({ "median": {
            "point_estimate": 100_000.0,
            "confidence_interval": { "lower_bound": 90_000.0, "upper_bound": 120_000.0 },
        }});
        let kernels = [kernel(&benchmark, &estimates).unwrap()].into();
        let table = kernels_table(&kernels, 40.0);
        let line = "| steps on digits: 784-30-10/10 | 100 µs | 90.0 µs–120 µs | 20.0 | 50 % |\n";
        assert!(table.ends_with(line), "{table}");
        assert!(kernel(&json!({}), &estimates).is_none());
    }
}
