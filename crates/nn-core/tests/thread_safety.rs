//! What a program of many threads relies on, and that everything can be shown.

#![forbid(unsafe_code)]

use std::fmt::Debug;

use nn_core::{
    Activation, Cost, Engine, Error, Gradients, Inputs, Layer, Matrix, Model, Network,
    NetworkBuilder, Normalization, PerSampleGradients, Predictor, Provenance, Targets,
};

fn shared<T: Send + Sync + Debug>() {}

#[test]
fn public_types_are_send_sync_and_debug() {
    shared::<Activation>();
    shared::<Cost>();
    shared::<Error>();
    shared::<Layer<f32>>();
    shared::<Matrix<f32>>();
    shared::<Network<f64>>();
    shared::<NetworkBuilder<f32>>();
    shared::<Model<f32>>();
    shared::<Normalization>();
    shared::<Provenance>();
    shared::<Inputs<f32>>();
    shared::<Targets<f32>>();
    shared::<Gradients<f64>>();
    shared::<PerSampleGradients<f64>>();
    shared::<Predictor<'static, f32>>();
    shared::<Engine<f32>>();
}
