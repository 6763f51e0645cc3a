//! The whole life of a run folder on a disk that fails: at every operation, once and for ever.

use std::sync::Arc;

use nn_data::durable::faults::{FailNth, Failure};

use super::tests::{checkpoint, manifest, names};
use super::*;

/// What is done in a run's life, in order.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Act {
    Save(CheckpointKind, usize),
    Metrics(usize),
    Prune,
    KeepMetrics(usize),
    Manifest,
}

use Act::{KeepMetrics, Metrics, Prune, Save};
use CheckpointKind::{Best, Epoch, Last};

/// Two epochs, a stop, and the second epoch again.
const LIFE: [Act; 14] = [
    Metrics(1),
    Save(Best, 1),
    Save(Last, 1),
    Save(Epoch(1), 1),
    Prune,
    Metrics(2),
    Save(Last, 2),
    Save(Epoch(2), 2),
    Prune,
    Act::Manifest,
    KeepMetrics(1),
    Metrics(2),
    Save(Last, 3),
    Prune,
];

fn act(run: &RunFolder, act: Act) -> Result<(), RunError> {
    match act {
        Save(kind, epoch) => run.save(kind, &checkpoint(epoch)),
        Metrics(epoch) => run.append_metrics(&serde_json::json!({ "epoch": epoch, "cost": 0.5 })),
        Prune => run.prune(1),
        KeepMetrics(epochs) => run.keep_metrics(epochs),
        Act::Manifest => run.write_manifest(&manifest()),
    }
}

fn epochs(run: &RunFolder) -> Vec<usize> {
    let text = std::fs::read_to_string(run.metrics_path()).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str::<Line>(line).unwrap().epoch).collect()
}

/// Which checkpoint is there.
fn loaded(run: &RunFolder, kind: CheckpointKind) -> Option<usize> {
    let found = run.load::<f32>(kind, &Limits::default()).unwrap();
    found.map(|found| {
        let epoch = found.state.epoch;
        assert_eq!(found, checkpoint(epoch));
        epoch
    })
}

/// Lives until something fails, or to the end; gives the acts that were done.
fn live(disk: &Disk, path: &Path) -> Result<(), Option<usize>> {
    let run = RunFolder::create_on(disk, path, &manifest(), false).map_err(|_| None)?;
    for (done, step) in LIFE.into_iter().enumerate() {
        act(&run, step).map_err(|_| Some(done))?;
    }
    Ok(())
}

/// What must be there after `done` acts succeeded and the next one failed.
fn check_remains(path: &Path, done: usize, what: &str) {
    let run = RunFolder::open(path).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(run.manifest().unwrap(), manifest(), "{what}");
    for kind in [Last, Best] {
        let saved = |acts: &[Act]| {
            acts.iter().rev().find_map(|act| match act {
                Save(of, epoch) if *of == kind => Some(*epoch),
                _ => None,
            })
        };
        let (old, new) = (saved(&LIFE[..done]), saved(&LIFE[..=done]));
        let found = loaded(&run, kind);
        assert!(
            found == old || found == new,
            "{what}: {kind:?} is {found:?}, not {old:?} or {new:?}"
        );
    }
    for epoch in [1, 2] {
        loaded(&run, Epoch(epoch));
    }
    // What a resumed run does first: half a line goes, and whole ones stay.
    run.keep_metrics(9).unwrap();
    let kept = epochs(&run);
    assert!([&[][..], &[1], &[1, 2]].contains(&&kept[..]), "{what}: {kept:?}");
    let written = LIFE[..done].contains(&Metrics(1));
    assert!(!written || !kept.is_empty(), "{what}: metrics are lost");
    for folder in [path.to_owned(), path.join("checkpoints")] {
        assert!(!names(&folder).iter().any(|name| name.contains(".tmp")), "{what}: litter");
    }
    // And it goes on.
    for step in &LIFE[done..] {
        act(&run, *step).unwrap_or_else(|error| panic!("{what}: {error}"));
    }
    assert_eq!(loaded(&run, Last), Some(3), "{what}");
}

#[test]
fn whichever_operation_fails_the_run_can_be_gone_on_with() {
    for failure in Failure::ALL {
        for for_ever in [false, true] {
            let mut failed = 0;
            for nth in 1.. {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("runs/first");
                let faults = Arc::new(FailNth::new(nth, for_ever, failure));
                let what = format!("{failure:?} at operation {nth}, for ever: {for_ever}");
                match live(&Disk::with_faults(faults.clone()), &path) {
                    Ok(()) => {}
                    Err(Some(done)) => {
                        failed += 1;
                        check_remains(&path, done, &what);
                    }
                    Err(None) => {
                        failed += 1;
                        // Not even begun: begun again it is a run, if the manifest is not there
                        // already because only the sync after its rename failed.
                        let replace = path.join("run.toml").exists();
                        RunFolder::create(&path, &manifest(), replace).unwrap();
                        check_remains(&path, 0, &what);
                    }
                }
                if faults.operations() < nth {
                    break;
                }
            }
            assert!(failed > 60, "only {failed} failures of {failure:?}");
        }
    }
}

#[test]
fn what_failed_once_can_be_tried_again_at_once() {
    for failure in Failure::ALL {
        for nth in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let faults = Arc::new(FailNth::new(nth, false, failure));
            let disk = Disk::with_faults(faults.clone());
            let create = || RunFolder::create_on(&disk, folder.path(), &manifest(), true);
            let run = create().or_else(|_| create()).unwrap();
            for step in LIFE {
                let again = |_| act(&run, step);
                act(&run, step).or_else(again).unwrap();
            }
            if faults.operations() <= nth {
                break; // What follows only looks.
            }
            let what = format!("{failure:?} at operation {nth}");
            assert_eq!([loaded(&run, Last), loaded(&run, Best)], [Some(3), Some(1)], "{what}");
            assert!(names(&folder.path().join("checkpoints")).contains(&"epoch-0002.nnc".into()));
            run.keep_metrics(9).unwrap();
            let mut kept = epochs(&run);
            // A line whose sync failed was written, and then written again.
            kept.dedup();
            assert_eq!(kept, [1, 2], "{what}");
        }
    }
}
