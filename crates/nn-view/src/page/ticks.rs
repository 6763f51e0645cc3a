//! Round numbers along an axis.

/// Round values from at most `low` to at least `high`, about `wanted` of them.
pub(super) fn ticks(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let (low, high) = if low.is_finite() && high.is_finite() { (low, high) } else { (0.0, 1.0) };
    let (low, high) = if high > low { (low, high) } else { (low - 0.5, low + 0.5) };
    let raw = (high - low) / wanted.max(2) as f64;
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= raw * 0.999)
        .unwrap_or(10.0 * power);
    let (first, last) = ((low / step).floor(), (high / step).ceil());
    let count = (last - first).clamp(1.0, 100.0) as usize;
    (0..=count).map(|i| (first + i as f64) * step).collect()
}

/// A tick's label: as many decimals as the distance between ticks needs.
pub(super) fn label(value: f64, step: f64) -> String {
    let size = value.abs().max(step);
    if size >= 1e6 || step < 1e-5 {
        return format!("{value:.1e}").replace('-', "−");
    }
    let places = (0..=6).find(|&places| {
        let scaled = step * 10_f64.powi(places);
        (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1.0)
    });
    let text = format!("{value:.*}", places.unwrap_or(6) as usize);
    let zero = text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.');
    if zero { "0".to_owned() } else { text.replace('-', "−") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_the_range() {
        assert_eq!(ticks(0.0, 1.0, 4), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(ticks(1.0, 30.0, 6), [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0]);
        for (low, high) in [(0.0, 0.0), (f64::NAN, 1.0), (-3.2, 7.9), (1e-9, 2e-9), (5.0, 4.0)] {
            let found = ticks(low, high, 5);
            assert!(found.len() >= 2 && found.is_sorted(), "{found:?}");
        }
        assert_eq!([label(0.25, 0.25), label(0.5, 0.25), label(-2.0, 1.0)], ["0.25", "0.50", "−2"]);
        assert_eq!(label(-0.0, 0.5), "0");
    }
}
