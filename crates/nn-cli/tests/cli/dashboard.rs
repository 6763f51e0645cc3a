//! `train --dashboard`: on a terminal, and where there is none.

use crate::sandbox::Sandbox;

const TRAIN: [&str; 8] =
    ["train", "--data", "sample", "--epochs", "2", "--hidden", "8", "--dashboard"];

#[test]
fn without_a_terminal_it_is_lines() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.ok(&TRAIN);
    assert!(outcome.stdout.contains("Test accuracy"), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains('\x1b') && !outcome.stderr.contains('\x1b'));
    #[cfg(feature = "dashboard")]
    assert!(outcome.stderr.contains("there is no terminal to draw on"), "{}", outcome.stderr);
    let model = sandbox.read("model.nnm");
    sandbox.ok(&TRAIN[..7]);
    assert_eq!(model, sandbox.read("model.nnm"));
    let events = sandbox.ok(&[&TRAIN[..], &["--json"]].concat()).json();
    assert_eq!(events.len(), 4);
}

/// Tests on a terminal of their own, which `script` of util-linux makes.
#[cfg(all(target_os = "linux", feature = "dashboard"))]
mod on_a_terminal {
    use std::io::{Read, Write};
    use std::path::Path;
    use std::process::{Child, Command, Stdio};

    use super::*;

    const SCRIPT: &str = "/usr/bin/script";
    const ENTER: &str = "\x1b[?1049h";
    const LEAVE: &str = "\x1b[?1049l";

    /// The program on a terminal; `None` where there is no `script`.
    fn start(sandbox: &Sandbox, args: &str) -> Option<Child> {
        let program = env!("CARGO_BIN_EXE_nn-cli");
        start_line(sandbox, &format!("stty rows 36 cols 120; exec {program} {args}"))
    }

    /// A line of the shell on a terminal.
    fn start_line(sandbox: &Sandbox, line: &str) -> Option<Child> {
        if !Path::new(SCRIPT).exists() {
            eprintln!("{SCRIPT} is not here: the dashboard was not drawn");
            return None;
        }
        let child = Command::new(SCRIPT)
            .args(["-qec", line, "/dev/null"])
            .current_dir(sandbox.path("."))
            .env("TERM", "xterm-256color")
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        Some(child.unwrap())
    }

    /// Reads until it is done, or to the end. What is drawn over something else comes in pieces, so
    /// only text on blank ground can be waited for.
    fn read_until(child: &mut Child, seen: &mut String, done: impl Fn(&str) -> bool) {
        let stdout = child.stdout.as_mut().unwrap();
        let mut bytes = [0; 4096];
        while !done(seen) {
            let n = stdout.read(&mut bytes).unwrap();
            if n == 0 {
                return;
            }
            seen.push_str(&String::from_utf8_lossy(&bytes[..n]));
        }
    }

    fn press(child: &mut Child, keys: &str) {
        child.stdin.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    #[test]
    fn it_draws_and_gives_the_terminal_back() {
        let sandbox = Sandbox::new();
        let Some(mut child) = start(&sandbox, &TRAIN.join(" ")) else { return };
        let mut seen = String::new();
        read_until(&mut child, &mut seen, |_| false);
        assert!(child.wait().unwrap().success(), "{seen}");
        let (enter, leave) = (seen.find(ENTER).unwrap(), seen.find(LEAVE).unwrap());
        assert!(enter < leave && leave < seen.find("Test accuracy").unwrap(), "{seen}");
        assert!(seen[enter..leave].contains("layers"), "{seen}");
        let drawn = sandbox.read("model.nnm");
        sandbox.ok(&TRAIN[..7]);
        assert_eq!(drawn, sandbox.read("model.nnm"), "the same bits as without it");
    }

    #[test]
    fn keys_change_the_rate_save_and_stop() {
        let sandbox = Sandbox::new();
        let args = "train --data sample --epochs 100000 --hidden 8 --run a --dashboard";
        let Some(mut child) = start(&sandbox, args) else { return };
        let mut seen = String::new();
        read_until(&mut child, &mut seen, |seen| seen.contains("layers"));
        press(&mut child, "ls");
        let halved = |_: &str| {
            let metrics = std::fs::read_to_string(sandbox.path("runs/a/metrics.jsonl"));
            metrics.is_ok_and(|text| text.contains("\"learning_rate\":1.5,"))
        };
        read_until(&mut child, &mut seen, halved);
        press(&mut child, "p");
        read_until(&mut child, &mut seen, |seen| seen.contains("PAUSED"));
        press(&mut child, "q");
        read_until(&mut child, &mut seen, |_| false);
        assert_eq!(child.wait().unwrap().code(), Some(130), "{seen}");
        assert!(seen.contains(LEAVE) && seen.contains("--resume"), "{seen}");
        let end = &seen[seen.rfind(LEAVE).unwrap()..];
        assert!(end.contains("interrupted in epoch"), "{end}");
        assert!(sandbox.path("runs/a/checkpoints/last.nnc").exists());
    }

    #[test]
    fn a_second_signal_ends_it_at_once_and_gives_the_terminal_back() {
        let sandbox = Sandbox::new();
        // One step takes longer than anybody waits: the first signal can't be obeyed meanwhile.
        let args = "train --data sample --hidden 4000,4000 --batch-size 4000 --validation 0 \
                    --epochs 9 --threads 1 --dashboard";
        let line = format!(
            "stty rows 36 cols 120; sh -c 'echo $$ >pid; exec {} {args}'; echo ended with $?; stty -a",
            env!("CARGO_BIN_EXE_nn-cli")
        );
        let Some(mut child) = start_line(&sandbox, &line) else { return };
        let mut seen = String::new();
        read_until(&mut child, &mut seen, |seen| seen.contains(ENTER));
        let pid = String::from_utf8(sandbox.read("pid")).unwrap();
        for _ in 0..2 {
            let sent = Command::new("kill").args(["-TERM", pid.trim()]).status().unwrap();
            assert!(sent.success());
        }
        read_until(&mut child, &mut seen, |_| false);
        assert!(child.wait().unwrap().success(), "{seen}");
        let (leave, end) = (seen.rfind(LEAVE).unwrap(), seen.find("ended with 143").unwrap());
        assert!(leave < end && !seen.contains("Test accuracy"), "{seen}");
        let settings = &seen[end..];
        assert!(settings.contains(" icanon") && settings.contains(" echo "), "{settings}");
    }
}
