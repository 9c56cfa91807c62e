//! Replacements for the functions of `redis.rs` if the feature `redis` is off. Nothing is shared
//! with other instances.

use std::sync::Arc;

use cognito_core::{PoolConfig, Result, RevocationList};

use super::CognitoBuilder;
use crate::events::Events;

impl CognitoBuilder {
    #[allow(clippy::unused_async, reason = "as with the feature")]
    pub(super) async fn shared_revocations(
        &self,
        _pool: &PoolConfig,
        _view: &Arc<dyn RevocationList>,
        _events: &Arc<Events>,
    ) -> Result<Option<Arc<dyn RevocationList>>> {
        Ok(None)
    }

    #[allow(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "as with the feature"
    )]
    pub(super) fn shared_guard(
        &self,
        _pool: &PoolConfig,
    ) -> Result<Option<cognito_cache::AttemptGuard>> {
        Ok(None)
    }
}
