//! One fetch of keys, from the store that instances share or from the JWKS source of the verifier.

use std::time::Duration;

use super::KeySettings;
use crate::jwks::key_set::KeySet;
use crate::jwks::runtime::Runtime;
use crate::jwks::shared::SharedDocuments;
use crate::jwks::source::{self, SourceError, SourceErrorKind};

pub(super) struct Request {
    pub(super) settings: KeySettings,
    /// The maximum age at which the JWKS in the shared store is used without a request to the JWKS
    /// source. If it is `None`, the shared JWKS is used only if the source fails.
    pub(super) shared_will_do: Option<Duration>,
}

pub(super) struct Fetched {
    /// The keys, and the age of their JWKS at the start of the fetch. If the JWKS source failed,
    /// the keys are from the shared JWKS, which may have any age. `None` if there is no valid JWKS.
    pub(super) keys: Option<(KeySet, Duration)>,
    /// The origin of the keys, or the error of the JWKS source if the source failed.
    pub(super) outcome: Result<Origin, SourceError>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The JWKS in the shared store, which another instance has fetched from the source.
    Shared,
    Source,
}

impl Request {
    pub(super) async fn fetch(self) -> Fetched {
        let mut shared = None;
        if let Some(fresh) = self.shared_will_do {
            shared = self.read().await;
            if let Some((keys, age)) = shared.take_if(|(_, age)| *age < fresh) {
                return Fetched {
                    keys: Some((keys, age)),
                    outcome: Ok(Origin::Shared),
                };
            }
        }
        match self.ask().await {
            Ok(keys) => Fetched {
                keys: Some((keys, Duration::ZERO)),
                outcome: Ok(Origin::Source),
            },
            // Another instance may have fetched the keys successfully. The cache checks the age of
            // shared keys, so they are used for the same time as keys that this process fetched.
            Err(error) => Fetched {
                keys: match self.shared_will_do {
                    Some(_) => shared,
                    None => self.read().await,
                },
                outcome: Err(error),
            },
        }
    }

    /// Returns the keys in the shared store and the age of their JWKS. Returns `None` if there is
    /// no valid shared JWKS, or if instances do not share the JWKS.
    async fn read(&self) -> Option<(KeySet, Duration)> {
        let shared = self.settings.shared.as_ref()?;
        shared.read(&self.settings.uri).await
    }

    /// Fetches the JWKS from the source. If it is valid and instances share the JWKS, also writes
    /// it to the shared store.
    async fn ask(&self) -> Result<KeySet, SourceError> {
        let settings = &self.settings;
        let asked_at = settings.shared.as_ref().map(SharedDocuments::now);
        let document = source::fetch(&*settings.source, &settings.uri).await?;
        // A panic would end the fetch without a back-off, and each call would then fetch again.
        let keys = std::panic::catch_unwind(|| KeySet::parse(&document))
            .unwrap_or(Err("the document cannot be parsed: report it as an issue"))
            .map_err(|what| SourceError::new(SourceErrorKind::Document, what))?;
        if let (Some(shared), Some(asked_at)) = (settings.shared.clone(), asked_at) {
            let write = shared.write(settings.uri.clone(), document, asked_at, settings.max_stale);
            // If there is a runtime, the JWKS is written in the background, so that no caller
            // waits.
            match Runtime::current() {
                Some(runtime) => drop(runtime.spawn(write)),
                None => write.await,
            }
        }
        Ok(keys)
    }
}
