//! A model as a C header: weights, and a forward function that needs only `<math.h>`.
//!
//! The header is C99 and C++11. Numbers have as many digits as it takes to read the same
//! bits back, so that the outputs differ from the library's only by the rounding of sums and
//! of the C library's `expf` and `tanhf`.

use std::io::{BufWriter, Write};

use nn_core::{Activation, Layer, Model, Normalization};

use crate::ExportError;
use crate::description;

/// Numbers in a line of the file.
const PER_LINE: usize = 8;

/// Writes the model; everything in the header begins with `name` and an underscore.
///
/// # Errors
///
/// [`ExportError::Name`] if `name` is no identifier, the others for a model that cannot be
/// described, or [`ExportError::Io`].
pub fn write(model: &Model<f32>, name: &str, writer: impl Write) -> Result<(), ExportError> {
    description::check(model)?;
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if !starts_well || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(ExportError::Name { found: name.to_owned() });
    }
    let mut out = BufWriter::new(writer);
    write_preamble(model, name, &mut out)?;
    write_normalization(&model.normalization, name, &mut out)?;
    for (i, layer) in model.network.layers().iter().enumerate() {
        write_layer(layer, i + 2, name, &mut out)?;
    }
    write_functions(model, name, &mut out)?;
    out.flush()?;
    Ok(())
}

/// A name for [`write()`] from that of a file or a person: what C does not allow becomes `_`.
#[must_use]
pub fn identifier(text: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = text.chars().map(allowed).collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name,
        _ => format!("nn_{name}"),
    }
}

fn write_preamble(model: &Model<f32>, name: &str, out: &mut impl Write) -> std::io::Result<()> {
    let guard = name.to_ascii_uppercase();
    let network = &model.network;
    writeln!(out, "/* A neural network written by nn-rs {}.", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, " * Network: {network}")?;
    writeln!(out, " * C99 or C++11, needs only <math.h> (link with -lm).")?;
    writeln!(out, " *")?;
    writeln!(out, " *     float outputs[{guard}_OUTPUTS];")?;
    writeln!(out, " *     {name}_predict(features, outputs);")?;
    writeln!(out, " *     int best = {name}_argmax(outputs);")?;
    writeln!(out, " */")?;
    writeln!(out, "#ifndef {guard}_H\n#define {guard}_H\n\n#include <math.h>\n")?;
    writeln!(out, "#define {guard}_INPUTS {}", network.num_inputs())?;
    writeln!(out, "#define {guard}_OUTPUTS {}", network.num_outputs())?;
    writeln!(out, "/* Elements of the widest layer, which bounds the memory a call takes. */")?;
    writeln!(out, "#define {guard}_WIDEST {}\n", widest(model))?;
    if !model.class_names.is_empty() {
        let names: Vec<String> = model.class_names.iter().map(|name| string(name)).collect();
        writeln!(out, "static const char *const {name}_class_names[{guard}_OUTPUTS] = {{")?;
        for name in names {
            writeln!(out, "    {name},")?;
        }
        writeln!(out, "}};\n")?;
    }
    Ok(())
}

/// Elements of the largest vector that is neither input nor output.
fn widest(model: &Model<f32>) -> usize {
    let network = &model.network;
    let sizes = network.sizes();
    let hidden = sizes[1..sizes.len() - 1].iter().copied().max().unwrap_or(1);
    if model.normalization == Normalization::None { hidden } else { hidden.max(sizes[0]) }
}

fn write_normalization(
    normalization: &Normalization,
    name: &str,
    out: &mut impl Write,
) -> Result<(), ExportError> {
    match normalization {
        Normalization::None => {}
        Normalization::Scale(factor) => {
            writeln!(out, "static const float {name}_scale = {};\n", number(*factor as f32))?;
        }
        Normalization::Standardize { means, deviations } => {
            // In double precision: a mean may be large against its deviation.
            for (kind, values) in [("means", means), ("deviations", deviations)] {
                writeln!(out, "static const double {name}_{kind}[{}] = {{", values.len())?;
                write_rows(values.iter().map(|value| format!("{value:e}")), out)?;
                writeln!(out, "}};\n")?;
            }
        }
        other => {
            let name = format!("{other:?}");
            return Err(ExportError::Custom { kind: "normalisation", name });
        }
    }
    Ok(())
}

fn write_layer(
    layer: &Layer<f32>,
    l: usize,
    name: &str,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let (units, inputs) = (layer.outputs(), layer.inputs());
    writeln!(out, "/* Layer {l}: {inputs} inputs, {units} units, {}. */", layer.activation())?;
    writeln!(out, "static const float {name}_weights_{l}[{units}][{inputs}] = {{")?;
    for unit in layer.weights().columns() {
        writeln!(out, "    {{")?;
        write_rows(unit.iter().map(|&weight| number(weight)), out)?;
        writeln!(out, "    }},")?;
    }
    writeln!(out, "}};")?;
    writeln!(out, "static const float {name}_biases_{l}[{units}] = {{")?;
    write_rows(layer.biases().iter().map(|&bias| number(bias)), out)?;
    writeln!(out, "}};\n")
}

fn write_rows(numbers: impl Iterator<Item = String>, out: &mut impl Write) -> std::io::Result<()> {
    let numbers: Vec<String> = numbers.collect();
    for row in numbers.chunks(PER_LINE) {
        writeln!(out, "        {},", row.join(", "))?;
    }
    Ok(())
}

/// A float constant of C.
fn number(value: f32) -> String {
    format!("{value:e}f")
}

/// A string constant of C. What is not ASCII becomes the octal codes of its UTF-8 bytes,
/// which have exactly three digits and so cannot run into what follows.
fn string(text: &str) -> String {
    let mut constant = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => constant.extend(['\\', char::from(byte)]),
            // `??` begins a trigraph.
            b' '..=b'~' if byte != b'?' => constant.push(char::from(byte)),
            _ => {
                let digit = |shift: u32| char::from(b'0' + ((byte >> shift) & 7));
                constant.extend(['\\', digit(6), digit(3), digit(0)]);
            }
        }
    }
    constant.push('"');
    constant
}

fn write_functions(
    model: &Model<f32>,
    name: &str,
    out: &mut impl Write,
) -> Result<(), ExportError> {
    let guard = name.to_ascii_uppercase();
    writeln!(
        out,
        "\
/* z = w x + b; w has a row per unit. */
static void {name}_weigh(const float *w, const float *b, int units, int inputs, const float *x, float *z)
{{
    for (int j = 0; j < units; j++) {{
        float sum = b[j];
        for (int k = 0; k < inputs; k++) {{
            sum += w[(long)j * inputs + k] * x[k];
        }}
        z[j] = sum;
    }}
}}
"
    )?;
    let layers = model.network.layers();
    for activation in Activation::ALL {
        if layers.iter().any(|layer| *layer.activation() == activation) {
            write_activation(&activation, name, out)?;
        }
    }
    writeln!(
        out,
        "\
/* Raw features in ({guard}_INPUTS), activations of the output layer out ({guard}_OUTPUTS). */
static void {name}_predict(const float *features, float *outputs)
{{"
    )?;
    let normalized = model.normalization != Normalization::None;
    // Two buffers, of which one layer reads one and writes the other.
    let buffers = if normalized || layers.len() > 2 { ["a", "b"] } else { ["b", "a"] };
    let used = usize::from(normalized) + layers.len() - 1;
    for buffer in buffers.iter().take(used) {
        writeln!(out, "    float {buffer}[{guard}_WIDEST];")?;
    }
    let mut place = "features";
    let mut next = 0;
    let mut free = || {
        next += 1;
        buffers[(next - 1) % 2]
    };
    if normalized {
        place = free();
        let value = match model.normalization {
            Normalization::Standardize { .. } => {
                format!("(float)((features[k] - {name}_means[k]) / {name}_deviations[k])")
            }
            _ => format!("features[k] * {name}_scale"),
        };
        writeln!(out, "    for (int k = 0; k < {guard}_INPUTS; k++) {{")?;
        writeln!(out, "        {place}[k] = {value};\n    }}")?;
    }
    for (i, layer) in layers.iter().enumerate() {
        let l = i + 2;
        let to = if i + 1 == layers.len() { "outputs" } else { free() };
        let (units, inputs) = (layer.outputs(), layer.inputs());
        writeln!(
            out,
            "    {name}_weigh({name}_weights_{l}[0], {name}_biases_{l}, {units}, {inputs}, {place}, {to});"
        )?;
        if *layer.activation() != Activation::Identity {
            writeln!(out, "    {}({to}, {units});", function(layer.activation(), name))?;
        }
        place = to;
    }
    writeln!(
        out,
        "\
}}

/* The class the outputs stand for: the first of the largest. */
static int {name}_argmax(const float *outputs)
{{
    int best = 0;
    for (int j = 1; j < {guard}_OUTPUTS; j++) {{
        if (outputs[j] > outputs[best]) {{
            best = j;
        }}
    }}
    return best;
}}

#endif"
    )?;
    Ok(())
}

/// The name of an activation's function.
fn function(activation: &Activation, name: &str) -> String {
    format!("{name}_{}", activation.name().replace('-', "_"))
}

/// The function that applies an activation to a layer in place.
fn write_activation(
    activation: &Activation,
    name: &str,
    out: &mut impl Write,
) -> Result<(), ExportError> {
    let function = function(activation, name);
    let body = match activation {
        Activation::Identity => return Ok(()),
        Activation::Softmax => {
            writeln!(
                out,
                "\
static void {function}(float *a, int n)
{{
    float max = a[0], sum = 0.0f;
    for (int j = 1; j < n; j++) {{
        max = a[j] > max ? a[j] : max;
    }}
    for (int j = 0; j < n; j++) {{
        a[j] = expf(a[j] - max);
        sum += a[j];
    }}
    for (int j = 0; j < n; j++) {{
        a[j] /= sum;
    }}
}}
"
            )?;
            return Ok(());
        }
        Activation::Sigmoid => "1.0f / (1.0f + expf(-a[j]))",
        Activation::Tanh => "tanhf(a[j])",
        Activation::Relu => "a[j] < 0.0f ? 0.0f : a[j]",
        Activation::LeakyRelu => "a[j] < 0.0f ? 0.01f * a[j] : a[j]",
        Activation::Gelu => {
            "0.5f * a[j] * (1.0f + tanhf(0.7978845608f * (a[j] + 0.044715f * a[j] * a[j] * a[j])))"
        }
        Activation::Silu => "a[j] / (1.0f + expf(-a[j]))",
        Activation::Softplus => "(a[j] > 0.0f ? a[j] : 0.0f) + log1pf(expf(-fabsf(a[j])))",
        Activation::LecunTanh => "1.7159f * tanhf(0.6666667f * a[j])",
        other => {
            let name = other.name().to_owned();
            return Err(ExportError::Custom { kind: "activation", name });
        }
    };
    writeln!(
        out,
        "\
static void {function}(float *a, int n)
{{
    for (int j = 0; j < n; j++) {{
        a[j] = {body};
    }}
}}
"
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_identifiers() {
        assert_eq!(identifier("my-model 2"), "my_model_2");
        assert_eq!(identifier("2nd"), "nn_2nd");
        assert_eq!(identifier(""), "nn_");
        assert_eq!(identifier("größe"), "gr__e");
    }

    #[test]
    fn strings_cannot_break_out() {
        assert_eq!(string("a\"b\\c\n"), r#""a\"b\\c\012""#);
        assert_eq!(string("*/é??/"), r#""*/\303\251\077\077/""#);
    }

    #[test]
    fn numbers_read_back_to_the_same_bits() {
        for value in [0.1_f32, -1.5e-42, f32::MAX, 1.0, -0.0, 16_777_216.0] {
            let text = number(value);
            let read: f32 = text.trim_end_matches('f').parse().unwrap();
            assert_eq!(read.to_bits(), value.to_bits(), "{text}");
        }
    }
}
