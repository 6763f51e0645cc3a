//! The affine part of the map: shift, rotation, shear and scaling, as one matrix per image.

use super::settings::Augmentation;
use super::stream::ImageStream;

/// The largest angles of one class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Angles {
    /// Degrees.
    pub(super) rotation: f64,
    /// Degrees.
    pub(super) shear: f64,
}

/// What was drawn for one image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Drawn {
    /// Whole pixels to the right and down.
    shift: (i64, i64),
    /// Radians, counter-clockwise as one sees it.
    rotation: f64,
    /// Radians by which upright strokes lean to the right.
    shear: f64,
    /// What width and height are multiplied by.
    scale: (f64, f64),
}

impl Drawn {
    /// Draws one image's amounts. Always the same number of draws, so that the strength of one
    /// kind of change leaves the others' draws as they are.
    pub(super) fn new(settings: &Augmentation, angles: Angles, stream: &mut ImageStream) -> Self {
        let shift = draw_shift(settings.shift, settings.shift_one_axis, stream);
        let mut rotation = angles.rotation.to_radians() * stream.sign_unit();
        let mut shear = angles.shear.to_radians() * stream.sign_unit();
        let rotates = stream.below(2) == 0;
        if settings.rotation_or_shear {
            if rotates {
                shear = 0.0;
            } else {
                rotation = 0.0;
            }
        }
        let mut scale = |percent: f64| 1.0 + percent / 100.0 * stream.sign_unit();
        let scale = (scale(settings.scale_x), scale(settings.scale_y));
        Self { shift, rotation, shear, scale }
    }
}

/// A shift of up to `most` pixels; all outcomes are equally likely.
fn draw_shift(most: u32, one_axis: bool, stream: &mut ImageStream) -> (i64, i64) {
    let width = 2 * most + 1;
    let outcomes = if one_axis { 4 * most + 1 } else { width * width };
    let outcome = i64::from(stream.below(outcomes));
    let (most, width) = (i64::from(most), i64::from(width));
    if one_axis {
        // 0 is no shift; then come `most` shifts in each of the four directions.
        let distance = (outcome + 3) / 4;
        match outcome % 4 {
            0 => (distance, 0),
            1 => (-distance, 0),
            2 => (0, distance),
            _ => (0, -distance),
        }
    } else {
        (outcome % width - most, outcome / width - most)
    }
}

/// From the coordinates of an output pixel to those of the input it shows, but for the
/// displacement: q = c + S⁻¹ H⁻¹ R⁻¹ (p − t − c).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct InverseMap {
    /// The input's x is `x[0]` · column + `x[1]` · row + `x[2]`.
    pub(super) x: [f32; 3],
    /// The input's y is `y[0]` · column + `y[1]` · row + `y[2]`.
    pub(super) y: [f32; 3],
}

impl InverseMap {
    /// The map of what was drawn, for images of `rows` × `columns`.
    pub(super) fn new(drawn: Drawn, (rows, columns): (usize, usize)) -> Self {
        let (sin, cos) = drawn.rotation.sin_cos();
        let lean = drawn.shear.tan();
        let (width, height) = drawn.scale;
        // R⁻¹ with y down, then H⁻¹, which adds lean · y to x, then S⁻¹.
        let x = [(cos + lean * sin) / width, (lean * cos - sin) / width];
        let y = [sin / height, cos / height];
        // c, and t + c, which is taken off first.
        let middle = ((columns as f64 - 1.0) / 2.0, (rows as f64 - 1.0) / 2.0);
        let moved = (middle.0 + drawn.shift.0 as f64, middle.1 + drawn.shift.1 as f64);
        let offset = |m: [f64; 2], middle: f64| middle - (m[0] * moved.0 + m[1] * moved.1);
        Self {
            x: [x[0], x[1], offset(x, middle.0)].map(|value| value as f32),
            y: [y[0], y[1], offset(y, middle.1)].map(|value| value as f32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::augmenter::Key;
    use super::*;

    const NOTHING: Drawn = Drawn { shift: (0, 0), rotation: 0.0, shear: 0.0, scale: (1.0, 1.0) };

    /// Where the input is looked up for output pixel (x, y) of an image of 5 rows × 7 columns,
    /// whose middle is at (3, 2).
    #[track_caller]
    fn check(drawn: Drawn, (x, y): (f32, f32), expected: (f32, f32)) {
        let map = InverseMap::new(drawn, (5, 7));
        let found =
            (map.x[0] * x + map.x[1] * y + map.x[2], map.y[0] * x + map.y[1] * y + map.y[2]);
        let error = (found.0 - expected.0).abs().max((found.1 - expected.1).abs());
        assert!(error < 1e-5, "{found:?}, expected {expected:?}");
    }

    #[test]
    fn each_change_looks_where_it_should() {
        check(NOTHING, (6.0, 1.0), (6.0, 1.0));
        // Moved right by 2 and up by 1: what is at (6, 1) came from (4, 2).
        check(Drawn { shift: (2, -1), ..NOTHING }, (6.0, 1.0), (4.0, 2.0));
        // Turned left by 90°: what is above the middle came from its right.
        let quarter = std::f64::consts::FRAC_PI_2;
        check(Drawn { rotation: quarter, ..NOTHING }, (3.0, 0.0), (5.0, 2.0));
        // Leaning right by 45°: two rows above the middle everything moved right by 2.
        check(Drawn { shear: quarter / 2.0, ..NOTHING }, (5.0, 0.0), (3.0, 0.0));
        // Twice as wide, half as high, around the middle.
        check(Drawn { scale: (2.0, 0.5), ..NOTHING }, (5.0, 1.0), (4.0, 0.0));
    }

    #[test]
    fn changes_come_in_the_stated_order() {
        // The stroke that ends 1 above the middle is made twice as high, leans right by 45° and
        // is turned left by 90°: its end went (0, −1) → (0, −2) → (2, −2) → (−2, −2), then right by 1.
        let quarter = std::f64::consts::FRAC_PI_2;
        let all =
            Drawn { shift: (1, 0), rotation: quarter, shear: quarter / 2.0, scale: (1.0, 2.0) };
        check(all, (3.0 - 2.0 + 1.0, 2.0 - 2.0), (3.0, 1.0));
    }

    #[test]
    fn shifts_have_all_outcomes_equally_often() {
        for (one_axis, outcomes) in [(true, 9), (false, 25)] {
            let mut counts = std::collections::BTreeMap::new();
            let mut stream = ImageStream::new(3, Key { epoch: 0, sample: 0 });
            for _ in 0..400 * outcomes {
                *counts.entry(draw_shift(2, one_axis, &mut stream)).or_insert(0) += 1;
            }
            assert_eq!(counts.len(), outcomes, "{counts:?}");
            assert!(counts.values().all(|count| (300..500).contains(count)), "{counts:?}");
            assert!(counts.keys().all(|&(x, y)| x.abs() <= 2 && y.abs() <= 2));
            assert!(!one_axis || counts.keys().all(|&(x, y)| x == 0 || y == 0));
        }
        let mut stream = ImageStream::new(3, Key { epoch: 0, sample: 0 });
        assert_eq!(draw_shift(0, true, &mut stream), (0, 0));
        assert_eq!(draw_shift(0, false, &mut stream), (0, 0));
    }

    #[test]
    fn one_amount_leaves_the_others_draws_alone() {
        let draw = |settings: &Augmentation| {
            let angles = Angles { rotation: settings.rotation, shear: settings.shear };
            Drawn::new(settings, angles, &mut ImageStream::new(3, Key { epoch: 4, sample: 5 }))
        };
        let weak = Augmentation { scale_y: 10.0, ..Augmentation::default() };
        let strong = Augmentation { shift: 9, rotation: 9.0, scale_x: 9.0, ..weak.clone() };
        let (weak, strong) = (draw(&weak), draw(&strong));
        assert_eq!(weak.scale.1.to_bits(), strong.scale.1.to_bits());
        assert_ne!(weak.rotation.to_bits(), strong.rotation.to_bits());
    }

    #[test]
    fn an_image_is_rotated_or_sheared_but_not_both() {
        let settings = Augmentation { rotation_or_shear: true, ..Augmentation::default() };
        let angles = Angles { rotation: 15.0, shear: 15.0 };
        let mut rotated = 0;
        for sample in 0..1000 {
            let mut stream = ImageStream::new(3, Key { epoch: 0, sample });
            let drawn = Drawn::new(&settings, angles, &mut stream);
            assert!((drawn.rotation == 0.0) != (drawn.shear == 0.0));
            rotated += usize::from(drawn.rotation != 0.0);
        }
        assert!((400..600).contains(&rotated), "{rotated}");
    }
}
