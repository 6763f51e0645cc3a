//! The body of every fuzz target.

/// Fuzzes the reader of the format of this name.
#[macro_export]
macro_rules! fuzz_format {
    ($name:literal) => {
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
            let _ = (nn_tests::formats::Format::named($name).read)(bytes);
        });
    };
}
