//! Settings of augmentation, and the published ones by name.

use serde::{Deserialize, Serialize};

/// How strongly images are changed. Every random amount is uniform within its limits.
///
/// | name | default | range | meaning |
/// |---|---|---|---|
/// | `shift` | 0 | 0 to 64 | whole pixels, up to that many either way in x and y |
/// | `shift_one_axis` | false | | shift along x or along y, never both: all 4 · `shift` + 1 outcomes are equally likely |
/// | `rotation` | 0 | 0 to 180 | degrees, up to that many either way around the image's middle |
/// | `shear` | 0 | 0 to 80 | degrees, up to that many either way: the angle by which upright strokes lean |
/// | `rotation_or_shear` | false | | an image is either rotated or sheared, each with probability ½, never both |
/// | `scale_x` | 0 | 0 to 90 | percent, the width is multiplied by 1 ± up to that much |
/// | `scale_y` | 0 | 0 to 90 | percent, the height, drawn independently of the width |
/// | `elastic` | none | | elastic distortion, see [`Elastic`] |
/// | `class_angles` | empty | | other angles for some classes, see [`ClassAngles`] |
///
/// The default changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// Largest shift, in pixels.
    pub shift: u32,
    /// Whether an image is shifted along one axis only.
    pub shift_one_axis: bool,
    /// Largest rotation, in degrees.
    pub rotation: f64,
    /// Largest horizontal shear, in degrees.
    pub shear: f64,
    /// Whether an image is either rotated or sheared, never both.
    pub rotation_or_shear: bool,
    /// Largest change of the width, in percent.
    pub scale_x: f64,
    /// Largest change of the height, in percent.
    pub scale_y: f64,
    /// Elastic distortion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elastic: Option<Elastic>,
    /// Other angles for some classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub class_angles: Vec<ClassAngles>,
}

/// Simard's elastic distortion: a random displacement field, smoothed and scaled as the
/// [module](super) states.
///
/// | name | default | range | meaning |
/// |---|---|---|---|
/// | `sigma` | 4 | 0.01 to 32 | σ in pixels: over what distance neighbours move together |
/// | `alpha` | 34 | 0 to 10,000 | α: how far they move, the factor on the smoothed noise |
///
/// Each is a number or a pair `[smallest, largest]`, from which every image draws its own; of a pair
/// for `sigma`, one of 16 evenly spaced values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Elastic {
    /// σ, the Gaussian's standard deviation in pixels.
    pub sigma: Span,
    /// α, the factor on the smoothed noise.
    pub alpha: Span,
}

impl Default for Elastic {
    fn default() -> Self {
        Self { sigma: 4.0.into(), alpha: 34.0.into() }
    }
}

/// The smallest and the largest value of something drawn at random.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "NumberOrPair", into = "NumberOrPair")]
pub struct Span {
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
}

impl From<f64> for Span {
    fn from(value: f64) -> Self {
        Self { min: value, max: value }
    }
}

/// How a [`Span`] is written in files.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number or a pair [smallest, largest]")]
enum NumberOrPair {
    Number(f64),
    Pair([f64; 2]),
}

impl From<NumberOrPair> for Span {
    fn from(written: NumberOrPair) -> Self {
        match written {
            NumberOrPair::Number(value) => value.into(),
            NumberOrPair::Pair([min, max]) => Self { min, max },
        }
    }
}

impl From<Span> for NumberOrPair {
    #[allow(clippy::float_cmp, reason = "a span of one value was made from one number")]
    fn from(span: Span) -> Self {
        if span.min == span.max { Self::Number(span.min) } else { Self::Pair([span.min, span.max]) }
    }
}

/// Angles that replace the general ones for some classes: a 1 that leans far looks like a 7.
///
/// | name | default | range | meaning |
/// |---|---|---|---|
/// | `classes` | | at least one | class indices |
/// | `rotation` | the general one | 0 to 180 | degrees |
/// | `shear` | the general one | 0 to 80 | degrees |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassAngles {
    /// Class indices.
    pub classes: Vec<u16>,
    /// Largest rotation of these classes, in degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<f64>,
    /// Largest shear of these classes, in degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shear: Option<f64>,
}

/// The names that [`Augmentation::preset`] knows.
pub const PRESETS: [&str; 3] = ["expand_mnist", "simard_2003", "ciresan_2010"];

impl Augmentation {
    /// The published settings of that name, one of [`PRESETS`]; `None` for any other.
    ///
    /// ```
    /// use nn_data::augment::{Augmentation, PRESETS};
    /// assert!(PRESETS.iter().all(|name| Augmentation::preset(name).is_some()));
    /// ```
    #[must_use]
    pub fn preset(name: &str) -> Option<Self> {
        match name {
            "expand_mnist" => Some(Self::expand_mnist()),
            "simard_2003" => Some(Self::simard_2003()),
            "ciresan_2010" => Some(Self::ciresan_2010()),
            _ => None,
        }
    }

    /// The variety of the book's expanded data (chapter 3): an image stays, or moves by one pixel
    /// up, down, left or right. A fifth of the images an epoch stay as they are; for all five at
    /// once see [`expand_mnist`](super::expand_mnist).
    #[must_use]
    pub fn expand_mnist() -> Self {
        Self { shift: 1, shift_one_axis: true, ..Self::default() }
    }

    /// Simard's elastic distortion of MNIST: σ = 4, α = 34.
    #[must_use]
    pub fn simard_2003() -> Self {
        Self { elastic: Some(Elastic::default()), ..Self::default() }
    }

    /// Cireşan's distortions of MNIST: elastic with σ from 5 to 6 and α from 36 to 38; width and
    /// height changed by up to 15 %; rotated or sheared by up to 15°, the digits 1 and 7 by up to 7.5°.
    #[must_use]
    pub fn ciresan_2010() -> Self {
        Self {
            rotation: 15.0,
            shear: 15.0,
            rotation_or_shear: true,
            scale_x: 15.0,
            scale_y: 15.0,
            elastic: Some(Elastic {
                sigma: Span { min: 5.0, max: 6.0 },
                alpha: Span { min: 36.0, max: 38.0 },
            }),
            class_angles: vec![ClassAngles {
                classes: vec![1, 7],
                rotation: Some(7.5),
                shear: Some(7.5),
            }],
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_being_written_and_read() {
        for name in PRESETS {
            let preset = Augmentation::preset(name).unwrap();
            let text = toml::to_string(&preset).unwrap();
            assert_eq!(toml::from_str::<Augmentation>(&text).unwrap(), preset, "{text}");
        }
        assert_eq!(toml::from_str::<Augmentation>("").unwrap(), Augmentation::default());
        assert_eq!(
            toml::from_str::<Augmentation>("[elastic]").unwrap(),
            Augmentation::preset("simard_2003").unwrap()
        );
        assert_eq!(Augmentation::preset("simard"), None);
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        let error = toml::from_str::<Augmentation>(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn what_is_no_setting_is_refused() {
        check_refused("rotate = 15.0", "unknown field `rotate`");
        check_refused("elastic = { sigma = 4.0, beta = 1.0 }", "unknown field `beta`");
        check_refused("class_angles = [{ classes = [1], scale = 1.0 }]", "unknown field `scale`");
        check_refused("elastic = { sigma = [4.0] }", "a number or a pair [smallest, largest]");
        check_refused("shift = -1", "invalid value");
    }
}
