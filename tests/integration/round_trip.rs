//! A model that was trained, written and read answers as before; the way the README shows it.

use nn_core::targets::argmax;
use nn_core::{Cost, Limits, Model, Normalization, Predictor};
use nn_data::Features;
use nn_train::{BYTE_SCALE, TrainParams, Trainer, evaluate};

use crate::digits::{network, samples};

#[test]
fn a_model_read_back_predicts_what_evaluation_counted() {
    let (train, test) = samples();
    let params = TrainParams { epochs: 2, ..TrainParams::default() };
    let mut trainer = Trainer::new(network(&[20]), &Cost::Quadratic, &train, &params).unwrap();
    trainer.run(&mut ()).unwrap();
    let result = evaluate(trainer.network(), &Cost::Quadratic, &test, trainer.team()).unwrap();

    let mut model = Model::new(trainer.into_network(), Cost::Quadratic);
    model.normalization = Normalization::Scale(BYTE_SCALE);
    let mut file = Vec::new();
    model.write_to(&mut file).unwrap();
    let read = Model::<f32>::read_from(&file[..], &Limits::default()).unwrap();
    assert!(read == model);

    let digits = nn_data::sample::load().1;
    let Features::U8(pixels) = digits.features() else { panic!("pixels are bytes") };
    let mut predictor = Predictor::new(&read.network);
    let right = |(row, label): (ndarray::ArrayView1<'_, u8>, usize)| {
        let pixels = row.to_slice().unwrap();
        argmax(predictor.predict_bytes(pixels, BYTE_SCALE).unwrap()) == label
    };
    let right = pixels.rows().into_iter().zip(digits.labels().iter()).map(right);
    assert_eq!(right.filter(|right| *right).count() as u64, result.confusion.correct());
}
