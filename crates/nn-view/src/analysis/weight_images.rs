//! What each unit of the first layer looks for, as an image.

use nn_core::Model;
use serde::Serialize;

use crate::ViewError;

/// The weights into one unit of layer 2, as an image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeightImage {
    /// The unit, counted from 0.
    pub unit: usize,
    /// Its bias.
    pub bias: f64,
    /// The largest |w|, which became the ends of the range.
    pub scale: f64,
    /// One byte a pixel, row-major: 128 is no weight, 255 the largest for, 1 the largest against.
    pub pixels: Vec<u8>,
}

/// The weights into the first `most` units of layer 2 (n₁ pixels each).
///
/// # Errors
///
/// [`ViewError::NotImages`] if the model's inputs are no images.
pub fn weight_images(model: &Model<f32>, most: usize) -> Result<Vec<WeightImage>, ViewError> {
    let layer = &model.network.layers()[0];
    if model.image_shape.is_none() {
        let features = layer.inputs();
        return Err(ViewError::NotImages { what: "drawing weights", features });
    }
    let weights = layer.weights();
    let image = |unit: usize| {
        let column = weights.column(unit);
        let scale = column.iter().fold(0.0_f32, |most, w| most.max(w.abs()));
        let byte = |w: &f32| {
            let share = if scale > 0.0 { w / scale } else { 0.0 };
            (128.0 + 127.0 * share).round() as u8
        };
        let pixels = column.iter().map(byte).collect();
        let bias = f64::from(layer.biases()[unit]);
        WeightImage { unit, bias, scale: scale.into(), pixels }
    };
    Ok((0..layer.outputs().min(most)).map(image).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use nn_core::{Activation, Cost, Layer, Network};

    #[test]
    fn no_weight_is_the_middle_and_the_largest_an_end() {
        let weights = array![[0.0_f32, 0.0], [-2.0, 0.0], [1.0, 0.0], [2.0, 0.0]];
        let layer = Layer::new(weights.view(), array![0.5, 0.0].view(), Activation::Sigmoid);
        let network = Network::from_layers(vec![layer.unwrap()]).unwrap();
        let mut model = Model::new(network, Cost::Quadratic);
        assert!(matches!(weight_images(&model, 9), Err(ViewError::NotImages { features: 4, .. })));
        model.image_shape = Some((2, 2));
        let images = weight_images(&model, 9).unwrap();
        assert_eq!(images[0].pixels, [128, 1, 192, 255]);
        assert_eq!((images[0].bias, images[0].scale), (0.5, 2.0));
        assert_eq!(images[1].pixels, [128; 4]);
        assert_eq!(weight_images(&model, 1).unwrap().len(), 1);
    }
}
