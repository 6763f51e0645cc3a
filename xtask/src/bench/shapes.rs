//! The networks that are timed.

/// A network and how it is trained.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub layers: &'static [usize],
    pub batch: usize,
    /// `sigmoid`: quadratic cost on sigmoid outputs, the book's. `relu`: softmax with cross-entropy.
    pub activation: &'static str,
    /// Mini-batches of a turn; `None` is an epoch.
    pub steps: Option<usize>,
    /// Mini-batches of a turn of those who take a sample at a time.
    pub slow_steps: usize,
}

/// Training images of an epoch.
pub const EPOCH: usize = 50_000;

/// The networks, small to large.
pub const SHAPES: [Shape; 6] = [
    Shape { layers: &[784, 10], batch: 10, activation: "sigmoid", steps: None, slow_steps: 500 },
    Shape {
        layers: &[784, 30, 10],
        batch: 10,
        activation: "sigmoid",
        steps: None,
        slow_steps: 500,
    },
    Shape {
        layers: &[784, 100, 10],
        batch: 10,
        activation: "sigmoid",
        steps: None,
        slow_steps: 200,
    },
    Shape { layers: &[784, 128, 10], batch: 64, activation: "relu", steps: None, slow_steps: 20 },
    Shape { layers: &[784, 800, 10], batch: 128, activation: "relu", steps: None, slow_steps: 4 },
    Shape {
        layers: &[784, 2500, 2000, 1500, 1000, 500, 10],
        batch: 128,
        activation: "relu",
        steps: Some(8),
        slow_steps: 1,
    },
];

impl Shape {
    /// The sizes as they are written: 784-30-10.
    pub fn name(&self) -> String {
        self.sizes("-")
    }

    /// The sizes with a separator.
    pub fn sizes(&self, separator: &str) -> String {
        let sizes: Vec<String> = self.layers.iter().map(ToString::to_string).collect();
        sizes.join(separator)
    }

    /// Mini-batches of a turn; 0 is an epoch. `quick` makes a tenth of an epoch a turn.
    pub fn steps_of_turn(&self, slow: bool, quick: bool) -> usize {
        let epoch = EPOCH.div_ceil(self.batch);
        let steps = if slow { Some(self.slow_steps) } else { self.steps };
        match (steps, quick) {
            (Some(steps), false) => steps,
            (Some(steps), true) => steps.min(epoch / 10),
            (None, false) => 0,
            (None, true) => epoch / 10,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SHAPES;

    #[test]
    fn a_turn_is_an_epoch_unless_that_takes_too_long() {
        let [.., wide, deep] = SHAPES;
        assert_eq!(wide.name(), "784-800-10");
        assert_eq!(wide.steps_of_turn(false, false), 0);
        assert_eq!(wide.steps_of_turn(false, true), 39);
        assert_eq!(wide.steps_of_turn(true, false), 4);
        assert_eq!(deep.steps_of_turn(false, true), 8);
    }
}
