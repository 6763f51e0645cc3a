//! placeholder
/// placeholder
#[derive(Debug)]
pub struct Engine;
/// placeholder
#[derive(Debug)]
pub struct Step {
    /// η
    pub rate: f64,
}
