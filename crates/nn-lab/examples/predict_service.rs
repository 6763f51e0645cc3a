//! A model behind HTTP: `POST /predict` with features as JSON, class and confidences back.
//!
//! ```text
//! cargo run -p nn-lab --example predict_service                      # tries itself out
//! cargo run -p nn-lab --example predict_service -- MODEL.nnm 8000    # on 127.0.0.1:8000
//! curl -d '{"features":[0,1]}' -H 'content-type: application/json' localhost:8000/predict
//! ```
//!
//! The model is read once and shared; each request has a predictor of its own. `nn-cli serve` is
//! another thing: the lab, for people.

#![forbid(unsafe_code)]

use std::error::Error;
use std::fs::File;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use ndarray::{array, aview1};
use nn_core::targets::argmax;
use nn_core::{Activation, Cost, Layer, Limits, Model, Network, Predictor};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is asked: one sample's features, raw.
#[derive(Deserialize)]
struct Question {
    features: Vec<f64>,
}

/// What is answered.
#[derive(Serialize)]
struct Answer {
    class: String,
    confidences: Vec<f32>,
}

async fn predict(
    State(model): State<Arc<Model<f32>>>,
    Json(question): Json<Question>,
) -> Result<Json<Answer>, (StatusCode, String)> {
    let (expected, found) = (model.network.num_inputs(), question.features.len());
    if expected != found {
        let text = format!("expected {expected} features, found {found}");
        return Err((StatusCode::UNPROCESSABLE_ENTITY, text));
    }
    let features = model.normalization.apply(aview1(&question.features));
    let features: Vec<f32> = features.into_iter().map(|x| x as f32).collect();
    // A large network, or many rows at once, would go to `tokio::task::spawn_blocking`.
    let mut predictor = Predictor::new(&model.network);
    let confidences = predictor
        .predict(&features)
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?
        .to_vec();
    let j = argmax(&confidences);
    let class = model.class_names.get(j).cloned().unwrap_or_else(|| j.to_string());
    Ok(Json(Answer { class, confidences }))
}

fn service(model: Model<f32>) -> Router {
    Router::new()
        .route("/predict", post(predict))
        .layer(DefaultBodyLimit::max(64 << 10))
        .with_state(Arc::new(model))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    if let Some(path) = arguments.next() {
        let model = Model::read_from(File::open(path)?, &Limits::default())?;
        let port = arguments.next().map_or(Ok(8000), |port| port.parse())?;
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        println!("listening on {}", listener.local_addr()?);
        return Ok(axum::serve(listener, service(model)).await?);
    }

    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, service(xor()?)).await });
    for (body, status, expected) in [
        (r#"{"features":[0,1]}"#, "200 OK", r#""class":"different""#),
        (r#"{"features":[1,1]}"#, "200 OK", r#""class":"same""#),
        (r#"{"features":[1]}"#, "422 Unprocessable Entity", "expected 2 features, found 1"),
    ] {
        let mut stream = TcpStream::connect(address).await?;
        let head = "POST /predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                    Content-Type: application/json\r\nContent-Length:";
        let request = format!("{head} {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).await?;
        let mut response = String::new();
        stream.read_to_string(&mut response).await?;
        let answer = response.lines().last().unwrap_or_default();
        println!("{body} → {answer}");
        assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{response}");
        assert!(answer.contains(expected), "{response}");
    }
    server.abort();
    Ok(())
}

/// A network for XOR with weights chosen by hand: the hidden units are OR and NAND, and where both
/// are lit, the inputs differ.
fn xor() -> std::io::Result<Model<f32>> {
    let layers = || {
        let weights = array![[20.0, -20.0], [20.0, -20.0]];
        let hidden = Layer::new(weights.view(), array![-10.0, 30.0].view(), Activation::Sigmoid)?;
        let weights = array![[0.0, 20.0], [0.0, 20.0]];
        let output = Layer::new(weights.view(), array![0.0, -30.0].view(), Activation::Softmax)?;
        Network::from_layers(vec![hidden, output])
    };
    let mut model = Model::new(layers().map_err(std::io::Error::other)?, Cost::SoftmaxCrossEntropy);
    model.class_names = vec!["same".to_owned(), "different".to_owned()];
    Ok(model)
}
