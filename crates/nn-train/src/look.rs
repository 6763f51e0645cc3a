//! How many steps run before the trainer looks up: for observers, for weights that are not finite,
//! and for a wish to stop.

use std::time::Duration;

/// How long steps run between two looks of the observer, unless it says otherwise.
const EVERY: Duration = Duration::from_millis(50);

/// Fewest steps between two looks: each run of steps starts by copying weights to where the
/// workers want them.
const FEWEST: usize = 8;

/// The longest that these may take. Steps that take longer are looked at one by one, so that a
/// large network, too, can be stopped soon.
const AT_LATEST: Duration = Duration::from_millis(400);

/// Multiplications of a step above which it may take some hundred milliseconds.
const LONG_STEP: u128 = 4_000_000_000;

/// Steps until the first look of an epoch, when no time was measured.
pub(crate) fn first(parameters: usize, batch_size: usize) -> usize {
    // Forward, backward and for the gradient, each weight meets each sample.
    let work = (parameters as u128).saturating_mul(3 * batch_size as u128);
    if work > LONG_STEP { 1 } else { 2 * FEWEST }
}

/// Steps of this length until the next look, of which there may be `most`.
pub(crate) fn after(per_step: Duration, most: usize) -> usize {
    let within =
        |time: Duration| (time.as_nanos() / per_step.as_nanos().max(1)).min(most as u128) as usize;
    within(EVERY).max(FEWEST.min(within(AT_LATEST))).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_steps_are_looked_at_one_by_one() {
        let steps = |micros| after(Duration::from_micros(micros), 1000);
        assert_eq!(steps(0), 1000);
        assert_eq!(steps(100), 500);
        assert_eq!(steps(5_000), 10);
        assert_eq!(steps(10_000), FEWEST);
        assert_eq!(steps(50_000), FEWEST);
        assert_eq!(steps(200_000), 2);
        assert_eq!(steps(3_000_000), 1);
    }

    #[test]
    fn the_first_look_at_a_large_network_comes_after_one_step() {
        assert_eq!(first(23_860, 10), 16);
        assert_eq!(first(12_000_000, 1000), 1);
        assert_eq!(first(usize::MAX, usize::MAX), 1);
    }
}
