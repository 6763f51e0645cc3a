//! How results look: for people on a terminal, in a pipe, and for programs.

pub(crate) mod digit;
pub(crate) mod inspection;
pub(crate) mod json;
pub(crate) mod number;
pub(crate) mod progress;
pub(crate) mod records;
pub(crate) mod table;
pub(crate) mod usage;
