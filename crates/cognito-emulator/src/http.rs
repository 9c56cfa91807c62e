//! The HTTP server: AWS's protocol, the hosted pages, and the endpoints of the emulator itself.

mod admin;
mod body;
pub(crate) mod fault;
pub(crate) mod gate;
mod hosted;
mod import;
mod injected;
pub(crate) mod instance;
pub(crate) mod message;
mod operation;
pub(crate) mod origin;
mod page;
mod query;
mod request_log;
mod safe_message;
pub(crate) mod server;
mod signature;
mod snapshot_page;
pub(crate) mod snapshots;
mod threats;
#[cfg(feature = "https")]
pub(crate) mod tls;
#[cfg(not(feature = "https"))]
pub(crate) mod tls {
    //! Replaces the TLS module in builds without the feature `https`. These builds serve no TLS, so
    //! the type [`Tls`] has no values.

    use std::convert::Infallible;
    use std::io;

    use tokio::net::TcpStream;

    #[derive(Clone)]
    pub(crate) struct Tls(Infallible);

    #[expect(dead_code, reason = "no connection is opened without TLS")]
    pub(crate) enum Opened {
        Plain(TcpStream),
    }

    impl Tls {
        pub(crate) async fn open(&self, _: TcpStream) -> io::Result<Opened> {
            match self.0 {}
        }
    }
}
mod traffic;
mod waiting;
mod window;
mod wire;
