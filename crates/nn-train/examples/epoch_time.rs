//! scratch
use nn_core::{Activation, Cost, Init, NetworkBuilder};
use nn_train::*;
use std::time::Instant;
struct T(Instant, Vec<f64>);
impl Observer<f32> for T {
    fn on_epoch(&mut self, e: &Epoch<'_, f32>) -> Control {
        let s = self.0.elapsed().as_secs_f64();
        self.1.push(s);
        self.0 = Instant::now();
        if std::env::var("V").is_ok() {
            println!("{} {:.4}s cost {:.5} acc {:.4}", e.epoch, s, e.train_cost, e.train_accuracy);
        }
        Control::Continue
    }
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let sizes: Vec<usize> = a[1].split(',').map(|s| s.parse().unwrap()).collect();
    let batch: usize = a[2].parse().unwrap();
    let epochs: usize = a[3].parse().unwrap();
    let threads: usize = a[4].parse().unwrap();
    let (act, out, cost, rate) = if a.get(5).map(|s| s == "relu").unwrap_or(false) {
        (Activation::Relu, Activation::Softmax, Cost::SoftmaxCrossEntropy, 0.1)
    } else {
        (Activation::Sigmoid, Activation::Sigmoid, Cost::Quadratic, 3.0)
    };
    let t = Instant::now();
    let (train, test) = nn_data::mnist::load("/tmp/mnist/package/data").unwrap();
    let sp = nn_data::Splits::with_last_as_validation(train, test, 10000).unwrap();
    let l = t.elapsed();
    let t = Instant::now();
    let tr = Samples::<f32>::from_dataset(&sp.train).unwrap();
    let te = Samples::<f32>::from_dataset(&sp.test).unwrap();
    let p = t.elapsed();
    let net = NetworkBuilder::<f32>::new(&sizes)
        .hidden(act)
        .output(out)
        .init(if sizes.len() > 3 { Init::HeNormal } else { Init::ScaledNormal })
        .build(1)
        .unwrap();
    let params = TrainParams {
        epochs,
        batch_size: batch,
        learning_rate: rate,
        threads,
        ..Default::default()
    };
    let mut tr = Trainer::new(net, &cost, &tr, &params).unwrap();
    let mut o = T(Instant::now(), vec![]);
    tr.run(&mut o).unwrap();
    let mut v = o.1.clone();
    v.sort_by(f64::total_cmp);
    let t = Instant::now();
    let e = evaluate(tr.network(), &cost, &te, tr.team()).unwrap();
    println!(
        "{:?} b{} t{}: median {:.4} min {:.4} max {:.4} | load {:?} prep {:?} eval {:?} test acc {:.4}",
        sizes,
        batch,
        threads,
        v[v.len() / 2],
        v[0],
        v[v.len() - 1],
        l,
        p,
        t.elapsed(),
        e.accuracy()
    );
}
