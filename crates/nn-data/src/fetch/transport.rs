//! The seam between fetching and the network, so that tests can stand in for the latter.

use std::io::Read;
use std::time::Duration;

/// How a fetch asks for bytes. The real one is [`HttpTransport`](super::HttpTransport).
pub trait Transport {
    /// Asks for `request.url` and gives the final answer's head; its body is read afterwards.
    ///
    /// # Errors
    ///
    /// Why there is no answer, in one line.
    fn get(&self, request: &Request<'_>) -> Result<Response, String>;
}

/// A request for a file, or for the rest of one.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The address.
    pub url: &'a str,
    /// The first byte wanted; 0 asks for the whole file.
    pub offset: u64,
    /// The validator (`ETag` or `Last-Modified`) under which the bytes before `offset` came, for
    /// `If-Range`.
    pub validator: Option<&'a str>,
}

/// The head of an answer, and its body to be read.
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Length`: the bytes of this body.
    pub length: Option<u64>,
    /// `Content-Range`, as it stands.
    pub content_range: Option<String>,
    /// `Content-Type`, as it stands.
    pub content_type: Option<String>,
    /// A strong `ETag`, else `Last-Modified`.
    pub validator: Option<String>,
    /// The body.
    pub body: Box<dyn Read>,
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("length", &self.length)
            .field("content_range", &self.content_range)
            .field("content_type", &self.content_type)
            .field("validator", &self.validator)
            .finish_non_exhaustive()
    }
}

/// How long a source may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// To resolve a name and connect (5 s).
    pub connect: Duration,
    /// To answer, and between two reads of the body (15 s).
    pub read: Duration,
    /// The slowest average that is put up with, in bytes a second (4096), …
    pub slowest: u64,
    /// … once this much time has passed (30 s). A server that drips is left for another.
    pub grace: Duration,
    /// For the npm client to fetch its package (180 s).
    pub npm: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(15),
            slowest: 4096,
            grace: Duration::from_secs(30),
            npm: Duration::from_secs(180),
        }
    }
}
