//! `cargo xtask bench`: measures the kernels, whole training runs, and the peers on the same
//! work. `benches/README.md` says what each number means.

mod chart;
mod contestants;
mod machine;
mod rounds;
mod session;
mod shapes;
mod statistics;
mod training_table;
mod workplace;

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use shapes::{SHAPES, Shape};
use training_table::Contest;
use workplace::Workplace;

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
    let place = Workplace::new();
    let results = place.results();
    fs::create_dir_all(&results).with_context(|| format!("cannot make {}", results.display()))?;
    let folder = match &args.data {
        Some(folder) => folder.clone(),
        None => nn_data::mnist_dir(None)?,
    };
    let data = place.raw_mnist(&folder)?;
    let header = header(args.rounds);

    let threads = machine::thread_counts();
    let mut contestants = contestants::ours(&place.worker()?, &threads);
    if args.peers {
        let python = place.python()?;
        let rust = place.rust_peers();
        contestants.extend(contestants::peers(&python, &place.scripts(), &rust, &threads));
    }
    let mut contests = Vec::new();
    for shape in shapes {
        eprint!("{}, batch {} ", shape.name(), shape.batch);
        let logs = results.join("logs");
        let standings =
            rounds::run(contestants.clone(), &shape, &data, &logs, args.rounds, args.quick);
        let contest = Contest { shape, standings };
        println!("{}", contest.markdown());
        contests.push(contest);
        // After each shape, so that a run that is broken off has left something.
        let mut text = format!("# Seconds an epoch\n\n{header}\n");
        let _ = write!(text, "{}\n", training_table::overview(&contests));
        for contest in &contests {
            let _ = write!(text, "\n{}", contest.markdown());
        }
        let name = if args.peers { "peers" } else { "training" };
        write(&results.join(format!("{name}.md")), &text)?;
        write(&results.join(format!("{name}.svg")), &chart::svg(&contests))?;
    }
    println!("{}", training_table::overview(&contests));
    Ok(())
}

fn header(rounds: usize) -> String {
    let command: Vec<String> = std::env::args().skip(1).collect();
    format!(
        "- machine: {}\n- command: `cargo xtask {}`\n- {rounds} rounds, everybody in turn; medians; ratios within rounds\n",
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

fn write(path: &std::path::Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("wrote {}", path.display());
    Ok(())
}
