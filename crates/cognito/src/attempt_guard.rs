//! Counts calls with the attempt guard. Calls are counted by the client address. A call that
//! contains a secret of a user, such as a password or a code, is also counted by this user, because
//! the caller may be guessing the secret.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use cognito_cache::{Attempt, AttemptSubject, Budget, Purpose};
use cognito_core::{
    AccessToken, Challenge, Error, ErrorKind, Event, EventSink, Operation, Result, SignIn, Tokens,
    Username,
};

use crate::cognito::Inner;
use crate::operation::Facts;

/// The client's IP address, or `None` if it was not set. The address is personal data, so `Debug`
/// shows only whether it is set.
#[derive(Clone, Copy)]
pub(crate) struct ClientAddress(pub(crate) Option<IpAddr>);

impl ClientAddress {
    pub(crate) const UNKNOWN: Self = Self(None);
}

impl fmt::Debug for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "known" } else { "unknown" })
    }
}

/// The result of a credential check: what a successful response proves about the user whom the
/// request names.
pub(crate) enum CredentialCheck<'t> {
    /// Nothing is proven yet. Cognito requires a further response.
    Pending,
    /// The secret in the request, such as a password or a code, was right.
    Passed,
    /// The user is signed in, with these tokens.
    SignedIn(&'t Tokens),
}

impl CredentialCheck<'_> {
    /// Returns [`CredentialCheck::Passed`] for every response. Use it for calls whose success
    /// proves that the secret in the request was right.
    pub(crate) const fn passed<T>(_: &T) -> CredentialCheck<'_> {
        CredentialCheck::Passed
    }

    /// Returns what Cognito's response to a request with a password proves about the user. Tokens
    /// prove that the user is signed in. A challenge proves that the password was right.
    /// `SELECT_CHALLENGE` is an exception: it proves nothing, because Cognito has not checked the
    /// password.
    pub(crate) const fn password(signed_in: &SignIn) -> CredentialCheck<'_> {
        match signed_in {
            SignIn::Complete(tokens) => CredentialCheck::SignedIn(tokens),
            SignIn::Challenge(Challenge::SelectChallenge(_)) => CredentialCheck::Pending,
            SignIn::Challenge(_) => CredentialCheck::Passed,
        }
    }

    /// Returns what the result of a challenge response proves about the user. Tokens prove that the
    /// user is signed in. A further challenge proves nothing, because the response may only have
    /// selected a factor.
    pub(crate) const fn answer(signed_in: &SignIn) -> CredentialCheck<'_> {
        match signed_in {
            SignIn::Complete(tokens) => CredentialCheck::SignedIn(tokens),
            SignIn::Challenge(_) => CredentialCheck::Pending,
        }
    }
}

impl Inner {
    /// Runs a call if the attempt guard admits it, and reports the result to the guard. A call that
    /// the guard does not count runs immediately.
    pub(crate) async fn guarded<T>(
        &self,
        facts: &Facts,
        call: impl Future<Output = Result<T>>,
        check: fn(&T) -> CredentialCheck<'_>,
    ) -> Result<T> {
        if facts.user.is_none() && (facts.budget.is_none() || facts.address.0.is_none()) {
            return call.await;
        }
        // The future of the guard is large. Without the box, each call would have memory for it.
        Box::pin(self.counted_by_address(facts, call, check)).await
    }

    /// Runs a call. If the call has a budget and an address, the attempt guard counts the call for
    /// this address.
    async fn counted_by_address<T>(
        &self,
        facts: &Facts,
        call: impl Future<Output = Result<T>>,
        check: fn(&T) -> CredentialCheck<'_>,
    ) -> Result<T> {
        let (Some(budget), ClientAddress(Some(address))) = (facts.budget, facts.address) else {
            return self.counted_by_user(facts, call, check).await;
        };
        let admitted = self.attempts.admit_from(budget, address, patience());
        let attempt = admitted.await.inspect_err(|_| self.rejected(facts))?;
        let result = self.counted_by_user(facts, call, check).await;
        let signs_in = |value| matches!(check(value), CredentialCheck::SignedIn(_));
        let is_free = budget == Budget::SignInSteps && result.as_ref().is_ok_and(signs_in);
        if !is_free && is_spent(facts.operation, budget, result.as_ref().err()) {
            attempt.failed().await;
        } else {
            attempt.undecided().await;
        }
        result
    }

    /// Runs a call. If the caller could use it to guess a secret of a user, the attempt guard
    /// counts the call for this user.
    async fn counted_by_user<T>(
        &self,
        facts: &Facts,
        call: impl Future<Output = Result<T>>,
        check: fn(&T) -> CredentialCheck<'_>,
    ) -> Result<T> {
        let Some(user) = &facts.user else {
            return call.await;
        };
        let attempt = match facts.guarded {
            Some(purpose) => Some(self.admit(facts, purpose, user).await?),
            None => None,
        };
        // Whether an error counts depends on the operation.
        let result = call
            .await
            .map_err(|error| error.with_operation(facts.operation));
        let check = result.as_ref().map_or(CredentialCheck::Pending, check);
        match (attempt, check) {
            (Some(attempt), _) if facts.guarded == Some(Purpose::FactorSetup) => {
                if is_setup(result.as_ref().err()) {
                    attempt.failed().await;
                } else {
                    attempt.undecided().await;
                }
            }
            (Some(attempt), CredentialCheck::SignedIn(tokens)) => {
                let names = names_of(facts, tokens);
                let subjects = subjects(facts, user, &names, tokens);
                attempt.signed_in_as(&subjects).await;
            }
            (Some(attempt), CredentialCheck::Passed) => attempt.succeeded().await,
            (Some(attempt), CredentialCheck::Pending) => {
                if result.as_ref().is_err_and(Error::counts_as_attempt) {
                    attempt.failed().await;
                } else {
                    attempt.undecided().await;
                }
            }
            (None, CredentialCheck::SignedIn(tokens)) => self.remember(facts, user, tokens).await,
            (None, _) => {}
        }
        result
    }

    /// Waits until the attempt guard admits an attempt to guess a secret of the user. Returns the
    /// error of the guard if it rejects the attempt.
    async fn admit(&self, facts: &Facts, purpose: Purpose, user: &Username) -> Result<Attempt> {
        let subject = subject(facts, purpose, user.as_str());
        let admitted = self.attempts.admit_within(subject, patience());
        admitted.await.inspect_err(|_| self.rejected(facts))
    }

    /// Records the event that the attempt guard rejected a call.
    fn rejected(&self, facts: &Facts) {
        self.events.record(&Event::attempt_refused(facts.operation));
    }

    /// Stores the client address and the device as known for the user. Failed attempts from other
    /// addresses then do not lock out the user at this address or with this device. Call it after a
    /// sign-in that the attempt guard does not count as a guess, such as a sign-in with a passkey.
    /// If the store fails, only a warning is logged.
    async fn remember(&self, facts: &Facts, user: &Username, tokens: &Tokens) {
        let names = names_of(facts, tokens);
        let subjects = subjects(facts, user, &names, tokens);
        if let Err(error) = self.attempts.remember(&subjects).await {
            tracing::warn!(%error, "the attempt guard could not store where the user signed in");
        }
    }
}

/// The maximum time that an attempt waits for concurrent attempts with the same counter.
const PATIENCE: Duration = Duration::from_secs(5);

/// Completes after [`PATIENCE`]. The attempt guard then rejects an attempt that still waits.
async fn patience() {
    tokio::time::sleep(PATIENCE).await;
}

/// Returns `true` if a call counts against the budget, which limits the calls from one client
/// address. `error` is the error of the call, or `None` if it succeeded.
fn is_spent(operation: Operation, budget: Budget, error: Option<&Error>) -> bool {
    match error.map(Error::kind) {
        Some(kind) if is_unavailable(kind) => false,
        Some(kind) if rejects_token(kind) => true,
        Some(ErrorKind::NotFound) if guesses_id(operation) => true,
        _ => budget != Budget::Tokens,
    }
}

/// Returns `true` if the start of a set-up counts for the user. `error` is the error of the call, or
/// `None` if it succeeded.
///
/// Security: a call whose token or session is rejected, or may not have been checked, does not
/// count. Any caller can send a forged token with the name of another user, who would then be locked
/// out.
fn is_setup(error: Option<&Error>) -> bool {
    error.is_none_or(|error| {
        let kind = error.kind();
        let is_unchecked = matches!(
            kind,
            ErrorKind::ReplyLost | ErrorKind::Throttled | ErrorKind::Timeout
        );
        !is_unchecked && !is_unavailable(kind) && !rejects_token(kind)
    })
}

/// Returns `true` if no request was sent, or if the service is unavailable.
const fn is_unavailable(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Credentials
            | ErrorKind::KeysUnavailable
            | ErrorKind::Network
            | ErrorKind::ShuttingDown
            | ErrorKind::StoreUnavailable
            | ErrorKind::Upstream
    )
}

/// Returns `true` if the token, the authorization code or the session of the request is rejected.
const fn rejects_token(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::AccessRevoked
            | ErrorKind::ChallengeExpired
            | ErrorKind::InsufficientAuthentication
            | ErrorKind::InsufficientScope
            | ErrorKind::InvalidParameter
            | ErrorKind::NotAuthorized
            | ErrorKind::RefreshInvalid
            | ErrorKind::RefreshReuse
            | ErrorKind::RefreshRevoked
            | ErrorKind::TokenExpired
            | ErrorKind::TokenInvalid
            | ErrorKind::TokenRevoked
            | ErrorKind::UserDisabled
            | ErrorKind::UserNotFound
    )
}

/// Returns `true` if a caller could use the operation to guess the id of a session or of an
/// authentication event.
const fn guesses_id(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::RevokeUserSession | Operation::UpdateAuthEventFeedback
    )
}

/// Returns the subject of an attempt: the user, the client address and the device.
fn subject<'a>(facts: &'a Facts, purpose: Purpose, name: &'a str) -> AttemptSubject<'a> {
    let mut subject = AttemptSubject::new(purpose, name);
    if let ClientAddress(Some(address)) = facts.address {
        subject = subject.with_address(address);
    }
    if let Some(device) = &facts.device {
        subject = subject.with_device(device.as_str());
    }
    subject
}

/// Returns the subjects for which the attempt guard records a completed sign-in: one for each of
/// `names`, and one for `user`. `names` are the names with which the user can sign in next time.
/// `user` is the name in the request: an alias, or the user name that Cognito returned with a
/// challenge.
fn subjects<'a>(
    facts: &'a Facts,
    user: &'a Username,
    names: &'a [Username],
    tokens: &Tokens,
) -> Vec<AttemptSubject<'a>> {
    names
        .iter()
        .chain([user])
        .map(|name| {
            let mut subject = subject(facts, Purpose::SignIn, name.as_str());
            // A stale device was left out of this sign-in.
            subject.device = subject.device.filter(|_| tokens.stale_device.is_none());
            subject
        })
        .collect()
}

/// Returns the names with which the user can sign in next time. They are the user name, the
/// verified e-mail address and the verified phone number in the ID token. If the call has no client
/// address and no device, the attempt guard has nothing to store for these names, and the result is
/// empty.
///
/// Security: an unverified address or a preferred user name may belong to another user. With such a
/// name, the client address would become known for that other user, and the attempt guard would
/// allow more guesses from it.
fn names_of(facts: &Facts, tokens: &Tokens) -> Vec<Username> {
    if facts.address.0.is_none() && facts.device.is_none() {
        return Vec::new();
    }
    let Ok(token) = cognito_jwt::decode_unverified(tokens.id_token.expose()) else {
        return Vec::new();
    };
    let text = |claim: &str| token.claim(claim)?.as_str().map(str::to_owned);
    let is_true = |claim: &str| {
        let claim = token.claim(claim);
        claim.is_some_and(|claim| claim.as_bool() == Some(true) || claim.as_str() == Some("true"))
    };
    let email = text("email").filter(|_| is_true("email_verified"));
    let phone = text("phone_number").filter(|_| is_true("phone_number_verified"));
    [text("cognito:username"), email, phone]
        .into_iter()
        .flatten()
        .filter_map(|name| Username::new(name).ok())
        .collect()
}

/// Returns the user name in an access token, for the log and the attempt guard. Returns `None` if
/// the token cannot be decoded.
///
/// Security: the token is not verified, so it may be forged and contain the name of another user.
/// Cognito then rejects the token, and the attempt guard does not count the call for that user.
pub(crate) fn bearer(token: &AccessToken) -> Option<Username> {
    let token = cognito_jwt::decode_unverified(token.expose()).ok()?;
    Username::new(token.claim("username")?.as_str()?).ok()
}
