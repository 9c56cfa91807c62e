//! The HTTP server: AWS's protocol, the hosted pages, and the endpoints of the emulator itself.

mod admin;
mod body;
pub(crate) mod fault;
mod hosted;
mod import;
mod injected;
pub(crate) mod instance;
pub(crate) mod message;
mod operation;
pub(crate) mod origin;
mod page;
mod query;
pub(crate) mod server;
mod signature;
mod waiting;
mod wire;
