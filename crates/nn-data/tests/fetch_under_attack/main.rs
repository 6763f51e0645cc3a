//! Fetching from servers that fail, lie, stall and drip, from folders, and through the npm client.
//! Whatever they do, the folder never holds a wrong file under a right name.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod folders;
mod interrupted;
#[cfg(unix)]
mod npm;
mod server;

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use nn_data::fetch::{Event, Origin, Source};
use nn_data::{DataError, ErrorKind, Form, load_catalogue};
use server::{Asked, Published, Server, head, send};

/// Every file in `folder` but the lock and its parts is one of the published ones, byte for byte.
#[track_caller]
fn check_not_poisoned(folder: &Path, published: &Published) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        if let Some(expected) = published.files.get(&name) {
            assert!(&std::fs::read(&path).unwrap() == expected, "{name} is poisoned");
        } else {
            let known = name == ".fetch.lock" || name.contains(".part");
            assert!(known, "{name} was left behind");
        }
    }
}

#[track_caller]
fn check_complete(folder: &Path, published: &Published) {
    check_not_poisoned(folder, published);
    let (train, test) = load_catalogue(&published.catalogue, folder).unwrap();
    assert_eq!((train.len(), test.len()), (300, 10));
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(!name.contains(".part"), "{name} was left behind");
    }
}

/// Fetches from one server that answers so, and expects a network error with this reason.
#[track_caller]
fn check_refused(
    expected: &str,
    answer: impl Fn(&Asked, &mut std::net::TcpStream, &Published) + Send + Sync + 'static,
) {
    let published = Published::new();
    let served = published.clone();
    let server = Server::start(move |asked, stream| answer(asked, stream, &served));
    let published = published.at(&[&server]);
    let folder = tempfile::tempdir().unwrap();
    let error = published.fetcher().fetch(folder.path(), &Source::Mirrors, &mut ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    let DataError::AllSourcesFailed { attempts, .. } = &error else { panic!("{error:?}") };
    assert_eq!(attempts[0].source, server.url);
    assert!(attempts[0].reason.contains(expected), "{error}");
    assert!(!error.to_string().contains('\n'), "{error}");
    check_not_poisoned(folder.path(), &published);
    assert!(matches!(
        load_catalogue(&published.catalogue, folder.path()),
        Err(DataError::Missing { .. })
    ));
}

#[test]
fn an_honest_server_gives_all() {
    let published = Published::new();
    let server = published.honest_server();
    let published = published.at(&[&server]);
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("not/there/yet");
    let mut finished = Vec::new();
    let mut received = 0;
    let mut listener = |event: Event<'_>| match event {
        Event::Finished { file } => finished.push(file.to_string()),
        Event::Received { bytes } => received = received.max(bytes),
        _ => {}
    };
    let report = published.fetcher().fetch(&target, &Source::Mirrors, &mut listener).unwrap();
    check_complete(&target, &published);
    assert_eq!(finished, published.catalogue.files().map(|file| file.name));
    assert_eq!(received, published.catalogue.train_images.gzip.unwrap().size);
    let from_server = Origin::Address(server.url.clone());
    assert!(report.files.iter().all(|file| file.origin == from_server));

    // Once more: nothing is asked for.
    let report = published.fetcher().fetch(&target, &Source::Mirrors, &mut ()).unwrap();
    assert!(report.files.iter().all(|file| file.origin == Origin::AlreadyThere));
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn a_refusal_is_named() {
    check_refused("HTTP 403", |_, stream, _| send(stream, "403 Forbidden", b"no"));
    check_refused("HTTP 503", |_, stream, _| send(stream, "503 Service Unavailable", b""));
    check_refused("HTTP 204", |_, stream, _| head(stream, "204 No Content", &[]));
    check_refused("HTTP 206", |_, stream, _| send(stream, "206 Partial Content", b"part"));
}

#[test]
fn html_with_status_200_is_no_dataset() {
    check_refused("an HTML page", |_, stream, _| {
        head(stream, "200 OK", &["Content-Type: text/html; charset=utf-8".into()]);
        let _ = stream.write_all(b"<html>Please log in to this network</html>");
    });
    // Without a type or a length, and even of the right length, its first bytes tell.
    check_refused("an HTML page", |_, stream, _| {
        head(stream, "200 OK", &[]);
        let _ = stream.write_all(b"\r\n<!DOCTYPE html><p>Welcome");
    });
    check_refused("an HTML page", |asked, stream, published| {
        let mut page = b"<html>".to_vec();
        page.resize(published.file(&asked.file).len(), b' ');
        send(stream, "200 OK", &page);
    });
}

#[test]
fn other_garbage_is_named() {
    check_refused("found [6e, 6f, 74, 20]", |_, stream, _| {
        head(stream, "200 OK", &[]);
        let _ = stream.write_all(b"not a gzip file");
    });
    check_refused("an empty body", |_, stream, _| head(stream, "200 OK", &[]));
    check_refused("error", |_, stream, _| {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n");
    });
    check_refused("error", |_, _, _| {});
}

#[test]
fn a_wrong_length_is_refused_before_the_body() {
    check_refused("the server announces 20", |_, stream, _| send(stream, "200 OK", &[0x1f; 20]));
    check_refused("the server announces 1099511627776", |_, stream, _| {
        head(stream, "200 OK", &[format!("Content-Length: {}", 1_u64 << 40)]);
    });
}

#[test]
fn a_body_that_goes_on_is_cut_off() {
    check_refused("bytes expected", |asked, stream, published| {
        head(stream, "200 OK", &[]);
        let body = published.file(&asked.file);
        let _ = stream.write_all(body);
        // Endless, until the client hangs up.
        while stream.write_all(body).is_ok() {}
    });
}

#[test]
fn a_wrong_checksum_on_every_mirror_is_a_failure() {
    fn flipped(asked: &Asked, stream: &mut std::net::TcpStream, published: &Published) {
        let mut body = published.file(&asked.file).to_vec();
        let middle = body.len() / 2;
        body[middle] ^= 1;
        send(stream, "200 OK", &body);
    }
    check_refused("expected SHA-256", flipped);

    let published = Published::new();
    let lying = || {
        let served = published.clone();
        Server::start(move |asked, stream| flipped(asked, stream, &served))
    };
    let (one, two) = (lying(), lying());
    let published = published.at(&[&one, &two]);
    let folder = tempfile::tempdir().unwrap();
    let error = published.fetcher().fetch(folder.path(), &Source::Mirrors, &mut ()).unwrap_err();
    let DataError::AllSourcesFailed { attempts, .. } = &error else { panic!("{error:?}") };
    assert_eq!(attempts.len(), 2);
    assert!(attempts.iter().all(|attempt| attempt.reason.contains("expected SHA-256")), "{error}");
    assert_eq!(error.kind(), ErrorKind::Network);
    // Not even a part of the wrong bytes is kept, to be resumed.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_lying_mirror_is_passed_over() {
    let published = Published::new();
    let forbidden = Server::start(|_, stream| send(stream, "403 Forbidden", b"no"));
    let honest = published.honest_server();
    let published = published.at(&[&forbidden, &honest]);
    let folder = tempfile::tempdir().unwrap();
    let mut failed = Vec::new();
    let mut listener = |event: Event<'_>| {
        if let Event::SourceFailed { source, reason, .. } = event {
            failed.push((source.to_string(), reason.to_string()));
        }
    };
    published.fetcher().fetch(folder.path(), &Source::Mirrors, &mut listener).unwrap();
    check_complete(folder.path(), &published);
    assert!(failed.iter().all(|(source, _)| *source == forbidden.url));
    assert!(failed[0].1.contains("HTTP 403"), "{failed:?}");
}

#[test]
fn a_stalled_server_is_left() {
    check_refused("no answer in time", |_, _, _| std::thread::sleep(Duration::from_secs(12)));
}

#[test]
fn a_stalled_body_is_left_for_the_next_mirror_which_goes_on_from_there() {
    let published = Published::new();
    let served = published.clone();
    let stalling = Server::start(move |asked, stream| {
        let body = served.file(&asked.file);
        head(stream, "200 OK", &[format!("Content-Length: {}", body.len())]);
        let _ = stream.write_all(&body[..body.len() / 2]);
        let _ = stream.flush();
        std::thread::sleep(Duration::from_secs(12));
    });
    let honest = published.honest_server();
    let published = published.at(&[&stalling, &honest]);
    let folder = tempfile::tempdir().unwrap();
    let mut failed = Vec::new();
    let mut listener = |event: Event<'_>| {
        if let Event::SourceFailed { reason, .. } = event {
            failed.push(reason.to_string());
        }
    };
    published.fetcher().fetch(folder.path(), &Source::Mirrors, &mut listener).unwrap();
    check_complete(folder.path(), &published);
    assert!(failed[0].contains("stalled"), "{failed:?}");
    let half = published.file("train-images-idx3-ubyte.gz").len() / 2;
    assert_eq!(honest.asked()[0].offset, half);
}

#[test]
fn a_dripping_server_is_left() {
    check_refused("too slow", |asked, stream, published| {
        let body = published.file(&asked.file);
        head(stream, "200 OK", &[format!("Content-Length: {}", body.len())]);
        for byte in body {
            if stream.write_all(&[*byte]).is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    });
}

#[test]
fn dripping_headers_are_left() {
    check_refused("no answer in time", |_, stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        for _ in 0..120 {
            if stream.write_all(b"X-Drip: 1\r\n").is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    });
}

#[test]
fn redirects_are_followed_but_not_for_ever() {
    check_refused("more than 5 redirects", |asked, stream, _| {
        head(stream, "302 Found", &[format!("Location: {}", asked.path)]);
    });

    let published = Published::new();
    let honest = published.honest_server();
    let target = honest.url.clone();
    let redirecting = Server::start(move |asked, stream| {
        head(stream, "301 Moved Permanently", &[format!("Location: {target}{}", asked.file)]);
    });
    let published = published.at(&[&redirecting]);
    let folder = tempfile::tempdir().unwrap();
    published.fetcher().fetch(folder.path(), &Source::Mirrors, &mut ()).unwrap();
    check_complete(folder.path(), &published);
}

#[test]
fn a_closed_port_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let published = Published::new();
    let folder = tempfile::tempdir().unwrap();
    let error = published.fetcher().fetch(folder.path(), &Source::Url(url), &mut ()).unwrap_err();
    assert!(error.to_string().contains("cannot connect"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Network);
}

#[test]
fn an_address_may_hold_raw_files() {
    let published = Published::new();
    let files = published.files.clone();
    let server = Server::start(move |asked, stream| match files.get(&asked.file) {
        Some(body) if asked.file.ends_with("ubyte") => server::send_range(stream, asked, body),
        _ => send(stream, "404 Not Found", b"no"),
    });
    let folder = tempfile::tempdir().unwrap();
    // With or without the slash at its end.
    let source = Source::Url(format!("{}sub/folder", server.url));
    published.fetcher().fetch(folder.path(), &source, &mut ()).unwrap();
    check_complete(folder.path(), &published);
    assert_eq!(server.asked()[1].path, "/sub/folder/train-images-idx3-ubyte");
}

#[test]
fn fetchers_of_one_folder_take_turns() {
    let published = Published::new();
    let files = published.files.clone();
    let server = Server::start(move |asked, stream| {
        // Slow enough that all the fetchers are there before the first has finished.
        std::thread::sleep(Duration::from_millis(100));
        server::send_range(stream, asked, &files[&asked.file]);
    });
    let published = published.at(&[&server]);
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                published.fetcher().fetch(folder.path(), &Source::Mirrors, &mut ()).unwrap();
            });
        }
    });
    check_complete(folder.path(), &published);
    // One fetched, the others found everything there.
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn a_damaged_cache_is_mended() {
    let published = Published::new();
    let server = published.honest_server();
    let published = published.at(&[&server]);
    let folder = tempfile::tempdir().unwrap();
    published.fetcher().fetch(folder.path(), &Source::Mirrors, &mut ()).unwrap();
    for (number, file) in published.catalogue.files().into_iter().enumerate() {
        let path = folder.path().join(file.file_name(Form::Gzip));
        let mut bytes = std::fs::read(&path).unwrap();
        match number {
            0 => bytes.clear(),
            1 => bytes.truncate(10),
            2 => bytes[20] ^= 4,
            _ => bytes.push(0),
        }
        std::fs::write(&path, bytes).unwrap();
        let error = load_catalogue(&published.catalogue, folder.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        published.fetcher().fetch(folder.path(), &Source::Mirrors, &mut ()).unwrap();
        check_complete(folder.path(), &published);
    }
    // Only the damaged file was fetched each time.
    assert_eq!(server.asked().len(), 8);
}
