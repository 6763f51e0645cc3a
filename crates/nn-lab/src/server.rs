//! The server: connections accepted within limits, served, and let go when asked to stop.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_io_timeout::TimeoutStream;

use crate::guard::Names;
use crate::lab::Lab;
use crate::routes;

/// Bounds on what clients can make this server hold.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Connections open at once; further ones are answered 503.
    pub connections: usize,
    /// How long the head of a request may take to arrive, and a connection may idle.
    pub header_time: Duration,
    /// How long a client may leave what it is sent unread.
    pub write_time: Duration,
    /// How long requests under way get to finish when the server is asked to stop.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            header_time: Duration::from_secs(10),
            write_time: Duration::from_secs(30),
            farewell: Duration::from_secs(3),
        }
    }
}

/// Asks a server to stop.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    /// Lets requests under way finish, then ends [`Server::run`]. Called again, it does nothing.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// A lab that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    lab: Arc<Lab>,
    names: Names,
    limits: Limits,
    stop: Stop,
}

impl Server {
    /// A server of `lab` on a socket that listens already. It answers to loopback addresses and
    /// `localhost`, if `public` to every address, and to the name `own`.
    ///
    /// # Errors
    ///
    /// What the operating system says of the socket.
    pub fn new(
        listener: TcpListener,
        lab: Lab,
        public: bool,
        own: Option<String>,
        limits: Limits,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let names = Names::new(address, public, own);
        let stop = Stop(Arc::new(watch::Sender::new(false)));
        Ok(Self { listener, address, lab: Arc::new(lab), names, limits, stop })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What stops it.
    #[must_use]
    pub fn stopper(&self) -> Stop {
        self.stop.clone()
    }

    /// Serves until it is stopped.
    ///
    /// # Errors
    ///
    /// What the operating system says when threads or the socket can't be had.
    pub fn run(self) -> io::Result<()> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(cores.clamp(2, 4))
            .max_blocking_threads(8)
            .thread_name("nn-lab")
            .enable_io()
            .enable_time()
            .build()?;
        let lab = self.lab.clone();
        let done = runtime.block_on(self.serve());
        lab.job().stop();
        // A long evaluation on a blocking thread isn't waited for.
        runtime.shutdown_timeout(Duration::from_millis(200));
        done
    }

    async fn serve(self) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let mut stopped = self.stop.0.subscribe();
        let router = routes::router(self.lab, self.names, self.stop.0.subscribe());
        let places = Arc::new(Semaphore::new(self.limits.connections));
        let apologies = Arc::new(Semaphore::new(APOLOGIES));
        let graceful = GracefulShutdown::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stopped.wait_for(|stop| *stop) => break,
            };
            let Ok((stream, _)) = accepted else {
                // Too many open files, most likely: some will be closed soon.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            match places.clone().try_acquire_owned() {
                Ok(place) => {
                    connect(stream, place, router.clone(), &self.limits, &graceful);
                }
                Err(_) => {
                    if let Ok(place) = apologies.clone().try_acquire_owned() {
                        tokio::spawn(turn_away(stream, place));
                    }
                }
            }
        }
        drop(listener);
        let _ = tokio::time::timeout(self.limits.farewell, graceful.shutdown()).await;
        Ok(())
    }
}

/// Serves one connection, in the background.
fn connect(
    stream: TcpStream,
    place: OwnedSemaphorePermit,
    router: Router,
    limits: &Limits,
    graceful: &GracefulShutdown,
) {
    // Without it small answers wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write_time));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(router));
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // What a client did wrong on its connection is no matter of ours.
        let _ = connection.await;
        drop(place);
    });
}

/// How many connections are told at once that there is no room; others are closed silently.
const APOLOGIES: usize = 64;

const NO_ROOM: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n\
    content-type: application/json\r\ncontent-length: 66\r\nconnection: close\r\n\r\n\
    {\"error\":{\"status\":503,\"message\":\"too many connections at once\"}}\n";

/// Answers 503 without reading the request, and waits a moment for it to be read: a socket closed
/// over unread bytes is reset, and the answer lost.
async fn turn_away(mut stream: TcpStream, place: OwnedSemaphorePermit) {
    let answer = async {
        stream.write_all(NO_ROOM).await?;
        stream.shutdown().await?;
        let mut scrap = [0; 1024];
        while stream.read(&mut scrap).await? > 0 {}
        io::Result::Ok(())
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), answer).await;
    drop(place);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_apology_is_well_formed() {
        let text = std::str::from_utf8(NO_ROOM).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{}", body.len());
        serde_json::from_str::<serde_json::Value>(body).unwrap();
    }
}
