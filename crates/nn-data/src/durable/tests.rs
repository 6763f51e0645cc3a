//! Tests of durable writes: nothing that was there is lost, whatever fails.

use super::faults::{FailNth, Failure};
use super::*;

fn names(folder: &Path) -> Vec<PathBuf> {
    Disk::real().list(folder).unwrap()
}

#[test]
fn a_failed_write_leaves_the_old_file_and_no_litter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    write_file(&path, |out| out.write_all(b"old")).unwrap();
    let failed = write_file(&path, |out| {
        out.write_all(b"new, but only half of")?;
        Err(io::Error::from(io::ErrorKind::StorageFull))
    });
    assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), std::slice::from_ref(&path));
    write_file(&path, |out| out.write_all(b"new")).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(names(folder.path()), [path]);
}

#[test]
fn a_folder_in_the_way_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    fs::create_dir(&path).unwrap();
    assert!(write_file(&path, |out| out.write_all(b"new")).is_err());
    assert_eq!(names(folder.path()), [path]);
}

#[cfg(unix)]
#[test]
fn others_may_read_what_the_umask_lets_them() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
    write_file(&ours, |out| out.write_all(b"x")).unwrap();
    fs::write(&plain, b"x").unwrap();
    assert_eq!(mode(&ours), mode(&plain));
}

/// Calls `act` with a disk whose Nth operation fails, for every N there is, in every way.
fn every_fault(mut act: impl FnMut(&Disk, &str)) {
    for failure in Failure::ALL {
        for for_ever in [false, true] {
            for nth in 1.. {
                let faults = Arc::new(FailNth::new(nth, for_ever, failure));
                let what = format!("{failure:?} at operation {nth}, for ever: {for_ever}");
                act(&Disk::with_faults(faults.clone()), &what);
                if faults.operations() < nth {
                    break; // There is no Nth operation any more.
                }
            }
        }
    }
}

#[test]
fn whichever_operation_fails_the_old_file_or_the_new_one_is_there() {
    let mut failures = 0;
    every_fault(|disk, what| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        fs::write(&path, b"old").unwrap();
        let new = vec![b'n'; 200_000];
        let written = disk.write_file(&path, |out| {
            out.write_all(&new[..100_000])?;
            out.write_all(&new[100_000..])
        });
        let found = fs::read(&path).unwrap();
        failures += usize::from(written.is_err());
        assert!(found == new || (written.is_err() && found == b"old"), "{what}");
        // A file that can't be removed stays; the next owner of the folder does that.
        let litter = names(folder.path()).len() - 1;
        let may_stay = what.ends_with("true") || what.starts_with("ShortThenFull");
        assert!(litter == 0 || (litter == 1 && may_stay), "{what}: {litter}");
    });
    assert!(failures > 20, "only {failures} failures");
}

/// Takes seven bytes at a time.
#[derive(Debug)]
struct Short;

impl Faults for Short {
    fn before(&self, operation: Operation) -> Option<Fault> {
        (operation == Operation::Write).then_some(Fault::Short(7))
    }
}

#[test]
fn a_short_write_alone_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    let disk = Disk::with_faults(Arc::new(Short));
    disk.write_file(&path, |out| out.write_all(&[1; 1000])).unwrap();
    disk.append(&path, &[2; 10]).unwrap();
    assert_eq!(fs::read(&path).unwrap(), [&[1; 1000][..], &[2; 10]].concat());
}

#[test]
fn a_failed_append_leaves_what_was_there() {
    every_fault(|disk, what| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics");
        fs::write(&path, b"one\n").unwrap();
        let appended = disk.append(&path, b"two\n");
        let found = fs::read(&path).unwrap();
        match appended {
            Ok(()) => assert_eq!(found, b"one\ntwo\n", "{what}"),
            // If the file can't be cut either, part of the line stays.
            Err(_) if what.ends_with("true") => assert!(found.starts_with(b"one\n"), "{what}"),
            Err(_) => {
                let kept = found == b"one\n" || what.starts_with("ShortThenFull");
                assert!(kept && found.starts_with(b"one\n"), "{what}: {found:?}");
            }
        }
    });
}

#[test]
fn folders_are_made_with_those_above_them() {
    every_fault(|disk, what| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs/first/checkpoints");
        let made = disk.create_folder(&path);
        assert!(made.is_err() || path.is_dir(), "{what}");
        Disk::real().create_folder(&path).unwrap();
    });
}

#[test]
fn the_disk_says_how_much_fits() {
    let folder = tempfile::tempdir().unwrap();
    let there = free_space(folder.path()).unwrap();
    assert!(there > 0);
    // A folder yet to be made is on the disk of the one above it.
    assert!(free_space(&folder.path().join("runs/first")).is_ok());
    // A file system without blocks is not a full one.
    #[cfg(target_os = "linux")]
    assert_eq!(free_space(Path::new("/sys/run")).unwrap_err().kind(), io::ErrorKind::Unsupported);
}
