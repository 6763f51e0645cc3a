//! The parts of a trainer that follow from its parameters, and how parameters are changed in
//! the course of training.

use nn_core::{Cost, Network, Scalar, Targets};

use crate::augmented::Feeder;
use crate::pace::{Extras, Pace};
use crate::schedule::PlateauState;
use crate::{ParamError, Samples, Team, TrainError, TrainParams, Trainer};

impl<T: Scalar> Trainer<'_, T> {
    /// Changes the parameters between two runs. What is done stays as it is; from the next
    /// mini-batch on, training is as the new parameters say.
    ///
    /// | may change | |
    /// |---|---|
    /// | `learning_rate`, `lambda`, `l1`, `max_norm`, `clip`, `label_smoothing`, `dropout`, `augment`, `health_samples` | |
    /// | settings of `optimizer` | what it remembers stays; its kind can't change |
    /// | `schedule`, `warmup_epochs` | as if they had been so from the start; one that follows a metric begins anew |
    /// | `averaging` | a change begins a new average |
    /// | `early_stopping` | training that was stopped early goes on; the best epoch so far stays |
    /// | `epochs` | not below those done or begun |
    /// | `batch_size` | from the next epoch on; [`Trainer::params`] shows it from then on |
    /// | `seed`, `threads` | can't change |
    ///
    /// With the same changes at the same mini-batches training ends with the same bits. Nothing
    /// is changed if anything is refused.
    ///
    /// # Errors
    ///
    /// [`TrainError::Param`] for what is out of range or can't change, and the errors of
    /// [`Trainer::new`] that parameters are the cause of.
    pub fn set_params(&mut self, params: &TrainParams) -> Result<(), TrainError> {
        let old = self.params();
        let same = |ok: bool, name, expected: &dyn ToString, found: &dyn ToString| {
            let expected = format!("{}, as training began", expected.to_string());
            ParamError::unless(ok, name, &expected, found.to_string())
        };
        same(params.seed == old.seed, "seed", &old.seed, &params.seed)?;
        same(params.threads == old.threads, "threads", &old.threads, &params.threads)?;
        let (from, to) = (old.optimizer.name(), params.optimizer.name());
        same(from == to, "optimizer", &from, &to)?;
        let begun = self.epoch + usize::from(self.batch > 0);
        let expected = format!("at least the {begun} done or begun");
        ParamError::unless(params.epochs >= begun, "epochs", &expected, params.epochs)?;
        params.check(self.samples.len())?;

        let mut now = params.clone();
        let mut next_batch_size = None;
        if self.batch > 0 && params.batch_size != old.batch_size {
            now.batch_size = old.batch_size;
            next_batch_size = Some(params.batch_size);
        }
        let now = now.check(self.samples.len())?;
        let new = now.get();
        let steps_change = (old.batch_size, &old.dropout, old.clip, old.max_norm)
            != (new.batch_size, &new.dropout, new.clip, new.max_norm);
        let pace = if steps_change {
            Some(new_pace(&self.network, &self.cost, new, &self.team)?)
        } else {
            None
        };
        let feeder =
            if old.augment == new.augment { None } else { Some(new_feeder(self.samples, new)?) };
        let smoothed = smoothed(self.samples.targets(), new)?;

        // Nothing is refused from here on.
        if old.schedule != new.schedule {
            self.progress.plateau = PlateauState::default();
        }
        if self.params().averaging != new.averaging {
            self.progress.average = None;
        }
        if self.params().early_stopping != new.early_stopping {
            self.progress.stopped_early = false;
        }
        if let Some(pace) = pace {
            self.pace = pace;
        }
        if let Some(feeder) = feeder {
            self.feeder = feeder;
        }
        self.smoothed = smoothed;
        self.params = now;
        self.next_batch_size = next_batch_size;
        Ok(())
    }

    /// At the end of an epoch, goes over to the batch size that was set in the course of it.
    pub(crate) fn take_next_batch_size(&mut self) -> Result<(), TrainError> {
        let Some(batch_size) = self.next_batch_size.take() else { return Ok(()) };
        let params = TrainParams { batch_size, ..self.params().clone() };
        self.params = params.check(self.samples.len())?;
        self.pace = new_pace(&self.network, &self.cost, self.params(), &self.team)?;
        Ok(())
    }
}

/// The engines for these parameters.
pub(crate) fn new_pace<T: Scalar>(
    network: &Network<T>,
    cost: &Cost,
    params: &TrainParams,
    team: &Team,
) -> Result<Pace<T>, TrainError> {
    let hidden = network.layers().len() - 1;
    let extras = Extras {
        dropout: params.dropout.for_layers(hidden, params.seed)?,
        clipping: params.clip.limits(),
        max_norm: params.max_norm,
    };
    Ok(Pace::new(network, cost, params.batch_size, &extras, team)?)
}

/// What makes the augmented samples, if they are augmented.
pub(crate) fn new_feeder<T: Scalar>(
    samples: &Samples<T>,
    params: &TrainParams,
) -> Result<Option<Feeder>, TrainError> {
    let Some(augmentation) = &params.augment else { return Ok(None) };
    let images = samples.images().ok_or(TrainError::NoImages)?;
    samples.check_grey(images)?;
    Ok(Some(Feeder::new(augmentation, images, params.seed)?))
}

/// The targets under label smoothing; `None` without.
pub(crate) fn smoothed<T: Scalar>(
    targets: &Targets<T>,
    params: &TrainParams,
) -> Result<Option<Targets<T>>, TrainError> {
    let epsilon = params.label_smoothing;
    if epsilon == 0.0 {
        return Ok(None);
    }
    let Targets::Classes { labels, classes, .. } = targets else {
        let expected = "0 where targets are numbers and not classes".to_owned();
        let found = epsilon.to_string();
        return Err(ParamError { name: "label smoothing", expected, found }.into());
    };
    Ok(Some(Targets::smoothed(labels.clone(), *classes, epsilon)?))
}
