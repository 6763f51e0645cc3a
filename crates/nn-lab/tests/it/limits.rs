//! Slow and numerous clients, and the end.

use std::io::{Read, Write};
use std::time::Duration;

use nn_lab::Limits;

use crate::client::{Answer, Running};

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

#[test]
fn slow_headers_are_not_waited_for() {
    let server = Running::with(&limits(|l| l.header_time = Duration::from_millis(300)));
    let mut slow = server.connect();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: ").unwrap();
    let mut idle = server.connect();
    // Both are closed by the server: reading ends instead of waiting for ever.
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest);
    let _ = idle.read_to_end(&mut rest);
    assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
    assert_eq!(server.get("/api/status").status, 200);
}

#[test]
fn too_many_connections_are_turned_away() {
    let server = Running::with(&limits(|l| l.connections = 3));
    let mut held: Vec<_> = (0..3).map(|_| server.connect()).collect();
    // A request answered on each: they are certainly accepted.
    let request = format!("GET /lab.svg HTTP/1.1\r\nhost: {}\r\n\r\n", server.address);
    for stream in &mut held {
        stream.write_all(request.as_bytes()).unwrap();
        assert!(stream.read(&mut [0; 64]).unwrap() > 0);
    }
    let mut further = server.connect();
    let answer = Answer::read(&mut further);
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.head.contains("retry-after"));
    drop(held);
    let mut tries = 0;
    while server.get("/api/status").status != 200 {
        tries += 1;
        assert!(tries < 1000, "room is made when others leave");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn readers_of_events_are_bounded() {
    let server = Running::start();
    let request = format!("GET /api/train/events HTTP/1.1\r\nhost: {}\r\n\r\n", server.address);
    let mut statuses = Vec::new();
    let mut streams = Vec::new();
    for _ in 0..17 {
        let mut stream = server.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).unwrap();
        statuses.push(String::from_utf8_lossy(&start[9..]).into_owned());
        streams.push(stream);
    }
    assert_eq!(statuses.iter().filter(|status| *status == "200").count(), 16);
    assert_eq!(statuses[16], "503");
}

#[test]
fn a_stop_ends_streams_and_lets_requests_finish() {
    let server = Running::start();
    let mut events = server.connect();
    let request = format!("GET /api/train/events HTTP/1.1\r\nhost: {}\r\n\r\n", server.address);
    events.write_all(request.as_bytes()).unwrap();
    events.read_exact(&mut [0; 12]).unwrap();
    let mut under_way = server.connect();
    let head = format!(
        "POST /api/sessions HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
         content-length: 2\r\n\r\n",
        server.address
    );
    under_way.write_all(head.as_bytes()).unwrap();
    let address = server.address;
    let finish = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        under_way.write_all(b"{}").unwrap();
        Answer::read(&mut under_way)
    });
    std::thread::sleep(Duration::from_millis(50));
    server.stop();
    assert_eq!(finish.join().unwrap().status, 200);
    let mut rest = Vec::new();
    let _ = events.read_to_end(&mut rest);
    assert!(std::net::TcpStream::connect(address).is_err());
}
