//! placeholder
/// placeholder
#[derive(Debug)]
pub struct Predictor;
