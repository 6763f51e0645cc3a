//! `cargo xtask screenshots`: the pictures of docs/seeing.md, made anew.
//!
//! Trains a small network on the embedded digits, makes every page about it, and has headless
//! Chromium take pictures of them; the dashboard is photographed in a tmux window.

mod terminal_svg;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::nn_cli;
use crate::project_root::project_root;

/// Rows and columns of the dashboard's terminal.
const TERMINAL: (usize, usize) = (34, 120);

/// What `cargo xtask screenshots` takes.
#[derive(Debug, clap::Args)]
pub struct ScreenshotsArgs {
    /// The program to photograph [default: built for release]
    #[arg(long, value_name = "FILE")]
    nn_cli: Option<PathBuf>,

    /// Where the pictures go [default: docs/images]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Runs the task.
pub fn run(args: ScreenshotsArgs) -> Result<()> {
    let root = project_root();
    let output = args.output.unwrap_or_else(|| root.join("docs/images"));
    let program = match args.nn_cli {
        Some(program) => std::path::absolute(program)?,
        None => nn_cli::build(true)?,
    };
    let folder = tempfile::tempdir()?;
    let nn = |arguments: &str| -> Result<()> {
        let status = Command::new(&program)
            .args(arguments.split(' '))
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("cannot run {}", program.display()))?;
        ensure!(status.success(), "nn-cli {arguments} failed");
        Ok(())
    };
    let common = "train --data sample --quiet --epochs 20";
    nn(&format!("{common} --run sigmoid --hidden 30 --init scaled-normal"))?;
    nn(&format!("{common} --run relu --hidden 64 --activation relu --cost softmax-cross-entropy"))?;
    nn("report sigmoid --output report.html")?;
    nn("report sigmoid relu --output compared.html")?;
    nn("explain runs/sigmoid/model.nnm --index 7 --html explain.html")?;
    nn("explain runs/sigmoid/model.nnm --index 7 --html explica.html --language es")?;
    nn("export runs/relu/model.nnm --format html --output page.html")?;
    let page = |name: &str| folder.path().join(name);
    draw_on(&page("page.html"))?;
    let shots: [(&str, &str, (u32, u32), bool); 7] = [
        ("report.html", "report-light.png", (1150, 1500), false),
        ("report.html", "report-dark.png", (1150, 1500), true),
        ("compared.html", "report-compared.png", (1150, 1700), false),
        ("explain.html", "explain-light.png", (1150, 1700), false),
        ("explica.html", "explain-dark.png", (1150, 1700), true),
        ("page.html", "page-light.png", (900, 860), false),
        ("page.html", "page-dark.png", (900, 860), true),
    ];
    for (from, to, size, dark) in shots {
        photograph(&page(from), &output.join(to), size, dark)?;
    }
    let svg = dashboard(&program, folder.path())?;
    let drawn = page("dashboard.svg");
    std::fs::write(&drawn, &svg.text)?;
    photograph(&drawn, &output.join("dashboard.png"), svg.size, false)?;
    println!("pictures in {}: look at them", output.display());
    Ok(())
}

/// Lets a page to draw on draw a three by itself.
fn draw_on(page: &Path) -> Result<()> {
    let html = std::fs::read_to_string(page)?;
    let script = format!("<script>{THREE}</script>\n</body>");
    std::fs::write(page, html.replacen("</body>", &script, 1))?;
    Ok(())
}

/// Pointer events along the arcs of a three.
const THREE: &str = "
const canvas = document.getElementById('canvas');
canvas.setPointerCapture = () => {};
const box = canvas.getBoundingClientRect();
const at = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type, { pointerId: 1, button: 0, \
bubbles: true, clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
const arc = (middle, from, to) => Array.from({ length: 25 }, (_, i) => {
  const angle = ((from + ((to - from) * i) / 24) * Math.PI) / 180;
  return [0.48 + 0.16 * Math.cos(angle), middle + 0.15 * Math.sin(angle)];
});
const points = [...arc(0.36, 200, 430), ...arc(0.65, 290, 520)];
at('pointerdown', ...points[0]);
points.slice(1).forEach(([x, y]) => at('pointermove', x, y));
at('pointerup', ...points[points.length - 1]);
";

/// A picture of a page in headless Chromium.
fn photograph(page: &Path, picture: &Path, (width, height): (u32, u32), dark: bool) -> Result<()> {
    let mut command = Command::new(chromium()?);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"])
        .arg("--force-color-profile=srgb")
        .arg(format!("--window-size={width},{height}"))
        .arg(format!("--screenshot={}", picture.display()));
    if dark {
        command.args(["--force-dark-mode", "--blink-settings=preferredColorScheme=0"]);
    }
    let status = command
        .arg(format!("file://{}", page.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("cannot run Chromium")?;
    ensure!(status.success() && picture.is_file(), "no picture of {}", page.display());
    Ok(())
}

fn chromium() -> Result<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let works = |name: &&&str| {
        let mut command = Command::new(name);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let found = names.iter().find(works).copied();
    found.context("expected Chromium, found none; Debian's package is `chromium`")
}

/// The dashboard half-way through a training, as an SVG.
fn dashboard(program: &Path, folder: &Path) -> Result<terminal_svg::Picture> {
    let (rows, columns) = TERMINAL;
    let tmux = |arguments: &[&str]| -> Result<String> {
        let output = Command::new("tmux")
            .args(["-L", "nn-screenshots", "-f", "/dev/null"])
            .args(arguments)
            .current_dir(folder)
            .env("LC_ALL", "C.UTF-8")
            .output()
            .context("cannot run tmux; Debian's package is `tmux`")?;
        if !output.status.success() {
            bail!("tmux: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let line = format!(
        "'{}' train --dashboard --data sample --hidden 100,30 --epochs 40 --init scaled-normal \
         --learning-rate 1 --run dashboard; sleep 9",
        program.display()
    );
    let (rows_text, columns_text) = (rows.to_string(), columns.to_string());
    tmux(&["new-session", "-d", "-s", "shot", "-x", &columns_text, "-y", &rows_text, &line])?;
    let mut seen = String::new();
    // Until it is past half of the epochs, or for a minute.
    for _ in 0..240 {
        std::thread::sleep(Duration::from_millis(250));
        let Ok(text) = tmux(&["capture-pane", "-e", "-p", "-t", "shot"]) else { break };
        let far = (16..40).any(|epoch| text.contains(&format!("epoch {epoch} of 40")));
        if text.contains("of 40") {
            seen = text;
        }
        if far {
            break;
        }
    }
    let _ = tmux(&["kill-server"]);
    ensure!(!seen.is_empty(), "the dashboard did not come up");
    Ok(terminal_svg::draw(&seen, rows, columns))
}
