//! Models that answer together: loaded, checked against each other, their outputs averaged.

use std::path::{Path, PathBuf};

use ndarray::Array1;
use nn_core::targets::argmax;
use nn_core::{Activation, Cost, Model, Predictor, Task};
use nn_data::Dataset;
use nn_train::{ConfusionMatrix, Evaluation, Samples, Team};

use crate::Exit;
use crate::args::parse::DataChoice;
use crate::failure::Failure;
use crate::model_store;

/// Samples predicted at a time.
const BLOCK: usize = 128;

/// One model or several.
#[derive(Debug)]
pub(crate) struct Committee {
    members: Vec<(PathBuf, Model<f32>)>,
}

impl Committee {
    /// Loads the models and checks that they fit each other.
    pub(crate) fn load<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> Result<Self, Failure> {
        let load = |path: &PathBuf| model_store::load(path).map(|model| (path.clone(), model));
        let members: Vec<_> = paths.into_iter().map(load).collect::<Result<_, _>>()?;
        let committee = Self { members };
        let first = committee.first();
        for (path, model) in &committee.members[1..] {
            let same = |what: &str, expected: String, found: String| {
                if expected == found {
                    return Ok(());
                }
                let message = format!(
                    "{}: expected {what} {expected} as {} has, found {found}",
                    path.display(),
                    committee.path().display()
                );
                Err(Failure::new(Exit::Data, message))
            };
            let kind = |model: &Model<f32>| {
                (model.network.num_inputs().to_string(), model.network.num_outputs().to_string())
            };
            same("inputs:", kind(first).0, kind(model).0)?;
            same("outputs:", kind(first).1, kind(model).1)?;
            same("the task", format!("{:?}", first.task), format!("{:?}", model.task))?;
            same("the columns", column_names(first), column_names(model))?;
            same("the cost", first.cost.to_string(), model.cost.to_string())?;
            same(
                "classes",
                format!("{:?}", first.class_names),
                format!("{:?}", model.class_names),
            )?;
        }
        Ok(committee)
    }

    /// The first model, whose cost and names stand for all.
    pub(crate) fn first(&self) -> &Model<f32> {
        &self.members[0].1
    }

    /// The first model's file.
    pub(crate) fn path(&self) -> &Path {
        &self.members[0].0
    }

    pub(crate) fn members(&self) -> impl ExactSizeIterator<Item = (&Path, &Model<f32>)> {
        self.members.iter().map(|(path, model)| (path.as_path(), model))
    }

    /// The name of a class; its number where the model has no names.
    pub(crate) fn class_name(&self, class: usize) -> String {
        self.first().class_names.get(class).map_or_else(|| class.to_string(), Clone::clone)
    }

    /// The data the first model was trained on, unless it was a user's own.
    pub(crate) fn data_choice(&self) -> Option<DataChoice> {
        let model = self.first();
        // A user's own file may have such a name, but not such a shape.
        let is_ours = model.columns.is_empty() && model.image_shape.is_some();
        DataChoice::named(&model.provenance.dataset).filter(|_| is_ours)
    }

    /// Refuses models that predict numbers, for what is about classes.
    pub(crate) fn check_classes(&self, command: &str) -> Result<(), Failure> {
        if self.first().task == Task::Classification {
            return Ok(());
        }
        let message = format!(
            "{}: expected a model that tells classes apart for `{command}`, found one that predicts \
             numbers",
            self.path().display()
        );
        Err(Failure::new(Exit::Data, message)
            .hint("`evaluate`, `report` and `explain` are for numbers, too"))
    }

    /// Refuses data of other features or classes than the models know.
    pub(crate) fn check_data(&self, dataset: &Dataset, name: &str) -> Result<(), Failure> {
        let network = &self.first().network;
        for (what, expected, found) in [
            ("features", network.num_inputs(), dataset.num_features()),
            ("classes", network.num_outputs(), dataset.num_classes()),
        ] {
            if expected != found {
                let model = self.path().display();
                let message = format!("{model} takes {expected} {what}, {name} has {found}");
                return Err(Failure::new(Exit::Data, message).hint("name other data with --data"));
            }
        }
        let predicts_numbers = matches!(self.first().task, Task::Regression(_));
        if predicts_numbers != dataset.values().is_some() {
            let kind = |numbers| if numbers { "numbers" } else { "classes" };
            let message = format!(
                "{} predicts {}, {name} has {}",
                self.path().display(),
                kind(predicts_numbers),
                kind(!predicts_numbers)
            );
            return Err(Failure::new(Exit::Data, message).hint("say what they are with --task"));
        }
        Ok(())
    }

    /// The averaged outputs (n_L) of one sample of raw features (n₁).
    pub(crate) fn predict(&self, raw: &[f64]) -> Result<Vec<f64>, Failure> {
        let mut mean = vec![0.0; self.first().network.num_outputs()];
        for (_, model) in &self.members {
            let normalized = model.normalization.apply(Array1::from(raw.to_vec()).view());
            let features: Vec<f32> = normalized.iter().map(|&x| x as f32).collect();
            let mut predictor = Predictor::new(&model.network);
            for (mean, &output) in mean.iter_mut().zip(predictor.predict(&features)?) {
                *mean += f64::from(output) / self.members.len() as f64;
            }
        }
        Ok(mean)
    }

    /// Mean cost and confusion matrix on a dataset that fits.
    pub(crate) fn evaluate(&self, dataset: &Dataset, team: &Team) -> Result<Evaluation, Failure> {
        if let [(_, model)] = &self.members[..] {
            let samples = Samples::for_model(model, dataset)?;
            return Ok(nn_train::evaluate(&model.network, &model.cost, &samples, team)?);
        }
        let inputs: Vec<Samples<f32>> = self
            .members
            .iter()
            .map(|(_, model)| Samples::for_model(model, dataset))
            .collect::<Result<_, _>>()?;
        let outputs = self.first().network.num_outputs();
        let mut predictors: Vec<_> =
            self.members.iter().map(|(_, model)| Predictor::new(&model.network)).collect();
        let mut confusion = ConfusionMatrix::new(outputs);
        let mut pairs = Vec::new();
        let (mut cost, mut y) = (0.0, vec![0.0_f32; outputs]);
        for start in (0..dataset.len()).step_by(BLOCK) {
            let range = start..dataset.len().min(start + BLOCK);
            let mut mean = ndarray::Array2::<f32>::zeros((range.len(), outputs));
            for (predictor, samples) in predictors.iter_mut().zip(&inputs) {
                mean += &predictor.outputs(samples.inputs(), range.clone())?;
            }
            mean /= self.members.len() as f32;
            for (sample, a) in range.zip(mean.rows()) {
                inputs[0].targets().copy_row(sample, &mut y);
                let z = a.mapv(|a| weighted_input(&self.first().cost, a));
                cost += self.first().cost.value(z.view(), a, y.as_slice().into());
                let a = a.as_slice().expect("rows of a fresh array are contiguous");
                match inputs[0].target_scale() {
                    Some(scale) => {
                        pairs.push((scale.target(y[0].into()), scale.target(a[0].into())));
                    }
                    None => confusion.add(argmax(&y), argmax(a)),
                }
            }
        }
        let mean_cost = cost / dataset.len() as f64;
        Ok(match inputs[0].target_scale() {
            Some(_) => Evaluation::of_numbers(mean_cost, &pairs),
            None => Evaluation::new(mean_cost, confusion),
        })
    }
}

fn column_names(model: &Model<f32>) -> String {
    let names: Vec<&str> = model.columns.iter().map(|column| column.name.as_str()).collect();
    if names.is_empty() { "of no table".to_owned() } else { names.join(", ") }
}

/// A z that gives the averaged activation a, where the cost is computed from z: logit for sigmoid,
/// logarithm for softmax.
fn weighted_input(cost: &Cost, a: f32) -> f32 {
    let inside = a.clamp(f32::MIN_POSITIVE, 1.0 - f32::EPSILON / 2.0);
    match cost.natural_output() {
        _ if *cost == Cost::Quadratic => a,
        Activation::Softmax => inside.ln(),
        _ => (inside / (1.0 - inside)).ln(),
    }
}
