//! The reasons for which a source of settings is read.

use cognito_core::config::Settings;
use cognito_core::{ConfigSource, Result};

/// The reason for a read, which determines whether shared settings may be used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A caller has requested the latest settings. The settings in the shared store are ignored.
    OnRequest,
    /// The first read, or a later read that no caller has requested. The settings in the shared
    /// store may be used.
    Renewal,
}

impl Reading {
    pub(crate) async fn of(self, source: &dyn ConfigSource) -> Result<Settings> {
        match self {
            Self::OnRequest => source.reload().await,
            Self::Renewal => source.load().await,
        }
    }
}
