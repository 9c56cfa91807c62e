//! One fetch: what other machines share, the source, and what serves if the source fails.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;

use super::KeySettings;
use crate::jwks::key_set::KeySet;
use crate::jwks::runtime::Runtime;
use crate::jwks::shared::{SharedDocuments, SharedKeys};
use crate::jwks::source::{SourceError, SourceErrorKind};

/// How a fetch is to be made.
pub(super) struct Request {
    pub(super) settings: KeySettings,
    /// Younger keys that others fetched will do. Nothing: only the source will.
    pub(super) shared_will_do: Option<Duration>,
}

/// What a fetch brought home.
pub(super) struct Fetched {
    /// Keys, and how long before the fetch began they were asked for. They may be there although
    /// the source failed.
    pub(super) keys: Option<(KeySet, Duration)>,
    /// Where they are from, or how the source failed.
    pub(super) outcome: Result<Origin, SourceError>,
}

/// Where keys are from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Another machine fetched them a while ago.
    Shared,
    Source,
}

impl Request {
    pub(super) async fn fetch(self) -> Fetched {
        let read = async {
            match &self.settings.shared {
                Some(shared) => shared.read(&self.settings.uri).await,
                None => None,
            }
        };
        let Some(fresh) = self.shared_will_do else {
            return match self.ask().await {
                Ok(keys) => Fetched::from_source(keys),
                // Another machine may have had more luck.
                Err(error) => Self::failed(error, read.await),
            };
        };
        match read.await {
            Some(shared) if shared.age < fresh => Fetched {
                keys: Some((shared.keys, shared.age)),
                outcome: Ok(Origin::Shared),
            },
            shared => match self.ask().await {
                Ok(keys) => Fetched::from_source(keys),
                Err(error) => Self::failed(error, shared),
            },
        }
    }

    /// Asks the source, and shares what is usable of what it says.
    async fn ask(&self) -> Result<KeySet, SourceError> {
        let settings = &self.settings;
        let asked_at = settings.shared.as_ref().map(SharedDocuments::now);
        let fetch = async {
            let document = settings.source.fetch(&settings.uri).await?;
            let keys = KeySet::parse(&document)
                .map_err(|what| SourceError::new(SourceErrorKind::Document, what))?;
            Ok((keys, document))
        };
        // Whoever brings a source that panics must not find that the verifier does.
        let (keys, document) = match AssertUnwindSafe(fetch).catch_unwind().await {
            Ok(fetched) => fetched?,
            Err(_) => {
                return Err(SourceError::new(
                    SourceErrorKind::Other,
                    "the source panicked",
                ));
            }
        };
        if let (Some(shared), Some(asked_at)) = (settings.shared.clone(), asked_at) {
            let write = shared.write(settings.uri.clone(), document, asked_at, settings.max_stale);
            // Where it can be helped, nobody waits for it.
            match Runtime::current() {
                Some(runtime) => drop(runtime.spawn(write)),
                None => write.await,
            }
        }
        Ok(keys)
    }

    /// What was shared serves as long as it would if this process had fetched it: the cache looks at
    /// its age.
    fn failed(error: SourceError, shared: Option<SharedKeys>) -> Fetched {
        Fetched {
            keys: shared.map(|shared| (shared.keys, shared.age)),
            outcome: Err(error),
        }
    }
}

impl Fetched {
    fn from_source(keys: KeySet) -> Self {
        Self {
            keys: Some((keys, Duration::ZERO)),
            outcome: Ok(Origin::Source),
        }
    }
}
