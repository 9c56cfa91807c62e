//! A proxy between client and server that breaks the connection in every way.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The effect of the proxy on existing and new connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is passed on in either direction, without an error. When it ends, the held data
    /// arrives late.
    BlackHole,
    /// This number of bytes from the server is passed on. Then the connection is reset.
    Cut(usize),
    /// The next response is lost and its connection is reset; then everything is passed on.
    CutOnce,
    /// Everything is passed on.
    None,
    /// Connections are refused, and existing ones are reset.
    Refuse,
    /// Connections are accepted and reset.
    Reset,
}

/// The proxy. Dropping it stops it.
pub(crate) struct Proxy {
    address: SocketAddr,
    fault: watch::Sender<Fault>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn before(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let (fault, seen) = watch::channel(Fault::None);
        let task = tokio::spawn(accept(listener, address, port, fault.clone(), seen));
        Self {
            address,
            fault,
            task,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    pub(crate) const fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    address: SocketAddr,
    port: u16,
    set: watch::Sender<Fault>,
    mut fault: watch::Receiver<Fault>,
) {
    let mut listener = Some(listener);
    loop {
        let now = *fault.borrow_and_update();
        if now == Fault::Refuse {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(address).await.ok();
        }
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await.ok(),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = fault.changed() => {}
            accepted = accepted => {
                if let Some((client, _)) = accepted {
                    tokio::spawn(carry(client, port, set.clone(), fault.clone()));
                }
            }
        }
    }
}

async fn carry(
    mut client: TcpStream,
    port: u16,
    set: watch::Sender<Fault>,
    mut fault: watch::Receiver<Fault>,
) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await else {
        return;
    };
    let (mut asked, mut answered) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    loop {
        let now = *fault.borrow_and_update();
        if matches!(now, Fault::Refuse | Fault::Reset) {
            // Without this setting, the connection would be closed and not reset.
            drop(client.set_zero_linger());
            return;
        }
        let flows = now != Fault::BlackHole;
        tokio::select! {
            _ = fault.changed() => {}
            read = client.read(&mut asked), if flows => match read {
                Ok(length @ 1..) if server.write_all(&asked[..length]).await.is_ok() => {}
                _ => return,
            },
            read = server.read(&mut answered), if flows => {
                let Ok(length @ 1..) = read else { return };
                let is_cut_now = now == Fault::CutOnce
                    && set.send_if_modified(|fault| {
                        let is_first = *fault == Fault::CutOnce;
                        if is_first {
                            *fault = Fault::None;
                        }
                        is_first
                    });
                if is_cut_now {
                    drop(client.set_zero_linger());
                    return;
                }
                let through = match now {
                    Fault::Cut(bytes) => length.min(bytes),
                    _ => length,
                };
                let written = client.write_all(&answered[..through]).await;
                if written.is_err() || matches!(now, Fault::Cut(_)) {
                    drop(client.set_zero_linger());
                    return;
                }
            }
        }
    }
}
