//! Rules over the units: dead, saturated, stuck, out of balance.

use super::{Evidence, Finding, Hint, mend};
use crate::analysis::LayerFigures;

/// Hidden layers of which at least this share of (unit, sample) pairs is flat. A network that has
/// learnt has many (the book's first, 784-30-10 with weights drawn from N(0, 1), about three
/// quarters); above this hardly any error gets through.
const SATURATED: f64 = 0.8;

/// Gradient norms of first and last layer that differ by more than this.
const UNBALANCED: f64 = 1e3;

/// Hidden layers with at least one dead unit in ten.
pub(super) fn dead(evidence: &Evidence) -> Vec<Hint> {
    let hidden = hidden(evidence).filter_map(|layer| {
        let dead = (layer.dead_units? * layer.units as f64).round() as usize;
        (dead > 0 && 10 * dead >= layer.units).then_some((layer, dead))
    });
    hidden
        .map(|(layer, dead)| {
            let rate = evidence.params.as_ref().map(|params| params.learning_rate / 3.0);
            let mut mends = vec![mend("activation", "leaky-relu")];
            mends.extend(rate.map(|rate| mend("learning_rate", super::round(rate))));
            let finding = Finding::DeadUnits { layer: layer.layer, dead, units: layer.units };
            Hint { finding, mends }
        })
        .collect()
}

/// Hidden layers that are mostly flat.
pub(super) fn saturated(evidence: &Evidence) -> Vec<Hint> {
    let flat = hidden(evidence).filter_map(|layer| {
        layer.saturated.filter(|share| *share >= SATURATED).map(|share| (layer.layer, share))
    });
    flat.map(|(layer, share)| Hint {
        finding: Finding::SaturatedUnits { layer, share },
        mends: better_start(evidence),
    })
    .collect()
}

/// Classes of which nothing is recognised although most others are.
pub(super) fn stuck_outputs(evidence: &Evidence) -> Vec<Hint> {
    let known: Vec<f64> = evidence.recalls.iter().flatten().copied().collect();
    let stuck = evidence.recalls.iter().enumerate().filter(|(_, recall)| **recall == Some(0.0));
    let name = |(class, _): (usize, &Option<f64>)| {
        evidence.class_names.get(class).cloned().unwrap_or_else(|| class.to_string())
    };
    let classes: Vec<String> = stuck.map(name).collect();
    let others = known.len() - classes.len();
    // Where little is recognised at all, the outputs are not what is wrong.
    let mean = known.iter().sum::<f64>() / others.max(1) as f64;
    if classes.is_empty() || others < 2 || mean < 0.5 {
        return Vec::new();
    }
    let mut mends = better_start(evidence);
    if evidence.cost.as_deref() == Some("quadratic") {
        mends.push(mend("cost", "cross-entropy"));
    }
    vec![Hint { finding: Finding::StuckOutputs { classes }, mends }]
}

/// A first layer that gets next to no gradient, or far too much, compared with the last.
pub(super) fn unbalanced_gradients(evidence: &Evidence) -> Vec<Hint> {
    let watched = evidence.epochs.iter().rev().map(|epoch| &epoch.layers);
    let layers = watched.chain([&evidence.layers]).find(|layers| {
        layers.len() > 1 && layers.iter().all(|layer| layer.gradient_norm.is_some())
    });
    let Some(layers) = layers else { return Vec::new() };
    let norm = |i: usize| layers[i].gradient_norm.unwrap_or(0.0);
    let (first, last) = (norm(0), norm(layers.len() - 1));
    let ratio = first / last;
    if !(ratio.is_finite() && last > 0.0) || (1.0 / UNBALANCED..=UNBALANCED).contains(&ratio) {
        return Vec::new();
    }
    let mut mends = better_start(evidence);
    if ratio < 1.0 {
        mends.push(mend("activation", "relu"));
    }
    vec![Hint { finding: Finding::UnbalancedGradients { ratio }, mends }]
}

/// The hidden layers as they were measured last: of the network at hand, or else while it trained.
fn hidden(evidence: &Evidence) -> impl Iterator<Item = &LayerFigures> {
    let recorded = evidence.epochs.iter().rev().map(|epoch| &epoch.layers);
    let mut known = std::iter::once(&evidence.layers).chain(recorded);
    let layers = known.find(|layers| !layers.is_empty()).map_or(&[][..], Vec::as_slice);
    let last = layers.iter().map(|layer| layer.layer).max().unwrap_or(0);
    layers.iter().filter(move |layer| layer.layer < last)
}

/// An initialiser whose units start where σ is steep, unless it is one already.
fn better_start(evidence: &Evidence) -> Vec<super::Mend> {
    let wide = matches!(evidence.init.as_deref(), None | Some("standard-normal"));
    if wide { vec![mend("init", "scaled-normal")] } else { Vec::new() }
}
