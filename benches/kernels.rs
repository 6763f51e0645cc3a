//! Micro-benchmarks of what nn-core offers, with throughputs in multiply-adds and bytes.
//!
//! Throughput is counted in floating-point operations that are really done, two for a
//! multiply-add, so criterion's "elem/s" reads as FLOP/s: a blank pixel counts nothing.
//! `cargo xtask bench` puts these beside the machine's limits.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, s};
use nn_core::inputs::DenseRows;
use nn_core::{
    Activation, Cost, Engine, Init, Inputs, Network, NetworkBuilder, Predictor, Step, Targets,
    backprop,
};
use nn_data::Features;

/// Samples of a run of steps: enough batches that the first one's set-up vanishes.
const SAMPLES: usize = 1_280;

fn network(layers: &[usize]) -> Network<f32> {
    let builder = NetworkBuilder::new(layers).init(Init::LecunNormal);
    builder.build(1).expect("the layers are not empty")
}

/// Digits of MNIST, which are 81 % blank, as bytes.
fn digits() -> Array2<u8> {
    let (train, _) = nn_data::sample::load();
    let Features::U8(bytes) = train.features() else { unreachable!("MNIST's pixels are bytes") };
    bytes.slice(s![..SAMPLES, ..]).to_owned()
}

fn labels(classes: usize) -> Targets<f32> {
    let labels = (0..SAMPLES).map(|i| (i % classes) as u32).collect();
    Targets::one_hot(labels, classes).expect("labels are below the number of classes")
}

/// Rows of numbers none of which is zero.
fn dense(rows: usize, columns: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(i, j)| ((i * 31 + j * 17) % 97) as f32 / 97.0 + 0.01)
}

/// Floating-point operations of training on all samples once. The first layer works on the
/// `entries` features that aren't zero, forward and for the update; the others have a
/// backward product too.
fn operations(layers: &[usize], entries: usize) -> u64 {
    let first = 4 * entries * layers[1];
    let others: usize = layers[1..].windows(2).map(|pair| 6 * SAMPLES * pair[0] * pair[1]).sum();
    (first + others) as u64
}

/// Training steps on one thread.
fn steps(
    c: &mut Criterion,
    group: &str,
    inputs: &Inputs<f32>,
    entries: usize,
    cases: &[(&[usize], usize)],
) {
    let mut group = c.benchmark_group(group);
    let order: Vec<u32> = (0..SAMPLES as u32).collect();
    for (layers, batch) in cases {
        let mut network = network(layers);
        let targets = labels(layers[layers.len() - 1]);
        let mut engine =
            Engine::new(&network, &Cost::Quadratic, *batch, 1).expect("the batch is not empty");
        let steps = vec![Step::new(0.01); SAMPLES.div_ceil(*batch)];
        let sizes: Vec<String> = layers.iter().map(ToString::to_string).collect();
        group.throughput(Throughput::Elements(operations(layers, entries)));
        group.bench_function(BenchmarkId::new(sizes.join("-"), batch), |b| {
            b.iter(|| {
                let report = engine.run(&mut network, inputs, &targets, &order, *batch, &steps);
                black_box(report.expect("the data fits the network"));
            });
        });
    }
    group.finish();
}

/// Digits: the sparse kernels. Networks without hidden layers are those kernels alone.
fn sparse_steps(c: &mut Criterion) {
    let digits = digits();
    let entries = digits.iter().filter(|&&pixel| pixel != 0).count();
    let inputs = Inputs::from_bytes(digits.view(), 1.0 / 255.0).expect("784 features");
    let cases: [(&[usize], usize); 9] = [
        (&[784, 10], 10),
        (&[784, 30, 10], 10),
        (&[784, 100, 10], 1),
        (&[784, 100, 10], 10),
        (&[784, 128, 10], 64),
        (&[784, 800, 10], 128),
        (&[784, 32], 10),
        (&[784, 128], 64),
        (&[784, 800], 128),
    ];
    steps(c, "steps on digits", &inputs, entries, &cases);
}

/// Inputs without zeros: the dense kernels.
fn dense_steps(c: &mut Criterion) {
    let rows = dense(SAMPLES, 784);
    let inputs = Inputs::Dense(DenseRows::from_view(rows.view()));
    let cases: [(&[usize], usize); 5] = [
        (&[784, 30, 10], 10),
        (&[784, 800], 128),
        (&[784, 800, 10], 128),
        (&[784, 1024, 1024, 10], 128),
        (&[784, 1024, 1024, 10], 1024),
    ];
    steps(c, "steps on dense rows", &inputs, rows.len(), &cases);
}

/// Matrix products of the shapes above, by other crates, on one thread.
fn matrix_products(c: &mut Criterion) {
    let mut group = c.benchmark_group("matrix product");
    for (m, k, n) in [(10, 784, 30), (128, 784, 800), (128, 1024, 1024), (1024, 1024, 1024)] {
        let (a, b, mut out) = (dense(m, k), dense(k, n), Array2::<f32>::zeros((m, n)));
        let shape = format!("{m}x{k}x{n}");
        group.throughput(Throughput::Elements((2 * m * k * n) as u64));
        group.bench_function(BenchmarkId::new("matrixmultiply", &shape), |bench| {
            bench.iter(|| general_mat_mul(1.0, black_box(&a), &b, 0.0, &mut out));
        });
        let contiguous = "a fresh array is contiguous";
        let (a, b) = (a.as_slice().expect(contiguous), b.as_slice().expect(contiguous));
        let out = out.as_slice_mut().expect(contiguous);
        group.bench_function(BenchmarkId::new("faer", &shape), |bench| {
            bench.iter(|| {
                let a = MatRef::from_row_major_slice(black_box(a), m, k);
                let b = MatRef::from_row_major_slice(b, k, n);
                let out = MatMut::from_row_major_slice_mut(out, m, n);
                matmul(out, Accum::Replace, a, b, 1.0, Par::Seq);
            });
        });
    }
    group.finish();
}

/// Forward passes of digits.
fn forward_passes(c: &mut Criterion) {
    let mut group = c.benchmark_group("forward pass");
    let digits = digits();
    let entries = digits.iter().filter(|&&pixel| pixel != 0).count();
    let inputs = Inputs::from_bytes(digits.view(), 1.0 / 255.0).expect("784 features");
    for hidden in [30, 100, 800] {
        let network = network(&[784, hidden, 10]);
        let mut predictor = Predictor::new(&network);
        let of_all = 2 * (entries * hidden + SAMPLES * hidden * 10);
        group.throughput(Throughput::Elements((of_all / SAMPLES) as u64));
        let mut rows = digits.rows().into_iter().cycle();
        group.bench_function(BenchmarkId::new("one digit", hidden), |b| {
            b.iter(|| {
                let row = rows.next().and_then(|row| row.to_slice());
                let row = row.expect("a cycle of contiguous rows");
                let _ = black_box(predictor.predict_bytes(black_box(row), 1.0 / 255.0));
            });
        });
        group.throughput(Throughput::Elements(of_all as u64));
        group.bench_function(BenchmarkId::new("128 at a time", hidden), |b| {
            b.iter(|| {
                for first in (0..SAMPLES).step_by(128) {
                    let _ = black_box(predictor.outputs(&inputs, first..first + 128));
                }
            });
        });
    }
    group.finish();
}

/// Activation functions: one input and 4096 neurons, so that the product is one multiply-add
/// a neuron. Throughput is in neurons.
fn activations(c: &mut Criterion) {
    const NEURONS: usize = 4096;
    let mut group = c.benchmark_group("activation");
    group.throughput(Throughput::Elements(NEURONS as u64));
    for activation in Activation::ALL {
        let network = NetworkBuilder::<f32>::new(&[1, NEURONS])
            .output(activation.clone())
            .build(1)
            .expect("the layers are not empty");
        let mut predictor = Predictor::new(&network);
        group.bench_function(activation.name(), |b| {
            b.iter(|| {
                let _ = black_box(predictor.predict(black_box(&[0.5])));
            });
        });
    }
    group.finish();
}

/// The version of back-propagation that is written to be read.
fn readable(c: &mut Criterion) {
    let mut group = c.benchmark_group("readable backprop");
    let network = network(&[784, 100, 10]);
    let (x, y) = (dense(10, 784), labels(10).to_array(0..10));
    group.throughput(Throughput::Elements(2 * 10 * (784 * 100 + 2 * 100 * 10)));
    group.bench_function("784-100-10/10", |b| {
        b.iter(|| black_box(backprop(&network, x.view(), y.view(), &Cost::Quadratic)));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = sparse_steps, dense_steps, matrix_products, forward_passes, activations, readable
}
criterion_main!(benches);
