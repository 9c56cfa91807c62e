//! The reason for a read of the settings from their source ([`Reading`]).

use cognito_core::config::Settings;
use cognito_core::{ConfigSource, Result};

/// The reason for a read of the settings. It determines whether the settings in the shared store
/// may be used instead of the settings of the source.
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
