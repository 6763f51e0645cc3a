//! A server in this process, and the plainest of HTTP clients.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::OnceLock;
use std::thread::JoinHandle;
use std::time::Duration;

use nn_core::{Activation, Cost, Model, NetworkBuilder, Normalization};
use nn_lab::{Lab, LabData, Limits, Server, Stop};
use nn_train::{BYTE_SCALE, Samples, TrainParams, Trainer};
use serde_json::Value;

/// A server that is stopped when it goes out of scope.
pub struct Running {
    pub address: SocketAddr,
    stop: Stop,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// A model that was trained for two epochs on the embedded sample.
pub fn model() -> Model<f32> {
    static MODEL: OnceLock<Model<f32>> = OnceLock::new();
    MODEL
        .get_or_init(|| {
            let splits = nn_data::sample::splits();
            let samples = Samples::from_dataset(&splits.train).unwrap();
            let network = NetworkBuilder::<f32>::new(&[784, 20, 10])
                .output(Activation::Softmax)
                .build(1)
                .unwrap();
            let cost = Cost::SoftmaxCrossEntropy;
            let params =
                TrainParams { epochs: 3, learning_rate: 0.5, threads: 1, ..TrainParams::default() };
            let mut trainer = Trainer::new(network, &cost, &samples, &params).unwrap();
            trainer.run(&mut ()).unwrap();
            let mut model = Model::new(trainer.into_network(), cost);
            model.normalization = Normalization::Scale(BYTE_SCALE);
            model.image_shape = Some((28, 28));
            model
        })
        .clone()
}

impl Running {
    pub fn start() -> Self {
        Self::with(&Limits::default())
    }

    pub fn with(limits: &Limits) -> Self {
        let splits = nn_data::sample::splits();
        let data = LabData::new(
            "the sample",
            "sample",
            splits.train,
            Some(splits.validation),
            splits.test,
        );
        let lab = Lab::new(model(), data, 1).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server::new(listener, lab, false, None, limits.clone()).unwrap();
        let (address, stop) = (server.address(), server.stopper());
        let thread = Some(std::thread::spawn(move || server.run()));
        Self { address, stop, thread }
    }

    /// Stops the server, and waits until it is gone.
    pub fn stop(mut self) {
        self.stop.stop();
        self.thread.take().unwrap().join().unwrap().unwrap();
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    /// Sends these bytes and reads until the server closes.
    pub fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        // A server that refuses early may close before all is written.
        let _ = stream.write_all(request);
        Answer::read(&mut stream)
    }

    /// A request with these further header lines.
    pub fn request(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let (host, length) = (self.address, body.len());
        let length =
            if method == "GET" { String::new() } else { format!("content-length: {length}\r\n") };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{length}{headers}\r\n{body}"
        );
        self.raw(request.as_bytes())
    }

    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, "", "")
    }

    pub fn post(&self, path: &str, body: &str) -> Answer {
        self.request("POST", path, "content-type: application/json\r\n", body)
    }

    /// A POST that must go well.
    #[track_caller]
    pub fn ok(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, &body.to_string());
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// A GET that must go well.
    #[track_caller]
    pub fn see(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Answer {
    pub fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        // A reset after the answer is the server's way of not reading the rest.
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}
