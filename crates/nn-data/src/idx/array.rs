//! [`IdxArray`]: a shape and as many elements as the shape says.

use super::IdxError;
use super::element::ElementType;

/// The contents of an IDX file: a shape and its elements in row-major order.
///
/// The number of elements always equals the product of the shape (1 for rank 0).
#[derive(Clone, Debug, PartialEq)]
pub struct IdxArray {
    shape: Vec<usize>,
    data: IdxData,
}

/// The elements of an [`IdxArray`], in the type that the file holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum IdxData {
    /// Unsigned bytes (type code 0x08): pixels and labels of MNIST.
    U8(Vec<u8>),
    /// Signed bytes (0x09).
    I8(Vec<i8>),
    /// 16-bit integers (0x0B).
    I16(Vec<i16>),
    /// 32-bit integers (0x0C).
    I32(Vec<i32>),
    /// Single-precision floats (0x0D).
    F32(Vec<f32>),
    /// Double-precision floats (0x0E).
    F64(Vec<f64>),
}

impl IdxArray {
    /// Pairs `data` with its `shape`, slowest dimension first.
    ///
    /// # Errors
    ///
    /// [`IdxError::ShapeMismatch`] when the product of `shape` isn't the number of elements;
    /// [`IdxError::NotRepresentable`] when the rank exceeds 255 or a dimension exceeds u32.
    pub fn new(shape: Vec<usize>, data: IdxData) -> Result<Self, IdxError> {
        if shape.len() > 255 || shape.iter().any(|&d| u32::try_from(d).is_err()) {
            return Err(IdxError::NotRepresentable { shape });
        }
        if element_count(&shape, data.element_type()) != Some(data.len()) {
            return Err(IdxError::ShapeMismatch { shape, elements: data.len() });
        }
        Ok(Self { shape, data })
    }

    /// The dimensions, slowest first: `[images, rows, columns]` for a file of images.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The elements in row-major order.
    #[must_use]
    pub fn data(&self) -> &IdxData {
        &self.data
    }

    /// The bytes that precede the elements in a file.
    pub(super) fn header(&self) -> Vec<u8> {
        // The constructor let in no rank and no dimension that these casts would cut.
        let mut header = vec![0, 0, self.data.element_type().code(), self.shape.len() as u8];
        for &dimension in &self.shape {
            header.extend_from_slice(&(dimension as u32).to_be_bytes());
        }
        header
    }

    /// Takes the array apart into shape and elements.
    #[must_use]
    pub fn into_parts(self) -> (Vec<usize>, IdxData) {
        (self.shape, self.data)
    }
}

impl IdxData {
    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::U8(v) => v.len(),
            Self::I8(v) => v.len(),
            Self::I16(v) => v.len(),
            Self::I32(v) => v.len(),
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
        }
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn element_type(&self) -> ElementType {
        match self {
            Self::U8(_) => ElementType::U8,
            Self::I8(_) => ElementType::I8,
            Self::I16(_) => ElementType::I16,
            Self::I32(_) => ElementType::I32,
            Self::F32(_) => ElementType::F32,
            Self::F64(_) => ElementType::F64,
        }
    }
}

/// The number of elements of `shape`, or `None` where their bytes can't be counted in an `isize`.
///
/// The dimensions other than zero must fit too, so that whether a shape is accepted doesn't depend
/// on where in it a zero stands (and ndarray asks the same).
pub(super) fn element_count(shape: &[usize], element: ElementType) -> Option<usize> {
    let bytes = shape
        .iter()
        .filter(|&&d| d != 0)
        .try_fold(element.width(), |product, &d| product.checked_mul(d))?;
    isize::try_from(bytes).ok()?;
    if shape.contains(&0) { Some(0) } else { Some(bytes / element.width()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_elements() {
        assert_eq!(element_count(&[], ElementType::F64), Some(1));
        assert_eq!(element_count(&[3, 28, 28], ElementType::U8), Some(2352));
        assert_eq!(element_count(&[3, 0, 28], ElementType::U8), Some(0));
    }

    #[test]
    fn overflow_is_seen_wherever_the_zero_stands() {
        let big = usize::MAX / 2;
        assert_eq!(element_count(&[big, 3], ElementType::U8), None);
        assert_eq!(element_count(&[big], ElementType::I16), None);
        assert_eq!(element_count(&[0, big, 3], ElementType::U8), None);
        assert_eq!(element_count(&[big, 3, 0], ElementType::U8), None);
    }

    #[test]
    fn shape_and_elements_must_agree() {
        let error = IdxArray::new(vec![2, 2], IdxData::U8(vec![1, 2, 3])).unwrap_err();
        assert!(matches!(error, IdxError::ShapeMismatch { elements: 3, .. }));
        assert_eq!(error.to_string(), "shape [2, 2] does not hold 3 elements");
        let error = IdxArray::new(vec![1; 256], IdxData::U8(vec![1])).unwrap_err();
        assert!(matches!(error, IdxError::NotRepresentable { .. }));
    }
}
