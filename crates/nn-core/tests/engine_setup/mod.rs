//! Data, networks and a rule to try the engine with.

use ndarray::Array2;
use ndarray_rand::rand::Rng;
use nn_core::engine::{Report, Worker};
use nn_core::inputs::DenseRows;
use nn_core::{
    Activation, Init, Inputs, Network, NetworkBuilder, RuleStep, Scalar, SparseRows, Targets,
    UpdateRule, rng,
};

/// Samples for a network of these sizes, of whose inputs so large a share is not zero.
pub fn data<T: Scalar>(samples: usize, sizes: &[usize], density: f64) -> (Array2<T>, Targets<T>) {
    let mut rng = rng::stream(1, "test data", 0);
    let x = Array2::from_shape_simple_fn((samples, sizes[0]), || {
        let lit = rng.random_bool(density);
        if lit { T::from_f64(rng.random_range(0.1..1.0)) } else { T::zero() }
    });
    let classes = sizes[sizes.len() - 1];
    let labels = (0..samples).map(|_| rng.random_range(0..classes as u32)).collect();
    (x, Targets::one_hot(labels, classes).unwrap())
}

/// The samples in one of the two forms that the engine takes.
pub fn inputs<T: Scalar>(x: &Array2<T>, sparse: bool) -> Inputs<T> {
    if sparse {
        Inputs::Sparse(SparseRows::from_values(x.view()).unwrap())
    } else {
        Inputs::Dense(DenseRows::from_view(x.view()))
    }
}

/// A network with sigmoid outputs.
pub fn network<T: Scalar>(sizes: &[usize], hidden: &Activation) -> Network<T> {
    NetworkBuilder::new(sizes)
        .hidden(hidden.clone())
        .output(Activation::Sigmoid)
        .init(Init::ScaledNormal)
        .build(5)
        .unwrap()
}

/// Runs workers side by side, and gives the first one's report.
pub fn run(workers: Vec<Worker<'_, impl Scalar>>) -> Report {
    std::thread::scope(|scope| {
        let threads: Vec<_> = workers.into_iter().map(|w| scope.spawn(move || w.run())).collect();
        let reports: Vec<Report> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        reports.into_iter().next().unwrap()
    })
}

/// Momentum of 0.9.
#[derive(Debug)]
pub struct Momentum;

impl<T: Scalar> UpdateRule<T> for Momentum {
    fn num_states(&self) -> usize {
        1
    }

    fn apply(&self, step: &RuleStep, w: &mut [T], g: &[T], [v, _]: [&mut [T]; 2]) {
        for ((w, &g), v) in w.iter_mut().zip(g).zip(v) {
            *v = T::from_f64(0.9) * *v + g;
            *w -= T::from_f64(step.rate) * *v;
        }
    }
}
