//! `nn-cli train --dry-run`: what would be trained, and what it would take. Nothing is written.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use nn_core::{Model, Network};
use nn_train::{Batches, Control, Epoch, Observer, Samples, Team, Trainer, evaluate};

use crate::data_source::Data;
use crate::failure::Failure;
use crate::memory::human;
use crate::origins::Origin;
use crate::output::json;
use crate::output::number::{count, plural, time};
use crate::output::records::SCHEMA;
use crate::output::records::runs::Plan;
use crate::settings::TrainSettings;
use crate::streams::Streams;

/// How long training is tried before the clock starts: the trainer looks which number of threads
/// is the fastest.
const WARM_UP: Duration = Duration::from_millis(250);

/// How long training is timed, unless there is no more to train.
const PROBE: Duration = Duration::from_millis(750);

/// Prints the settings and the estimate.
pub(super) fn run(
    settings: &TrainSettings,
    data: Data,
    memory_bytes: u64,
    json: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let recipe = settings.recorded(&data);
    let (inputs, outputs) = (data.train.num_features(), data.train.num_classes());
    let network: Network<f32> = settings.recipe.build(inputs, outputs)?;
    let (layers, parameters) = (network.sizes(), network.num_parameters());
    let (name, dataset) = (data.name.clone(), data.key.clone());
    let cost = &settings.recipe.network.cost;
    let model =
        super::describe::describe(Model::new(network.clone(), cost.clone()), &recipe, &data);
    let images = settings.recipe.training.augment.is_some();
    let (train, validation, test) = super::samples(data, &model, images)?;

    let trainer = Trainer::new(network, cost, &train, &settings.recipe.training)?;
    let mut trainer = super::with_validation(trainer, validation.as_ref())?;
    streams.say("Training for a second to see how long it takes …");
    let mut probe = Probe::start();
    trainer.run(&mut probe)?;
    let (probe_samples, probe_seconds) = probe.timed();
    let team = Team::new(settings.recipe.training.threads)?;
    let clock = Instant::now();
    for held_out in validation.iter().chain([&test]) {
        evaluate(trainer.network(), cost, held_out, &team)?;
    }
    let evaluation = clock.elapsed().as_secs_f64();
    let epoch = probe_seconds * Samples::len(&train) as f64 / probe_samples as f64 + evaluation;

    let plan = Plan {
        schema: SCHEMA,
        settings: serde_json::to_value(&recipe).expect("settings are plain data"),
        sources: settings.origins.origins(&recipe),
        dataset,
        train_samples: train.len(),
        layers,
        parameters,
        memory_bytes,
        threads: trainer.team().threads(),
        seconds: epoch * recipe.training.epochs as f64,
        seconds_per_epoch: epoch,
        evaluation_seconds_per_epoch: evaluation,
        probe_samples,
        probe_seconds,
    };
    if json {
        json::line(&plan, streams);
        return Ok(());
    }
    streams.out().text(&recipe.to_toml());
    say_sources(&plan.sources, settings, streams);
    let sizes: Vec<String> = plan.layers.iter().map(ToString::to_string).collect();
    let epochs = plural(recipe.training.epochs, "epoch");
    let seconds = |seconds| time(Duration::from_secs_f64(seconds));
    streams.line(format!(
        "# {} ({} parameters) on {} samples of {}",
        sizes.join("-"),
        count(plan.parameters),
        count(plan.train_samples),
        crate::streams::one_line(&name),
    ));
    streams.line(format!("# memory  about {}", human(plan.memory_bytes)));
    streams.line(format!(
        "# time    about {} for {epochs} on {}, by {} samples timed for {:.2} s",
        seconds(plan.seconds),
        plural(plan.threads, "thread"),
        count(plan.probe_samples),
        plan.probe_seconds,
    ));
    Ok(())
}

/// Says who decided which settings: in comments, so that all of it is a recipe that
/// `train --recipe` reads.
fn say_sources(
    sources: &BTreeMap<String, Origin>,
    settings: &TrainSettings,
    streams: &mut Streams<'_>,
) {
    let name = &settings.recipe.name;
    let recipe = if name.is_empty() { "recipe".to_owned() } else { format!("recipe {name}") };
    streams.line("");
    for (origin, title) in [
        (Origin::Flag, "flags"),
        (Origin::Environment, "environment"),
        (Origin::Recipe, crate::streams::one_line(&recipe).as_str()),
    ] {
        let keys: Vec<&str> =
            sources.iter().filter(|(_, of)| **of == origin).map(|(key, _)| &**key).collect();
        if !keys.is_empty() {
            streams.line(format!("# by {title}: {}", keys.join(", ")));
        }
    }
    streams.line("# by default: all else");
}

/// Stops training once it has been timed.
struct Probe {
    begun: Instant,
    /// When the clock started, and the samples done by then.
    from: Option<(Instant, usize)>,
    /// When training was last seen, and the samples done by then.
    to: (Instant, usize),
    /// Samples of the epochs before this.
    before: usize,
    /// Samples done of this epoch.
    in_epoch: usize,
}

impl Probe {
    fn start() -> Self {
        let now = Instant::now();
        Self { begun: now, from: None, to: (now, 0), before: 0, in_epoch: 0 }
    }

    /// Samples trained on, and how long that took.
    fn timed(&self) -> (usize, f64) {
        // Training that was over before it was warm is timed from its start.
        let (from, samples) = match self.from {
            Some((from, samples)) if samples < self.to.1 => (from, samples),
            _ => (self.begun, 0),
        };
        let seconds = self.to.0.duration_since(from).as_secs_f64();
        (self.to.1 - samples, seconds.max(1e-9))
    }
}

impl Observer<f32> for Probe {
    fn on_batches(&mut self, batches: &Batches<'_, f32>) -> Control {
        let now = Instant::now();
        self.in_epoch = batches.samples_done;
        self.to = (now, self.before + self.in_epoch);
        match self.from {
            None if now - self.begun >= WARM_UP => self.from = Some(self.to),
            Some((from, _)) if now - from >= PROBE => return Control::Stop,
            _ => {}
        }
        Control::Continue
    }

    fn on_epoch(&mut self, _: &Epoch<'_, f32>) -> Control {
        self.before += self.in_epoch;
        self.in_epoch = 0;
        Control::Continue
    }
}
