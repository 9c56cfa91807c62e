//! The times in the tokens that this process has received or verified.
//!
//! The revocation of a sign-in must be kept until all tokens of the sign-in have expired. Therefore
//! the lifetimes of ID tokens and of derived tokens are recorded. A derived token is a token that
//! Cognito has issued in exchange for another token (`GetDerivedToken`, RFC 8693).
//!
//! A token whose `iat` is in the future shows that the clock of this process is behind.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use cognito_core::revocation::LONGEST_TOKEN_LIFE;
use cognito_core::{Event, EventSink, TokenVerifier, Tokens};
use serde::Deserialize;

use crate::cognito::Inner;

/// A tolerance for `iat` claims in the future. A token is reported only if its `iat` is ahead by
/// more than this tolerance and by more than the leeway. The `iat` and the current time are in
/// whole seconds, and few clocks are exact.
const LEAST_AHEAD: Duration = Duration::from_secs(5);

/// The time for which health reports mention a token whose `iat` is in the future. It starts when
/// the token is verified.
const SHOWN: Duration = Duration::from_secs(10 * 60);

impl Inner {
    /// Records the lifetime of an ID token that Cognito has just issued. The revocation of a
    /// sign-in must be kept for at least this time.
    pub(crate) fn note_issued(&self, tokens: &Tokens) {
        if let Some(Lifetime { iat, exp }) = lifetime(tokens.id_token.expose()) {
            self.token_lives.note_id(iat, exp);
        }
    }

    /// Records the lifetime of a derived token: a token that Cognito has just issued in exchange
    /// for another token. A revocation of the sign-in must be kept for at least this time.
    pub(crate) fn note_derived(&self, token: &str) {
        if let Some(Lifetime { iat, exp }) = lifetime(token) {
            self.token_lives.note_derived(iat, exp);
        }
    }

    /// Records an event for a verified token whose `iat` is in the future by more than
    /// [`LEAST_AHEAD`] and by more than the leeway. The clock of this process is then behind
    /// Cognito's clock. A warning is logged if no such token was verified in the ten minutes
    /// before.
    pub(crate) fn note_verified(&self, iat: u64) {
        let now = self.clock.unix_seconds();
        let ahead = Duration::from_secs(iat.saturating_sub(now));
        if ahead <= self.verifier.leeway().max(LEAST_AHEAD) {
            return;
        }
        let now = self.clock.monotonic();
        if !self.future_tokens.were_seen(now) {
            let seconds = ahead.as_secs();
            tracing::warn!(
                seconds,
                "a token was issued later than the clock of this instance says"
            );
        }
        self.future_tokens.seen_at(now);
        self.events.record(&Event::token_from_future(ahead));
    }
}

/// The longest lifetimes of the ID tokens, and of the tokens from token exchanges (derived tokens),
/// that this process has received. The revocation of a sign-in must be kept until these tokens have
/// expired. An access token does not contain their lifetimes.
#[derive(Debug, Default)]
pub(crate) struct TokenLives {
    /// The longest lifetime of an ID token so far, in seconds. Zero before the first ID token.
    id: AtomicU64,
    /// The longest lifetime of a token from a token exchange (`GetDerivedToken`) so far, in
    /// seconds. Zero before the first one.
    derived: AtomicU64,
}

impl TokenLives {
    pub(crate) fn note_id(&self, iat: u64, exp: u64) {
        let life = exp.saturating_sub(iat);
        if self.id.load(Ordering::Relaxed) < life {
            self.id.fetch_max(life, Ordering::Relaxed);
        }
    }

    /// Records the lifetime of a token from a token exchange, separately from the lifetimes of ID
    /// tokens. While no lifetime of an ID token is recorded, [`longest`](Self::longest) returns one
    /// day, because the ID tokens of the sign-in can have a longer lifetime.
    fn note_derived(&self, iat: u64, exp: u64) {
        let life = exp.saturating_sub(iat);
        self.derived.fetch_max(life, Ordering::Relaxed);
    }

    /// Returns the longest lifetime that a token of a sign-in may have. `own` is the lifetime in
    /// seconds of a known token of the sign-in. Before this process has seen an ID token, returns
    /// one day, the maximum in Cognito.
    pub(super) fn longest(&self, own: u64) -> Duration {
        match self.id.load(Ordering::Relaxed) {
            0 => LONGEST_TOKEN_LIFE,
            id => {
                let longest = id.max(own).max(self.derived.load(Ordering::Relaxed));
                Duration::from_secs(longest).min(LONGEST_TOKEN_LIFE)
            }
        }
    }
}

/// The time at which a token with an `iat` in the future was last verified.
#[derive(Debug, Default)]
pub(crate) struct FutureTokens {
    /// The time at which a token with an `iat` in the future was last verified: the milliseconds of
    /// the monotonic clock, plus one. Zero if there was no such token.
    last: AtomicU64,
}

impl FutureTokens {
    fn seen_at(&self, now: Duration) {
        self.last.store(millis(now) + 1, Ordering::Relaxed);
    }

    /// Returns `true` if a token with an `iat` in the future was verified in the ten minutes before
    /// `now`.
    pub(crate) fn were_seen(&self, now: Duration) -> bool {
        let last = self.last.load(Ordering::Relaxed);
        last > 0 && millis(now) < last.saturating_add(millis(SHOWN))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX - 1)
}

/// The claims of a token that determine its lifetime, in seconds since 1970.
#[derive(Deserialize)]
struct Lifetime {
    iat: u64,
    exp: u64,
}

/// Reads the lifetime of a token without verifying the token. It reads no other claims, because
/// every sign-in calls this function.
fn lifetime(token: &str) -> Option<Lifetime> {
    let payload = token.split('.').nth(1)?;
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> String {
        format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn lifetime_is_read_from_two_claims() {
        let token = token(r#"{"sub": "a", "iat": 1700000000, "x": [{}], "exp": 1700003600}"#);
        let Lifetime { iat, exp } = lifetime(&token).unwrap();
        assert_eq!((iat, exp), (1_700_000_000, 1_700_003_600));
    }

    #[test]
    fn derived_token_extends_revocations() {
        let lives = TokenLives::default();
        lives.note_derived(0, 7_200);
        // Before the first ID token, the maximum applies.
        assert_eq!(lives.longest(3_600), LONGEST_TOKEN_LIFE);
        lives.note_id(0, 3_600);
        assert_eq!(lives.longest(300), Duration::from_secs(7_200));
        assert_eq!(lives.longest(9_000), Duration::from_secs(9_000));
        lives.note_derived(0, 600);
        assert_eq!(lives.longest(300), Duration::from_secs(7_200));
    }

    #[test]
    fn token_without_lifetime_is_ignored() {
        let payloads = [r#"{"iat": 1}"#, r#"{"iat": -1, "exp": 2}"#, "[]", ""];
        for token in payloads
            .map(token)
            .iter()
            .map(String::as_str)
            .chain(["", "a.b", "a.!.c"])
        {
            assert!(lifetime(token).is_none(), "{token}");
        }
    }
}
