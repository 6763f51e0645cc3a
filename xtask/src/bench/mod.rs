//! `cargo xtask bench`: measures the kernels, whole training runs, and the peers on the same
//! work. `benches/README.md` says what each number means.

mod chart;
mod contestants;
mod end_to_end;
mod machine;
mod micro;
mod rounds;
mod session;
mod shapes;
mod statistics;
mod training_table;
mod workplace;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use contestants::Contestant;
use end_to_end::EndToEnd;
use shapes::{SHAPES, Shape};
use training_table::Contest;
use workplace::Workplace;

/// The recipe of the race to 98 % of the test images.
const RECIPE: &str = "speedrun-98";

/// Measure the kernels, or whole training runs, or compare with other frameworks
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Measure whole runs: training, time to an accuracy, inference, memory, growth
    #[arg(long)]
    end_to_end: bool,

    /// Let other frameworks train the same networks in the same run
    #[arg(long)]
    peers: bool,

    /// Rounds in which everybody takes one turn
    #[arg(long, default_value_t = 5)]
    rounds: usize,

    /// A tenth of an epoch a turn: for a first look, not for the record
    #[arg(long)]
    quick: bool,

    /// Only this network, such as 784-30-10; may be given again
    #[arg(long, value_name = "SHAPE")]
    only: Vec<String>,

    /// The built-in recipe of the whole runs under `--end-to-end`
    #[arg(long, value_name = "NAME", default_value = RECIPE)]
    recipe: String,

    /// Seeds with which it is run
    #[arg(long, default_value_t = 10)]
    seeds: usize,

    /// The folder of MNIST's four files [default: mnist in the data folder]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Measures what was asked for; writes the tables and the chart to `target/bench`.
///
/// # Errors
///
/// When there is no MNIST, this project's own programs can't be built, or a result can't be
/// written. A peer that fails is not an error: the table says that it is missing, and why.
pub fn run(args: &Args) -> Result<()> {
    let shapes = chosen_shapes(&args.only)?;
    if args.rounds == 0 || args.seeds == 0 {
        bail!("--rounds and --seeds must be at least 1");
    }
    let place = Workplace::new();
    let results = place.results();
    fs::create_dir_all(&results).with_context(|| format!("cannot make {}", results.display()))?;
    if !args.end_to_end && !args.peers {
        let header = header("criterion; medians");
        let text = format!("# Kernels\n\n{header}\n{}", micro::run(&place, args.quick)?);
        return write(&results.join("kernels.md"), &text);
    }

    let data = match &args.data {
        Some(folder) => folder.clone(),
        None => nn_data::mnist_dir(None)?,
    };
    let raw = place.raw_mnist(&data)?;
    let worker = place.worker()?;
    let threads = machine::thread_counts();
    let mut contestants = contestants::ours(&worker, &threads);
    let mut onnxruntime = None;
    if args.peers {
        let python = place.python()?;
        let rust = place.rust_peers();
        contestants.extend(contestants::peers(&python, &place.scripts(), &rust, &threads));
        onnxruntime = Some((python, place.scripts().join("onnxruntime_peer.py")));
    }
    train(args, &shapes, contestants, &raw, &results)?;
    if args.end_to_end {
        let end_to_end = EndToEnd {
            worker: &worker,
            data: &data,
            raw: &raw,
            logs: results.join("logs"),
            rounds: args.rounds,
            recipe: &args.recipe,
            seeds: args.seeds,
            onnxruntime,
        };
        let header = header(&rounds_note(args.rounds));
        let text = format!("# Whole runs\n\n{header}\n{}", end_to_end.run()?);
        write(&results.join("end-to-end.md"), &text)?;
    }
    Ok(())
}

/// Lets everybody train every network.
fn train(
    args: &Args,
    shapes: &[Shape],
    contestants: Vec<Contestant>,
    data: &Path,
    results: &Path,
) -> Result<()> {
    let header = header(&rounds_note(args.rounds));
    let name = if args.peers { "peers" } else { "training" };
    let mut contests = Vec::new();
    for shape in shapes {
        eprint!("{}, batch {} ", shape.name(), shape.batch);
        let logs = results.join("logs");
        let standings =
            rounds::run(contestants.clone(), shape, data, &logs, args.rounds, args.quick);
        contests.push(Contest { shape: *shape, standings });
        // After each shape, so that a run that is broken off has left something.
        let tables: Vec<String> = contests.iter().map(Contest::markdown).collect();
        let text = format!(
            "# Seconds an epoch\n\n{header}\n{}\n{}",
            training_table::overview(&contests),
            tables.join("\n")
        );
        write(&results.join(format!("{name}.md")), &text)?;
        write(&results.join(format!("{name}.svg")), &chart::svg(&contests))?;
        println!("{}", tables[tables.len() - 1]);
    }
    println!("{}", training_table::overview(&contests));
    Ok(())
}

fn rounds_note(rounds: usize) -> String {
    format!("{rounds} rounds, everybody in turn; medians; ratios within rounds")
}

/// What every report begins with.
fn header(method: &str) -> String {
    let command: Vec<String> = std::env::args().skip(1).collect();
    format!(
        "- machine: {}\n- command: `cargo xtask {}`\n- {method}\n",
        machine::describe(),
        command.join(" "),
    )
}

fn chosen_shapes(only: &[String]) -> Result<Vec<Shape>> {
    if let Some(unknown) = only.iter().find(|name| !SHAPES.iter().any(|s| s.name() == **name)) {
        let known: Vec<String> = SHAPES.iter().map(Shape::name).collect();
        bail!("there is no network {unknown}; there are {}", known.join(", "));
    }
    let chosen = SHAPES.iter().filter(|shape| only.is_empty() || only.contains(&shape.name()));
    Ok(chosen.copied().collect())
}

fn write(path: &Path, text: &str) -> Result<()> {
    nn_data::durable::write_file(path, |out| out.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("wrote {}", path.display());
    Ok(())
}
