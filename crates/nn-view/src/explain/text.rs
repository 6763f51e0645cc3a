//! An explanation as text for a terminal.

use std::fmt::Write;

use super::words::{Phase, minus, phases, short, superscript};
use super::{BackwardLayer, Explanation, ForwardLayer, OutputRule, WorkedSum};
use crate::Language;

/// Numbers of a vector in a line.
const IN_A_LINE: usize = 10;

impl Explanation {
    /// The whole walk as text, without colours; lines have at most 100 columns but for long names.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let mut text = Text { text: String::new(), language };
        text.headline(self);
        let [input, forward, output, backward, gradient] = phases(language);
        text.input(&input, self);
        text.phase(&forward);
        for layer in &self.forward {
            text.forward(layer, self);
        }
        text.output_error(&output, self);
        text.phase(&backward);
        if self.backward.is_empty() {
            text.line(language.choose(
                "  There is no hidden layer: the output error is all there is.",
                "  No hay capa oculta: no hay más error que el de salida.",
            ));
        }
        for layer in &self.backward {
            text.backward(layer);
        }
        text.gradient(&gradient, self);
        text.check(self);
        text.text
    }
}

struct Text {
    text: String,
    language: Language,
}

impl Text {
    fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref().trim_end());
        self.text.push('\n');
    }

    fn phase(&mut self, phase: &Phase) {
        self.line("");
        self.line(format!("{}. {}   {}", phase.number, phase.name, phase.equation));
        self.wrapped(phase.about);
    }

    /// A sentence, broken at 96 columns.
    fn wrapped(&mut self, sentence: &str) {
        let mut line = String::new();
        for word in sentence.split(' ') {
            if !line.is_empty() && line.chars().count() + word.chars().count() > 94 {
                let full = std::mem::take(&mut line);
                self.line(format!("  {full}"));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(format!("  {line}"));
    }

    fn headline(&mut self, e: &Explanation) {
        let (actual, predicted) = (plain(e, e.actual), plain(e, e.predicted));
        let confidence = short(e.forward.last().map_or(0.0, |l| l.activations[e.predicted]));
        let sample = match (e.index, self.language) {
            (Some(index), Language::English) => format!("Sample {index}"),
            (Some(index), Language::Spanish) => format!("Muestra {index}"),
            (None, language) => language.choose("The sample", "La muestra").to_owned(),
        };
        let cost = &e.cost_name;
        if let Some(number) = &e.regression {
            let name = plain(e, 0);
            let (target, found) = (short(number.target), short(number.predicted));
            let error = short(number.predicted - number.target);
            self.line(match self.language {
                Language::English => {
                    format!("{sample}: {name} is {target}, predicted {found} (error {error})")
                }
                Language::Spanish => {
                    format!("{sample}: {name} es {target}, predicho {found} (error {error})")
                }
            });
            self.line(match self.language {
                Language::English => format!("Network {}, cost: {cost}", e.network),
                Language::Spanish => format!("Red {}, costo: {cost}", e.network),
            });
            return;
        }
        match self.language {
            Language::English => {
                self.line(format!("{sample}: {actual}, taken for {predicted} ({confidence})"));
                self.line(format!("Network {}, cost: {cost}", e.network));
            }
            Language::Spanish => {
                self.line(format!("{sample}: {actual}, tomada por {predicted} ({confidence})"));
                self.line(format!("Red {}, costo: {cost}", e.network));
            }
        }
    }

    fn input(&mut self, phase: &Phase, e: &Explanation) {
        self.phase(phase);
        let i = &e.input;
        let (n, how, lit, dark) = (i.features, &i.normalization, i.lit, i.features - i.lit);
        let (low, high, mean) = (short(i.range.0), short(i.range.1), short(i.mean));
        let (raw_low, raw_high) = (short(i.raw_range.0), short(i.raw_range.1));
        self.line(match self.language {
            Language::English => format!(
                "  {n} numbers from {raw_low} to {raw_high}; a¹ = {how} lies from {low} to {high}, \
                 mean {mean}."
            ),
            Language::Spanish => format!(
                "  {n} números de {raw_low} a {raw_high}; a¹ = {how} va de {low} a {high}, \
                 media {mean}."
            ),
        });
        self.line(match self.language {
            Language::English => {
                format!("  {lit} of them are not 0; the other {dark} add nothing to any sum.")
            }
            Language::Spanish => {
                format!("  {lit} no son 0; los otros {dark} no aportan nada a ninguna suma.")
            }
        });
    }

    fn forward(&mut self, layer: &ForwardLayer, e: &Explanation) {
        let (l, below) = (superscript(layer.layer), superscript(layer.layer - 1));
        let (n, k, sigma) = (layer.outputs, layer.inputs, &layer.activation);
        self.line("");
        self.line(match self.language {
            Language::English => format!(
                "  Layer {}: w{l} is {n} × {k}, a{below} is {k}, b{l} and z{l} are {n}; σ is {sigma}.",
                layer.layer
            ),
            Language::Spanish => format!(
                "  Capa {}: w{l} es de {n} × {k}, a{below} de {k}, b{l} y z{l} de {n}; σ es {sigma}.",
                layer.layer
            ),
        });
        self.vector(&format!("a{l}"), &layer.activations);
        let last = layer.layer == e.sizes.len();
        let unit = layer.worked.unit;
        self.line(match (self.language, last) {
            (language, true) if e.regression.is_some() => {
                language.choose("    The output:", "    La salida:").to_owned()
            }
            (Language::English, false) => format!("    Unit {unit}, the most active:"),
            (Language::English, true) => format!("    Unit {unit}, the winner:"),
            (Language::Spanish, false) => format!("    Neurona {unit}, la más activa:"),
            (Language::Spanish, true) => format!("    Neurona {unit}, la ganadora:"),
        });
        self.sum(&layer.worked, &format!("a{below}"));
        let (z, a) = (short(layer.worked.sum), short(layer.worked.result));
        let b = short(layer.worked.bias);
        let bias = self.language.choose("bias b", "sesgo b");
        self.line(format!("      {bias:<30} {b:>22}"));
        self.line(format!("      z = {z},   a = σ(z) = {a}"));
    }

    fn sum(&mut self, sum: &WorkedSum, values: &str) {
        for term in &sum.largest {
            let place =
                format!("w · {values}, {} {}", self.language.choose("from", "desde"), term.from);
            let (w, v, product) = (short(term.weight), short(term.value), short(term.product));
            self.line(format!("      {place:<20} {w:>9} × {v:>9} = {product:>10}"));
        }
        if sum.others > 0 {
            let others = match self.language {
                Language::English => format!("{} more, not 0", sum.others),
                Language::Spanish => format!("{} más, no nulos", sum.others),
            };
            self.line(format!("      {others:<30} {:>22}", short(sum.others_sum)));
        }
    }

    fn output_error(&mut self, phase: &Phase, e: &Explanation) {
        self.phase(phase);
        let output = &e.output_error;
        let layer = e.forward.last().expect("a network has a layer");
        match output.rule {
            OutputRule::Product => {}
            OutputRule::Difference => self.wrapped(self.language.choose(
                "With a cross-entropy on the outputs it belongs to, σ' cancels out: δ^L = a^L − y.",
                "Con una entropía cruzada sobre sus salidas propias, σ' se cancela: δ^L = a^L − y.",
            )),
            OutputRule::SoftmaxJacobian => self.wrapped(self.language.choose(
                "Softmax mixes the outputs: δ^L_j = Σ_i ∂C/∂a_i ∂a_i/∂z_j.",
                "Softmax mezcla las salidas: δ^L_j = Σ_i ∂C/∂a_i ∂a_i/∂z_j.",
            )),
        }
        // Numbers to be predicted are rarely whole.
        let (class, width) = match e.regression {
            Some(_) => (self.language.choose("output", "salida"), 9),
            None => (self.language.choose("class", "clase"), 3),
        };
        self.line(format!(
            "    {class:<12} {:>9} {:>9} {:>width$} {:>9} {:>9} {:>10}",
            "z", "a", "y", "∂C/∂a", "σ'(z)", "δ"
        ));
        for class in 0..output.error.len() {
            let gradient =
                output.cost_gradient.as_ref().map_or("·".to_owned(), |g| short(g[class]));
            let slope = if output.rule == OutputRule::Difference {
                "·".to_owned()
            } else {
                short(output.slope[class])
            };
            let mark = if class == e.predicted { '>' } else { ' ' };
            self.line(format!(
                "  {mark} {:<12} {:>9} {:>9} {:>width$} {gradient:>9} {slope:>9} {:>10}",
                plain(e, class),
                short(layer.weighted_inputs[class]),
                short(layer.activations[class]),
                short(output.target[class]),
                short(output.error[class]),
            ));
        }
        let cost = short(output.cost);
        self.line(match self.language {
            Language::English => format!("  The cost of this sample is C = {cost}."),
            Language::Spanish => format!("  El costo de esta muestra es C = {cost}."),
        });
    }

    fn backward(&mut self, layer: &BackwardLayer) {
        let (l, above) = (superscript(layer.layer), superscript(layer.from));
        let n = layer.error.len();
        let k = layer.worked.largest.len() + layer.worked.others;
        self.line("");
        self.line(match self.language {
            Language::English => format!(
                "  Layer {}: (w{above})ᵀ δ{above} and σ'(z{l}) are {n}; {k} errors come back.",
                layer.layer
            ),
            Language::Spanish => format!(
                "  Capa {}: (w{above})ᵀ δ{above} y σ'(z{l}) son de {n}; vuelven {k} errores.",
                layer.layer
            ),
        });
        self.vector(&format!("δ{l}"), &layer.error);
        let unit = layer.worked.unit;
        self.line(match self.language {
            Language::English => format!("    Unit {unit}, the largest error:"),
            Language::Spanish => format!("    Neurona {unit}, la de mayor error:"),
        });
        self.sum(&layer.worked, &format!("δ{above}"));
        let (sum, slope, delta) =
            (short(layer.worked.sum), short(layer.slope[unit]), short(layer.error[unit]));
        self.line(format!("      δ = {sum} × σ'(z) = {sum} × {slope} = {delta}"));
    }

    fn gradient(&mut self, phase: &Phase, e: &Explanation) {
        self.phase(phase);
        let heads = self.language.choose(
            ["layer", "shape of ∂C/∂w", "not 0", "‖∂C/∂w‖", "‖∂C/∂b‖", "largest ∂C/∂w"],
            ["capa", "forma de ∂C/∂w", "no nulos", "‖∂C/∂w‖", "‖∂C/∂b‖", "mayor ∂C/∂w"],
        );
        let [a, b, c, d, f, g] = heads;
        self.line(format!("    {a:<6} {b:>14} {c:>9} {d:>10} {f:>10}   {g}"));
        for layer in &e.gradient {
            let shape = format!("{} × {}", layer.outputs, layer.inputs);
            let (k, j, largest) = layer.largest;
            let (weights, biases) = (short(layer.weight_norm), short(layer.bias_norm));
            self.line(format!(
                "    {:<6} {shape:>14} {:>9} {weights:>10} {biases:>10}   {} (k = {k}, j = {j})",
                layer.layer,
                layer.nonzero,
                short(largest),
            ));
        }
    }

    fn check(&mut self, e: &Explanation) {
        let c = &e.check;
        let (l, below) = (superscript(c.place.layer), superscript(c.place.layer - 1));
        let (k, j) = (c.place.from, c.place.to);
        let title = self
            .language
            .choose("Check: one weight, moved by hand", "Comprobación: un peso, movido a mano");
        self.line("");
        self.line(title);
        let (w, a, delta) = (short(c.weight), short(c.activation), short(c.error));
        let (gradient, difference) =
            (minus(&format!("{:.9e}", c.gradient)), minus(&format!("{:.9e}", c.difference)));
        self.line(match self.language {
            Language::English => format!("  w{l} from unit {k} to unit {j} is {w}."),
            Language::Spanish => format!("  w{l} de la neurona {k} a la neurona {j} vale {w}."),
        });
        self.line(format!("    a{below}_{k} δ{l}_{j}  =  {a} × {delta}"));
        let back = self.language.choose("by back-propagation", "por retropropagación");
        let by_hand = self.language.choose("by hand", "a mano");
        self.line(format!("    C(w + ε)  =  {:.14}     ε = {}", c.cost_above, short(c.step)));
        self.line(format!("    C(w − ε)  =  {:.14}", c.cost_below));
        self.line(format!("    ∂C/∂w     =  {gradient:<18} {back}"));
        self.line(format!("    ΔC/2ε     =  {difference:<18} {by_hand}"));
        let error = minus(&format!("{:.0e}", c.relative_error));
        self.line(match self.language {
            Language::English => format!("  They differ by {error} of their size."),
            Language::Spanish => format!("  Difieren en {error} de su tamaño."),
        });
    }

    fn vector(&mut self, name: &str, values: &[f64]) {
        const LINES: usize = 4;
        let width = values.iter().map(|v| short(*v).chars().count()).max().unwrap_or(0);
        for (i, line) in values.chunks(IN_A_LINE).take(LINES).enumerate() {
            let head = if i == 0 { format!("{name} =") } else { String::new() };
            let mut text = format!("    {head:<5}");
            for value in line {
                let _ = write!(text, " {:>width$}", short(*value));
            }
            self.line(text);
        }
        let hidden = values.len().saturating_sub(LINES * IN_A_LINE);
        if hidden > 0 {
            let more = self.language.choose("more", "más");
            self.line(format!("          … {hidden} {more}"));
        }
    }
}

/// A class's name without control characters.
fn plain(e: &Explanation, class: usize) -> String {
    let name = e.class_names.get(class).map_or("", String::as_str);
    name.chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
        .collect()
}
