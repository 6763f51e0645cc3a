//! Runs and models as they lie on disk, to be looked at: nothing is locked and nothing changed.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use nn_core::{Limits, Model};
use nn_train::run_folder::Manifest;
use nn_train::{Checkpoint, Recipe};
use nn_view::{EpochMetrics, read_metrics};

use crate::Exit;
use crate::args::parse::DataChoice;
use crate::failure::Failure;
use crate::{memory, model_store};

/// Where runs are that have only a name.
const RUNS: &str = "runs";

/// A run, or a model alone.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What it is called: the folder's or the file's name.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// The settings, if they can be read.
    pub(crate) recipe: Option<Recipe>,
    pub(crate) epochs: Vec<EpochMetrics>,
    /// The model; while training goes on, that of the last checkpoint.
    pub(crate) model: Option<Model<f32>>,
    /// Lines of the metrics that can't be read.
    pub(crate) bad_lines: usize,
}

impl Seen {
    /// Reads what is at `name`: a run's name, a run's folder, or a model file.
    pub(crate) fn read(name: &Path) -> Result<Self, Failure> {
        let named = Path::new(RUNS).join(name);
        let is_run = |path: &Path| path.join("run.toml").is_file();
        match [named.as_path(), name].into_iter().find(|path| is_run(path)) {
            Some(folder) => Self::read_run(folder),
            None if name.is_dir() => {
                let message =
                    format!("{}: expected a run, found no run.toml in it", name.display());
                Err(Failure::new(Exit::Usage, message).hint("runs are made by `train --run NAME`"))
            }
            None => {
                let model = model_store::load(name)?;
                Ok(Self {
                    name: file_name(name),
                    path: name.to_owned(),
                    recipe: Recipe::from_toml(&model.provenance.recipe).ok(),
                    epochs: Vec::new(),
                    model: Some(model),
                    bad_lines: 0,
                })
            }
        }
    }

    fn read_run(folder: &Path) -> Result<Self, Failure> {
        let manifest_path = folder.join("run.toml");
        let text = read_text(&manifest_path)?.unwrap_or_default();
        let manifest: Manifest = toml::from_str(&text).map_err(|error| {
            Failure::new(Exit::Model, format!("{}: {}", manifest_path.display(), error.message()))
        })?;
        let metrics = read_text(&folder.join("metrics.jsonl"))?.unwrap_or_default();
        let (epochs, bad_lines) = read_metrics(&metrics);
        let finished = folder.join("model.nnm");
        let model = if finished.is_file() {
            Some(model_store::load(&finished)?)
        } else {
            last_checkpoint(&folder.join("checkpoints").join("last.nnc"))?
        };
        Ok(Self {
            name: file_name(folder),
            path: folder.to_owned(),
            recipe: Some(manifest.recipe),
            epochs,
            model,
            bad_lines,
        })
    }

    /// The data it was trained on, where they can be found by name.
    pub(crate) fn data_choice(&self) -> Option<DataChoice> {
        let source = self.recipe.as_ref().and_then(|recipe| recipe.data.source.as_deref());
        let known = |name: &str| match name {
            "mnist" | "sample" => Some(DataChoice::from(name)),
            _ => None,
        };
        let remembered = self.model.as_ref().map(|model| model.provenance.dataset.as_str());
        source.map(DataChoice::from).or_else(|| remembered.and_then(known))
    }

    /// The settings one by one, and what else the model remembers.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let mut settings = Vec::new();
        let table = self.recipe.as_ref().and_then(|recipe| recipe.to_toml().parse().ok());
        if let Some(table) = table {
            flatten("", &toml::Value::Table(table), &mut settings);
        }
        if let Some(model) = &self.model {
            let p = &model.provenance;
            settings.push(("trained on".to_owned(), p.dataset.clone()));
            settings.push(("program".to_owned(), p.version.clone()));
        }
        settings.retain(|(_, value)| !value.is_empty());
        settings
    }
}

/// The model of a checkpoint, if there is one.
fn last_checkpoint(path: &Path) -> Result<Option<Model<f32>>, Failure> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Failure::of(Exit::Io, format!("cannot read {}", path.display()), &error));
        }
    };
    let checkpoint = Checkpoint::<f32>::read_from(file, &Limits::new(memory::available()))
        .map_err(|error| Failure::of(Exit::Model, path.display(), &error))?;
    Ok(Some(checkpoint.model))
}

/// A file's text; bytes that are no UTF-8 are replaced. `None` if there is no file.
fn read_text(path: &Path) -> Result<Option<String>, Failure> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::of(Exit::Io, format!("cannot read {}", path.display()), &error)),
    }
}

fn file_name(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute.file_name().unwrap_or(absolute.as_os_str()).to_string_lossy().into_owned()
}

/// Every value of a TOML table by its name; a table's own `name` stands for the table.
fn flatten(key: &str, value: &toml::Value, into: &mut Vec<(String, String)>) {
    match value {
        toml::Value::Table(table) => {
            for (name, value) in table {
                // `expected` is what was measured elsewhere, no setting.
                if key.is_empty() && name == "expected" {
                    continue;
                }
                let inner = match (key, name.as_str()) {
                    ("" | "data" | "network" | "training", name) => name.to_owned(),
                    (key, "name") => key.to_owned(),
                    (key, name) => format!("{key}.{name}"),
                };
                flatten(&inner, value, into);
            }
        }
        toml::Value::String(text) => into.push((key.to_owned(), text.clone())),
        toml::Value::Array(items) => {
            let items: Vec<String> = items.iter().map(ToString::to_string).collect();
            into.push((key.to_owned(), items.join(", ")));
        }
        other => into.push((key.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_flat_and_named_as_the_flags_are() {
        let recipe = Recipe::from_toml(
            "name = \"mine\"\n[network]\nhidden = [30, 20]\n[training]\n\
             optimizer = { name = \"adam\", beta1 = 0.8 }\nlearning_rate = 0.5",
        );
        let seen = Seen {
            name: String::new(),
            path: PathBuf::new(),
            recipe: Some(recipe.unwrap()),
            epochs: Vec::new(),
            model: None,
            bad_lines: 0,
        };
        let settings = seen.settings();
        let value =
            |name: &str| settings.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        assert_eq!(value("name"), Some("mine"));
        assert_eq!(value("hidden"), Some("30, 20"));
        assert_eq!(value("optimizer"), Some("adam"));
        assert_eq!(value("optimizer.beta1"), Some("0.8"));
        assert_eq!(value("learning_rate"), Some("0.5"));
    }
}
