//! The serialized form of the settings that several instances of a service share through a store.

use std::time::Duration;

use cognito_core::config::{Setting, Settings};
use zeroize::Zeroizing;

/// The version of the format of a `Document`. An incompatible change needs a new number.
const VERSION: u8 = 1;

/// The maximum time in seconds by which the clock of the instance that wrote a document may be
/// ahead of the clock of this instance.
pub(super) const CLOCKS_DIFFER: u64 = 60;

/// The number that identifies each setting in a serialized document. The numbers must never change,
/// because instances with other versions of this crate read the same documents.
const NUMBERS: [(Setting, u8); 8] = [
    (Setting::ClientId, 1),
    (Setting::ClientSecret, 2),
    (Setting::Issuer, 3),
    (Setting::JwksUri, 4),
    (Setting::LoginDomain, 5),
    (Setting::Region, 6),
    (Setting::UserPoolId, 7),
    (Setting::PreviousClientSecret, 8),
];

/// The settings that instances share, and the time at which they were read from their source.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) settings: Settings,
    /// The time at which an instance started to read the settings from their source, in seconds
    /// since 1970.
    pub(super) asked_at: u64,
}

impl Document {
    /// Serializes the document: the version of the format and the time of the read, followed by the
    /// number, length and value of each setting.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // Allocated with enough capacity, so that no copy of a secret remains in memory.
        let values = || {
            let number = |(setting, number)| Some((number, self.settings.value(setting)?));
            NUMBERS.into_iter().filter_map(number)
        };
        let length: usize = values().map(|(_, value)| 5 + value.len()).sum();
        let mut bytes = Vec::with_capacity(9 + length);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.asked_at.to_be_bytes());
        for (number, value) in values() {
            bytes.push(number);
            // No setting is as long as 4 GiB.
            bytes.extend_from_slice(&(value.len() as u32).to_be_bytes());
            bytes.extend_from_slice(value.as_bytes());
        }
        bytes
    }

    /// Parses a document with shared settings. Returns `None` if the bytes are invalid.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        let bytes = Zeroizing::new(bytes);
        let (&version, rest) = bytes.split_first()?;
        let (asked_at, mut rest) = rest.split_first_chunk()?;
        if version != VERSION {
            return None;
        }
        let mut settings = Settings::new();
        while let Some((number, after)) = rest.split_first() {
            let (length, after) = after.split_first_chunk()?;
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            let (value, after) = after.split_at_checked(length)?;
            let (setting, _) = NUMBERS.iter().find(|(_, known)| known == number)?;
            settings = settings.with(*setting, std::str::from_utf8(value).ok()?);
            rest = after;
        }
        Some(Self {
            settings,
            asked_at: u64::from_be_bytes(*asked_at),
        })
    }

    /// Returns the age of the settings. Returns `None` if the time of the read is later than `now`
    /// by more than [`CLOCKS_DIFFER`]. One of the clocks is then wrong, and the age is unknown.
    pub(super) fn age(&self, now: u64) -> Option<Duration> {
        let is_ahead = self.asked_at > now.saturating_add(CLOCKS_DIFFER);
        (!is_ahead).then(|| Duration::from_secs(now.saturating_sub(self.asked_at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Document {
        let settings = Setting::ALL.iter().fold(Settings::new(), |all, setting| {
            all.with(*setting, &format!("the {}\nof ü", setting.name()))
        });
        Document {
            settings,
            asked_at: 1_800_000_000,
        }
    }

    #[test]
    fn every_setting_comes_back() {
        let read = Document::from_bytes(all().to_bytes()).expect("a document");
        assert_eq!(read.asked_at, 1_800_000_000);
        for setting in Setting::ALL {
            assert_eq!(
                read.settings.value(*setting),
                all().settings.value(*setting),
                "{setting:?}"
            );
            assert!(read.settings.value(*setting).is_some(), "{setting:?}");
        }
    }

    #[test]
    fn rejects_truncated_or_other_version_document() {
        let whole = all().to_bytes();
        let mut read = 0;
        for end in 0..whole.len() {
            read += usize::from(Document::from_bytes(whole[..end].to_vec()).is_some());
        }
        // A document that is cut between two settings is still valid; the seal detects it.
        assert_eq!(read, Setting::ALL.len());
        let mut other = whole.clone();
        other[0] = 2;
        assert!(Document::from_bytes(other).is_none());
        let mut unknown = whole;
        unknown[9] = 99;
        assert!(Document::from_bytes(unknown).is_none());
    }

    #[test]
    fn tolerates_only_a_slightly_fast_clock() {
        let document = all();
        let now = document.asked_at;
        assert_eq!(document.age(now + 5), Some(Duration::from_secs(5)));
        assert_eq!(document.age(now - 60), Some(Duration::ZERO));
        assert_eq!(document.age(now - 61), None);
    }
}
