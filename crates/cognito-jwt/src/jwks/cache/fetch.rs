//! One fetch: the shared documents, then the source.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;

use super::KeySettings;
use crate::jwks::key_set::KeySet;
use crate::jwks::runtime::Runtime;
use crate::jwks::shared::{SharedDocuments, SharedKeys};
use crate::jwks::source::{SourceError, SourceErrorKind};

/// The parameters of a fetch.
pub(super) struct Request {
    pub(super) settings: KeySettings,
    /// The maximum age of shared keys that are used instead of the source. `None`: use the source
    /// only.
    pub(super) shared_will_do: Option<Duration>,
}

/// The result of a fetch.
pub(super) struct Fetched {
    /// The keys, and their age at the start of the fetch. There may be keys although the source
    /// failed.
    pub(super) keys: Option<(KeySet, Duration)>,
    /// The origin of the keys, or the error of the source.
    pub(super) outcome: Result<Origin, SourceError>,
}

/// The origin of keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Another instance fetched the keys.
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
                // Another instance may have fetched them successfully.
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

    /// Asks the source. If the document is usable, shares it.
    async fn ask(&self) -> Result<KeySet, SourceError> {
        let settings = &self.settings;
        let asked_at = settings.shared.as_ref().map(SharedDocuments::now);
        let fetch = async {
            let document = settings.source.fetch(&settings.uri).await?;
            let keys = KeySet::parse(&document)
                .map_err(|what| SourceError::new(SourceErrorKind::Document, what))?;
            Ok((keys, document))
        };
        // A panic of a custom source must not become a panic of the verifier.
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
            // Written in the background if possible, so that no caller waits for it.
            match Runtime::current() {
                Some(runtime) => drop(runtime.spawn(write)),
                None => write.await,
            }
        }
        Ok(keys)
    }

    /// Returns the shared keys if the source failed. They are used for the same time as if this
    /// process had fetched them: the cache checks their age.
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
