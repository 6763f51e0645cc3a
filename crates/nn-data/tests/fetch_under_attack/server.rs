//! A web server on 127.0.0.1 that answers as a test tells it to, and the dataset it serves.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use nn_data::fetch::{Fetcher, HttpTransport, Limits};
use nn_data::{Catalogue, CatalogueFile, Form, IdxArray, IdxData, MNIST, Signature, idx};
use sha2::{Digest, Sha256};

/// What a request asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The path's last part.
    pub file: String,
    /// The whole path.
    pub path: String,
    /// The offset of its `Range` header, 0 without one.
    pub offset: usize,
    /// Its `If-Range` header.
    pub if_range: Option<String>,
}

/// A server that lives as long as the test process.
pub struct Server {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Answers each request, on a connection and thread of its own, through `answer`.
    pub fn start(answer: impl Fn(&Asked, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let asked = read_request(&stream);
                    log.lock().unwrap().push(asked.clone());
                    answer(&asked, &mut stream);
                    hang_up(&stream);
                });
            }
        });
        Self { url, asked }
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// Ends a connection after everything written was sent.
fn hang_up(stream: &TcpStream) {
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = std::io::copy(&mut stream.take(1 << 20), &mut std::io::sink());
}

fn read_request(stream: &TcpStream) -> Asked {
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap_or_default);
    let first = lines.next().unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default().to_string();
    let headers: HashMap<String, String> = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_string()))
        })
        .collect();
    let offset = headers.get("range").map_or(0, |range| {
        range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap().parse().unwrap()
    });
    Asked {
        file: path.rsplit('/').next().unwrap().to_string(),
        path,
        offset,
        if_range: headers.get("if-range").cloned(),
    }
}

/// Writes an answer's head; the body follows, or not.
pub fn head(stream: &mut TcpStream, status: &str, headers: &[String]) {
    let mut text = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    // A client that has hung up is its own affair.
    let _ = stream.write_all(text.as_bytes());
}

/// Answers with a whole body and its length.
pub fn send(stream: &mut TcpStream, status: &str, body: &[u8]) {
    head(stream, status, &[format!("Content-Length: {}", body.len())]);
    let _ = stream.write_all(body);
}

/// Answers as an honest server: all of `body`, or what stands after the offset asked for.
pub fn send_range(stream: &mut TcpStream, asked: &Asked, body: &[u8]) {
    if asked.offset == 0 {
        return send(stream, "200 OK", body);
    }
    range_head(stream, asked.offset, body.len());
    let _ = stream.write_all(&body[asked.offset..]);
}

/// The head of a 206 for everything from `offset` on.
pub fn range_head(stream: &mut TcpStream, offset: usize, size: usize) {
    let headers = [
        format!("Content-Length: {}", size - offset),
        format!("Content-Range: bytes {offset}-{}/{size}", size - 1),
    ];
    head(stream, "206 Partial Content", &headers);
}

/// A small dataset as if it had been published: its catalogue and the bytes of its files.
#[derive(Clone)]
pub struct Published {
    pub catalogue: Catalogue,
    pub files: HashMap<String, Vec<u8>>,
}

impl Published {
    /// 300 images of noise (so that gzip leaves them their size, several reads' worth).
    pub fn new() -> Self {
        let mut state = 1_u32;
        let mut noise = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let mut files = HashMap::new();
        let mut file = |known: &CatalogueFile, shape: Vec<usize>, labels: bool| {
            let count = shape.iter().product();
            let data = (0..count).map(|_| if labels { noise() % 10 } else { noise() }).collect();
            let array = IdxArray::new(shape, IdxData::U8(data)).unwrap();
            let (mut gzip, mut raw) = (Vec::new(), Vec::new());
            idx::write_gzip(&mut gzip, &array).unwrap();
            idx::write(&mut raw, &array).unwrap();
            let file = CatalogueFile {
                name: known.name,
                gzip: Some(signature(&gzip)),
                raw: Some(signature(&raw)),
            };
            files.insert(file.file_name(Form::Gzip), gzip);
            files.insert(file.file_name(Form::Raw), raw);
            file
        };
        let catalogue = Catalogue {
            name: "noise",
            train_images: file(&MNIST.train_images, vec![300, 28, 28], false),
            train_labels: file(&MNIST.train_labels, vec![300], true),
            test_images: file(&MNIST.test_images, vec![10, 28, 28], false),
            test_labels: file(&MNIST.test_labels, vec![10], true),
            npm_package: None,
            ..MNIST.clone()
        };
        Self { catalogue, files }
    }

    /// The bytes of a file by its name; nothing for an unknown one.
    pub fn file(&self, name: &str) -> &[u8] {
        &self.files[name]
    }

    /// A server that does all as it should.
    pub fn honest_server(&self) -> Server {
        let files = self.files.clone();
        Server::start(move |asked, stream| match files.get(&asked.file) {
            Some(body) => send_range(stream, asked, body),
            None => send(stream, "404 Not Found", b"no such file"),
        })
    }

    /// The same dataset with these mirrors.
    pub fn at(&self, mirrors: &[&Server]) -> Self {
        let mirrors: Vec<&'static str> =
            mirrors.iter().map(|server| &*server.url.clone().leak()).collect();
        let catalogue = Catalogue { mirrors: mirrors.leak(), ..self.catalogue.clone() };
        Self { catalogue, files: self.files.clone() }
    }

    /// A fetcher that goes straight to the server and loses patience soon.
    pub fn fetcher(&self) -> Fetcher<'_> {
        let limits = impatient();
        let transport = HttpTransport::without_proxy(&limits).unwrap();
        Fetcher::new(&self.catalogue).limits(limits).transport(transport)
    }
}

/// Limits that let a test of a stalled server end soon, and no honest one fail on a busy machine.
pub fn impatient() -> Limits {
    use std::time::Duration;
    Limits {
        connect: Duration::from_secs(5),
        read: Duration::from_secs(4),
        slowest: 1000,
        grace: Duration::from_secs(1),
        npm: Duration::from_secs(20),
    }
}

pub fn signature(bytes: &[u8]) -> Signature {
    use std::fmt::Write;
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").unwrap();
    }
    Signature { size: bytes.len() as u64, sha256: text.leak() }
}
