//! placeholder
/// placeholder
#[derive(Debug)]
pub struct Limits;
/// placeholder
#[derive(Debug)]
pub enum ModelFileError {}
