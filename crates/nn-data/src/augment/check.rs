//! Checks of the settings, and the type that says they passed.

use super::settings::{Augmentation, Span};

/// Largest shift, in pixels.
const MAX_SHIFT: u32 = 64;

/// Why images can't be augmented.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AugmentationError {
    /// A setting outside its range.
    #[error("{name} must be {expected}, found {found}")]
    OutOfRange {
        /// The setting, as it is written in files.
        name: &'static str,
        /// Its range.
        expected: String,
        /// The value given.
        found: String,
    },
    /// A class whose angles are given twice.
    #[error("class_angles names class {class} twice, expected each class at most once")]
    ClassTwice {
        /// The class index.
        class: u16,
    },
    /// Angles for a class that the dataset doesn't have.
    #[error(
        "class_angles names class {class}, but {dataset} has {classes} classes, counted from 0"
    )]
    NoSuchClass {
        /// The class index.
        class: u16,
        /// The dataset's name.
        dataset: String,
        /// The number of classes.
        classes: usize,
    },
    /// A dataset whose samples aren't images.
    #[error("{dataset} can't be augmented: expected images of byte pixels, found {found}")]
    NotImages {
        /// The dataset's name.
        dataset: String,
        /// What its samples are.
        found: &'static str,
    },
    /// Images of a size that can't be augmented.
    #[error("expected images of 1×1 to 4096×4096 pixels, found {rows}×{columns}")]
    ImageSize {
        /// Rows of an image.
        rows: usize,
        /// Columns of an image.
        columns: usize,
    },
}

/// Settings that are within their ranges.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedAugmentation(Augmentation);

impl CheckedAugmentation {
    /// The settings.
    #[must_use]
    pub fn get(&self) -> &Augmentation {
        &self.0
    }
}

impl Augmentation {
    /// Checks that every setting is within its range.
    ///
    /// # Errors
    ///
    /// [`AugmentationError::OutOfRange`], naming the first setting outside its range, or
    /// [`AugmentationError::ClassTwice`].
    ///
    /// ```
    /// use nn_data::Augmentation;
    /// let error = Augmentation { rotation: 200.0, ..Augmentation::default() }.check().unwrap_err();
    /// assert_eq!(error.to_string(), "rotation must be from 0 to 180 degrees, found 200");
    /// ```
    pub fn check(&self) -> Result<CheckedAugmentation, AugmentationError> {
        if self.shift > MAX_SHIFT {
            return Err(AugmentationError::OutOfRange {
                name: "shift",
                expected: format!("from 0 to {MAX_SHIFT} pixels"),
                found: self.shift.to_string(),
            });
        }
        check_number("rotation", self.rotation, 0.0, 180.0, " degrees")?;
        check_number("shear", self.shear, 0.0, 80.0, " degrees")?;
        check_number("scale_x", self.scale_x, 0.0, 90.0, " percent")?;
        check_number("scale_y", self.scale_y, 0.0, 90.0, " percent")?;
        if let Some(elastic) = self.elastic {
            check_span("elastic.sigma", elastic.sigma, 0.01, 32.0, " pixels")?;
            check_span("elastic.alpha", elastic.alpha, 0.0, 10_000.0, "")?;
        }
        self.check_class_angles()?;
        Ok(CheckedAugmentation(self.clone()))
    }

    fn check_class_angles(&self) -> Result<(), AugmentationError> {
        let mut seen = std::collections::BTreeSet::new();
        for angles in &self.class_angles {
            if angles.classes.is_empty() {
                return Err(AugmentationError::OutOfRange {
                    name: "class_angles.classes",
                    expected: "at least one class".into(),
                    found: "none".into(),
                });
            }
            if let Some(&class) = angles.classes.iter().find(|&&class| !seen.insert(class)) {
                return Err(AugmentationError::ClassTwice { class });
            }
            let rotation = angles.rotation.unwrap_or(self.rotation);
            check_number("class_angles.rotation", rotation, 0.0, 180.0, " degrees")?;
            let shear = angles.shear.unwrap_or(self.shear);
            check_number("class_angles.shear", shear, 0.0, 80.0, " degrees")?;
        }
        Ok(())
    }
}

fn check_number(
    name: &'static str,
    value: f64,
    min: f64,
    max: f64,
    unit: &str,
) -> Result<(), AugmentationError> {
    // NaN is in no range.
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(AugmentationError::OutOfRange {
        name,
        expected: format!("from {min} to {max}{unit}"),
        found: value.to_string(),
    })
}

fn check_span(
    name: &'static str,
    span: Span,
    min: f64,
    max: f64,
    unit: &str,
) -> Result<(), AugmentationError> {
    check_number(name, span.min, min, max, unit)?;
    check_number(name, span.max, min, max, unit)?;
    if span.min <= span.max {
        return Ok(());
    }
    Err(AugmentationError::OutOfRange {
        name,
        expected: "a pair [smallest, largest]".into(),
        found: format!("[{}, {}]", span.min, span.max),
    })
}

#[cfg(test)]
mod tests {
    use super::super::settings::{ClassAngles, Elastic, PRESETS};
    use super::*;

    #[test]
    fn the_presets_pass() {
        for name in PRESETS {
            let preset = Augmentation::preset(name).unwrap();
            assert_eq!(preset.check().unwrap().get(), &preset);
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Augmentation), expected: &str) {
        let mut settings = Augmentation::default();
        change(&mut settings);
        assert_eq!(settings.check().unwrap_err().to_string(), expected);
    }

    #[track_caller]
    fn check_elastic(sigma: Span, alpha: Span, expected: &str) {
        check(|a| a.elastic = Some(Elastic { sigma, alpha }), expected);
    }

    #[test]
    fn values_outside_their_range_are_named() {
        check(|a| a.shift = 65, "shift must be from 0 to 64 pixels, found 65");
        check(|a| a.rotation = -1.0, "rotation must be from 0 to 180 degrees, found -1");
        check(|a| a.rotation = f64::NAN, "rotation must be from 0 to 180 degrees, found NaN");
        check(|a| a.shear = 90.0, "shear must be from 0 to 80 degrees, found 90");
        check(|a| a.scale_x = 100.0, "scale_x must be from 0 to 90 percent, found 100");
        check(|a| a.scale_y = f64::INFINITY, "scale_y must be from 0 to 90 percent, found inf");
        check_elastic(
            0.0.into(),
            1.0.into(),
            "elastic.sigma must be from 0.01 to 32 pixels, found 0",
        );
        check_elastic(
            4.0.into(),
            Span { min: 0.0, max: f64::NAN },
            "elastic.alpha must be from 0 to 10000, found NaN",
        );
        check_elastic(
            Span { min: 6.0, max: 5.0 },
            1.0.into(),
            "elastic.sigma must be a pair [smallest, largest], found [6, 5]",
        );
    }

    #[test]
    fn angles_of_classes_are_checked() {
        let angles = |classes: Vec<u16>, rotation| ClassAngles {
            classes,
            rotation: Some(rotation),
            shear: None,
        };
        check(
            |a| a.class_angles = vec![angles(vec![1, 7], 1.0), angles(vec![7], 1.0)],
            "class_angles names class 7 twice, expected each class at most once",
        );
        check(
            |a| a.class_angles = vec![angles(vec![1], 181.0)],
            "class_angles.rotation must be from 0 to 180 degrees, found 181",
        );
        check(
            |a| a.class_angles = vec![angles(vec![], 1.0)],
            "class_angles.classes must be at least one class, found none",
        );
    }
}
