//! Tests of run folders.

use std::fs;

use nn_core::{Cost, Model, NetworkBuilder};

use super::*;
use crate::{Recipe, TrainParams, TrainerState};

pub(super) fn manifest() -> Manifest {
    let mut recipe = Recipe::from_toml("[training]\nlearning_rate = 0.1").unwrap();
    recipe.training.seed = u64::MAX;
    Manifest {
        version: "nn 1".to_owned(),
        recipe,
        data: DataRecord {
            name: "MNIST".to_owned(),
            key: "mnist".to_owned(),
            train: 90,
            validation: 10,
            test: 20,
            features: 784,
            classes: 10,
            sha256: "0a1b".to_owned(),
        },
    }
}

pub(super) fn checkpoint(epoch: usize) -> Checkpoint<f32> {
    let network = NetworkBuilder::new(&[2, 3, 2]).build(epoch as u64).unwrap();
    let state = TrainerState {
        params: TrainParams::default(),
        samples: 20,
        epoch,
        batch: 0,
        cost_sum: 0.0,
        correct: 0,
        next_batch_size: None,
        optimizer_steps: 0,
        progress: crate::ProgressState::default(),
        kept: Vec::new(),
        optimizer: Vec::new(),
    };
    Checkpoint { model: Model::new(network, Cost::Quadratic), state, best: None }
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = entries(&Disk::real(), folder).unwrap();
    entries.iter().map(|e| e.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_run_is_opened_as_it_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs").join("first");
    let run = RunFolder::create(&path, &manifest(), false).unwrap();
    assert_eq!(run.load::<f32>(CheckpointKind::Last, &Limits::default()).unwrap(), None);
    run.save(CheckpointKind::Last, &checkpoint(1)).unwrap();
    drop(run);
    let run = RunFolder::open(&path).unwrap();
    assert_eq!(run.manifest().unwrap(), manifest());
    assert_eq!(run.dead_owner(), None);
    let loaded = run.load(CheckpointKind::Last, &Limits::default()).unwrap();
    assert_eq!(loaded, Some(checkpoint(1)));
}

#[test]
fn a_run_is_replaced_only_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunFolder::create(folder.path(), &manifest(), false).unwrap();
    run.save(CheckpointKind::Last, &checkpoint(1)).unwrap();
    drop(run);
    let refused = RunFolder::create(folder.path(), &manifest(), false).unwrap_err();
    assert!(matches!(refused, RunError::Exists { .. }), "{refused}");
    let run = RunFolder::create(folder.path(), &manifest(), true).unwrap();
    assert_eq!(names(folder.path()), ["checkpoints", "lock", "run.toml"]);
    assert!(!run.checkpoint_path(CheckpointKind::Last).exists());
}

#[test]
fn files_that_are_no_run_s_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), "x").unwrap();
    for replace in [false, true] {
        let refused = RunFolder::create(folder.path(), &manifest(), replace).unwrap_err();
        assert!(matches!(refused, RunError::NotARun { .. }), "{refused}");
    }
    assert_eq!(names(folder.path()), ["thesis.tex"]);
    let refused = RunFolder::open(folder.path()).unwrap_err();
    assert!(refused.to_string().ends_with("it has no run.toml"), "{refused}");
}

#[test]
fn one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunFolder::create(folder.path(), &manifest(), false).unwrap();
    for refused in [
        RunFolder::open(folder.path()).unwrap_err(),
        RunFolder::create(folder.path(), &manifest(), true).unwrap_err(),
    ] {
        assert!(matches!(refused, RunError::Locked { .. }), "{refused}");
    }
    assert!(run.manifest_path().is_file());
    drop(run);
    fs::write(folder.path().join("lock"), "4711").unwrap();
    let run = RunFolder::open(folder.path()).unwrap();
    assert_eq!(run.dead_owner(), Some(4711));
}

#[test]
fn litter_of_a_killed_process_goes() {
    let folder = tempfile::tempdir().unwrap();
    drop(RunFolder::create(folder.path(), &manifest(), false).unwrap());
    fs::write(folder.path().join(".nn-abc.tmp"), "x").unwrap();
    fs::write(folder.path().join("checkpoints").join(".nn-def.tmp"), "x").unwrap();
    drop(RunFolder::open(folder.path()).unwrap());
    assert_eq!(names(folder.path()), ["checkpoints", "lock", "run.toml"]);
    assert!(names(&folder.path().join("checkpoints")).is_empty());
}

#[test]
fn metrics_of_epochs_to_come_are_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunFolder::create(folder.path(), &manifest(), false).unwrap();
    run.keep_metrics(3).unwrap();
    for epoch in 1..=3 {
        run.append_metrics(&serde_json::json!({ "epoch": epoch, "cost": 0.5 })).unwrap();
    }
    let read = || fs::read_to_string(run.metrics_path()).unwrap();
    let whole = read();
    run.keep_metrics(3).unwrap();
    assert_eq!(read(), whole);
    fs::write(run.metrics_path(), whole + "{\"epoch\": 1, \"co").unwrap();
    run.keep_metrics(2).unwrap();
    let epochs: Vec<usize> =
        read().lines().map(|line| serde_json::from_str::<Line>(line).unwrap().epoch).collect();
    assert_eq!(epochs, [1, 2]);
}

#[test]
fn the_newest_checkpoints_of_epochs_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunFolder::create(folder.path(), &manifest(), false).unwrap();
    run.save(CheckpointKind::Last, &checkpoint(1)).unwrap();
    run.save(CheckpointKind::Best, &checkpoint(1)).unwrap();
    for epoch in [9_998, 9_999, 10_000, 10_001] {
        run.save(CheckpointKind::Epoch(epoch), &checkpoint(1)).unwrap();
    }
    run.prune(3).unwrap();
    let kept = ["best.nnc", "epoch-10000.nnc", "epoch-10001.nnc", "epoch-9999.nnc", "last.nnc"];
    assert_eq!(names(&folder.path().join("checkpoints")), kept);
    run.prune(0).unwrap();
    assert_eq!(names(&folder.path().join("checkpoints")), ["best.nnc", "last.nnc"]);
}

#[test]
fn damage_is_told_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunFolder::create(folder.path(), &manifest(), false).unwrap();
    fs::write(run.checkpoint_path(CheckpointKind::Last), "no checkpoint").unwrap();
    let error = run.load::<f32>(CheckpointKind::Last, &Limits::default()).unwrap_err();
    assert!(error.to_string().ends_with("last.nnc"), "{error}");
    fs::write(run.manifest_path(), "version = ").unwrap();
    assert!(matches!(run.manifest(), Err(RunError::Manifest { .. })));
}

#[test]
fn a_run_is_seen_from_outside_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    assert!(RunSummary::all(&runs).unwrap().is_empty());
    let path = runs.join("first");
    let run = RunFolder::create(&path, &manifest(), false).unwrap();
    for (epoch, accuracy) in [(1, 0.5), (2, 0.75), (3, 0.75)] {
        let line = serde_json::json!({
            "epoch": epoch, "test_accuracy": accuracy, "validation_accuracy": null, "seconds": 2,
        });
        run.append_metrics(&line).unwrap();
    }
    fs::create_dir(runs.join("no run")).unwrap();
    let seen = RunSummary::of(&path).unwrap();
    assert_eq!((seen.name().as_str(), seen.state), ("first", RunState::Running));
    assert_eq!(seen.manifest, manifest());
    assert_eq!((seen.epochs.len(), seen.test_accuracy()), (3, Some(0.75)));
    assert_eq!((seen.best().unwrap().epoch, seen.seconds()), (2, 6.0));

    drop(run);
    let all = RunSummary::all(&runs).unwrap();
    assert_eq!(all.len(), 1);
    let seen = all[0].as_ref().unwrap();
    assert_eq!(seen.state, RunState::Stopped);
    let files = ["run.toml", "metrics.jsonl"].map(|name| path.join(name).metadata().unwrap().len());
    assert_eq!(seen.bytes, files.iter().sum::<u64>());

    fs::write(path.join("run.toml"), "no manifest").unwrap();
    assert!(matches!(RunSummary::all(&runs).unwrap()[0], Err(RunError::Manifest { .. })));
}

#[test]
fn a_run_is_deleted_with_its_folder_but_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let run = RunFolder::create(&path, &manifest(), false).unwrap();
    run.save(CheckpointKind::Last, &checkpoint(1)).unwrap();
    fs::write(path.join("notes.txt"), "mine").unwrap();
    assert!(matches!(run.delete(), Err(RunError::NotARun { .. })));
    assert!(path.join("run.toml").is_file());
    fs::remove_file(path.join("notes.txt")).unwrap();
    RunFolder::open(&path).unwrap().delete().unwrap();
    assert!(!path.exists());
}
