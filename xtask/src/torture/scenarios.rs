//! What is trained while it is stopped, and the random moments of the stops.

use std::time::Duration;

/// A training run that is worth stopping.
#[derive(Debug)]
pub(super) struct Scenario {
    /// What is special about it.
    pub(super) name: &'static str,
    arguments: &'static str,
}

impl Scenario {
    /// The arguments of `nn-cli train`, but for data, folder and threads.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &'static str> {
        self.arguments.split_whitespace()
    }
}

/// Every optimiser, and everything else that draws random numbers or has a state of its own.
pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "gradient descent", arguments: "--hidden 30 --epochs 12 --seed 1 --keep 2" },
    Scenario {
        name: "momentum, weight decay, one-cycle schedule",
        arguments: "--hidden 30 --epochs 8 --optimizer momentum --learning-rate 0.1 --lambda 1 \
                    --set training.schedule=one-cycle",
    },
    Scenario {
        name: "Nesterov, threads that share steps",
        arguments: "--hidden 100 --epochs 8 --batch-size 64 --optimizer nesterov \
                    --learning-rate 0.1",
    },
    Scenario {
        name: "RMSprop",
        arguments: "--hidden 30 --epochs 8 --optimizer rmsprop --set training.schedule=cosine",
    },
    Scenario {
        name: "Adam, dropout",
        arguments: "--hidden 40,30 --epochs 8 --optimizer adam \
                    --set training.dropout={input=0.1,hidden=0.4}",
    },
    Scenario {
        name: "AdamW, augmentation",
        arguments: "--hidden 30 --epochs 5 --optimizer adamw --set training.augment=simard-2003",
    },
    Scenario {
        name: "momentum, dropout and augmentation",
        arguments: "--hidden 30 --epochs 5 --optimizer momentum --learning-rate 0.1 \
                    --set training.augment=ciresan-2010 --set training.dropout.hidden=0.3",
    },
];

/// A small generator of its own (SplitMix64), so that the moments depend on nothing else.
#[derive(Debug)]
pub(super) struct Dice {
    state: u64,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// How long a process is left alone, of the time that the whole run takes: anything up to
    /// that, often much less.
    pub(super) fn wait(&mut self, whole_run: Duration) -> Duration {
        let longest = whole_run / [1, 2, 4, 16][(self.next() % 4) as usize];
        Duration::from_micros(self.next() % (longest.as_micros() as u64).max(1))
    }

    pub(super) fn threads(&mut self) -> usize {
        [1, 2, 3, 4][(self.next() % 4) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_moments() {
        let waits = |seed| {
            let mut dice = Dice::new(seed);
            [(); 3].map(|()| dice.wait(Duration::from_secs(1)))
        };
        assert_eq!(waits(1), waits(1));
        assert_ne!(waits(1), waits(2));
        assert!(waits(3).iter().all(|wait| *wait < Duration::from_secs(1)));
    }

    #[test]
    fn scenarios_have_names_of_their_own() {
        let mut names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SCENARIOS.len());
    }
}
