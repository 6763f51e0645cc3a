//! How a model does on samples, and what it has learnt: numbers to be drawn.
//!
//! [`Predictions`] are computed once; most of the rest are views of them. Everything here can be
//! serialised, for pages and programs that draw it.

mod activations;
mod calibration;
mod classes;
mod health;
mod histogram;
mod input_shift;
mod mistakes;
mod perturb;
mod predictions;
mod projection;
mod robustness;
mod threshold;
mod weight_images;

pub use activations::activations;
pub use calibration::{Calibration, CalibrationBin};
pub use classes::ClassReport;
pub use health::{LayerFigures, layer_health, training_health};
pub use histogram::Histogram;
pub use input_shift::{InputShift, input_shift};
pub use mistakes::{Answer, least_certain, worst_mistakes};
pub use perturb::Perturbation;
pub use predictions::Predictions;
pub use projection::{Projection, principal_components};
pub use robustness::{RobustnessCurve, RobustnessPoint, robustness};
pub use threshold::{ThresholdPoint, threshold_curve};
pub use weight_images::{WeightImage, weight_images};
