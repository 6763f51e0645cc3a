//! What a program of many threads relies on: data, settings and trainers can be shared and shown.

use std::fmt::Debug;

fn shared<T: Send + Sync + Debug>() {}
fn sent<T: Send + Debug>() {}
fn kept<T: Clone + PartialEq>() {}

#[test]
fn public_types_are_send_sync_and_debug() {
    shared::<nn_data::Dataset>();
    shared::<nn_data::Splits>();
    shared::<nn_data::Augmenter>();
    shared::<nn_data::DataError>();
    shared::<nn_train::Samples<f32>>();
    shared::<nn_train::Team>();
    shared::<nn_train::TrainError>();
    shared::<nn_train::RunFolder>();
    shared::<nn_train::Checkpoint<f32>>();
    sent::<nn_train::Trainer<'static, f64>>();
}

#[test]
fn settings_are_cloned_compared_and_written() {
    kept::<nn_train::TrainParams>();
    kept::<nn_train::Recipe>();
    kept::<nn_train::Optimizer>();
    kept::<nn_train::Schedule>();
    kept::<nn_data::Augmentation>();
    let params = nn_train::TrainParams { epochs: 7, ..nn_train::TrainParams::default() };
    let text = toml::to_string(&params).unwrap();
    assert_eq!(toml::from_str::<nn_train::TrainParams>(&text).unwrap(), params);
}
