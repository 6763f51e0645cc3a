//! The fast engine against the plain algorithm, and against itself: number of workers,
//! instruction sets, sparse and dense inputs.

#![allow(clippy::unwrap_used)] // A test that cannot set up its case has failed.

use ndarray::Array2;
use ndarray_rand::rand::Rng;
use nn_core::engine::{Report, Worker};
use nn_core::inputs::DenseRows;
use nn_core::{
    Activation, Cost, Engine, Init, Inputs, InstructionSet, MiniBatches, Network, NetworkBuilder,
    Predictor, RuleState, RuleStep, Scalar, SparseRows, Step, Targets, UpdateRule, reference, rng,
};

/// A network, data and steps to train it on.
struct Case {
    sizes: Vec<usize>,
    hidden: Activation,
    output: Activation,
    cost: Cost,
    batch: usize,
    samples: usize,
    density: f64,
    rate: f64,
}

impl Case {
    fn new(sizes: &[usize], batch: usize, samples: usize) -> Self {
        Self {
            sizes: sizes.to_vec(),
            hidden: Activation::Sigmoid,
            output: Activation::Sigmoid,
            cost: Cost::Quadratic,
            batch,
            samples,
            density: 0.3,
            rate: 0.3,
        }
    }

    fn network<T: Scalar>(&self) -> Network<T> {
        NetworkBuilder::new(&self.sizes)
            .hidden(self.hidden.clone())
            .output(self.output.clone())
            .init(Init::ScaledNormal)
            .build(5)
            .unwrap()
    }

    fn data<T: Scalar>(&self) -> (Array2<T>, Targets<T>) {
        let mut rng = rng::stream(1, "test data", 0);
        let shape = (self.samples, self.sizes[0]);
        let x = Array2::from_shape_simple_fn(shape, || {
            let lit = rng.random_bool(self.density);
            if lit { T::from_f64(rng.random_range(0.1..1.0)) } else { T::zero() }
        });
        let classes = self.sizes[self.sizes.len() - 1];
        let labels = (0..self.samples).map(|_| rng.random_range(0..classes as u32)).collect();
        (x, Targets::one_hot(labels, classes).unwrap())
    }

    fn order(&self) -> Vec<u32> {
        // A permutation that is not the identity.
        let n = self.samples as u32;
        (0..n).map(|i| n - 1 - i).collect()
    }

    fn steps(&self) -> Vec<Step> {
        let steps = self.samples.div_ceil(self.batch);
        (0..steps).map(|i| Step::new(self.rate * (1.0 + 0.3 * i as f64))).collect()
    }

    /// Trains on `workers` workers and returns the network and the report.
    fn train<T: Scalar>(
        &self,
        inputs: &Inputs<T>,
        workers: usize,
        set: Option<InstructionSet>,
    ) -> (Network<T>, Report) {
        let (_, targets) = self.data::<T>();
        let mut network = self.network::<T>();
        let mut engine = Engine::new(&network, &self.cost, self.batch, workers).unwrap();
        if let Some(set) = set {
            engine = engine.with_instruction_set(set).unwrap();
        }
        let (order, steps) = (self.order(), self.steps());
        let parts =
            engine.divide(&mut network, inputs, &targets, &order, self.batch, &steps).unwrap();
        let report = run(parts);
        (network, report)
    }

    /// Trains by [`Averaging`] on `workers` workers, in two runs, and returns the network
    /// and the rule's state.
    fn train_by_rule<T: Scalar>(
        &self,
        inputs: &Inputs<T>,
        workers: usize,
        set: Option<InstructionSet>,
    ) -> (Network<T>, RuleState<T>) {
        let (_, targets) = self.data::<T>();
        let mut network = self.network::<T>();
        let mut state = RuleState::new(&network, &Averaging);
        let mut engine = Engine::new(&network, &self.cost, self.batch, workers).unwrap();
        if let Some(set) = set {
            engine = engine.with_instruction_set(set).unwrap();
        }
        let (order, steps) = (self.order(), self.steps_of_rule());
        let half = steps.len() / 2;
        let (first, second) = order.split_at(half * self.batch);
        for (order, steps) in [(first, &steps[..half]), (second, &steps[half..])] {
            let batches = MiniBatches { order, batch_size: self.batch, steps };
            let parts = engine
                .divide_with_rule(&mut network, &Averaging, &mut state, inputs, &targets, batches)
                .unwrap();
            assert_eq!(run(parts).diverged_at, None);
        }
        (network, state)
    }

    fn steps_of_rule(&self) -> Vec<Step> {
        self.steps().into_iter().map(|step| step.with_l2(0.01).with_shrink(0.99)).collect()
    }

    /// As [`Case::train_by_rule`], by the plain algorithm.
    fn expected_by_rule(&self) -> Network<f64> {
        let (x, targets) = self.data::<f64>();
        let y = targets.to_array(0..self.samples);
        let mut network = self.network::<f64>();
        let mut state = RuleState::new(&network, &Averaging);
        let chunks = self.order();
        let steps = self.steps_of_rule();
        for (t, (chunk, step)) in chunks.chunks(self.batch).zip(steps).enumerate() {
            let gradient = |&i: &u32| {
                let (x, y) = (x.row(i as usize).to_vec(), y.row(i as usize).to_vec());
                reference::backprop(&network, &x, &y, &self.cost)
            };
            let gradients: Vec<_> = chunk.iter().map(gradient).collect();
            let m = gradients.len() as f64;
            let step_of_rule = RuleStep::new::<f64>(&Averaging, step.rate, t as u64 + 1);
            let apply = |w: &mut f64, g: f64, first: &mut f64, second: &mut f64| {
                let one = std::slice::from_mut::<f64>;
                Averaging.apply(&step_of_rule, one(w), &[g], [one(first), one(second)]);
            };
            for l in 0..network.layers().len() {
                let (rows, cols) = network.layers()[l].weights().dim();
                for j in 0..cols {
                    for k in 0..rows {
                        let w = &mut network.layers_mut()[l].weights_mut()[[k, j]];
                        let sum: f64 = gradients.iter().map(|g| g[l].weights[k][j]).sum();
                        let g = sum / m + step.l2 * *w;
                        *w *= step.shrink;
                        let (mut first, mut second) =
                            (state.weights(l, 0)[[k, j]], state.weights(l, 1)[[k, j]]);
                        apply(w, g, &mut first, &mut second);
                        state.weights_mut(l, 0)[[k, j]] = first;
                        state.weights_mut(l, 1)[[k, j]] = second;
                    }
                    let g = gradients.iter().map(|g| g[l].biases[j]).sum::<f64>() / m;
                    let (mut first, mut second) = (state.biases(l, 0)[j], state.biases(l, 1)[j]);
                    let b = &mut network.layers_mut()[l].biases_mut()[j];
                    apply(b, g, &mut first, &mut second);
                    state.biases_mut(l, 0)[j] = first;
                    state.biases_mut(l, 1)[j] = second;
                }
            }
        }
        network
    }

    fn sparse<T: Scalar>(&self) -> Inputs<T> {
        Inputs::Sparse(SparseRows::from_values(self.data::<T>().0.view()).unwrap())
    }

    fn dense<T: Scalar>(&self) -> Inputs<T> {
        Inputs::Dense(DenseRows::from_view(self.data::<T>().0.view()))
    }

    /// The weights after the same steps of the plain algorithm, and the cost of each step.
    fn expected(&self) -> (Network<f64>, Vec<f64>) {
        let (x, targets) = self.data::<f64>();
        let y = targets.to_array(0..self.samples);
        let mut network = self.network::<f64>();
        let mut costs = Vec::new();
        for (chunk, step) in self.order().chunks(self.batch).zip(self.steps()) {
            let sample = |&i: &u32| (x.row(i as usize).to_vec(), y.row(i as usize).to_vec());
            let batch: Vec<_> = chunk.iter().map(sample).collect();
            costs.push(
                batch
                    .iter()
                    .map(|(x, y)| {
                        let (zs, activations) = reference::feed_forward(&network, x);
                        let (z, a) = (zs.last().unwrap(), activations.last().unwrap());
                        self.cost.value(z.into(), a.into(), y.into())
                    })
                    .sum::<f64>(),
            );
            reference::update_mini_batch(&mut network, &batch, step.rate, &self.cost);
        }
        (network, costs)
    }
}

/// Runs the parts of a run side by side.
fn run<T: Scalar>(parts: Vec<Worker<'_, T>>) -> Report {
    std::thread::scope(|scope| {
        let threads: Vec<_> = parts.into_iter().map(|w| scope.spawn(|| w.run())).collect();
        let mut reports = threads.into_iter().map(|thread| thread.join().unwrap());
        let first = reports.next().unwrap();
        reports.for_each(drop);
        first
    })
}

/// A rule that uses all a rule is given: two states, the rate and the step's number.
#[derive(Debug)]
struct Averaging;

impl<T: Scalar> UpdateRule<T> for Averaging {
    fn num_states(&self) -> usize {
        2
    }

    fn apply(&self, step: &RuleStep, w: &mut [T], g: &[T], [first, second]: [&mut [T]; 2]) {
        let number = |x: f64| T::from_f64(x);
        let correction = number(1.0 - 0.9_f64.powi(step.number as i32));
        for (i, &g) in g.iter().enumerate() {
            first[i] = number(0.9) * first[i] + number(0.1) * g;
            second[i] = number(0.99) * second[i] + number(0.01) * g * g;
            let direction = first[i] / correction / (second[i].sqrt() + number(0.1));
            w[i] -= number(step.rate) * direction;
        }
    }
}

#[track_caller]
fn assert_close<T: Scalar>(found: &Network<T>, expected: &Network<f64>, tolerance: f64) {
    for (l, (found, expected)) in found.layers().iter().zip(expected.layers()).enumerate() {
        let weights = found.weights().mapv(Scalar::as_f64) - expected.weights();
        let biases = found.biases().mapv(Scalar::as_f64) - expected.biases();
        let worst = weights.iter().chain(&biases).fold(0.0_f64, |worst, d| worst.max(d.abs()));
        assert!(worst <= tolerance, "layer {}: off by {worst:e}", l + 2);
    }
}

fn bits(network: &Network<f32>) -> Vec<u32> {
    let layers = network.layers().iter();
    layers
        .flat_map(|layer| {
            let weights = layer.weights().iter().map(|w| w.to_bits()).collect::<Vec<_>>();
            let biases = layer.biases().iter().map(|b| b.to_bits()).collect::<Vec<_>>();
            weights.into_iter().chain(biases)
        })
        .collect()
}

fn shapes() -> Vec<Case> {
    vec![
        Case::new(&[20, 10], 4, 14),
        Case::new(&[50, 30, 10], 10, 43),
        Case::new(&[50, 100, 10], 16, 40),
        Case::new(&[33, 17, 1], 1, 5),
        Case::new(&[30, 40, 50, 60, 10], 7, 21),
        Case::new(&[100, 300, 200, 150], 32, 70),
        Case::new(&[10, 1, 1, 3], 3, 9),
        Case::new(&[12, 1000, 90], 140, 150),
    ]
}

#[test]
fn steps_are_those_of_the_plain_algorithm() {
    for case in shapes() {
        let (expected, costs) = case.expected();
        for workers in 1..4 {
            for inputs in [case.sparse(), case.dense()] {
                let (network, report) = case.train::<f64>(&inputs, workers, None);
                assert_close(&network, &expected, 1e-12);
                assert_eq!(report.costs.len(), costs.len());
                for (found, expected) in report.costs.iter().zip(&costs) {
                    assert!((found - expected).abs() < 1e-10 * expected.max(1.0));
                }
            }
        }
        for set in InstructionSet::available() {
            let (network, _) = case.train::<f32>(&case.sparse(), 2, Some(set));
            assert_close(&network, &expected, 2e-5);
        }
    }
}

#[test]
fn all_activations_and_costs_are_those_of_the_plain_algorithm() {
    for hidden in Activation::ALL {
        if hidden == Activation::Softmax {
            continue;
        }
        for cost in Cost::ALL {
            let mut outputs = vec![cost.natural_output()];
            if cost == Cost::Quadratic {
                outputs = Activation::ALL.to_vec();
            }
            for output in outputs {
                let mut case = Case::new(&[23, 37, 6], 9, 30);
                (case.hidden, case.output, case.cost) = (hidden.clone(), output, cost.clone());
                // Unbounded outputs would amplify rounding at the usual rate.
                case.rate = 0.03;
                let (expected, _) = case.expected();
                let (network, _) = case.train::<f64>(&case.sparse(), 2, None);
                assert_close(&network, &expected, 1e-12);
                for set in InstructionSet::available() {
                    let (network, _) = case.train::<f32>(&case.sparse(), 2, Some(set));
                    assert_close(&network, &expected, 3e-5);
                }
            }
        }
    }
}

#[test]
fn bits_do_not_depend_on_workers_or_on_how_inputs_are_stored() {
    for case in shapes() {
        for set in InstructionSet::available() {
            let (expected, report) = case.train::<f32>(&case.sparse(), 1, Some(set));
            for workers in [1, 2, 3, 4, 8] {
                for inputs in [case.sparse(), case.dense()] {
                    let (network, again) = case.train(&inputs, workers, Some(set));
                    let shape = (&case.sizes, workers, set);
                    assert_eq!(bits(&network), bits(&expected), "{shape:?}");
                    assert_eq!(again, report, "{shape:?}");
                }
            }
        }
    }
}

#[test]
fn steps_by_a_rule_are_those_of_the_plain_algorithm() {
    for case in shapes() {
        let expected = case.expected_by_rule();
        for workers in 1..4 {
            for inputs in [case.sparse(), case.dense()] {
                let (network, state) = case.train_by_rule::<f64>(&inputs, workers, None);
                assert_close(&network, &expected, 1e-12);
                assert_eq!(state.steps(), case.steps().len() as u64);
            }
        }
    }
}

#[test]
fn bits_by_a_rule_do_not_depend_on_workers_or_on_how_inputs_are_stored() {
    for case in shapes() {
        for set in InstructionSet::available() {
            let (expected, state) = case.train_by_rule::<f32>(&case.sparse(), 1, Some(set));
            for workers in [1, 2, 3, 4, 8] {
                for inputs in [case.sparse(), case.dense()] {
                    let (network, again) = case.train_by_rule(&inputs, workers, Some(set));
                    let shape = (&case.sizes, workers, set);
                    assert_eq!(bits(&network), bits(&expected), "{shape:?}");
                    assert_eq!(again, state, "{shape:?}");
                }
            }
        }
    }
}

#[test]
fn l2_is_shrinkage_under_plain_descent() {
    let case = Case::new(&[20, 40, 10], 5, 20);
    let (_, targets) = case.data::<f64>();
    let (inputs, order) = (case.sparse(), case.order());
    let train = |step: Step| {
        let mut network = case.network::<f64>();
        let mut engine = Engine::new(&network, &case.cost, 5, 1).unwrap();
        engine.run(&mut network, &inputs, &targets, &order, 5, &[step; 4]).unwrap();
        network
    };
    let shrunk = train(Step::new(0.5).with_shrink(1.0 - 0.5 * 0.25));
    assert_eq!(train(Step::new(0.5).with_l2(0.25)), shrunk);
    assert_ne!(train(Step::new(0.5)), shrunk);
}

#[test]
fn a_state_of_another_network_or_rule_is_refused() {
    #[derive(Debug)]
    struct Stateless;
    impl UpdateRule<f32> for Stateless {
        fn num_states(&self) -> usize {
            0
        }
        fn apply(&self, _: &RuleStep, _: &mut [f32], _: &[f32], _: [&mut [f32]; 2]) {}
    }
    let case = Case::new(&[20, 40, 10], 5, 20);
    let mut network = case.network::<f32>();
    let mut engine = Engine::new(&network, &case.cost, 5, 1).unwrap();
    let (inputs, targets) = (case.sparse(), case.data().1);
    let (order, steps) = (case.order(), case.steps());
    let batches = MiniBatches { order: &order, batch_size: 5, steps: &steps };
    let other = Case::new(&[20, 41, 10], 5, 20).network::<f32>();
    let states = [
        (RuleState::new(&network, &Averaging), true),
        (RuleState::new(&other, &Averaging), false),
        (RuleState::new(&network, &Stateless), false),
    ];
    for (mut state, fits) in states {
        let result = engine.divide_with_rule(
            &mut network,
            &Averaging,
            &mut state,
            &inputs,
            &targets,
            batches,
        );
        assert_eq!(result.is_ok(), fits);
    }
}

#[test]
fn instruction_sets_with_fused_multiply_add_agree_to_the_last_bit() {
    let fused: Vec<_> = InstructionSet::available()
        .into_iter()
        .filter(|s| *s != InstructionSet::Portable)
        .collect();
    for case in shapes() {
        let train = |set: &InstructionSet| case.train::<f32>(&case.sparse(), 2, Some(*set)).0;
        let networks: Vec<_> = fused.iter().map(train).collect();
        for pair in networks.windows(2) {
            assert_eq!(bits(&pair[0]), bits(&pair[1]), "{:?}", case.sizes);
        }
    }
}

#[test]
fn predictions_are_those_of_the_plain_forward_pass() {
    for case in shapes() {
        let (x, _) = case.data::<f32>();
        let network = case.network::<f32>();
        let expected = nn_core::forward(&network, x.view()).unwrap();
        for set in InstructionSet::available() {
            let mut predictor = Predictor::new(&network).with_instruction_set(set).unwrap();
            let mut stored = Vec::new();
            for inputs in [case.sparse(), case.dense()] {
                let outputs = predictor.outputs(&inputs, 0..case.samples).unwrap().to_owned();
                let difference = &outputs - &expected.output();
                assert!(difference.iter().all(|d| d.abs() < 1e-5));
                stored.push(outputs);
            }
            assert_eq!(stored[0], stored[1]);
            for (row, x) in stored[0].rows().into_iter().zip(x.rows()) {
                let one = predictor.predict(x.as_slice().unwrap()).unwrap();
                assert_eq!(one, row.as_slice().unwrap());
            }
        }
    }
}

#[test]
fn a_step_that_diverges_changes_nothing() {
    let case = Case::new(&[20, 40, 10], 5, 20);
    let (_, targets) = case.data::<f32>();
    for workers in [1, 2] {
        let mut network = case.network::<f32>();
        network.layers_mut()[0].weights_mut()[[3, 7]] = f32::NAN;
        let before = bits(&network);
        let mut engine = Engine::new(&network, &case.cost, 5, workers).unwrap();
        let (inputs, order, steps) = (case.dense(), case.order(), case.steps());
        let parts = engine.divide(&mut network, &inputs, &targets, &order, 5, &steps).unwrap();
        let reports: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = parts.into_iter().map(|w| scope.spawn(|| w.run())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(reports.iter().all(|report| report.diverged_at == Some(0)));
        assert_eq!(bits(&network), before);
    }
}

#[test]
fn a_worker_that_is_dropped_fails_the_others() {
    let case = Case::new(&[20, 40, 10], 5, 20);
    let (_, targets) = case.data::<f32>();
    let mut network = case.network::<f32>();
    let mut engine = Engine::new(&network, &case.cost, 5, 2).unwrap();
    let (inputs, order, steps) = (case.sparse(), case.order(), case.steps());
    let mut parts = engine.divide(&mut network, &inputs, &targets, &order, 5, &steps).unwrap();
    drop(parts.pop());
    let first = parts.pop().unwrap();
    let result = std::thread::scope(|scope| scope.spawn(|| first.run()).join());
    assert!(result.is_err());
}

#[test]
fn data_that_does_not_fit_is_refused() {
    let case = Case::new(&[20, 40, 10], 5, 20);
    let (_, targets) = case.data::<f32>();
    let mut network = case.network::<f32>();
    let mut engine = Engine::new(&network, &case.cost, 5, 1).unwrap();
    let (inputs, steps) = (case.sparse(), case.steps());
    let order: Vec<u32> = (0..20).collect();
    let mut run = |order: &[u32], batch, steps: &[Step]| {
        engine.run(&mut network, &inputs, &targets, order, batch, steps).is_err()
    };
    assert!(!run(&order, 5, &steps));
    assert!(run(&order, 6, &steps), "a batch beyond the engine's");
    assert!(run(&order, 0, &steps), "an empty batch");
    assert!(run(&order, 5, &steps[1..]), "too few steps");
    assert!(run(&[0, 1, 2, 3, 20], 5, &steps[..1]), "a sample that is not there");
    assert!(Engine::new(&case.network::<f32>(), &case.cost, 0, 1).is_err());
    assert!(Engine::new(&case.network::<f32>(), &case.cost, 1, 0).is_err());
    assert!(Engine::new(&case.network::<f32>(), &Cost::SoftmaxCrossEntropy, 1, 1).is_err());
}
