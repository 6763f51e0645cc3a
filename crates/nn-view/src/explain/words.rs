//! What the phases are called, and their equations, in English and Spanish.
//!
//! The Spanish names are those of the article that these five phases come from.

use crate::Language;

/// One phase: its number, name, equation and what happens in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Phase {
    pub(crate) number: usize,
    pub(crate) name: &'static str,
    pub(crate) equation: &'static str,
    pub(crate) about: &'static str,
}

/// The five phases.
pub(crate) fn phases(language: Language) -> [Phase; 5] {
    let phase = |number, english: [&'static str; 2], spanish: [&'static str; 2], equation| {
        let [name, about] = language.choose(english, spanish);
        Phase { number, name, equation, about }
    };
    [
        phase(
            1,
            [
                "Input",
                "The activation of the first layer is the sample itself: one number for each pixel.",
            ],
            [
                "Entrada",
                "La activación de la primera capa es la propia muestra: un número por cada píxel.",
            ],
            "a¹ = x",
        ),
        phase(
            2,
            [
                "Feed-forward",
                "Layer by layer, each unit adds up what comes in, weighted, adds its bias, and \
                 passes the sum through σ.",
            ],
            [
                "Propagación hacia adelante",
                "Capa por capa, cada neurona suma lo que le llega, ponderado, añade su sesgo y pasa \
                 la suma por σ.",
            ],
            "z^l = w^l a^(l−1) + b^l,   a^l = σ(z^l)",
        ),
        phase(
            3,
            [
                "Output error",
                "How the cost changes with each output's z: how far the output is from what it \
                 should be, times the slope of σ.",
            ],
            [
                "Error de salida",
                "Cómo cambia el costo con la z de cada salida: cuánto dista la salida de lo que \
                 debería ser, por la pendiente de σ.",
            ],
            "δ^L = ∇_a C ⊙ σ'(z^L)",
        ),
        phase(
            4,
            [
                "Back-propagation",
                "The error goes back along the same weights, and is multiplied by the slope of σ \
                 there.",
            ],
            [
                "Retropropagación del error",
                "El error vuelve por los mismos pesos y se multiplica por la pendiente de σ en esa \
                 capa.",
            ],
            "δ^l = ((w^(l+1))ᵀ δ^(l+1)) ⊙ σ'(z^l)",
        ),
        phase(
            5,
            [
                "Gradient",
                "Each weight's gradient is the activation it starts from times the error it leads \
                 to; each bias's gradient is the error.",
            ],
            [
                "Salida: el gradiente",
                "El gradiente de cada peso es la activación de la que parte por el error al que \
                 lleva; el de cada sesgo es el error.",
            ],
            "∂C/∂w^l_jk = a^(l−1)_k δ^l_j,   ∂C/∂b^l_j = δ^l_j",
        ),
    ]
}

/// A small number above the line: `³`.
pub(crate) fn superscript(number: usize) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digits = number.to_string().into_bytes();
    digits.iter().map(|digit| DIGITS[usize::from(digit - b'0')]).collect()
}

/// A number in at most ten characters: as it is if it is whole, else four decimals, or powers of ten
/// where those don't fit.
pub(crate) fn short(x: f64) -> String {
    let text = if x.fract() == 0.0 && x.abs() < 1e4 {
        format!("{}", x as i64)
    } else if (1e-3..1e4).contains(&x.abs()) {
        format!("{x:.4}")
    } else {
        format!("{x:.2e}")
    };
    minus(&text)
}

/// The same number with a proper minus sign.
pub(crate) fn minus(text: &str) -> String {
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let found = [0.0, 1.0, -0.123_456, 0.000_012_345, -98_765.4].map(short);
        assert_eq!(found, ["0", "1", "−0.1235", "1.23e−5", "−9.88e4"]);
        assert_eq!(superscript(2), "²");
        assert_eq!(superscript(10), "¹⁰");
    }
}
