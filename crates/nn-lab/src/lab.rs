//! [`Lab`]: the model, the data and everything visitors do with them.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use nn_core::{Inputs, Model, Normalization, Targets};
use nn_data::{Dataset, Features};
use nn_train::{BYTE_SCALE, Evaluation, Samples, Team};

use nn_view::analysis::InputShift;

use crate::crew::Crew;
use crate::map::Maps;
use crate::reply::Refusal;
use crate::served::Served;
use crate::sessions::Sessions;
use crate::train::Job;

/// The data of a lab, in their parts.
#[derive(Debug)]
pub struct LabData {
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) train: Arc<Dataset>,
    pub(crate) validation: Option<Dataset>,
    pub(crate) test: Dataset,
}

impl LabData {
    /// Data under a name for people, and the one that models remember.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        key: impl Into<String>,
        train: Dataset,
        validation: Option<Dataset>,
        test: Dataset,
    ) -> Self {
        Self { name: name.into(), key: key.into(), train: Arc::new(train), validation, test }
    }

    /// A part by its name.
    pub(crate) fn split(&self, name: &str) -> Result<&Dataset, Refusal> {
        match name {
            "train" => Ok(&self.train),
            "test" => Ok(&self.test),
            "validation" => self.validation.as_ref().ok_or_else(|| {
                Refusal::unprocessable("split: these data have no validation samples")
            }),
            other => Err(Refusal::unprocessable(format!(
                "split: expected train, validation or test, found {other}"
            ))),
        }
    }
}

/// Why a lab can't be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// The model and the data are of different kinds.
    #[error("the model takes {expected} {what}, {data} has {found}")]
    Mismatch {
        /// Features or classes.
        what: &'static str,
        /// The data's name.
        data: String,
        /// What the model has.
        expected: usize,
        /// What the data have.
        found: usize,
    },
    /// The data are no images of bytes, and all of the lab is about images.
    #[error("the lab shows images, and {data} has none: its samples are rows of numbers")]
    NotImages {
        /// The data's name.
        data: String,
    },
    /// The model's parts don't fit each other.
    #[error(transparent)]
    Core(#[from] nn_core::Error),
    /// The system gives no threads.
    #[error(transparent)]
    Train(#[from] nn_train::TrainError),
}

/// A model, data, and what visitors do with them.
#[derive(Debug)]
pub struct Lab {
    original: Arc<Served>,
    current: RwLock<Arc<Served>>,
    pub(crate) data: Arc<LabData>,
    pub(crate) sessions: Sessions,
    pub(crate) crew: Crew,
    pub(crate) team: Team,
    pub(crate) maps: Maps,
    job: Job,
    threads: usize,
    /// The test samples as the last evaluated model takes them.
    test: Mutex<Option<(Normalization, Arc<Samples<f32>>)>>,
    /// The accuracy of the current model, by its serial number.
    accuracy: Mutex<Option<(u64, f64)>>,
    /// How training and test samples differ.
    shift: OnceLock<InputShift>,
}

impl Lab {
    /// A lab that starts with `model` and works on `threads` threads (0: one per core).
    ///
    /// # Errors
    ///
    /// [`LabError`] if model and data don't fit, or the data are no images.
    pub fn new(model: Model<f32>, data: LabData, threads: usize) -> Result<Self, LabError> {
        model.check()?;
        for (what, expected, found) in [
            ("features", model.network.num_inputs(), data.train.num_features()),
            ("features", model.network.num_inputs(), data.test.num_features()),
            ("classes", model.network.num_outputs(), data.train.num_classes()),
            ("classes", model.network.num_outputs(), data.test.num_classes()),
        ] {
            if expected != found {
                return Err(LabError::Mismatch { what, data: data.name, expected, found });
            }
        }
        let images = |dataset: &Dataset| {
            dataset.image_shape().is_some() && matches!(dataset.features(), Features::U8(_))
        };
        if !images(&data.train) || !images(&data.test) {
            return Err(LabError::NotImages { data: data.name });
        }
        let original = Arc::new(Served::new(model, 0)?);
        Ok(Self {
            current: RwLock::new(original.clone()),
            original,
            data: Arc::new(data),
            sessions: Sessions::default(),
            crew: Crew::new(),
            team: Team::new(threads)?,
            maps: Maps::default(),
            job: Job::default(),
            shift: OnceLock::new(),
            threads,
            test: Mutex::default(),
            accuracy: Mutex::default(),
        })
    }

    /// The model that answers now.
    pub(crate) fn current(&self) -> Arc<Served> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The model the lab started with.
    pub(crate) fn original(&self) -> &Arc<Served> {
        &self.original
    }

    /// Lets another model answer from now on.
    pub(crate) fn replace(&self, model: Model<f32>) -> Result<(), nn_core::Error> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(Served::new(model, current.serial + 1)?);
        Ok(())
    }

    /// The network of a session, or the current one, and how many edits it has.
    pub(crate) fn network(&self, session: Option<&str>) -> Result<(Arc<Served>, usize), Refusal> {
        let current = self.current();
        match session {
            None => Ok((current, 0)),
            Some(name) => self.sessions.network(name, &current),
        }
    }

    /// How training and test samples differ, computed once.
    pub(crate) fn input_shift(&self, compute: impl FnOnce(&LabData) -> InputShift) -> InputShift {
        *self.shift.get_or_init(|| compute(&self.data))
    }

    /// The training of this lab.
    pub(crate) fn job(&self) -> &Job {
        &self.job
    }

    /// Threads to train on, in the trainer's words.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// Rows and columns of the images.
    pub(crate) fn image_shape(&self) -> (usize, usize) {
        self.data.train.image_shape().unwrap_or((1, self.data.train.num_features()))
    }

    /// The test samples as this model takes them.
    pub(crate) fn test_samples(&self, model: &Model<f32>) -> Result<Arc<Samples<f32>>, Refusal> {
        let mut cache = self.test.lock().unwrap_or_else(PoisonError::into_inner);
        match &*cache {
            Some((normalization, samples)) if *normalization == model.normalization => {
                Ok(samples.clone())
            }
            _ => {
                let samples = Arc::new(samples(model, &self.data.test)?);
                *cache = Some((model.normalization.clone(), samples.clone()));
                Ok(samples)
            }
        }
    }

    /// How a model does on the test samples. Takes tens of milliseconds: for the crew.
    pub(crate) fn evaluate(&self, model: &Model<f32>) -> Result<Evaluation, Refusal> {
        let samples = self.test_samples(model)?;
        Ok(nn_train::evaluate(&model.network, &model.cost, &samples, &self.team)?)
    }

    /// The test accuracy of the current model, computed once. For the crew.
    pub(crate) fn accuracy(&self, current: &Served) -> Result<f64, Refusal> {
        let mut known = self.accuracy.lock().unwrap_or_else(PoisonError::into_inner);
        match *known {
            Some((serial, accuracy)) if serial == current.serial => Ok(accuracy),
            _ => {
                let accuracy = self.evaluate(&current.model)?.accuracy();
                *known = Some((current.serial, accuracy));
                Ok(accuracy)
            }
        }
    }
}

/// A dataset in the form this model takes.
pub(crate) fn samples(
    model: &Model<f32>,
    dataset: &Dataset,
) -> Result<Samples<f32>, nn_core::Error> {
    match &model.normalization {
        Normalization::None => Samples::from_dataset(dataset),
        Normalization::Scale(factor) if (factor - BYTE_SCALE).abs() < f64::EPSILON => {
            Samples::from_dataset(dataset)
        }
        other => {
            let mut rows = dataset.features().to_f32().mapv(f64::from);
            if matches!(dataset.features(), Features::U8(_)) {
                rows /= BYTE_SCALE;
            }
            for mut row in rows.rows_mut() {
                let normalized = other.apply(row.view());
                row.assign(&ndarray::Array1::from(normalized));
            }
            let inputs = Inputs::from_values(rows.mapv(|x| x as f32).view())?;
            let labels = dataset.labels().iter().map(|label| label as u32).collect();
            Samples::new(inputs, Targets::one_hot(labels, dataset.num_classes())?)
        }
    }
}
