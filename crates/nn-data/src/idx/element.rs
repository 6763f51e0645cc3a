//! The six element types of IDX: their codes, widths and byte order.

/// A number that IDX can hold.
pub(super) trait Element: Copy {
    /// Bytes taken by one element in the file.
    const WIDTH: usize;

    /// Decodes exactly [`Self::WIDTH`] big-endian bytes.
    fn from_big_endian(bytes: &[u8]) -> Self;

    /// Appends the element's big-endian bytes.
    fn push_big_endian(self, out: &mut Vec<u8>);
}

macro_rules! element {
    ($($number:ty),*) => {$(
        impl Element for $number {
            const WIDTH: usize = size_of::<$number>();

            fn from_big_endian(bytes: &[u8]) -> Self {
                Self::from_be_bytes(bytes.try_into().expect("callers pass WIDTH bytes"))
            }

            fn push_big_endian(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }
        }
    )*};
}

element!(u8, i8, i16, i32, f32, f64);

/// The type byte of an IDX header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ElementType {
    U8,
    I8,
    I16,
    I32,
    F32,
    F64,
}

impl ElementType {
    pub(super) fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0x08 => Self::U8,
            0x09 => Self::I8,
            0x0b => Self::I16,
            0x0c => Self::I32,
            0x0d => Self::F32,
            0x0e => Self::F64,
            _ => return None,
        })
    }

    pub(super) fn code(self) -> u8 {
        match self {
            Self::U8 => 0x08,
            Self::I8 => 0x09,
            Self::I16 => 0x0b,
            Self::I32 => 0x0c,
            Self::F32 => 0x0d,
            Self::F64 => 0x0e,
        }
    }

    pub(super) fn width(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_types_are_inverse() {
        let known: Vec<u8> = (0..=255).filter(|&c| ElementType::from_code(c).is_some()).collect();
        assert_eq!(known, [0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e]);
        for code in known {
            assert_eq!(ElementType::from_code(code).map(ElementType::code), Some(code));
        }
    }
}
