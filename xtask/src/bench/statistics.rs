//! Medians and spreads of repeated measurements.

/// Repeated measurements of one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurements(Vec<f64>);

impl Measurements {
    /// The measurements in the order they were made; `None` if there are none.
    pub fn new(values: Vec<f64>) -> Option<Self> {
        (!values.is_empty()).then_some(Self(values))
    }

    /// The middle value, or the mean of the middle two.
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        }
    }

    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    pub fn min(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub fn max(&self) -> f64 {
        self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// The median of the ratios to other measurements, made in the same rounds. What
    /// slowed both down in a round falls out.
    pub fn ratio_to(&self, other: &Self) -> f64 {
        let ratios: Vec<f64> = self.0.iter().zip(&other.0).map(|(a, b)| a / b).collect();
        Self(ratios).median()
    }
}

/// A duration with three significant digits and its unit.
pub fn seconds(value: f64) -> String {
    let (number, unit) = match value {
        v if v >= 0.9995 => (v, "s"),
        v if v >= 0.000_999_5 => (v * 1e3, "ms"),
        v if v >= 0.000_000_999_5 => (v * 1e6, "µs"),
        v => (v * 1e9, "ns"),
    };
    format!("{} {unit}", digits(number))
}

/// A number with three significant digits.
pub fn digits(number: f64) -> String {
    let places = match number.abs() {
        n if n >= 99.95 => 0,
        n if n >= 9.995 => 1,
        _ => 2,
    };
    format!("{number:.places$}")
}

#[cfg(test)]
mod tests {
    use super::{Measurements, digits, seconds};

    fn measured(values: &[f64]) -> Measurements {
        Measurements::new(values.to_vec()).unwrap()
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(digits(measured(&[3.0, 1.0, 2.0]).median()), "2.00");
        assert_eq!(digits(measured(&[4.0, 1.0, 2.0, 3.0]).median()), "2.50");
        assert_eq!(Measurements::new(Vec::new()), None);
    }

    #[test]
    fn ratios_are_taken_within_rounds() {
        let (slow, fast) = (measured(&[10.0, 20.0, 90.0]), measured(&[5.0, 10.0, 30.0]));
        assert_eq!(digits(slow.ratio_to(&fast)), "2.00");
    }

    #[test]
    fn durations_have_three_digits_and_a_unit() {
        for (value, expected) in [
            (12.345, "12.3 s"),
            (0.9999, "1.00 s"),
            (0.0421, "42.1 ms"),
            (0.000_123_4, "123 µs"),
            (25e-9, "25.0 ns"),
        ] {
            assert_eq!(seconds(value), expected);
        }
    }
}
