//! What must be refused, and how.

use crate::client::Running;

const JSON: &str = "content-type: application/json\r\n";

fn pixels(count: usize) -> String {
    format!("{{\"pixels\":[{}]}}", vec!["0"; count].join(","))
}

#[test]
fn foreign_hosts_and_origins_are_forbidden() {
    let server = Running::start();
    let port = server.address.port();
    let get = |host: &str| {
        let request =
            format!("GET /api/status HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        server.raw(request.as_bytes()).status
    };
    assert_eq!(get(&format!("127.0.0.1:{port}")), 200);
    assert_eq!(get(&format!("localhost:{port}")), 200);
    assert_eq!(get(&format!("evil.example:{port}")), 403);
    assert_eq!(get("127.0.0.1:1"), 403);
    let none = server.raw(b"GET / HTTP/1.0\r\n\r\n");
    assert_eq!(none.status, 403);
    let origin = |origin: &str| {
        let headers = format!("{JSON}origin: {origin}\r\n");
        server.request("POST", "/api/predict", &headers, &pixels(784)).status
    };
    assert_eq!(origin(&format!("http://{}", server.address)), 200);
    for foreign in ["http://evil.example", "null", "https://127.0.0.1"] {
        assert_eq!(origin(foreign), 403, "{foreign}");
    }
}

#[test]
fn bodies_are_refused_by_size_type_and_form() {
    let server = Running::start();
    let status =
        |headers: &str, body: &str| server.request("POST", "/api/predict", headers, body).status;
    assert_eq!(status(JSON, &pixels(784)), 200);
    assert_eq!(status(JSON, &" ".repeat(64 * 1024 + 1)), 413);
    assert_eq!(status("", &pixels(784)), 415);
    assert_eq!(status("content-type: text/plain\r\n", &pixels(784)), 415);
    for malformed in ["", "{", "{\"pixels\":[1,]}", "{\"pixels\":[],\"pixels\":[]}"] {
        assert_eq!(status(JSON, malformed), 400, "{malformed}");
    }
    assert_eq!(status(JSON, &"[".repeat(60_000)), 400);
    assert_eq!(status(JSON, &format!("{{\"pixels\":{}", "{\"a\":".repeat(5000))), 400);
    assert_eq!(status(JSON, &pixels(783)), 422);
    assert_eq!(status(JSON, &pixels(785)), 422);
    assert_eq!(status(JSON, &pixels(784).replacen('0', "1e999", 1)), 422);
    assert_eq!(status(JSON, &pixels(784).replacen('0', "-1", 1)), 422);
    assert_eq!(status(JSON, &pixels(784).replacen('0', "256", 1)), 422);
    assert_eq!(status(JSON, &pixels(784).replacen('0', "null", 1)), 422);
    assert_eq!(status(JSON, &pixels(784).replace("]}", "],\"more\":1}")), 422);
    assert_eq!(status(JSON, "[]"), 422);
}

#[test]
fn a_body_of_unknown_length_is_cut_off() {
    let server = Running::start();
    let head = format!(
        "POST /api/predict HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        server.address
    );
    let chunk = format!("1000\r\n{}\r\n", " ".repeat(4096));
    let answer = server.raw((head + &chunk.repeat(17) + "0\r\n\r\n").as_bytes());
    assert_eq!(answer.status, 413);
}

#[test]
fn wrong_methods_and_paths_are_told() {
    let server = Running::start();
    let wrong = server.get("/api/predict");
    assert_eq!(wrong.status, 405);
    assert!(wrong.head.contains("allow: post"), "{}", wrong.head);
    assert_eq!(server.request("DELETE", "/", "", "").status, 405);
    assert_eq!(server.request("PUT", "/api/status", "", "").status, 405);
    for path in ["/../Cargo.toml", "/%2e%2e/etc/passwd", "/lab.css/..", "//etc/passwd", "/nothing"]
    {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    for broken in
        [&b"\r\n\r\n"[..], b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n"]
    {
        let status = server.raw(&[broken, b"\r\n\r\n"].concat()).status;
        assert!([0, 400].contains(&status), "{broken:?}: {status}");
    }
    assert_eq!(server.get("/api/status").status, 200);
}

#[test]
fn every_answer_carries_the_safety_headers() {
    let server = Running::start();
    for path in ["/", "/lab.js", "/api/status", "/nothing", "/api/predict"] {
        let head = server.get(path).head;
        for header in [
            "content-security-policy: default-src 'none'",
            "x-content-type-options: nosniff",
            "x-frame-options: deny",
            "referrer-policy: no-referrer",
            "cross-origin-opener-policy: same-origin",
            "cache-control: no-store",
        ] {
            assert!(head.contains(header), "{path}: no {header} in {head}");
        }
    }
    let page = server.get("/");
    assert!(page.head.contains("content-type: text/html; charset=utf-8"));
}

#[test]
fn errors_say_what_was_expected() {
    let server = Running::start();
    let error = server.post("/api/predict", &pixels(783)).json();
    assert_eq!(error["error"]["status"], 422);
    assert_eq!(error["error"]["message"], "pixels: expected 784 numbers, found 783");
}
