//! The entries that [`Cognito`](crate::Cognito) adds to the revocation list, and their times.
//!
//! The `iat` of a token is a time of Cognito's clock. The time of a revocation is therefore the
//! `Date` of Cognito's response ([`RepliedAt`]). If there is no `Date`, for example because the
//! response was lost, the time of this process plus a margin is used.

mod token_times;

use std::time::Duration;

use cognito_core::ports::{Account, RepliedAt};
use cognito_core::revocation::{LONGEST_TOKEN_LIFE, TokenIdentity};
use cognito_core::user::UserDetails;
use cognito_core::{
    AccessToken, Error, ErrorKind, IdToken, Operation, Result, Revocation, RevocationList,
    TokenVerifier,
};
use cognito_jwt::{Reason, VerifyError};

use crate::cognito::Inner;

pub(crate) use token_times::{FutureTokens, TokenLives};

/// The margin that is added to the time of this process if Cognito's time is unknown, because
/// Cognito's clock may be ahead.
const UNKNOWN_DATE_MARGIN: Duration = Duration::from_secs(60);

/// The margin that is added to the time of the revocation of a session and its linked sessions.
/// Cognito revokes the linked sessions some seconds later, and a linked session can get tokens
/// until then.
const LINKED_SESSIONS_MARGIN: Duration = UNKNOWN_DATE_MARGIN;

/// The maximum leeway of [`CognitoVerifier`](cognito_jwt::CognitoVerifier).
const LARGEST_LEEWAY: Duration = Duration::from_secs(5 * 60);

/// The tokens that a caller adds when it revokes a refresh token. They identify the sign-in to
/// which the refresh token belongs.
#[derive(Clone, Debug, Default)]
pub(crate) struct SessionTokens {
    pub(crate) access: Option<AccessToken>,
    pub(crate) id: Option<IdToken>,
}

impl Inner {
    /// Returns the time of a revocation, in Unix seconds. Tokens that were issued at or before this
    /// time are revoked.
    fn revoked_at(&self, outcome: &Result<RepliedAt>) -> u64 {
        let replied_at = match outcome {
            Ok(replied_at) => *replied_at,
            Err(error) => error.replied_at(),
        };
        revoked_at(replied_at, self.clock.unix_seconds())
    }

    /// Adds a sign-in to the revocation list, after a request to Cognito that revokes the tokens of
    /// the sign-in. `outcome` is the result of this request. If an error proves that the request
    /// had no effect, nothing is added.
    ///
    /// `session` is the result of [`session_of`](Self::session_of). If it is `None`, nothing is
    /// added. The entry expires when all tokens of the sign-in have expired.
    pub(crate) async fn revoke_session(
        &self,
        session: Result<Option<SessionClaims>>,
        outcome: Result<RepliedAt>,
    ) -> Result<()> {
        if !took_effect(&outcome) {
            return outcome.map(drop);
        }
        let Some(claims) = session? else {
            return outcome.map(drop);
        };
        let at = self.revoked_at(&outcome).max(claims.iat);
        let life = self
            .token_lives
            .longest(claims.exp.saturating_sub(claims.iat));
        let expires_at = at.saturating_add(life.as_secs());
        let revocation = match (&claims.origin_jti, &claims.jti) {
            (Some(origin_jti), _) => Revocation::session(origin_jti, expires_at),
            (None, Some(jti)) => Revocation::token(jti, claims.exp),
            (None, None) => Revocation::user(&claims.sub, claims.iat),
        };
        let revocation = revocation.of_user(&claims.sub, at);
        self.revocations.revoke(revocation).await?;
        outcome.map(drop)
    }

    /// Returns the claims of the access token. If the access token is missing, expired or invalid,
    /// returns the claims of the ID token. Returns `None` if both tokens are missing, expired or
    /// invalid. Fails if it is unknown whether a token is authentic.
    ///
    /// Call it before the request that revokes the sign-in: afterwards, Cognito does not accept the
    /// access token.
    ///
    /// Security: a forged token must not end the sign-in of another user. Cognito does not compare
    /// these tokens with the refresh token that it revokes. Therefore a token is used only if it
    /// was verified, or if Cognito accepts it.
    pub(crate) async fn session_of(&self, tokens: &SessionTokens) -> Result<Option<SessionClaims>> {
        let by_access = match &tokens.access {
            Some(token) => {
                let verified = self.verifier.verify_access(token.expose()).await;
                let claims = verified.map(|token| SessionClaims::new((&*token).into(), token.exp));
                authentic(claims, token.expose())
            }
            None => Ok(None),
        };
        if let Ok(Some(_)) = by_access {
            return by_access;
        }
        let by_id = match &tokens.id {
            Some(token) => {
                let verified = self.verifier.verify_id(token.expose()).await;
                let claims = verified.map(|token| SessionClaims::new((&*token).into(), token.exp));
                authentic(claims, token.expose())
            }
            None => Ok(None),
        };
        match (by_id, by_access, &tokens.access) {
            (Ok(Some(claims)), ..) => Ok(Some(claims)),
            (_, Err(error), Some(token)) => {
                let claims = self.accepted_by_cognito(token).await;
                claims.map(Some).ok_or(error)
            }
            (by_id, ..) => by_id,
        }
    }

    /// Returns the claims of an access token if Cognito accepts the token. Returns `None` if
    /// Cognito rejects it or does not respond, or if the token is of another pool.
    ///
    /// Security: a `GetUser` request does not contain a pool id, so Cognito also accepts tokens of
    /// other pools. Their users must not add entries to the revocation list of this pool.
    async fn accepted_by_cognito(&self, token: &AccessToken) -> Option<SessionClaims> {
        if !self.is_issuer_of(token) {
            return None;
        }
        self.turn(Operation::GetUser).await.ok()?;
        self.account.current_user(token).await.ok()?;
        SessionClaims::decode(token.expose())
    }

    /// Returns `true` if the `iss` claim of the token names this user pool. The token is not
    /// verified.
    fn is_issuer_of(&self, token: &AccessToken) -> bool {
        let Ok(token) = cognito_jwt::decode_unverified(token.expose()) else {
            return false;
        };
        let Some(iss) = token.claim("iss").and_then(|iss| iss.as_str()) else {
            return false;
        };
        let config = self.config.current();
        let pool = iss.rsplit('/').next();
        config.issuer.as_deref() == Some(iss) || pool == Some(config.user_pool_id.as_str())
    }

    /// Revokes all tokens of the user to whom the access token `token` belongs. Call it after a
    /// request to Cognito that contained this token and ends all sessions of the user. `outcome` is
    /// the result of this request. If an error proves that Cognito still accepts the tokens,
    /// nothing is revoked.
    ///
    /// Security: a forged token must not sign out another user. The token must therefore verify, or
    /// Cognito must have accepted it.
    pub(crate) async fn revoke_tokens_of_bearer(
        &self,
        token: &AccessToken,
        outcome: Result<RepliedAt>,
    ) -> Result<()> {
        if !took_effect(&outcome) && !has_ended_before(&outcome) {
            return outcome.map(drop);
        }
        self.revoke_until_reply(token, Duration::ZERO, outcome)
            .await
    }

    /// Revokes all tokens of the user to whom the access token `token` belongs, after a request to
    /// revoke one session of the user. `outcome` is the result of this request. If an error proves
    /// that the session may still exist, nothing is revoked. `linked_sessions` is `true` if the
    /// request also revokes the linked sessions.
    ///
    /// No token contains the id of its session, so the tokens of the other sessions are revoked
    /// too. They can be refreshed.
    ///
    /// If the error proves that the session does not exist, the tokens are revoked, too: an earlier
    /// call may have ended the session, but failed to write the entry to the revocation list.
    pub(crate) async fn revoke_tokens_after_session(
        &self,
        token: &AccessToken,
        linked_sessions: bool,
        outcome: Result<RepliedAt>,
    ) -> Result<()> {
        if !took_effect(&outcome) && !is_session_gone(&outcome) {
            return outcome.map(drop);
        }
        self.revoke_until_reply(token, margin(linked_sessions), outcome)
            .await
    }

    /// Revokes all tokens of the user to whom the access token `token` belongs that Cognito issued
    /// until its response `outcome`, plus `margin`. The token must verify, or Cognito must have
    /// accepted it as a token of this user pool.
    ///
    /// Security: if the request had no effect, this call only writes an entry that a previous call
    /// could not write. If the revocation list already has an entry of the user that rejects the
    /// token, that entry is not extended. Otherwise an attacker with a stolen token could repeat the
    /// request, and this service would reject all new tokens of the user.
    async fn revoke_until_reply(
        &self,
        token: &AccessToken,
        margin: Duration,
        outcome: Result<RepliedAt>,
    ) -> Result<()> {
        let claims = match self.verifier.verify_access(token.expose()).await {
            Ok(claims) => SessionClaims::new((&*claims).into(), claims.exp),
            // Security: Cognito also accepts tokens of other pools. Their users must not add entries
            // to the revocation list of this pool.
            Err(error) if is_authentic(&error) || outcome.is_ok() && self.is_issuer_of(token) => {
                SessionClaims::decode(token.expose()).ok_or(error)?
            }
            Err(error) => return Err(error),
        };
        let until = if !took_effect(&outcome) && self.has_user_entry(&claims) {
            // A shared list may still have to write this entry to its store.
            claims.iat
        } else {
            let until = self.revoked_at(&outcome).max(claims.iat);
            until.saturating_add(margin.as_secs())
        };
        self.revocations
            .revoke(Revocation::user(claims.sub, until))
            .await?;
        outcome.map(drop)
    }

    /// Returns `true` if the revocation list has an entry of the user that rejects a token with
    /// these claims. Entries of one sign-in and of one token do not count. If the list cannot decide
    /// this, returns `false`.
    fn has_user_entry(&self, claims: &SessionClaims) -> bool {
        let token = TokenIdentity::new(&claims.sub, claims.iat, None, None);
        self.revocations.check(&token).unwrap_or(false)
    }

    /// Revokes all tokens of a user, after a request that signs out, disables or deletes the user.
    /// `outcome` is the result of this request. If an error proves that the request had no effect,
    /// nothing is revoked.
    pub(crate) async fn revoke_tokens_of_user(
        &self,
        user: &UserDetails,
        outcome: Result<RepliedAt>,
    ) -> Result<()> {
        if !took_effect(&outcome) {
            return outcome.map(drop);
        }
        self.revoke_user(user, Duration::ZERO, outcome).await
    }

    /// Revokes all tokens of a user, after a request to revoke one session of the user.
    /// `linked_sessions` is `true` if the request also revokes the linked sessions. `outcome` is the
    /// result of this request. See [`revoke_tokens_after_session`].
    ///
    /// [`revoke_tokens_after_session`]: Self::revoke_tokens_after_session
    pub(crate) async fn revoke_tokens_of_user_after_session(
        &self,
        user: &UserDetails,
        linked_sessions: bool,
        outcome: Result<RepliedAt>,
    ) -> Result<()> {
        if !took_effect(&outcome) && !is_session_gone(&outcome) {
            return outcome.map(drop);
        }
        self.revoke_user(user, margin(linked_sessions), outcome)
            .await
    }

    /// Revokes the tokens of a user after a request to Cognito. `outcome` is the result of the
    /// request. The revocation covers all tokens that Cognito issued until its response, plus
    /// `margin`. Then returns the success or the error of `outcome`.
    async fn revoke_user(
        &self,
        user: &UserDetails,
        margin: Duration,
        outcome: Result<RepliedAt>,
    ) -> Result<()> {
        let sub = user.attributes.value("sub");
        let sub = sub.unwrap_or(user.username.as_str());
        let until = self.revoked_at(&outcome).saturating_add(margin.as_secs());
        self.revocations
            .revoke(Revocation::user(sub, until))
            .await?;
        outcome.map(drop)
    }
}

/// The claims that identify the sign-in of a token. The token is authentic: its signature was
/// verified, or Cognito has accepted it.
pub(crate) struct SessionClaims {
    sub: String,
    iat: u64,
    exp: u64,
    jti: Option<String>,
    origin_jti: Option<String>,
}

impl SessionClaims {
    fn new(token: TokenIdentity<'_>, exp: u64) -> Self {
        Self {
            sub: token.sub.to_owned(),
            iat: token.iat,
            exp,
            jti: token.jti.map(ToOwned::to_owned),
            origin_jti: token.origin_jti.map(ToOwned::to_owned),
        }
    }

    /// Decodes the claims of a token without verifying it. Returns `None` if the token cannot be
    /// decoded. Call this function only for an authentic token: its signature was verified, or
    /// Cognito has accepted it.
    fn decode(token: &str) -> Option<Self> {
        let token = cognito_jwt::decode_unverified(token).ok()?;
        let text = |claim: &str| token.claim(claim)?.as_str();
        let identity = TokenIdentity::new(
            text("sub")?,
            token.claim("iat")?.as_u64()?,
            text("jti"),
            text("origin_jti"),
        );
        Some(Self::new(identity, token.claim("exp")?.as_u64()?))
    }
}

/// Returns the time of a revocation, in Unix seconds. `replied_at` has the `Date` header of
/// Cognito's response, and `ours` is the current time of this process. The result is the `Date`. If
/// there is no `Date`, the result is the time of this process plus a margin.
///
/// Security: with an old `Date`, for example of a cached response, revoked tokens would stay valid.
/// A `Date` is therefore ignored if it is behind the time of this process by more than the maximum
/// lifetime of a token plus the maximum leeway. Such a `Date` cannot be correct: if the clocks
/// differed by so much, no token would verify.
///
/// A `Date` in the future is used, because the clock of this process may be behind. At worst, new
/// tokens are rejected for a day.
fn revoked_at(replied_at: RepliedAt, ours: u64) -> u64 {
    let longest = LONGEST_TOKEN_LIFE + LARGEST_LEEWAY;
    let oldest = ours.saturating_sub(longest.as_secs());
    let theirs = replied_at.unix_seconds().filter(|at| *at >= oldest);
    theirs.unwrap_or_else(|| ours.saturating_add(UNKNOWN_DATE_MARGIN.as_secs()))
}

/// Returns `true` if `outcome` is a success, or an error after which the request may have taken
/// effect at Cognito.
fn took_effect(outcome: &Result<RepliedAt>) -> bool {
    outcome
        .as_ref()
        .err()
        .is_none_or(Error::may_have_taken_effect)
}

/// Returns `true` if the error proves that an earlier call has already ended the sign-in: the
/// access token is revoked, or the user does not exist. The revocation list may still lack the
/// sign-in, for example because the response to the earlier call was lost.
fn has_ended_before(outcome: &Result<RepliedAt>) -> bool {
    let kind = outcome.as_ref().err().map(Error::kind);
    matches!(
        kind,
        Some(ErrorKind::AccessRevoked | ErrorKind::UserNotFound)
    )
}

/// Returns `true` if the error of a request to revoke a session proves that the session does not
/// exist, or that the sign-in of the caller has ended. An earlier call may have revoked the session.
///
/// The exception code is checked too, because the kind depends on the message, which AWS does not
/// document: an error whose message contains `user pool` has the kind [`ErrorKind::Configuration`].
fn is_session_gone(outcome: &Result<RepliedAt>) -> bool {
    let error = outcome.as_ref().err();
    let is_not_found = error.is_some_and(|error| {
        error.kind() == ErrorKind::NotFound || error.code() == Some("ResourceNotFoundException")
    });
    is_not_found || has_ended_before(outcome)
}

/// Returns the time that is added to the time of the revocation of a session.
fn margin(linked_sessions: bool) -> Duration {
    if linked_sessions {
        LINKED_SESSIONS_MARGIN
    } else {
        Duration::ZERO
    }
}

/// Returns the claims of an authentic token. The token may have been rejected because of a
/// requirement of the application or a revocation; see [`is_authentic`]. Returns `None` if the
/// token was rejected for another reason, for example because it is forged or has expired. Fails if
/// it is unknown whether the token is authentic.
fn authentic(verified: Result<SessionClaims>, token: &str) -> Result<Option<SessionClaims>> {
    match verified {
        Ok(claims) => Ok(Some(claims)),
        Err(error) if is_authentic(&error) => Ok(SessionClaims::decode(token)),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::TokenExpired | ErrorKind::TokenInvalid | ErrorKind::TokenRevoked
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Returns `true` if the error proves that the signature of the rejected token is valid. The
/// verifier checks the signature before the requirements of the application, such as a scope, a
/// group or a maximum age. If the reason of the [`VerifyError`] is such a requirement, the
/// signature is therefore valid.
///
/// The caller must revoke the sign-in of such a token, because other tokens of the same sign-in may
/// meet the requirement.
///
/// Security: the kind of the error is no proof, because a custom verifier may check the scopes
/// before the signature.
fn is_authentic(error: &Error) -> bool {
    let source = std::error::Error::source(error);
    let rejection = source.and_then(|source| source.downcast_ref::<VerifyError>());
    matches!(
        rejection.map(VerifyError::reason),
        Some(
            Reason::CustomCheck
                | Reason::Delegated
                | Reason::MissingGroup
                | Reason::MissingScope
                | Reason::RevocationsUnavailable
                | Reason::Revoked
                | Reason::TooOld
                | Reason::TooWeak
                | Reason::WrongAudience
        )
    )
}
