//! NumPy's array file `.npy`, versions 1 to 3: numbers of every width and byte order, and text.
//!
//! The crates that read it bring a parser of Python literals that is built by a C compiler; of these
//! literals the header has one form, which is read here.

/// An array as it was saved, its elements in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NpyArray {
    pub(super) shape: Vec<usize>,
    pub(super) data: NpyData,
}

/// The elements of an array. Narrow types are kept in the next that holds them.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum NpyData {
    U8(Vec<u8>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Words(Vec<String>),
}

/// Why bytes are not an array that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NpyError {
    /// Another kind of file.
    #[error("expected a NumPy array, found other bytes")]
    Magic,
    /// Not all of it is there.
    #[error("the array is cut short: expected {expected} bytes, found {found}")]
    Truncated {
        /// Bytes there must be.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// Something stands behind the array.
    #[error("expected {expected} bytes, found {found}")]
    Trailing {
        /// Bytes there must be.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// A header that can't be read.
    #[error("damaged header: {0}")]
    Header(&'static str),
    /// Elements that are no numbers or text.
    #[error("expected an array of numbers or text, found elements of type `{0}`")]
    Type(String),
    /// An archive that can't be read.
    #[error("damaged archive: {0}")]
    Archive(String),
    /// An archive that takes more memory than it may.
    #[error("expected at most {limit} bytes when decompressed, found more")]
    TooLarge {
        /// The most bytes that its arrays may take.
        limit: u64,
    },
    /// An archive of other arrays.
    #[error("expected {expected}, found {found}")]
    Arrays {
        /// The arrays needed.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// Arrays that don't fit each other.
    #[error("array `{name}`: expected {expected}, found shape {found:?}")]
    Shape {
        /// The array.
        name: String,
        /// What it should be.
        expected: String,
        /// Its shape.
        found: Vec<usize>,
    },
    /// A number that is none.
    #[error("array `{name}`: expected finite numbers, found {found} as element {index}")]
    NotFinite {
        /// The array.
        name: String,
        /// The element, counted from 0 in row-major order.
        index: usize,
        /// The number.
        found: String,
    },
    /// A target that isn't what it has to be.
    #[error("array `{name}`: {error}")]
    Target {
        /// The array.
        name: String,
        /// What is wrong.
        error: super::TargetError,
    },
}

/// The first bytes of every file.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Elements of a type, as a descriptor such as `<f8` names them.
struct Element {
    big_endian: bool,
    kind: u8,
    width: usize,
}

/// Reads an array. No more memory is taken than the array's bytes need.
pub(super) fn parse(bytes: &[u8]) -> Result<NpyArray, NpyError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(NpyError::Magic)?;
    let cut = |expected: usize| NpyError::Truncated {
        expected: expected as u64,
        found: bytes.len() as u64,
    };
    let (&[major, _], rest) = rest.split_first_chunk().ok_or_else(|| cut(10))?;
    let (length, rest) = if major == 1 {
        let (length, rest) = rest.split_first_chunk().ok_or_else(|| cut(10))?;
        (usize::from(u16::from_le_bytes(*length)), rest)
    } else {
        let (length, rest) = rest.split_first_chunk().ok_or_else(|| cut(12))?;
        (u32::from_le_bytes(*length) as usize, rest)
    };
    let start = bytes.len() - rest.len();
    let (header, data) =
        rest.split_at_checked(length).ok_or_else(|| cut(start.saturating_add(length)))?;
    let header = str::from_utf8(header).map_err(|_| NpyError::Header("it is no text"))?;
    let element = element(value_of(header, "descr")?)?;
    let fortran = match value_of(header, "fortran_order")? {
        text if text.starts_with("True") => true,
        text if text.starts_with("False") => false,
        _ => return Err(NpyError::Header("`fortran_order` is neither True nor False")),
    };
    let shape = shape(value_of(header, "shape")?)?;
    let count = shape
        .iter()
        .try_fold(element.width, |n, &side| n.checked_mul(side))
        .ok_or(NpyError::Header("the shape is larger than the address space"))?;
    let (expected, found) = (count as u64, data.len() as u64);
    match data.len() {
        there if there < count => return Err(NpyError::Truncated { expected, found }),
        there if there > count => return Err(NpyError::Trailing { expected, found }),
        _ => {}
    }
    let data = decode(&element, data)?;
    let data = if fortran { data.transposed(&shape) } else { data };
    Ok(NpyArray { shape, data })
}

/// What stands behind a key of the header's dictionary.
fn value_of<'h>(header: &'h str, key: &str) -> Result<&'h str, NpyError> {
    for quote in ['\'', '"'] {
        if let Some(at) = header.find(&format!("{quote}{key}{quote}")) {
            let rest = header[at + key.len() + 2..].trim_start();
            if let Some(value) = rest.strip_prefix(':') {
                return Ok(value.trim_start());
            }
        }
    }
    Err(NpyError::Header("it lacks `descr`, `fortran_order` or `shape`"))
}

/// The type of the elements, from text that starts with a quoted descriptor.
fn element(text: &str) -> Result<Element, NpyError> {
    let quote = text.chars().next().unwrap_or(' ');
    if quote != '\'' && quote != '"' {
        return Err(NpyError::Type("a record".into()));
    }
    let name = text[1..].split(quote).next().unwrap_or_default();
    let wrong = || NpyError::Type(name.chars().take(20).collect());
    let mut chars = name.chars();
    let big_endian = match chars.next() {
        Some('<' | '|' | '=') => false,
        Some('>') => true,
        _ => return Err(wrong()),
    };
    let kind = chars.next().filter(char::is_ascii).ok_or_else(wrong)? as u8;
    let number: usize = chars.as_str().parse().map_err(|_| wrong())?;
    let (fits, width) = match kind {
        b'b' => (number == 1, number),
        b'u' | b'i' => (matches!(number, 1 | 2 | 4 | 8), number),
        b'f' => (matches!(number, 4 | 8), number),
        b'U' => ((1..=1 << 16).contains(&number), number.saturating_mul(4)),
        b'S' => ((1..=1 << 16).contains(&number), number),
        _ => (false, 0),
    };
    if fits { Ok(Element { big_endian, kind, width }) } else { Err(wrong()) }
}

/// A tuple of sides, from text that starts with it.
fn shape(text: &str) -> Result<Vec<usize>, NpyError> {
    let wrong = NpyError::Header("`shape` is no tuple of numbers");
    let inside = text.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let (inside, _) = inside.ok_or(wrong.clone())?;
    let sides = inside.split(',').map(str::trim).filter(|side| !side.is_empty());
    sides.map(|side| side.trim_end_matches('L').parse().map_err(|_| wrong.clone())).collect()
}

fn decode(element: &Element, bytes: &[u8]) -> Result<NpyData, NpyError> {
    macro_rules! numbers {
        ($number:ty) => {{
            let chunks = bytes.as_chunks::<{ size_of::<$number>() }>().0.iter();
            let big = element.big_endian;
            chunks.map(move |&chunk| {
                if big { <$number>::from_be_bytes(chunk) } else { <$number>::from_le_bytes(chunk) }
            })
        }};
    }
    Ok(match (element.kind, element.width) {
        (b'b' | b'u', 1) => NpyData::U8(bytes.to_vec()),
        (b'u', 2) => NpyData::I64(numbers!(u16).map(i64::from).collect()),
        (b'u', 4) => NpyData::I64(numbers!(u32).map(i64::from).collect()),
        (b'u', _) => {
            let number =
                |n| i64::try_from(n).map_err(|_| NpyError::Type(format!("u8 with the number {n}")));
            NpyData::I64(numbers!(u64).map(number).collect::<Result<_, _>>()?)
        }
        (b'i', 1) => NpyData::I64(bytes.iter().map(|&b| i64::from(b.cast_signed())).collect()),
        (b'i', 2) => NpyData::I64(numbers!(i16).map(i64::from).collect()),
        (b'i', 4) => NpyData::I64(numbers!(i32).map(i64::from).collect()),
        (b'i', _) => NpyData::I64(numbers!(i64).collect()),
        (b'f', 4) => NpyData::F32(numbers!(f32).collect()),
        (b'f', _) => NpyData::F64(numbers!(f64).collect()),
        (b'U', width) => {
            let code = |&chunk: &[u8; 4]| {
                let code = if element.big_endian {
                    u32::from_be_bytes(chunk)
                } else {
                    u32::from_le_bytes(chunk)
                };
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            };
            let word = |word: &[u8]| {
                let word: String = word.as_chunks().0.iter().map(code).collect();
                word.trim_end_matches('\0').to_owned()
            };
            NpyData::Words(bytes.chunks_exact(width).map(word).collect())
        }
        (_, width) => {
            let word =
                |word: &[u8]| String::from_utf8_lossy(word).trim_end_matches('\0').to_owned();
            NpyData::Words(bytes.chunks_exact(width).map(word).collect())
        }
    })
}

impl NpyData {
    /// The elements in row-major order, which were in column-major order.
    fn transposed(self, shape: &[usize]) -> Self {
        fn reorder<T: Clone>(elements: Vec<T>, shape: &[usize]) -> Vec<T> {
            let mut strides = Vec::with_capacity(shape.len());
            let mut stride = 1;
            for side in shape {
                strides.push(stride);
                stride *= side;
            }
            let mut index = vec![0; shape.len()];
            let mut at = 0;
            let mut ordered = Vec::with_capacity(elements.len());
            for _ in 0..elements.len() {
                ordered.push(elements[at].clone());
                for axis in (0..shape.len()).rev() {
                    index[axis] += 1;
                    at += strides[axis];
                    if index[axis] < shape[axis] {
                        break;
                    }
                    at -= strides[axis] * shape[axis];
                    index[axis] = 0;
                }
            }
            ordered
        }
        match self {
            Self::U8(v) => Self::U8(reorder(v, shape)),
            Self::I64(v) => Self::I64(reorder(v, shape)),
            Self::F32(v) => Self::F32(reorder(v, shape)),
            Self::F64(v) => Self::F64(reorder(v, shape)),
            Self::Words(v) => Self::Words(reorder(v, shape)),
        }
    }
}

/// The bytes of an array file, version 1: the header and the little-endian elements.
pub(super) fn encode(descr: &str, shape: &[usize], data: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let sides: Vec<String> = shape.iter().map(|side| format!("{side},")).collect();
    let mut header =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}), }}", sides.join(" "));
    // The data begin at a multiple of 64 bytes.
    let padding = (MAGIC.len() + 4 + header.len() + 1).next_multiple_of(64)
        - (MAGIC.len() + 4 + header.len() + 1);
    header.extend(std::iter::repeat_n(' ', padding));
    header.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header =
            format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
        let length = (header.len() as u16).to_le_bytes();
        [MAGIC, &[1, 0], &length, header.as_bytes(), data].concat()
    }

    #[test]
    fn numbers_of_every_kind_are_read() {
        let read =
            |descr: &str, data: &[u8]| parse(&file(descr, "False", "(2,)", data)).unwrap().data;
        assert_eq!(read("'|u1'", &[1, 200]), NpyData::U8(vec![1, 200]));
        assert_eq!(read("'|b1'", &[1, 0]), NpyData::U8(vec![1, 0]));
        assert_eq!(read("'|i1'", &[1, 255]), NpyData::I64(vec![1, -1]));
        assert_eq!(read("'>i2'", &[0, 1, 255, 255]), NpyData::I64(vec![1, -1]));
        assert_eq!(read("'<u2'", &[1, 0, 255, 255]), NpyData::I64(vec![1, 65_535]));
        assert_eq!(
            read("'<i8'", &[[1_u8, 0, 0, 0, 0, 0, 0, 0]; 2].concat()),
            NpyData::I64(vec![1; 2])
        );
        let half = 0.5_f32.to_be_bytes().repeat(2);
        assert_eq!(read("'>f4'", &half), NpyData::F32(vec![0.5; 2]));
        let half = 0.5_f64.to_le_bytes().repeat(2);
        assert_eq!(read("\"<f8\"", &half), NpyData::F64(vec![0.5; 2]));
        let text = "ab\0é\0\0".chars().flat_map(|c| (c as u32).to_le_bytes()).collect::<Vec<_>>();
        assert_eq!(read("'<U3'", &text), NpyData::Words(vec!["ab".into(), "é".into()]));
        assert_eq!(read("'|S2'", b"ab\0\0"), NpyData::Words(vec!["ab".into(), String::new()]));
    }

    #[test]
    fn columns_first_become_rows_first() {
        let array = parse(&file("'|u1'", "True", "(2, 3)", &[1, 2, 3, 4, 5, 6])).unwrap();
        assert_eq!(array.data, NpyData::U8(vec![1, 3, 5, 2, 4, 6]));
        let array = parse(&file("'|u1'", "True", "(2, 1, 2)", &[1, 2, 3, 4])).unwrap();
        assert_eq!(array.data, NpyData::U8(vec![1, 3, 2, 4]));
    }

    #[test]
    fn damage_is_named() {
        let refuse = |bytes: &[u8], expected: &str| {
            let error = parse(bytes).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        refuse(b"PK\x03\x04", "found other bytes");
        refuse(&file("'<f8'", "False", "(2,)", &[0; 15]), "expected 16 bytes, found 15");
        refuse(&file("'<f8'", "False", "(2,)", &[0; 17]), "expected 16 bytes, found 17");
        refuse(&file("'|O'", "False", "(2,)", &[]), "elements of type `|O`");
        refuse(&file("'<c16'", "False", "(2,)", &[]), "elements of type `<c16`");
        refuse(&file("[('a', '<f4')]", "False", "(2,)", &[]), "a record");
        refuse(&file("'<f8'", "False", "(9223372036854775807, 3)", &[]), "address space");
        refuse(&file("'<f8'", "False", "(-1,)", &[]), "no tuple");
        refuse(&file("'<f8'", "Maybe", "(1,)", &[]), "neither True nor False");
        refuse(&[MAGIC, &[1, 0, 255, 255]].concat(), "cut short");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(data in prop::collection::vec(any::<u8>(), 0..40)) {
            let bytes = encode("|u1", &[data.len(), 1], data.iter().copied());
            let array = parse(&bytes).unwrap();
            prop_assert_eq!((array.shape, array.data), (vec![data.len(), 1], NpyData::U8(data)));
            for length in 0..bytes.len() {
                prop_assert!(parse(&bytes[..length]).is_err());
            }
        }

        #[test]
        fn no_bytes_cause_a_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..100),
            text in "\\{'descr': '.{0,6}', 'fortran_order': .{0,6}, 'shape': .{0,12}\\}",
        ) {
            let _ = parse(&bytes);
            let _ = parse(&[MAGIC, &[1, 0], &bytes].concat());
            let length = (text.len() as u16).to_le_bytes();
            let _ = parse(&[MAGIC, &[1, 0], &length, text.as_bytes(), &bytes].concat());
        }
    }
}
