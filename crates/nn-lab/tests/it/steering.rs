//! Training, watched and steered.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Running;

/// Waits until training is as wanted.
#[track_caller]
fn wait(server: &Running, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..3000 {
        let state = server.see("/api/train");
        if wanted(&state) {
            return state;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("never so: {}", server.see("/api/train"));
}

fn phase(name: &'static str) -> impl Fn(&Value) -> bool {
    move |state| state["phase"] == name
}

fn plan(epochs: usize) -> Value {
    json!({
        "network": {"hidden": [12], "seed": 1},
        "training": {"epochs": epochs, "learning_rate": 3.0},
    })
}

#[test]
fn a_training_runs_to_its_end_and_its_network_answers() {
    let server = Running::start();
    assert_eq!(server.see("/api/train")["phase"], "idle");
    assert_eq!(server.ok("/api/train/start", &plan(2))["phase"], "running");
    let state = wait(&server, phase("finished"));
    let history = state["history"].as_array().unwrap();
    assert_eq!(history.len(), 2);
    assert!(history[1]["accuracy"].as_f64().unwrap() > 0.5);
    assert!(!state["batch_cost"]["points"].as_array().unwrap().is_empty());
    assert_eq!(state["layers"].as_array().unwrap().len(), 2);
    let status = server.see("/api/status");
    assert_eq!(status["model"]["sizes"], json!([784, 12, 10]));
    assert_eq!((&status["model"]["epochs"], &status["training"]), (&json!(2), &json!("finished")));
    let weights = server.see("/api/train/weights");
    let units = weights["looks_for"].as_array().unwrap();
    assert_eq!((units.len(), &weights["units"], &weights["from"]), (12, &json!(12), &json!(0)));
    let some = server.see("/api/train/weights?from=7&count=4");
    assert_eq!(some["looks_for"].as_array().unwrap(), &units[7..11]);
    let beyond = server.see("/api/train/weights?from=12");
    assert_eq!((&beyond["looks_for"], &beyond["units"]), (&json!([]), &json!(12)));
    for wrong in ["count=0", "count=101", "from=-1", "of=3"] {
        assert_eq!(server.get(&format!("/api/train/weights?{wrong}")).status, 422, "{wrong}");
    }
    assert_ne!(weights["layers"][0]["now"], weights["layers"][0]["start"]);
    let original = server.ok("/api/model/restore", &json!({}));
    assert_eq!(original["model"]["sizes"], json!([784, 20, 10]));
}

#[test]
fn a_training_can_be_stepped_paused_changed_and_stopped() {
    let server = Running::start();
    let mut slow = plan(5);
    slow["paused"] = json!(true);
    server.ok("/api/train/start", &slow);
    wait(&server, |state| state["phase"] == "paused" && state["batch"] == 0);
    for done in 1..=3 {
        server.ok("/api/train/step", &json!({}));
        wait(&server, |state| state["phase"] == "paused" && state["batch"] == done);
    }
    let changes = json!({
        "learning_rate": 0.5,
        "batch_size": 20,
        "lambda": 1.0,
        "optimizer": {"name": "momentum", "momentum": 0.5},
        "dropout": {"hidden": 0.2},
        "augment": {"shift": 1, "rotation": 5},
    });
    server.ok("/api/train/settings", &json!({"training": changes}));
    let state = wait(&server, |state| state["params"]["learning_rate"] == 0.5);
    assert_eq!((&state["params"]["batch_size"], &state["phase"]), (&json!(20), &json!("paused")));
    assert_eq!(state["params"]["dropout"]["hidden"], 0.2);
    assert_eq!(state["params"]["augment"]["rotation"], 5.0);
    assert_eq!(state["message"], Value::Null);
    server.ok("/api/train/epoch", &json!({}));
    let state = wait(&server, |state| {
        state["phase"] == "paused" && state["history"].as_array().unwrap().len() == 1
    });
    assert_eq!((&state["batches"], &state["epoch"]), (&json!(200), &json!(1)));
    server.ok("/api/train/settings", &json!({"pause": 2000}));
    server.ok("/api/train/resume", &json!({}));
    wait(&server, phase("running"));
    // Slow motion is broken off at once.
    server.ok("/api/train/stop", &json!({}));
    wait(&server, phase("stopped"));
    assert_eq!(server.post("/api/train/resume", "{}").status, 409);
}

#[test]
fn what_cannot_be_trained_is_refused() {
    let server = Running::start();
    for wrong in [
        json!({"network": {"hidden": [0]}}),
        json!({"network": {"hidden": [100_000]}}),
        json!({"network": {"hidden": vec![2000; 8]}}),
        json!({"network": {"activation": "magic"}}),
        json!({"network": {"cost": "money"}}),
        json!({"training": {"epochs": 0}}),
        json!({"training": {"batch_size": 1_000_000}}),
        json!({"training": {"speed": 1}}),
        json!({"pause": 1_000_000}),
    ] {
        assert_eq!(server.post("/api/train/start", &wrong.to_string()).status, 422, "{wrong}");
    }
    assert_eq!(server.post("/api/train/pause", "{}").status, 409);
    assert_eq!(server.post("/api/train/dance", "{}").status, 404);
    let mut long = plan(1000);
    long["pause"] = json!(50);
    server.ok("/api/train/start", &long);
    assert_eq!(server.post("/api/train/start", &plan(1).to_string()).status, 409);
    assert_eq!(server.post("/api/train/settings", "{\"training\":{\"seed\":9}}").status, 422);
}

#[test]
fn a_divergence_is_told_and_the_old_network_stays() {
    let server = Running::start();
    let wild = json!({
        "network": {"hidden": [12], "activation": "relu", "cost": "cross-entropy"},
        "training": {"epochs": 5, "learning_rate": 1e38, "optimizer": "momentum"},
    });
    server.ok("/api/train/start", &wild);
    let state = wait(&server, |state| state["phase"] != "running");
    assert_eq!(state["phase"], "failed");
    assert!(state["message"].as_str().unwrap().contains("learning rate"), "{state}");
    assert_eq!(server.see("/api/status")["model"]["sizes"], json!([784, 20, 10]));
}
