//! placeholder
/// placeholder
#[derive(Debug)]
pub enum InstructionSet {}
/// placeholder
pub trait KernelScalar {}
impl KernelScalar for f32 {}
impl KernelScalar for f64 {}
