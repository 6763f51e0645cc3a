//! Fetching from a folder, into folders that can't be written, and past what stands in the way.

use std::fs;
use std::path::Path;

use nn_data::fetch::{Origin, Source};
use nn_data::{DataError, ErrorKind, Form};

use crate::server::Published;
use crate::{check_complete, check_not_poisoned};

/// Writes the files of `published` into `folder`, in this form.
fn publish(published: &Published, folder: &Path, form: Form) {
    for file in published.catalogue.files() {
        let name = file.file_name(form);
        fs::write(folder.join(&name), published.file(&name)).unwrap();
    }
}

#[test]
fn a_folder_of_either_form_is_copied() {
    let published = Published::new();
    for form in [Form::Gzip, Form::Raw] {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        publish(&published, from.path(), form);
        let source = Source::Folder(from.path().into());
        let report = published.fetcher().fetch(to.path(), &source, &mut ()).unwrap();
        check_complete(to.path(), &published);
        let origin = Origin::Folder(from.path().into());
        assert!(report.files.iter().all(|file| file.origin == origin));
    }
}

#[test]
fn only_the_form_that_is_known_is_asked_for_and_trusted() {
    let mut published = Published::new();
    let catalogue = &mut published.catalogue;
    for file in [
        &mut catalogue.train_images,
        &mut catalogue.train_labels,
        &mut catalogue.test_images,
        &mut catalogue.test_labels,
    ] {
        file.raw = None;
    }
    // Raw files in the folder, however sound, can't be checked, so they don't count.
    let (raw, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    publish(&published, raw.path(), Form::Raw);
    publish(&published, to.path(), Form::Raw);
    assert!(nn_data::load_catalogue(&published.catalogue, to.path()).is_err());
    let from_raw = Source::Folder(raw.path().into());
    assert!(published.fetcher().fetch(to.path(), &from_raw, &mut ()).is_err());

    let server = published.honest_server();
    let published = published.at(&[&server]);
    assert!(published.catalogue.is_fetchable());
    let url = Source::Url(server.url.clone());
    published.fetcher().fetch(to.path(), &url, &mut ()).unwrap();
    check_complete(to.path(), &published);
    assert!(server.asked().iter().all(|asked| asked.file.ends_with("-ubyte.gz")));
}

#[test]
fn a_dataset_without_checksums_is_refused_with_the_way_by_hand() {
    let to = tempfile::tempdir().unwrap();
    let fetched =
        |source: &Source| nn_data::fetch::dataset(&nn_data::QMNIST, to.path(), source, &mut ());
    let error = fetched(&Source::Mirrors).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.to_string().contains("no SHA-256 is known"), "{error}");
    assert!(error.to_string().contains("facebookresearch/qmnist"), "{error}");
    for file in nn_data::QMNIST.files() {
        fs::write(to.path().join(file.file_name(Form::Gzip)), b"by hand").unwrap();
    }
    let report = fetched(&Source::Mirrors).unwrap();
    assert!(report.files.iter().all(|file| file.origin == Origin::AlreadyThere));
}

#[test]
fn an_altered_file_of_a_folder_is_not_copied() {
    let published = Published::new();
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    publish(&published, from.path(), Form::Raw);
    let path = from.path().join("t10k-labels-idx1-ubyte");
    let mut bytes = fs::read(&path).unwrap();
    bytes[9] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let fetch = || {
        let source = Source::Folder(from.path().into());
        published.fetcher().fetch(to.path(), &source, &mut ()).unwrap_err()
    };
    let error = fetch();
    assert!(matches!(&error, DataError::WrongChecksum { path: p, .. } if *p == path), "{error}");
    assert_eq!(error.kind(), ErrorKind::Data);
    check_not_poisoned(to.path(), &published);
    assert!(!to.path().join("t10k-labels-idx1-ubyte").exists());

    bytes.pop();
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(fetch(), DataError::WrongSize { .. }));
    fs::remove_file(&path).unwrap();
    let error = fetch();
    assert!(matches!(error, DataError::Missing { .. }));
    assert_eq!(error.kind(), ErrorKind::Io);
    fs::create_dir(&path).unwrap();
    assert_eq!(fetch().kind(), ErrorKind::Io);
}

#[test]
fn what_stands_in_the_way_is_an_io_error() {
    let published = Published::new();
    let server = published.honest_server();
    let published = published.at(&[&server]);
    let fetch = |folder: &Path| {
        let error = published.fetcher().fetch(folder, &Source::Mirrors, &mut ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        error.to_string()
    };
    let folder = tempfile::tempdir().unwrap();

    // A file in the folder's place.
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    assert!(fetch(&file).contains("cannot create"));

    // A folder in the place of a file, and of its part.
    let name = published.catalogue.train_images.file_name(Form::Gzip);
    fs::create_dir(folder.path().join(&name)).unwrap();
    assert!(fetch(folder.path()).contains(&name));
    fs::remove_dir(folder.path().join(&name)).unwrap();
    fs::create_dir(folder.path().join(format!("{name}.part"))).unwrap();
    assert!(fetch(folder.path()).contains(&name));
}

#[test]
fn a_complete_folder_need_not_be_writable() {
    let published = Published::new();
    let folder = tempfile::tempdir().unwrap();
    publish(&published, folder.path(), Form::Raw);
    published.fetcher().fetch(folder.path(), &Source::Mirrors, &mut ()).unwrap();
    assert!(!folder.path().join(".fetch.lock").exists());
}
