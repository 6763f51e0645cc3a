//! Settings that can't be: exit 2, or 9 where the machine is too small, or 5 where nothing can be
//! written; always before anything is trained or written.

use crate::sandbox::Sandbox;

#[track_caller]
fn usage(flags: &[&str], message: &str) {
    let sandbox = Sandbox::new();
    sandbox.refuse_usage(&[&["train", "--data", "sample"], flags].concat(), message);
    assert_eq!(sandbox.names().len(), 0);
}

#[test]
fn numbers_out_of_range_are_refused() {
    let at_least_1 = "expected a whole number of at least 1";
    usage(&["--epochs", "0"], at_least_1);
    usage(&["--epochs", "-3"], at_least_1);
    usage(&["--batch-size", "0"], at_least_1);
    usage(&["--batch-size", "4001"], "--batch-size: expected from 1 to the 4000 training samples");
    for rate in ["0", "-1", "NaN", "inf", "1e999", "fast"] {
        usage(&["--learning-rate", rate], "'--learning-rate <RATE>': expected a finite number");
    }
    for lambda in ["-1", "NaN", "inf"] {
        usage(&["--lambda", lambda], "'--lambda <LAMBDA>': expected a finite number");
    }
    usage(&["--lambda", "4000"], "--learning-rate × --lambda: expected below the 4000");
    for momentum in ["1", "1.5", "-0.1", "NaN", "inf", "much"] {
        usage(
            &["--optimizer", "momentum", "--momentum", momentum],
            "'--momentum <SHARE>': expected a number of at least 0 and below 1",
        );
    }
    for threads in ["0", "-1", "1025", "all"] {
        usage(&["--threads", threads], "'--threads <N>': expected 1 to 1024, or auto");
    }
    for seed in ["-1", "1.5", "18446744073709551616", "x"] {
        usage(
            &["--seed", seed],
            "'--seed <N>': expected a whole number from 0 to 18446744073709551615",
        );
    }
    for validation in ["5000", "5001"] {
        usage(&["--validation", validation], "--validation: expected fewer than the 5000 training");
    }
    usage(&["--validation", "-1"], "expected a whole number of at least 0");
}

#[test]
fn layers_that_make_no_network_are_refused() {
    for layers in ["a,b", "784;10", "784,,10", "", "1.5,2"] {
        usage(&["--layers", layers], "expected whole numbers of at least 1 with commas");
    }
    usage(&["--layers", "784,0,10"], "a layer needs at least 1 unit");
    usage(&["--hidden", "0"], "a layer needs at least 1 unit");
    usage(&["--layers", "784"], "--layers: a network needs at least two layer sizes");
    usage(&["--layers", "99999999999999999999,10"], "number too large");
    usage(&["--layers", "783,30,10"], "--layers: expected 784 inputs and 10 outputs");
    usage(&["--layers", "784,30,11"], "found 784,30,11");
    usage(&["--layers", "784,10", "--hidden", "5"], "cannot be used with");
}

#[test]
fn names_that_are_not_known_are_refused() {
    usage(&["--activation", "sin"], "invalid value 'sin' for '--activation <NAME>'");
    usage(&["--activation", "softmax"], "invalid value 'softmax'");
    usage(&["--cost", "hinge"], "invalid value 'hinge' for '--cost <NAME>'");
    usage(&["--init", "zeros"], "invalid value 'zeros' for '--init <NAME>'");
    usage(
        &["--cost", "cross-entropy", "--output-activation", "tanh"],
        "--output-activation: the cross-entropy cost needs sigmoid outputs",
    );
    usage(&["--optimizer", "adm"], "invalid value 'adm' for '--optimizer <NAME>'");
    usage(&["--schedule", "linear"], "invalid value 'linear' for '--schedule <NAME>'");
    usage(&["--quiet", "--verbose"], "cannot be used with");
}

#[test]
fn networks_larger_than_the_machine_are_refused_with_the_estimate() {
    let sandbox = Sandbox::new();
    let train = |layers: &str, message: &str| {
        let args = ["train", "--data", "sample", "--layers", layers];
        sandbox.refuse(&args, 9, message);
    };
    train("784,9999999999,10", "training 784-9999999999-10 needs about 138 TB of memory");
    train("784,18446744073709551615,10", "larger than the address space");
    train("784,4294967296,4294967296,10", "larger than the address space");
    assert_eq!(sandbox.names().len(), 0);
}

#[test]
fn places_that_cannot_be_written_are_refused_before_training() {
    let sandbox = Sandbox::new();
    sandbox.write("file", b"");
    std::fs::create_dir(sandbox.path("folder")).unwrap();
    let train = |output: &str, message: &str| {
        let args = ["train", "--data", "sample", "--output", output];
        let outcome = sandbox.refuse(&args, 5, message);
        assert!(!outcome.stderr.contains("Training "), "{}", outcome.stderr);
    };
    train("no/such/folder/model.nnm", "cannot write no/such/folder/model.nnm: ");
    train("folder", "cannot write folder: is a directory");
    train("file/model.nnm", "cannot write file/model.nnm: ");
    if cfg!(target_os = "linux") {
        train("/proc/model.nnm", "cannot write /proc/model.nnm: ");
    }
    assert_eq!(sandbox.names(), ["file", "folder"]);
}

/// Folders that nothing can be written to: one of another system for whoever runs the tests, and one
/// of our own, to which root could write all the same.
#[cfg(target_os = "linux")]
#[test]
fn read_only_folders_are_refused_before_training() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::with_model();
    let mode = |mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(sandbox.path("shut"), permissions).unwrap();
    };
    std::fs::create_dir(sandbox.path("shut")).unwrap();
    mode(0o555);
    let mut folders = vec!["/sys"];
    if std::fs::write(sandbox.path("shut/probe"), b"").is_err() {
        folders.push("shut");
    }
    for folder in folders {
        let model = format!("{folder}/model.nnm");
        let train = ["train", "--data", "sample", "--output", &model];
        let outcome =
            sandbox.refuse(&train, 5, &format!("cannot write {model}: permission denied"));
        assert!(outcome.stderr.contains("hint: "), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("Training "), "{}", outcome.stderr);
        let run = format!("{folder}/run");
        let train = ["train", "--data", "sample", "--run-dir", &run];
        let outcome = sandbox.refuse(&train, 5, &format!("cannot make the folder {run}: "));
        // The file system of /sys has no block free, and none that is not: it isn't full.
        assert!(!outcome.stderr.contains("free"), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("Training "), "{}", outcome.stderr);
        let export = format!("{folder}/model.json");
        sandbox.refuse(&["export", "model.nnm", "-o", &export], 5, &export);
        let convert = format!("{folder}/sample.npz");
        sandbox.refuse(&["data", "convert", "sample", &convert], 5, &convert);
    }
    mode(0o755);
}

#[cfg(unix)]
#[test]
fn paths_need_not_be_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let sandbox = Sandbox::new();
    let name = OsStr::from_bytes(b"m\xff\xfe.nnm");
    let args = ["train", "--data", "sample", "--epochs", "1", "--output"].map(OsStr::new);
    sandbox.command(args.into_iter().chain([name])).assert().success();
    sandbox.command([OsStr::new("evaluate"), name]).assert().success();
    assert!(sandbox.path(name).exists());
    let nowhere = [OsStr::new("evaluate"), OsStr::from_bytes(b"\xff\xfe")];
    sandbox.command(nowhere).assert().code(5);
}
