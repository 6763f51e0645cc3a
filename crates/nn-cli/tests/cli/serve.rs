//! `nn-cli serve`: what is refused at the start, what is served, and the end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, test_digit};

/// A server that is killed when it goes out of scope.
struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    fn start(sandbox: &Sandbox, args: &[&str]) -> Self {
        let args = [&["serve", "--port", "0", "--data", "sample", "--json", "-q"], args].concat();
        // Only std's command can be left running.
        let made = sandbox.command(args);
        let mut command = std::process::Command::new(made.get_program());
        command.args(made.get_args()).env_clear();
        command.envs(made.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(folder) = made.get_current_dir() {
            command.current_dir(folder);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let listening: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&listening["event"], &listening["schema"]), (&json!("listening"), &json!(1)));
        let url = listening["url"].as_str().unwrap();
        let address = url.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
        Self { child, address }
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{text}");
        serde_json::from_str(body).unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_cannot_be_served_is_refused_at_the_start() {
    let sandbox = Sandbox::with_model();
    sandbox.write("broken.nnm", b"no model at all");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let data = ["--data", "sample"];
    let refuse = |args: &[&str], code, message: &str| {
        sandbox.refuse(&[&["serve"], args, &data].concat(), code, message);
    };
    refuse(&["model.nnm", "--port", &port], 5, "cannot listen on 127.0.0.1");
    for port in ["70000", "-1", "http"] {
        let outcome = sandbox.run(&["serve", "model.nnm", "--port", port]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
        let expected = "'--port <PORT>': expected a whole number from 0 to 65535";
        assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
    }
    refuse(&["model.nnm", "--port", "0", "--host", "0.0.0.0"], 2, "--host 0.0.0.0");
    refuse(&["model.nnm", "--port", "0", "--host", "::"], 2, "--host ::");
    refuse(&["model.nnm", "--port", "0", "--host", "no such name"], 2, "--host no such name");
    refuse(&["broken.nnm", "--port", "0"], 4, "broken.nnm");
    refuse(&["none.nnm", "--port", "0"], 5, "none.nnm");
}

#[test]
fn answers_are_those_of_predict_to_the_last_bit() {
    let sandbox = Sandbox::with_model();
    let serving = Serving::start(&sandbox, &["model.nnm"]);
    let said = sandbox.ok(&["predict", "model.nnm", "0", "1", "2", "3", "4", "--json"]).json();
    for (index, said) in said.iter().enumerate() {
        let (pixels, _) = test_digit(index);
        let answer = serving.post("/api/predict", &json!({"pixels": pixels}));
        assert_eq!(answer["class"], said["class"]);
        let numbers =
            |value: &Value| -> Vec<f32> { serde_json::from_value(value.clone()).unwrap() };
        assert_eq!(numbers(&answer["confidences"]), numbers(&said["confidences"]));
    }
}

#[test]
fn without_a_model_it_starts_untrained() {
    let serving = Serving::start(&Sandbox::new(), &[]);
    let (pixels, _) = test_digit(0);
    let answer = serving.post("/api/predict", &json!({"pixels": pixels}));
    assert_eq!(answer["confidences"].as_array().unwrap().len(), 10);
}

#[test]
#[cfg(unix)]
fn signals_end_it_well() {
    for signal in ["-INT", "-TERM"] {
        let sandbox = Sandbox::with_model();
        let mut serving = Serving::start(&sandbox, &["model.nnm"]);
        let pid = serving.child.id().to_string();
        let sent = std::process::Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
        assert_eq!(serving.child.wait().unwrap().code(), Some(0), "{signal}");
        assert!(TcpStream::connect(&serving.address).is_err());
    }
}
