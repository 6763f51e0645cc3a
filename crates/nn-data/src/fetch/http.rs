//! The real transport: HTTPS by reqwest and rustls, with the machine's own trusted roots.

use std::error::Error;
use std::time::Duration;

use reqwest::blocking::Client;
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, IF_RANGE,
    LAST_MODIFIED, RANGE,
};
use reqwest::redirect::Policy;
use reqwest::{Url, redirect};

use super::transport::{Limits, Request, Response, Transport};

/// Redirects followed before giving up.
const MAX_REDIRECTS: usize = 5;

/// Asks by HTTP(S), through the proxies that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
/// `NO_PROXY` name.
///
/// Certificates are checked against the system's roots (or those in `SSL_CERT_FILE` and
/// `SSL_CERT_DIR`); a redirect from HTTPS to HTTP is refused, and so is a sixth one.
#[derive(Debug)]
pub struct HttpTransport {
    client: Client,
}

impl HttpTransport {
    /// Makes a transport with the time-outs of `limits`.
    ///
    /// # Errors
    ///
    /// Why no HTTPS client can be made, in one line: most often that the machine, a bare container
    /// say, has no trusted root certificates.
    pub fn new(limits: &Limits) -> Result<Self, String> {
        Self::build(limits, true)
    }

    /// As [`new`](Self::new), but going straight to the server whatever the proxy variables say.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn without_proxy(limits: &Limits) -> Result<Self, String> {
        Self::build(limits, false)
    }

    fn build(limits: &Limits, proxy: bool) -> Result<Self, String> {
        // Another part of the program may have installed a provider already; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(limits.connect)
            // In reqwest's blocking client this limits the wait for the answer and then each read.
            .timeout(limits.read)
            .pool_idle_timeout(Duration::from_secs(30))
            .redirect(Policy::custom(follow));
        let builder = if proxy { builder } else { builder.no_proxy() };
        let client = builder.build().map_err(|error| {
            format!(
                "no HTTPS client: {} (install the system's CA certificates or set SSL_CERT_FILE)",
                in_one_line(&error)
            )
        })?;
        Ok(Self { client })
    }
}

impl Transport for HttpTransport {
    fn get(&self, request: &Request<'_>) -> Result<Response, String> {
        // A server that decompresses on the way would change the bytes that are checked.
        let mut get = self.client.get(request.url).header(ACCEPT_ENCODING, "identity");
        if request.offset > 0 {
            get = get.header(RANGE, format!("bytes={}-", request.offset));
            if let Some(validator) = request.validator {
                get = get.header(IF_RANGE, validator);
            }
        }
        let response = get.send().map_err(describe)?;
        let headers = response.headers();
        Ok(Response {
            status: response.status().as_u16(),
            length: response.content_length(),
            content_range: text(headers, &CONTENT_RANGE),
            content_type: text(headers, &CONTENT_TYPE),
            // A weak ETag may not be used with If-Range (RFC 9110, section 13.1.5).
            validator: text(headers, &ETAG)
                .filter(|tag| !tag.starts_with("W/"))
                .or_else(|| text(headers, &LAST_MODIFIED)),
            body: Box::new(response),
        })
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_string)
}

fn follow(attempt: redirect::Attempt<'_>) -> redirect::Action {
    match refusal(attempt.previous(), attempt.url()) {
        Some(reason) => attempt.error(reason),
        None => attempt.follow(),
    }
}

/// Why a redirect isn't followed, given the addresses before it.
fn refusal(previous: &[Url], next: &Url) -> Option<String> {
    if previous.len() > MAX_REDIRECTS {
        return Some(format!("more than {MAX_REDIRECTS} redirects"));
    }
    let was_secure = previous.iter().any(|url| url.scheme() == "https");
    (was_secure && next.scheme() != "https")
        .then(|| format!("refused a redirect from HTTPS to {}", next.scheme().to_uppercase()))
}

/// Why there was no answer, without the layers of libraries that an error chain names.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut root: &dyn Error = &error;
    while let Some(cause) = root.source() {
        root = cause;
    }
    if error.is_timeout() {
        "no answer in time".into()
    } else if error.is_redirect() {
        root.to_string()
    } else if error.is_connect() {
        format!("cannot connect: {root}")
    } else {
        in_one_line(&error)
    }
}

/// An error and its causes, outermost first, each said once.
pub(super) fn in_one_line(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.contains(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        cause = error.source();
    }
    message.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(previous: &[&str], next: &str, expected: Option<&str>) {
        let url = |text: &&str| Url::parse(text).unwrap();
        let previous: Vec<Url> = previous.iter().map(url).collect();
        assert_eq!(refusal(&previous, &url(&next)).as_deref(), expected);
    }

    #[test]
    fn security_is_never_lost_on_the_way() {
        let downgrade = Some("refused a redirect from HTTPS to HTTP");
        check(&["https://a/"], "https://b/", None);
        check(&["https://a/"], "http://a/", downgrade);
        check(&["https://a/", "https://b/"], "http://c/", downgrade);
        check(&["http://a/"], "http://b/", None);
        check(&["http://a/"], "https://b/", None);
        check(&["http://a/", "https://b/"], "http://c/", downgrade);
        check(&["https://a/"], "ftp://a/", Some("refused a redirect from HTTPS to FTP"));
    }

    #[test]
    fn redirects_end() {
        check(&["http://a/"; 5], "http://a/", None);
        check(&["http://a/"; 6], "http://a/", Some("more than 5 redirects"));
    }
}
