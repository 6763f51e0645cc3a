//! The graph: normalisation, then a Gemm and an activation per layer.

use nn_core::{Activation, Model, Normalization};

use super::InputType;
use super::proto::{
    AttributeProto, DOUBLE, DimensionProto, FLOAT, FLOAT_ATTRIBUTE, GraphProto, INT_ATTRIBUTE,
    NodeProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, UINT8, ValueInfoProto,
};
use crate::ExportError;

/// The name of the graph's input.
const INPUT: &str = "input";
/// The name of a^L.
const OUTPUT: &str = "output";
/// The name of z^L.
const LOGITS: &str = "logits";
/// The name of the free size.
const BATCH: &str = "batch";

/// The graph of a model.
pub(super) fn graph(model: &Model<f32>, input: InputType) -> Result<GraphProto, ExportError> {
    let mut builder = Builder::default();
    let network = &model.network;
    let (n_in, n_out) = (dimension(network.num_inputs())?, dimension(network.num_outputs())?);

    let mut value = builder.normalized(&model.normalization, input)?;
    let last = network.layers().len() - 1;
    for (i, layer) in network.layers().iter().enumerate() {
        // As in a PyTorch `nn.Sequential`, where activations have numbers too.
        let index = 2 * i;
        let (weights, biases) = (format!("{index}.weight"), format!("{index}.bias"));
        // Gemm computes x · Bᵀ + C: B has a row per unit, as PyTorch keeps it.
        let units = layer.weights().reversed_axes();
        builder.floats(&weights, &[units.nrows(), units.ncols()], units.iter().copied())?;
        builder.floats(&biases, &[layer.outputs()], layer.biases().iter().copied())?;
        let activation = layer.activation();
        let (z, a) = match (i == last, activation) {
            (true, Activation::Identity) => (OUTPUT.to_owned(), OUTPUT.to_owned()),
            (true, _) => (LOGITS.to_owned(), OUTPUT.to_owned()),
            (false, _) => (format!("{index}.z"), format!("{index}.a")),
        };
        builder.node("Gemm", &[&value, &weights, &biases], &z, vec![int("transB", 1)]);
        value = if *activation == Activation::Identity {
            z
        } else {
            builder.activation(activation, &z, a)?
        };
    }

    let input_type = match input {
        InputType::Float => FLOAT,
        InputType::Byte => UINT8,
    };
    let mut output = vec![matrix(
        OUTPUT,
        FLOAT,
        n_out,
        "activations of the output layer, a^L, one row a sample",
    )];
    if network.output_layer().activation() != &Activation::Identity {
        output.push(matrix(LOGITS, FLOAT, n_out, "weighted inputs of the output layer, z^L"));
    }
    Ok(GraphProto {
        node: builder.nodes,
        name: "network".to_owned(),
        initializer: builder.tensors,
        input: vec![matrix(INPUT, input_type, n_in, "raw features, one row a sample")],
        output,
    })
}

/// Nodes in order, and the numbers they need.
#[derive(Default)]
struct Builder {
    nodes: Vec<NodeProto>,
    tensors: Vec<TensorProto>,
}

impl Builder {
    fn node(&mut self, op: &str, input: &[&str], output: &str, attribute: Vec<AttributeProto>) {
        self.nodes.push(NodeProto {
            input: input.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.to_owned()],
            name: format!("{op} to {output}"),
            op_type: op.to_owned(),
            attribute,
        });
    }

    /// An operation without settings; gives the name of its output.
    fn apply(&mut self, op: &str, input: &[&str], output: String) -> String {
        self.node(op, input, &output, Vec::new());
        output
    }

    fn cast(&mut self, from: &str, to: i32, output: &str) -> String {
        self.node("Cast", &[from], output, vec![int("to", to.into())]);
        output.to_owned()
    }

    fn floats(
        &mut self,
        name: &str,
        dims: &[usize],
        values: impl Iterator<Item = f32>,
    ) -> Result<(), ExportError> {
        let raw_data = values.flat_map(f32::to_le_bytes).collect();
        self.tensor(name, dims, FLOAT, raw_data)
    }

    fn doubles(&mut self, name: &str, values: &[f64]) -> Result<(), ExportError> {
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensor(name, &[values.len()], DOUBLE, raw_data)
    }

    fn tensor(
        &mut self,
        name: &str,
        dims: &[usize],
        data_type: i32,
        raw_data: Vec<u8>,
    ) -> Result<(), ExportError> {
        let dims = dims.iter().map(|&size| dimension(size)).collect::<Result<_, _>>()?;
        self.tensors.push(TensorProto { dims, data_type, name: name.to_owned(), raw_data });
        Ok(())
    }

    /// A number that is the same for all elements; gives its name.
    fn constant(&mut self, name: String, value: f64) -> Result<String, ExportError> {
        self.floats(&name, &[], std::iter::once(value as f32))?;
        Ok(name)
    }

    /// What goes into the first layer; gives its name.
    fn normalized(
        &mut self,
        normalization: &Normalization,
        input: InputType,
    ) -> Result<String, ExportError> {
        let float = |builder: &mut Self| match input {
            InputType::Float => INPUT.to_owned(),
            InputType::Byte => builder.cast(INPUT, FLOAT, "features"),
        };
        match normalization {
            Normalization::None => Ok(float(self)),
            Normalization::Scale(factor) => {
                let features = float(self);
                let factor = self.constant("scale".to_owned(), *factor)?;
                Ok(self.apply("Mul", &[&features, &factor], "normalized".to_owned()))
            }
            Normalization::Standardize { means, deviations } => {
                // In double precision, as the library does it: a mean may be large against
                // its deviation.
                self.doubles("means", means)?;
                self.doubles("deviations", deviations)?;
                let exact = self.cast(INPUT, DOUBLE, "features");
                let centred = self.apply("Sub", &[&exact, "means"], "centred".to_owned());
                let divided = self.apply("Div", &[&centred, "deviations"], "divided".to_owned());
                Ok(self.cast(&divided, FLOAT, "normalized"))
            }
            other => {
                let name = format!("{other:?}");
                Err(ExportError::Custom { kind: "normalisation", name })
            }
        }
    }

    /// a = σ(z); gives the name of a.
    ///
    /// What ONNX has no operator for, or only in newer versions, is composed.
    fn activation(
        &mut self,
        activation: &Activation,
        z: &str,
        a: String,
    ) -> Result<String, ExportError> {
        let part = |name: &str| format!("{a}.{name}");
        match activation {
            Activation::Identity => {
                self.apply("Identity", &[z], a.clone());
            }
            Activation::Sigmoid => {
                self.apply("Sigmoid", &[z], a.clone());
            }
            Activation::Tanh => {
                self.apply("Tanh", &[z], a.clone());
            }
            Activation::Relu => {
                self.apply("Relu", &[z], a.clone());
            }
            Activation::Softplus => {
                self.apply("Softplus", &[z], a.clone());
            }
            Activation::Softmax => self.node("Softmax", &[z], &a, vec![int("axis", -1)]),
            Activation::LeakyRelu => {
                let alpha = activation.value(-1.0_f32).abs();
                self.node("LeakyRelu", &[z], &a, vec![float("alpha", alpha)]);
            }
            // z σ(z)
            Activation::Silu => {
                let sigmoid = self.apply("Sigmoid", &[z], part("sigmoid"));
                self.apply("Mul", &[z, &sigmoid], a.clone());
            }
            // 1.7159 tanh(2z/3)
            Activation::LecunTanh => {
                let slope = self.constant(part("slope"), 2.0 / 3.0)?;
                let amplitude = self.constant(part("amplitude"), 1.7159)?;
                let inner = self.apply("Mul", &[z, &slope], part("inner"));
                let tanh = self.apply("Tanh", &[&inner], part("tanh"));
                self.apply("Mul", &[&tanh, &amplitude], a.clone());
            }
            // z/2 (1 + tanh(√(2/π) (z + 0.044715 z³)))
            Activation::Gelu => {
                let cubic = self.constant(part("cubic"), 0.044_715)?;
                let factor = self.constant(part("factor"), (2.0 / std::f64::consts::PI).sqrt())?;
                let (one, half) =
                    (self.constant(part("one"), 1.0)?, self.constant(part("half"), 0.5)?);
                let square = self.apply("Mul", &[z, z], part("square"));
                let cube = self.apply("Mul", &[&square, z], part("cube"));
                let bent = self.apply("Mul", &[&cube, &cubic], part("bent"));
                let sum = self.apply("Add", &[z, &bent], part("sum"));
                let inner = self.apply("Mul", &[&sum, &factor], part("inner"));
                let tanh = self.apply("Tanh", &[&inner], part("tanh"));
                let gate = self.apply("Add", &[&tanh, &one], part("gate"));
                let halved = self.apply("Mul", &[z, &half], part("halved"));
                self.apply("Mul", &[&halved, &gate], a.clone());
            }
            other => {
                let name = other.name().to_owned();
                return Err(ExportError::Custom { kind: "activation", name });
            }
        }
        Ok(a)
    }
}

/// A matrix of a row per sample.
fn matrix(name: &str, elem_type: i32, columns: i64, doc_string: &str) -> ValueInfoProto {
    let batch = DimensionProto { dim_value: None, dim_param: Some(BATCH.to_owned()) };
    let columns = DimensionProto { dim_value: Some(columns), dim_param: None };
    let shape = Some(TensorShapeProto { dim: vec![batch, columns] });
    let tensor_type = Some(TensorTypeProto { elem_type, shape });
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto { tensor_type }),
        doc_string: doc_string.to_owned(),
    }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.to_owned(), f: None, i: Some(value), r#type: INT_ATTRIBUTE }
}

fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { name: name.to_owned(), f: Some(value), i: None, r#type: FLOAT_ATTRIBUTE }
}

fn dimension(size: usize) -> Result<i64, ExportError> {
    let too_large = |_| ExportError::TooLarge { format: "ONNX", what: "a size beyond 63 bits" };
    i64::try_from(size).map_err(too_large)
}
