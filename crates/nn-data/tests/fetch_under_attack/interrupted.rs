//! Downloads that break off, and go on later, elsewhere, or from the start.

use std::io::Write;
use std::path::Path;

use nn_data::fetch::{Event, Source};

use crate::server::{Published, Server, head, range_head, send, send_range};
use crate::{check_complete, check_not_poisoned};

const IMAGES: &str = "train-images-idx3-ubyte.gz";

fn part(folder: &Path) -> std::path::PathBuf {
    folder.join(format!("{IMAGES}.part"))
}

/// Fetches from `server` with this part of the first file there already.
#[track_caller]
fn check_recovers(published: &Published, server: &Server, bytes: &[u8]) -> Vec<usize> {
    let published = published.at(&[server]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(part(folder.path()), bytes).unwrap();
    published.fetcher().fetch(folder.path(), &Source::Mirrors, &mut ()).unwrap();
    check_complete(folder.path(), &published);
    server.asked().iter().filter(|asked| asked.file == IMAGES).map(|asked| asked.offset).collect()
}

#[test]
fn a_server_that_keeps_breaking_off_is_asked_for_the_rest() {
    let published = Published::new();
    let served = published.clone();
    let server = Server::start(move |asked, stream| {
        let body = served.file(&asked.file);
        let end = body.len().min(asked.offset + 100_000);
        if asked.offset == 0 {
            head(stream, "200 OK", &[format!("Content-Length: {}", body.len())]);
        } else {
            range_head(stream, asked.offset, body.len());
        }
        let _ = stream.write_all(&body[asked.offset..end]);
    });
    let published = published.at(&[&server]);
    let folder = tempfile::tempdir().unwrap();
    let mut resumed = Vec::new();
    let mut listener = |event: Event<'_>| {
        if let Event::Started { resumed_at, .. } = event {
            resumed.push(resumed_at);
        }
    };
    published.fetcher().fetch(folder.path(), &Source::Mirrors, &mut listener).unwrap();
    check_complete(folder.path(), &published);
    assert_eq!(resumed, [0, 100_000, 200_000, 0, 0, 0]);
}

#[test]
fn the_next_fetch_goes_on_where_the_last_stopped() {
    let published = Published::new();
    let served = published.clone();
    let honest = published.honest_server();
    let breaking = Server::start(move |asked, stream| {
        let body = served.file(&asked.file);
        let length = format!("Content-Length: {}", body.len());
        head(stream, "200 OK", &[length, "ETag: \"one\"".into()]);
        if asked.offset == 0 {
            let _ = stream.write_all(&body[..50_000]);
        }
    });
    let at_breaking = published.at(&[&breaking]);
    let folder = tempfile::tempdir().unwrap();
    let fetch =
        |published: &Published| published.fetcher().fetch(folder.path(), &Source::Mirrors, &mut ());
    fetch(&at_breaking).unwrap_err();
    check_not_poisoned(folder.path(), &published);
    assert_eq!(std::fs::metadata(part(folder.path())).unwrap().len(), 50_000);

    // The same address is asked under the same validator; and its 200 starts anew.
    let asked = breaking.asked();
    assert_eq!((asked[0].offset, asked[0].if_range.as_deref()), (0, None));
    assert_eq!((asked[1].offset, asked[1].if_range.as_deref()), (50_000, Some("\"one\"")));

    // Another address is asked without: its checksum tells whether the parts fit.
    fetch(&published.at(&[&honest])).unwrap();
    check_complete(folder.path(), &published);
    assert_eq!((honest.asked()[0].offset, honest.asked()[0].if_range.as_deref()), (50_000, None));
}

#[test]
fn a_good_part_is_not_asked_for_again() {
    let published = Published::new();
    let whole = published.file(IMAGES).to_vec();
    let server = published.honest_server();
    assert_eq!(check_recovers(&published, &server, &whole[..1000]), [1000]);
    let server = published.honest_server();
    assert!(check_recovers(&published, &server, &whole).is_empty());
}

#[test]
fn a_wrong_part_is_thrown_away() {
    let published = Published::new();
    let size = published.file(IMAGES).len();
    let server = published.honest_server();
    assert_eq!(check_recovers(&published, &server, &[7; 1000]), [1000, 0]);
    let server = published.honest_server();
    assert_eq!(check_recovers(&published, &server, &vec![7; size]), [0]);
    let server = published.honest_server();
    assert_eq!(check_recovers(&published, &server, &vec![7; size + 1]), [0]);
}

#[test]
fn a_server_without_ranges_sends_all_again() {
    let published = Published::new();
    let served = published.clone();
    let server =
        Server::start(move |asked, stream| send(stream, "200 OK", served.file(&asked.file)));
    let start = published.file(IMAGES)[..1000].to_vec();
    assert_eq!(check_recovers(&published, &server, &start), [1000]);
}

#[test]
fn a_refused_range_starts_anew() {
    let published = Published::new();
    let start = published.file(IMAGES)[..1000].to_vec();
    for answer in ["416 Range Not Satisfiable", "206 Partial Content"] {
        let served = published.clone();
        let server = Server::start(move |asked, stream| {
            if asked.offset > 0 {
                // The 206 is without its Content-Range.
                send(stream, answer, b"");
            } else {
                send_range(stream, asked, served.file(&asked.file));
            }
        });
        assert_eq!(check_recovers(&published, &server, &start), [1000, 0]);
    }
}

#[test]
fn another_range_than_asked_for_is_not_appended() {
    let published = Published::new();
    let start = published.file(IMAGES)[..1000].to_vec();
    let served = published.clone();
    let server = Server::start(move |asked, stream| {
        let body = served.file(&asked.file);
        if asked.offset > 0 {
            range_head(stream, 500, body.len());
            let _ = stream.write_all(&body[500..]);
        } else {
            send_range(stream, asked, body);
        }
    });
    assert_eq!(check_recovers(&published, &server, &start), [1000, 0]);
}

#[test]
fn an_error_page_does_not_cost_what_came_before() {
    let published = Published::new();
    let start = published.file(IMAGES)[..1000].to_vec();
    let html = Server::start(|_, stream| {
        head(stream, "200 OK", &[]);
        let _ = stream.write_all(b"<html>Log in</html>");
    });
    let honest = published.honest_server();
    let published = published.at(&[&html, &honest]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(part(folder.path()), start).unwrap();
    published.fetcher().fetch(folder.path(), &Source::Mirrors, &mut ()).unwrap();
    check_complete(folder.path(), &published);
    assert_eq!(honest.asked()[0].offset, 1000);
}
