//! `cargo xtask load`: the lab's server under load, on this machine only.
//!
//! Requests are sent at fixed times whatever became of those before (an open loop), and each is
//! timed from when it should have been sent, so that a stall is seen by all it delays. Beside them
//! slow clients send a header byte by byte, and connect anew whenever they are cut off.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nn_data::Features;

use crate::project_root::target_folder;
use crate::{nn_cli, web};

/// Different digits that are asked for.
const DIGITS: usize = 100;
/// Connections the requests are spread over.
const CONNECTIONS: u32 = 32;
/// Between two bytes of a slow client.
const SLOWNESS: Duration = Duration::from_millis(500);

/// Options of `cargo xtask load`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Requests per second
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    rate: u32,

    /// Seconds to send them for
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=300))]
    seconds: u32,

    /// Slow clients beside them
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=400))]
    slow: u32,
}

/// A request and its answer.
struct Question {
    request: Vec<u8>,
    /// The confidences the command line prints.
    confidences: Vec<f32>,
}

/// What one connection saw.
#[derive(Default)]
struct Seen {
    /// In microseconds.
    delays: Vec<u64>,
    wrong: u64,
    failed: u64,
}

/// Measures, and prints a table.
///
/// # Errors
/// When the server can't be run, or an answer was wrong or missing.
pub fn run(args: &Args) -> Result<()> {
    let program = nn_cli::build(true)?;
    let folder = target_folder().join("web");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let model = folder.join("load.nnm");
    web::train(&program, &model)?;
    let (mut server, address) = start(&program, &model)?;
    let result = measure(args, &program, &model, address, server.id());
    let _ = server.kill();
    let _ = server.wait();
    result
}

fn measure(args: &Args, program: &Path, model: &Path, address: SocketAddr, pid: u32) -> Result<()> {
    let questions = questions(program, model, address)?;
    // A second of warm-up, so that memory is compared under load with memory under load.
    send(&questions, address, args.rate, 1);
    let before = resident(pid);
    let over = AtomicBool::new(false);
    let cut_off = AtomicU64::new(0);
    let (seen, time) = std::thread::scope(|scope| {
        scope.spawn(|| dawdle(address, args.slow, &over, &cut_off));
        let start = Instant::now();
        let seen = send(&questions, address, args.rate, args.seconds);
        let time = start.elapsed();
        over.store(true, Ordering::Release);
        (seen, time)
    });
    let after = resident(pid);
    let mut delays: Vec<u64> = seen.iter().flat_map(|seen| seen.delays.iter().copied()).collect();
    delays.sort_unstable();
    let sum = |count: fn(&Seen) -> u64| seen.iter().map(count).sum::<u64>();
    let (wrong, failed) = (sum(|s| s.wrong), sum(|s| s.failed));
    let at = |share: f64| {
        let place = ((delays.len() as f64 * share) as usize).min(delays.len().saturating_sub(1));
        delays.get(place).map_or(f64::NAN, |&delay| delay as f64 / 1000.0)
    };
    println!(
        "| asked for | answered | p50 | p99 | p99.9 | worst | wrong | failed | slow clients | cut off | RSS before | after |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    println!(
        "| {}/s for {} s | {:.0}/s | {:.2} ms | {:.2} ms | {:.2} ms | {:.2} ms | {wrong} | {failed} | {} | {} | {} | {} |",
        args.rate,
        args.seconds,
        delays.len() as f64 / time.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0),
        args.slow,
        cut_off.load(Ordering::Acquire),
        megabytes(before),
        megabytes(after),
    );
    if wrong + failed > 0 {
        bail!("{wrong} answers were wrong, {failed} requests failed");
    }
    Ok(())
}

/// Starts the server on a free port.
fn start(program: &Path, model: &Path) -> Result<(Child, SocketAddr)> {
    let mut server = Command::new(program)
        .arg("serve")
        .arg(model)
        .args(["--data", "sample", "--port", "0", "--quiet"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the server")?;
    let mut line = String::new();
    if let Some(stdout) = server.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).context("cannot read the server's address")?;
    }
    let address = line.trim().trim_start_matches("http://").trim_end_matches('/').parse();
    let address = address.with_context(|| format!("no address: {line:?}"))?;
    Ok((server, address))
}

/// The first test digits, and what the command line makes of them.
fn questions(program: &Path, model: &Path, address: SocketAddr) -> Result<Vec<Question>> {
    let output = Command::new(program)
        .arg("predict")
        .arg(model)
        .args((0..DIGITS).map(|index| index.to_string()))
        .args(["--data", "sample", "--json", "--quiet"])
        .output()
        .context("cannot start nn-cli predict")?;
    let text = String::from_utf8(output.stdout).context("JSON is UTF-8")?;
    let (_, test) = nn_data::sample::load();
    let Features::U8(images) = test.features() else { bail!("the sample holds bytes") };
    let mut questions = Vec::new();
    for (line, image) in text.lines().zip(images.rows()) {
        let said: serde_json::Value = serde_json::from_str(line).context("a line of JSON")?;
        let confidences = serde_json::from_value(said["confidences"].clone())?;
        let pixels: Vec<String> = image.iter().map(ToString::to_string).collect();
        let body = format!("{{\"pixels\":[{}]}}", pixels.join(","));
        let mut request = String::new();
        let _ = write!(
            request,
            "POST /api/predict HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        questions.push(Question { request: request.into_bytes(), confidences });
    }
    if questions.len() != DIGITS {
        bail!("nn-cli predict gave {} answers, expected {DIGITS}", questions.len());
    }
    Ok(questions)
}

/// Sends requests at a rate for some seconds.
fn send(questions: &[Question], address: SocketAddr, rate: u32, seconds: u32) -> Vec<Seen> {
    let connections = CONNECTIONS.min(rate);
    let start = Instant::now() + Duration::from_millis(50);
    std::thread::scope(|scope| {
        let one = |connection: u32| {
            let numbers = (connection..rate * seconds).step_by(connections as usize);
            scope.spawn(move || {
                let mut seen = Seen::default();
                let mut stream = None;
                for number in numbers {
                    let due = start + Duration::from_secs(1) * number / rate;
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    let question = &questions[number as usize % questions.len()];
                    match ask(&mut stream, address, question) {
                        Ok(true) => {}
                        Ok(false) => seen.wrong += 1,
                        Err(_) => {
                            stream = None;
                            seen.failed += 1;
                        }
                    }
                    seen.delays.push(due.elapsed().as_micros() as u64);
                }
                seen
            })
        };
        let threads: Vec<_> = (0..connections).map(one).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
    })
}

/// One request; whether its answer is right.
fn ask(
    stream: &mut Option<BufReader<TcpStream>>,
    address: SocketAddr,
    question: &Question,
) -> Result<bool> {
    if stream.is_none() {
        let connected = TcpStream::connect(address)?;
        connected.set_nodelay(true)?;
        connected.set_read_timeout(Some(Duration::from_secs(10)))?;
        *stream = Some(BufReader::new(connected));
    }
    let reader = stream.as_mut().context("connected above")?;
    reader.get_mut().write_all(&question.request)?;
    let (mut status, mut length) = (String::new(), 0);
    reader.read_line(&mut status)?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            bail!("closed");
        }
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    if !status.contains(" 200 ") {
        bail!("{status}");
    }
    let answer: serde_json::Value = serde_json::from_slice(&body)?;
    let confidences: Vec<f32> = serde_json::from_value(answer["confidences"].clone())?;
    Ok(confidences == question.confidences)
}

/// Clients that send a byte of a header now and then.
fn dawdle(address: SocketAddr, count: u32, over: &AtomicBool, cut_off: &AtomicU64) {
    let header =
        format!("POST /api/predict HTTP/1.1\r\nhost: {address}\r\nx-slow: {}", "z".repeat(900));
    let mut clients: Vec<Option<(TcpStream, usize)>> = (0..count).map(|_| None).collect();
    while !over.load(Ordering::Acquire) {
        for client in &mut clients {
            match client {
                None => *client = TcpStream::connect(address).ok().map(|stream| (stream, 0)),
                Some((stream, sent)) => {
                    let byte = &header.as_bytes()[*sent % header.len()..][..1];
                    *sent += 1;
                    if stream.write_all(byte).is_err() {
                        cut_off.fetch_add(1, Ordering::AcqRel);
                        *client = None;
                    }
                }
            }
        }
        std::thread::sleep(SLOWNESS);
    }
}

/// Memory of a process in kilobytes, where the system tells it.
fn resident(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

fn megabytes(kilobytes: Option<u64>) -> String {
    kilobytes.map_or_else(|| "?".to_owned(), |kb| format!("{:.1} MB", kb as f64 / 1024.0))
}
