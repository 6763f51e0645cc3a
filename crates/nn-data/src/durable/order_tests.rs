//! Tests of what reaches the disk in which order: a power cut can't be had in a test, but a sync
//! that is missing or comes too late can be seen.

use std::sync::Mutex;

use super::*;

/// Lets everything happen, and keeps what.
#[derive(Debug, Default)]
struct Recorded(Mutex<Vec<Operation>>);

impl Faults for Recorded {
    fn before(&self, operation: Operation) -> Option<Fault> {
        self.0.lock().unwrap().push(operation);
        None
    }
}

/// What `work` does to a disk.
fn operations(work: impl FnOnce(&Disk)) -> Vec<Operation> {
    let recorded = Arc::new(Recorded::default());
    work(&Disk::with_faults(recorded.clone()));
    recorded.0.lock().unwrap().clone()
}

#[test]
fn a_file_is_synced_before_it_has_its_name_and_the_name_after() {
    use Operation::{Create, Remove, Rename, Sync, SyncFolder, Write};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    let whole = operations(|disk| disk.write_file(&path, |out| out.write_all(b"new")).unwrap());
    assert_eq!(whole, [Create, Write, Sync, Rename, SyncFolder]);
    let failed = operations(|disk| {
        disk.write_file(&path, |_| Err(io::ErrorKind::InvalidData.into())).unwrap_err();
    });
    assert_eq!(failed, [Create, Remove]);
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn what_is_appended_is_synced_and_so_is_a_new_name() {
    use Operation::{Open, Sync, SyncFolder, Write};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics");
    let append = || operations(|disk| disk.append(&path, b"line\n").unwrap());
    assert_eq!(append(), [Open, Write, Sync, SyncFolder]);
    assert_eq!(append(), [Open, Write, Sync]);
    assert_eq!(fs::read(&path).unwrap(), b"line\nline\n");
}

#[test]
fn the_names_of_new_folders_are_synced_and_no_others() {
    use Operation::{CreateFolder, SyncFolder};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs/first/checkpoints");
    let create = |path: &Path| operations(|disk| disk.create_folder(path).unwrap());
    assert_eq!(create(&path), [CreateFolder, SyncFolder, SyncFolder, SyncFolder]);
    assert_eq!(create(&path), [CreateFolder]);
    assert_eq!(create(&path.join("old")), [CreateFolder, SyncFolder]);
    // The empty path is the current folder, which is there.
    assert!(is_there(Path::new("")) && !is_there(&path.join("none")));
    assert_eq!(folder_of(Path::new("model")), Path::new("."));
    assert_eq!(folder_of(&path.join("model")), path);
}

#[test]
fn whatever_can_fail_is_asked_before_it_is_done() {
    use Operation::{List, Open, Remove};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, b"bytes").unwrap();
    let asked = operations(|disk| {
        assert_eq!(disk.read(&path).unwrap(), b"bytes");
        assert_eq!(io::read_to_string(disk.open(&path).unwrap()).unwrap(), "bytes");
        assert_eq!(disk.open_or_create(&path).unwrap().metadata().unwrap().len(), 5);
        assert_eq!(disk.list(folder.path()).unwrap(), std::slice::from_ref(&path));
        disk.remove_file(&path).unwrap();
        assert!(!path.exists());
        disk.open_or_create(&path).unwrap();
        assert!(path.exists());
    });
    assert_eq!(asked, [Open, Open, Open, List, Remove, Open]);
}
