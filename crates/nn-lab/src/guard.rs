//! Who may ask: checks of `Host` and `Origin`, and the headers every answer carries.
//!
//! A page of another site that is open in the same browser must not reach the lab: not by a name
//! that its owner makes point here (DNS rebinding, hence the check of `Host`), nor by a request
//! across sites (hence the check of `Origin`).

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::reply::Refusal;

/// The names this server answers to.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    port: u16,
    /// Whether others than this machine may ask.
    public: bool,
    /// A name given by the person who started the server.
    own: Option<String>,
}

impl Names {
    /// The names of a server bound to `address`, which the person may have called `own`.
    pub(crate) fn new(address: SocketAddr, public: bool, own: Option<String>) -> Self {
        Self { port: address.port(), public, own: own.map(|name| name.to_ascii_lowercase()) }
    }

    /// Whether a `Host` header names this server. Addresses are safe where names aren't: nobody
    /// can make an address point elsewhere.
    fn know(&self, host: &str) -> bool {
        let (name, port) = split_port(host);
        if port != self.port {
            return false;
        }
        let name = name.to_ascii_lowercase();
        if name == "localhost" || self.own.as_ref() == Some(&name) {
            return true;
        }
        let bare = name.strip_prefix('[').and_then(|n| n.strip_suffix(']')).unwrap_or(&name);
        match bare.parse::<IpAddr>() {
            Ok(address) => self.public || address.is_loopback(),
            Err(_) => false,
        }
    }

    fn check(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let forbidden = |message: &str| Refusal::new(StatusCode::FORBIDDEN, message);
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = match (hosts.next().map(HeaderValue::to_str), hosts.next()) {
            (Some(Ok(host)), None) if self.know(host) => host,
            _ => return Err(forbidden("this server doesn't go by that Host")),
        };
        for origin in headers.get_all(header::ORIGIN) {
            let same = origin.to_str().is_ok_and(|origin| {
                let place = origin.strip_prefix("http://");
                place.is_some_and(|place| place.eq_ignore_ascii_case(host))
            });
            if !same {
                return Err(forbidden("requests from other origins are refused"));
            }
        }
        Ok(())
    }
}

/// A host's name and port; 80 where none is written.
fn split_port(host: &str) -> (&str, u16) {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && !port.contains(']') => {
            (name, port.parse().unwrap_or(0))
        }
        _ => (host, 80),
    }
}

const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("cache-control", "no-store"),
];

/// Refuses foreign requests, and puts the safety headers on every answer.
pub(crate) async fn guard(State(names): State<Names>, request: Request, next: Next) -> Response {
    let mut response = match names.check(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    let headers = response.headers_mut();
    for &(name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(public: bool, own: Option<&str>) -> Names {
        Names::new("127.0.0.1:7777".parse().unwrap(), public, own.map(Into::into))
    }

    #[test]
    fn loopback_names_are_known_and_others_are_not() {
        let names = names(false, None);
        for host in
            ["localhost:7777", "LOCALHOST:7777", "127.0.0.1:7777", "127.9.9.9:7777", "[::1]:7777"]
        {
            assert!(names.know(host), "{host}");
        }
        for host in [
            "",
            "localhost",
            "localhost:80",
            "localhost:7778",
            "evil.example:7777",
            "192.168.1.2:7777",
            "127.0.0.1.evil.example:7777",
            "localhost.:7777",
            "localhost:7777:7777",
            "[::1]",
            ":7777",
            "localhost:07777x",
        ] {
            assert!(!names.know(host), "{host}");
        }
    }

    #[test]
    fn in_public_addresses_and_the_given_name_are_known() {
        let names = names(true, Some("Lab.Local"));
        assert!(names.know("192.168.1.2:7777") && names.know("lab.local:7777"));
        assert!(!names.know("evil.example:7777"));
    }

    #[test]
    fn origins_must_be_the_host() {
        let check = |host: &[&str], origin: &[&str]| {
            let mut headers = HeaderMap::new();
            for host in host {
                headers.append(header::HOST, host.parse().unwrap());
            }
            for origin in origin {
                headers.append(header::ORIGIN, origin.parse().unwrap());
            }
            names(false, None).check(&headers).is_ok()
        };
        assert!(check(&["localhost:7777"], &[]));
        assert!(check(&["localhost:7777"], &["http://localhost:7777"]));
        assert!(!check(&["localhost:7777"], &["http://127.0.0.1:7777"]));
        assert!(!check(&["localhost:7777"], &["https://localhost:7777"]));
        assert!(!check(&["localhost:7777"], &["null"]));
        assert!(!check(&["localhost:7777"], &["http://evil.example"]));
        assert!(!check(&["localhost:7777"], &["http://localhost:7777", "http://evil.example"]));
        assert!(!check(&["localhost:7777", "evil.example"], &[]));
        assert!(!check(&[], &[]));
    }
}
