//! The HTTP server: AWS's wire protocol, the hosted pages, and the endpoints of the emulator itself.

pub(crate) mod fault;
pub(crate) mod hosted;
pub(crate) mod origin;
pub(crate) mod server;
mod signature;
