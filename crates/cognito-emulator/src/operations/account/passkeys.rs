//! The operations `StartWebAuthnRegistration`, `CompleteWebAuthnRegistration`,
//! `ListWebAuthnCredentials` and `DeleteWebAuthnCredential`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::model::factors::relying_party;
use crate::model::failure::{Answer, Failure};
use crate::model::options::Usernames;
use crate::model::passkeys::{PATIENCE, Pending, new_challenge};
use crate::model::time::timestamp;
use crate::model::user::User;
use crate::model::webauthn::{ALGORITHMS, Credential, Expected, Rejection, registration};
use crate::operations::authentication::sign_up::reachable;
use crate::operations::common::invalid;
use crate::operations::page::{Page, bad_token};
use crate::state::call::Call;
use crate::state::codes::SignedInUser;
use crate::state::pool::State;
use crate::state::tokens::claims::AccessToken;

/// The maximum and default page size of the list of passkeys.
const PAGE_SIZE: usize = 20;

/// A request to register a passkey: its user, and the relying party id of the pool.
struct Registration<'a> {
    call: &'a Call<'a>,
    owner: Owner<'a>,
    relying_party: &'a str,
}

/// The user who registers a passkey, identified by a browser session or an access token.
enum Owner<'a> {
    /// The user is signed in on the hosted pages with a browser.
    Browser(&'a SignedInUser),
    Token(Box<AccessToken>),
}

impl<'a> Registration<'a> {
    /// Reads the access token of a request to register a passkey. Fails if the token is invalid, or
    /// if the pool does not offer passkeys.
    fn read(call: &'a Call<'a>) -> Result<Self, Failure> {
        Ok(Self {
            call,
            owner: Owner::Token(Box::new(call.access_token()?)),
            relying_party: relying_party(&call.service.settings)?,
        })
    }

    /// Creates the request to register a passkey for `user`, who is signed in on the hosted pages.
    /// Fails if the pool does not offer passkeys.
    fn hosted(call: &'a Call<'a>, user: &'a SignedInUser) -> Result<Self, Failure> {
        Ok(Self {
            call,
            owner: Owner::Browser(user),
            relying_party: relying_party(&call.service.settings)?,
        })
    }

    fn client(&self) -> &str {
        match &self.owner {
            Owner::Browser(_) => self.call.client_id().unwrap_or_default(),
            Owner::Token(token) => &token.client_id,
        }
    }

    /// Returns the user who registers the passkey. Fails if the user already has the maximum number
    /// of passkeys. With an access token, also fails if [`bearer`] fails. On the hosted pages, also
    /// fails if the user was signed out or may not sign in.
    fn user<'s>(&self, state: &'s mut State) -> Result<&'s mut User, Failure> {
        let user = match &self.owner {
            Owner::Browser(signed_in) => signed_in
                .find(&mut state.users)
                .ok_or_else(|| Failure::not_authorized("The browser is not signed in."))?,
            Owner::Token(token) => bearer(self.call, state, token)?,
        };
        user.passkeys.check_room()?;
        Ok(user)
    }
}

pub(crate) fn start(call: &Call<'_>) -> Answer {
    begin(&Registration::read(call)?)
}

/// Starts the registration of a passkey on the hosted pages. Does the same as [`start`], but `user`
/// is signed in on these pages and the request has no access token.
pub(crate) fn start_hosted(call: &Call<'_>, user: &SignedInUser) -> Answer {
    begin(&Registration::hosted(call, user)?)
}

fn begin(registration: &Registration<'_>) -> Answer {
    let call = registration.call;
    let (settings, relying_party) = (&call.service.settings, registration.relying_party);
    let mut state = call.state();
    let user = registration.user(&mut state)?;
    let challenge = new_challenge(&call.service.random);
    let verification = settings.web_authn.verification().name();
    // The name with which the user signs in.
    let address = match settings.usernames {
        Usernames::Email => reachable(user).and_then(|address| user.attribute(address)),
        Usernames::Plain => None,
    };
    let options = json!({
        "rp": { "id": relying_party, "name": relying_party },
        "user": {
            "id": URL_SAFE_NO_PAD.encode(&user.sub),
            "name": address.unwrap_or(&user.username),
            "displayName": user.attribute("name").unwrap_or_default(),
        },
        "challenge": challenge,
        "pubKeyCredParams": ALGORITHMS.map(|alg| json!({ "type": "public-key", "alg": alg })),
        "timeout": PATIENCE.as_millis(),
        "excludeCredentials": user.passkeys.descriptors(relying_party),
        "authenticatorSelection": {
            "requireResidentKey": true,
            "residentKey": "required",
            "userVerification": verification,
        },
    });
    user.passkeys.pending = Some(Pending {
        challenge,
        client: registration.client().to_owned(),
        expires: call.now.checked_add(PATIENCE).unwrap_or(call.now),
    });
    Ok(json!({ "CredentialCreationOptions": options }))
}

pub(crate) fn complete(call: &Call<'_>) -> Answer {
    finish(&Registration::read(call)?)
}

/// Completes the registration of a passkey on the hosted pages. Does the same as [`complete`], but
/// `user` is signed in on these pages and the request has no access token.
pub(crate) fn complete_hosted(call: &Call<'_>, user: &SignedInUser) -> Answer {
    finish(&Registration::hosted(call, user)?)
}

fn finish(registration: &Registration<'_>) -> Answer {
    let call = registration.call;
    let credential = call.fields.get("Credential");
    let relying_party = registration.relying_party;
    let mut state = call.state();
    let user = registration.user(&mut state)?;
    let username = user.username.clone();
    let pending = user.passkeys.pending.as_ref();
    if pending.is_some_and(|pending| pending.client != registration.client()) {
        return Err(Failure::new(
            "WebAuthnClientMismatchException",
            "The access token belongs to another app client than the one that started the \
             registration.",
        ));
    }
    // The challenge is used up, whatever the result.
    let pending = user.passkeys.pending.take();
    let pending = pending.filter(|pending| call.now < pending.expires);
    let pending = pending.ok_or_else(no_challenge)?;
    let expected = Expected {
        challenge: &pending.challenge,
        relying_party,
        verification: call.service.settings.web_authn.is_verification_required(),
    };
    let registered = registration::verify(&expected, credential.unwrap_or(&Value::Null));
    let registered = registered.map_err(rejected)?;
    let is_known = |user: &User| user.passkeys.has(&registered.id);
    if state.users.after(None).any(is_known) {
        return invalid("The credential is registered already.");
    }
    let user = state.users.expect(&username)?;
    user.passkeys.add(registered, call.now);
    Ok(json!({}))
}

/// Handles `ListWebAuthnCredentials`. The list begins with the oldest passkey.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let token = call.access_token()?;
    let page = Page::read(call, "MaxResults", "NextToken")?.at_most(PAGE_SIZE);
    let after = page.after.as_deref().unwrap_or("0");
    let after: u32 = after.parse().map_err(|_| bad_token())?;
    let mut state = call.state();
    let user = bearer(call, &mut state, &token)?;
    let rest = user.passkeys.registered.iter();
    let rest = rest.filter(|passkey| passkey.number > after);
    page.answer("Credentials", rest.map(|it| (it.number, describe(it))))
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let id = call.required("CredentialId")?;
    let token = call.access_token()?;
    let mut state = call.state();
    let user = bearer(call, &mut state, &token)?;
    if !user.passkeys.has(id) {
        return Err(Failure::not_found("The credential does not exist."));
    }
    user.passkeys
        .registered
        .retain(|passkey| passkey.record.id != id);
    Ok(json!({}))
}

/// Returns a passkey as AWS's `WebAuthnCredentialDescription`.
fn describe(passkey: &Credential) -> Value {
    let mut described = json!({
        "CredentialId": passkey.record.id,
        "FriendlyCredentialName": format!("Passkey {}", passkey.number),
        "RelyingPartyId": passkey.record.relying_party,
        "AuthenticatorTransports": passkey.record.transports,
        "CreatedAt": timestamp(passkey.created),
    });
    if let Some(attachment) = &passkey.record.attachment {
        described["AuthenticatorAttachment"] = json!(attachment);
    }
    described
}

/// Returns the user of an access token. Fails if the token was revoked, or if the user is disabled,
/// is not confirmed or must reset the password. If the user was deleted, the error is
/// `NotAuthorizedException`, because AWS's passkey operations have no `UserNotFoundException`.
fn bearer<'s>(
    call: &Call<'_>,
    state: &'s mut State,
    token: &AccessToken,
) -> Result<&'s mut User, Failure> {
    call.bearer(state, token)
        .map_err(|failure| failure.renamed("UserNotFoundException", "NotAuthorizedException"))
}

fn no_challenge() -> Failure {
    Failure::new(
        "WebAuthnChallengeNotFoundException",
        "The challenge is not known, or has expired.",
    )
}

/// Returns AWS's exception for a new passkey that was rejected.
fn rejected(rejection: Rejection) -> Failure {
    match rejection {
        Rejection::Challenge => no_challenge(),
        Rejection::Origin => Failure::new(
            "WebAuthnOriginNotAllowedException",
            "The origin of the passkey does not belong to the relying party id of the user pool.",
        ),
        Rejection::RelyingParty => Failure::new(
            "WebAuthnRelyingPartyMismatchException",
            "The passkey is for another relying party id than the one of the user pool.",
        ),
        Rejection::Presence | Rejection::Unsupported | Rejection::Verification => Failure::new(
            "WebAuthnCredentialNotSupportedException",
            "The passkey is from an unsupported device or provider.",
        ),
        Rejection::Malformed(field) => {
            Failure::invalid_parameter(format!("The credential is not valid: {field}"))
        }
        // These errors cannot occur in a registration.
        Rejection::Counter | Rejection::Signature | Rejection::Unknown | Rejection::User => {
            Failure::invalid_parameter("The credential is not valid")
        }
    }
}
