//! An explanation as a self-contained page.

use std::fmt::Write;

use super::equations::mathml;
use super::words::{Phase, phases, short, superscript};
use super::{Explanation, OutputRule, WorkedSum};
use crate::Language;
use crate::page::{digit, document, escape, table};

/// Numbers of a vector that are shown.
const SHOWN: usize = 120;

impl Explanation {
    /// The whole walk as one HTML page that needs no network and runs no script.
    #[must_use]
    pub fn html(&self, language: Language) -> String {
        let name = |class: usize| self.class_names.get(class).map_or("", String::as_str);
        let (actual, predicted) = (name(self.actual), name(self.predicted));
        let sample = match (self.index, language) {
            (Some(index), Language::English) => format!("Sample {index}"),
            (Some(index), Language::Spanish) => format!("Muestra {index}"),
            (None, _) => language.choose("A sample", "Una muestra").to_owned(),
        };
        let title = match language {
            Language::English => format!("{sample}, phase by phase"),
            Language::Spanish => format!("{sample}, fase a fase"),
        };
        let page = Page { e: self, language };
        let verdict = match (language, actual == predicted) {
            (language, _) if self.regression.is_some() => number_verdict(self, language),
            (Language::English, true) => format!("It is {actual}, and is recognised."),
            (Language::English, false) => format!("It is {actual}, but is taken for {predicted}."),
            (Language::Spanish, true) => format!("Es {actual}, y se reconoce."),
            (Language::Spanish, false) => format!("Es {actual}, pero se toma por {predicted}."),
        };
        let network = match language {
            Language::English => format!("Network {}, cost {}.", self.network, self.cost_name),
            Language::Spanish => format!("Red {}, costo {}.", self.network, self.cost_name),
        };
        let mut body = format!(
            "<header>\n<h1>{}</h1>\n<p class=\"lead\">{} {}</p>\n</header>\n<main>\n",
            escape(&title),
            escape(&verdict),
            escape(&network)
        );
        let [input, forward, output, backward, gradient] = phases(language);
        phase(&input, &page.input(), &mut body);
        phase(&forward, &page.forward(), &mut body);
        phase(&output, &page.output_error(), &mut body);
        phase(&backward, &page.backward(), &mut body);
        phase(&gradient, &page.gradient(), &mut body);
        body.push_str(&page.check());
        body.push_str("</main>\n");
        document(language, &title, &body)
    }
}

/// What is said first of a predicted number.
fn number_verdict(e: &Explanation, language: Language) -> String {
    let Some(number) = &e.regression else { return String::new() };
    let name = e.class_names.first().map_or("", String::as_str);
    let (target, found) = (short(number.target), short(number.predicted));
    let error = short(number.predicted - number.target);
    match language {
        Language::English => format!("{name} is {target}, predicted is {found}: error {error}."),
        Language::Spanish => format!("{name} es {target}, lo predicho es {found}: error {error}."),
    }
}

fn phase(phase: &Phase, content: &str, body: &mut String) {
    let _ = writeln!(
        body,
        "<section class=\"phase\">\n<div class=\"step\" aria-hidden=\"true\">{0}</div>\n<div>\n\
         <h2>{1}</h2>\n<p>{2}</p>\n<div class=\"equation\" tabindex=\"0\" role=\"group\" \
         aria-label=\"{1}\">\n{3}</div>\n{content}</div>\n</section>",
        phase.number,
        escape(phase.name),
        escape(phase.about),
        mathml(phase.number),
    );
}

struct Page<'a> {
    e: &'a Explanation,
    language: Language,
}

impl Page<'_> {
    fn input(&self) -> String {
        let i = &self.e.input;
        let (n, how, lit, dark) = (i.features, &i.normalization, i.lit, i.features - i.lit);
        let (low, high, mean) = (short(i.range.0), short(i.range.1), short(i.mean));
        let (raw_low, raw_high) = (short(i.raw_range.0), short(i.raw_range.1));
        let text = match self.language {
            Language::English => format!(
                "<p>{n} numbers from {raw_low} to {raw_high}; a¹ = {how} lies from {low} to {high}, \
                 with a mean of {mean}. {lit} of them are not 0; the other {dark} add nothing to any \
                 sum.</p>\n"
            ),
            Language::Spanish => format!(
                "<p>{n} números de {raw_low} a {raw_high}; a¹ = {how} va de {low} a {high}, con \
                 media {mean}. {lit} no son 0; los otros {dark} no aportan nada a ninguna suma.</p>\n"
            ),
        };
        let Some((_, columns)) = self.e.image_shape else {
            return format!("{text}{}", self.vector("a¹", &i.activations));
        };
        let alt = self.language.choose("The sample as an image", "La muestra como imagen");
        let image = digit(&self.e.grey, columns, alt).replacen("<img", "<img class=\"picture\"", 1);
        format!("<div class=\"beside\">{image}<div>{text}</div></div>\n")
    }

    fn forward(&self) -> String {
        let mut html = String::new();
        for layer in &self.e.forward {
            let (l, below) = (superscript(layer.layer), superscript(layer.layer - 1));
            let (n, k, sigma) = (layer.outputs, layer.inputs, escape(&layer.activation));
            let _ = match self.language {
                Language::English => writeln!(
                    html,
                    "<h3>Layer {}</h3>\n<p>w{l} is {n} × {k}, a{below} has {k} elements, b{l} and \
                     z{l} have {n}; σ is {sigma}.</p>",
                    layer.layer
                ),
                Language::Spanish => writeln!(
                    html,
                    "<h3>Capa {}</h3>\n<p>w{l} es de {n} × {k}, a{below} tiene {k} elementos, b{l} y \
                     z{l} tienen {n}; σ es {sigma}.</p>",
                    layer.layer
                ),
            };
            html.push_str(&self.vector(&format!("a{l}"), &layer.activations));
            let last = layer.layer == self.e.sizes.len();
            let unit = layer.worked.unit;
            let caption = match (self.language, last) {
                (Language::English, false) => format!("Unit {unit}, the most active, as a sum"),
                (Language::English, true) => format!("Unit {unit}, the winner, as a sum"),
                (Language::Spanish, false) => format!("Neurona {unit}, la más activa, como suma"),
                (Language::Spanish, true) => format!("Neurona {unit}, la ganadora, como suma"),
            };
            let mut rows = self.terms(&layer.worked);
            let word = self.language.choose("bias b", "sesgo b");
            rows.push(vec![
                word.to_owned(),
                String::new(),
                String::new(),
                short(layer.worked.bias),
            ]);
            rows.push(vec!["z".to_owned(), String::new(), String::new(), short(layer.worked.sum)]);
            rows.push(vec![
                "a = σ(z)".to_owned(),
                String::new(),
                String::new(),
                short(layer.worked.result),
            ]);
            html.push_str(&table(&caption, &self.sum_heads(&format!("a{below}")), &rows));
        }
        html
    }

    fn sum_heads(&self, value: &str) -> [String; 4] {
        let from = self.language.choose("from unit", "desde la neurona");
        let product = self.language.choose("product", "producto");
        [from.to_owned(), "w".to_owned(), value.to_owned(), product.to_owned()]
    }

    fn terms(&self, sum: &WorkedSum) -> Vec<Vec<String>> {
        let term = |t: &super::Contribution| {
            vec![t.from.to_string(), short(t.weight), short(t.value), short(t.product)]
        };
        let mut rows: Vec<Vec<String>> = sum.largest.iter().map(term).collect();
        if sum.others > 0 {
            let others = match self.language {
                Language::English => format!("{} more, not 0", sum.others),
                Language::Spanish => format!("{} más, no nulos", sum.others),
            };
            rows.push(vec![others, String::new(), String::new(), short(sum.others_sum)]);
        }
        rows
    }

    fn output_error(&self) -> String {
        let (e, output) = (self.e, &self.e.output_error);
        let layer = e.forward.last().expect("a network has a layer");
        let mut html = match output.rule {
            OutputRule::Product => String::new(),
            OutputRule::Difference => format!("<p>{}</p>\n", self.language.choose(
                "With a cross-entropy on the outputs it belongs to, σ′ cancels out: δ is a − y.",
                "Con una entropía cruzada sobre sus salidas propias, σ′ se cancela: δ es a − y.",
            )),
            OutputRule::SoftmaxJacobian => format!(
                "<p>{}</p>\n",
                self.language.choose(
                    "Softmax mixes the outputs: each δ is a sum over all of them.",
                    "Softmax mezcla las salidas: cada δ es una suma sobre todas.",
                )
            ),
        };
        let class = match e.regression {
            Some(_) => self.language.choose("output", "salida"),
            None => self.language.choose("class", "clase"),
        };
        let heads = [class, "z", "a", "y", "∂C/∂a", "σ′(z)", "δ"].map(String::from);
        let rows: Vec<Vec<String>> = (0..output.error.len())
            .map(|class| {
                let gradient = output.cost_gradient.as_ref();
                let product = output.rule != OutputRule::Difference;
                let name = escape(e.class_names.get(class).map_or("", String::as_str));
                let name =
                    if class == e.predicted { format!("<strong>{name}</strong>") } else { name };
                vec![
                    name,
                    short(layer.weighted_inputs[class]),
                    short(layer.activations[class]),
                    short(output.target[class]),
                    gradient.map_or("·".to_owned(), |g| short(g[class])),
                    if product { short(output.slope[class]) } else { "·".to_owned() },
                    short(output.error[class]),
                ]
            })
            .collect();
        let cost = short(output.cost);
        let caption = match self.language {
            Language::English => format!("The cost of this sample is C = {cost}"),
            Language::Spanish => format!("El costo de esta muestra es C = {cost}"),
        };
        html.push_str(&table(&caption, &heads, &rows));
        html
    }

    fn backward(&self) -> String {
        if self.e.backward.is_empty() {
            let none = self.language.choose(
                "There is no hidden layer: the output error is all there is.",
                "No hay capa oculta: no hay más error que el de salida.",
            );
            return format!("<p>{none}</p>\n");
        }
        let mut html = String::new();
        for layer in &self.e.backward {
            let (l, above) = (superscript(layer.layer), superscript(layer.from));
            let n = layer.error.len();
            let _ = match self.language {
                Language::English => writeln!(
                    html,
                    "<h3>Layer {}</h3>\n<p>(w{above})ᵀ δ{above} and σ′(z{l}) have {n} elements, and so \
                     has δ{l}.</p>",
                    layer.layer
                ),
                Language::Spanish => writeln!(
                    html,
                    "<h3>Capa {}</h3>\n<p>(w{above})ᵀ δ{above} y σ′(z{l}) tienen {n} elementos, y por \
                     tanto δ{l} también.</p>",
                    layer.layer
                ),
            };
            html.push_str(&self.vector(&format!("δ{l}"), &layer.error));
            let unit = layer.worked.unit;
            let caption = match self.language {
                Language::English => format!("Unit {unit}, the largest error, as a sum"),
                Language::Spanish => format!("Neurona {unit}, la de mayor error, como suma"),
            };
            let mut rows = self.terms(&layer.worked);
            let none = String::new;
            rows.push(vec!["(wᵀ δ)".to_owned(), none(), none(), short(layer.worked.sum)]);
            rows.push(vec!["σ′(z)".to_owned(), none(), none(), short(layer.slope[unit])]);
            rows.push(vec!["δ".to_owned(), none(), none(), short(layer.error[unit])]);
            html.push_str(&table(&caption, &self.sum_heads(&format!("δ{above}")), &rows));
        }
        html
    }

    fn gradient(&self) -> String {
        let heads = self.language.choose(
            ["layer", "shape of ∂C/∂w", "not 0", "‖∂C/∂w‖", "‖∂C/∂b‖", "largest ∂C/∂w", "at"],
            ["capa", "forma de ∂C/∂w", "no nulos", "‖∂C/∂w‖", "‖∂C/∂b‖", "mayor ∂C/∂w", "en"],
        );
        let rows: Vec<Vec<String>> = self
            .e
            .gradient
            .iter()
            .map(|layer| {
                let (k, j, largest) = layer.largest;
                vec![
                    layer.layer.to_string(),
                    format!("{} × {}", layer.outputs, layer.inputs),
                    layer.nonzero.to_string(),
                    short(layer.weight_norm),
                    short(layer.bias_norm),
                    short(largest),
                    format!("k = {k}, j = {j}"),
                ]
            })
            .collect();
        let caption = self.language.choose("Layer by layer", "Capa por capa");
        table(caption, &heads.map(String::from), &rows)
    }

    fn check(&self) -> String {
        let c = &self.e.check;
        let (l, below) = (superscript(c.place.layer), superscript(c.place.layer - 1));
        let (k, j) = (c.place.from, c.place.to);
        let number = |x: f64| format!("{x:.9e}").replace('-', "−");
        let title = self
            .language
            .choose("Check: one weight, moved by hand", "Comprobación: un peso, movido a mano");
        let about = match self.language {
            Language::English => format!(
                "w{l} from unit {k} to unit {j} is {}. Moved a little up and a little down, it changes \
                 the cost; that change is the gradient that back-propagation found.",
                short(c.weight)
            ),
            Language::Spanish => format!(
                "w{l} de la neurona {k} a la neurona {j} vale {}. Si se mueve un poco hacia arriba y un \
                 poco hacia abajo, cambia el costo; ese cambio es el gradiente que halló la \
                 retropropagación.",
                short(c.weight)
            ),
        };
        let rows = vec![
            vec!["C(w + ε)".to_owned(), format!("{:.14}", c.cost_above)],
            vec!["C(w − ε)".to_owned(), format!("{:.14}", c.cost_below)],
            vec!["(C(w + ε) − C(w − ε)) / 2ε".to_owned(), number(c.difference)],
            vec![format!("∂C/∂w = a{below}_{k} δ{l}_{j}"), number(c.gradient)],
        ];
        let heads = self.language.choose(["quantity", "value"], ["magnitud", "valor"]);
        let agree = c.relative_error < 1e-4;
        let class = if agree { "agree" } else { "differ" };
        let error = format!("{:.0e}", c.relative_error).replace('-', "−");
        let verdict = match (self.language, agree) {
            (Language::English, true) => {
                format!("They agree: they differ by {error} of their size.")
            }
            (Language::English, false) => format!("They differ by {error} of their size."),
            (Language::Spanish, true) => format!("Coinciden: difieren en {error} de su tamaño."),
            (Language::Spanish, false) => format!("Difieren en {error} de su tamaño."),
        };
        format!(
            "<section>\n<h2>{title}</h2>\n<p>{about}</p>\n{}<p class=\"{class}\">{verdict}</p>\n</section>\n",
            table(&format!("ε = {}", short(c.step)), &heads.map(String::from), &rows)
        )
    }

    /// A vector as shaded cells.
    fn vector(&self, name: &str, values: &[f64]) -> String {
        let largest = values.iter().fold(0.0_f64, |largest, v| largest.max(v.abs()));
        let mut html =
            format!("<div class=\"vector\" role=\"group\" aria-label=\"{}\">", escape(name));
        for (i, &value) in values.iter().take(SHOWN).enumerate() {
            let share = if largest > 0.0 { value.abs() / largest } else { 0.0 };
            let class = if value < 0.0 { "against" } else { "for" };
            let _ = write!(
                html,
                "<span class=\"{class}\" style=\"--deep:{:.2}\" title=\"{}_{i}\">{}</span>",
                0.45 * share,
                escape(name),
                short(value)
            );
        }
        html.push_str("</div>\n");
        let hidden = values.len().saturating_sub(SHOWN);
        if hidden > 0 {
            let more = self.language.choose("more", "más");
            let _ = writeln!(html, "<p class=\"note\">… {hidden} {more}</p>");
        }
        html
    }
}
