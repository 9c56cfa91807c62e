//! A fetch, which reads the shared document first and then the source.

use std::time::Duration;

use super::KeySettings;
use crate::jwks::key_set::KeySet;
use crate::jwks::runtime::Runtime;
use crate::jwks::shared::SharedDocuments;
use crate::jwks::source::{self, SourceError, SourceErrorKind};

pub(super) struct Request {
    pub(super) settings: KeySettings,
    /// The maximum age of shared keys that are used instead of the source. `None`: use the source
    /// only.
    pub(super) shared_will_do: Option<Duration>,
}

pub(super) struct Fetched {
    /// The keys, and their age at the start of the fetch. If the source failed: the shared keys, or
    /// `None` if there are none.
    pub(super) keys: Option<(KeySet, Duration)>,
    /// The origin of the keys, or the error of the source.
    pub(super) outcome: Result<Origin, SourceError>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Another instance fetched the keys.
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
            // Another instance may have fetched them successfully. Shared keys are used for the
            // same time as if this process had fetched them: the cache checks their age.
            Err(error) => Fetched {
                keys: match self.shared_will_do {
                    Some(_) => shared,
                    None => self.read().await,
                },
                outcome: Err(error),
            },
        }
    }

    /// Returns the shared keys and their age. Returns `None` if instances share no documents, or if
    /// there is no valid document.
    async fn read(&self) -> Option<(KeySet, Duration)> {
        let shared = self.settings.shared.as_ref()?;
        shared.read(&self.settings.uri).await
    }

    /// Fetches the document from the source. If it is valid, writes it to the shared store, if one
    /// is configured.
    async fn ask(&self) -> Result<KeySet, SourceError> {
        let settings = &self.settings;
        let asked_at = settings.shared.as_ref().map(SharedDocuments::now);
        let document = source::fetch(&*settings.source, &settings.uri).await?;
        // A panic would end the fetch without a cool-down, and each call would then fetch again.
        let keys = std::panic::catch_unwind(|| KeySet::parse(&document))
            .unwrap_or(Err("the document cannot be parsed: report it as an issue"))
            .map_err(|what| SourceError::new(SourceErrorKind::Document, what))?;
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
}
