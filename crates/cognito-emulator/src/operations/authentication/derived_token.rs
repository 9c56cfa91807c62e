//! The operation `GetDerivedToken`, which exchanges a token for a token that another service
//! accepts.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::client::{AuthFlow, Client};
use crate::model::failure::{Answer, Failure};
use crate::model::options::ProviderType;
use crate::operations::authentication::refresh::check_secret;
use crate::operations::authentication::sign_in::NOT_ENABLED;
use crate::operations::common::{invalid, strings};
use crate::operations::federation::saml;
use crate::operations::metadata_documents::may_be_client;
use crate::state::call::Call;
use crate::state::tokens::derived::{Actor, Derivation, Subject};

const INVALID_SCOPE: &str = "Invalid scope requested.";

const OTHER_CLIENT: &str = "The audience of a derived token cannot be another app client.";

/// Handles `GetDerivedToken`. Returns a token for the user of the subject token (the token that is
/// exchanged). The new token is for the audience in the request, and has only scopes of the subject
/// token.
pub(crate) fn get(call: &Call<'_>) -> Answer {
    let client = call.client()?;
    check_client(call, &client)?;
    exchange(call, &client).map_err(|rejected| rejected.failure)
}

/// The part of a request that causes the rejection of a token exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The app client is not allowed to exchange these tokens.
    Client,
    /// The request or a token in the request is invalid.
    Request,
    /// The app client or the subject token does not allow the requested scopes.
    Scopes,
    /// Tokens for the requested audience or resource cannot be issued.
    Target,
}

/// The reason why a token exchange was rejected: the part of the request that caused it, and the
/// error of `GetDerivedToken`.
pub(crate) struct Rejected {
    pub(crate) part: Part,
    pub(crate) failure: Failure,
}

impl Part {
    fn rejected(self, failure: Failure) -> Rejected {
        Rejected {
            part: self,
            failure,
        }
    }

    fn invalid(self, message: &'static str) -> Rejected {
        self.rejected(Failure::invalid_parameter(message))
    }
}

impl From<Failure> for Rejected {
    fn from(failure: Failure) -> Self {
        Part::Request.rejected(failure)
    }
}

/// Exchanges a token. The caller must have authenticated the client. Returns the response of
/// `GetDerivedToken`. The token endpoint also calls this function, after it has converted its
/// parameters to members of `GetDerivedToken`.
pub(crate) fn exchange(call: &Call<'_>, client: &Arc<Client>) -> Result<Value, Rejected> {
    let has_actor = call.text("ActorToken").is_some();
    let flow = if has_actor {
        AuthFlow::TokenExchangeDelegation
    } else {
        AuthFlow::TokenExchangeImpersonation
    };
    if !client.allows(flow) {
        return Err(Part::Client.invalid(NOT_ENABLED));
    }
    if has_actor != call.text("ActorTokenType").is_some() {
        let message = "ActorToken and ActorTokenType are required together.";
        return Err(Part::Request.invalid(message));
    }
    let actor = has_actor.then(|| actor(call, client)).transpose()?;
    let is_id_token = call.text("RequestedTokenType") == Some("ID_TOKEN");
    let audience = requested_audience(call, client, is_id_token)?;
    check_assertion_scopes(call)?;
    // An assertion can be used once, so it is verified after the other members of the request.
    let subject = subject(call, client)?;
    let scopes = scopes(call, client, &subject);
    let scopes = scopes.map_err(|failure| Part::Scopes.rejected(failure))?;
    let act = subject.act(actor.as_ref())?;
    // The user is copied, so that the token is signed without the lock.
    let user = call.bearer(&mut call.state(), &subject.token)?.clone();
    let tokens = &call.service.tokens;
    let derivation = Derivation {
        user: &user,
        subject: &subject,
        client,
        scopes: &scopes,
        audience,
        act,
        now: call.now,
        random: &call.service.random,
    };
    if !is_id_token {
        // The requested audience was checked before.
        let inherited = subject.audience(None).filter(|_| audience.is_none());
        check_audience(call, client, inherited.as_ref())?;
        let (token, lifetime) = tokens.derive_access(&derivation)?;
        return Ok(json!({
            "IssuedToken": token,
            "IssuedTokenType": "ACCESS_TOKEN",
            "TokenType": "Bearer",
            "ExpiresIn": lifetime,
            "Scopes": scopes,
        }));
    }
    if !subject.has_identity() {
        return Err(Part::Request.invalid("The subject token does not allow an ID token."));
    }
    let (token, lifetime) = tokens.derive_id(&derivation)?;
    Ok(json!({
        "IssuedToken": token,
        "IssuedTokenType": "ID_TOKEN",
        // Not a token for access (RFC 8693, section 2.2.1).
        "TokenType": "N_A",
        "ExpiresIn": lifetime,
    }))
}

/// Fails if a request with a SAML assertion requests scopes. A derived token has only scopes of the
/// subject token, and an assertion has no scopes.
fn check_assertion_scopes(call: &Call<'_>) -> Result<(), Rejected> {
    let is_assertion = call.text("SubjectTokenType") == Some("SAML2");
    if is_assertion && !call.member::<Vec<&str>>("Scopes")?.is_empty() {
        return Err(Part::Scopes.invalid(INVALID_SCOPE));
    }
    Ok(())
}

/// Returns the requested audience. Fails if tokens for it cannot be issued.
fn requested_audience<'a>(
    call: &Call<'a>,
    client: &Client,
    is_id_token: bool,
) -> Result<Option<&'a str>, Rejected> {
    let audience = audience(call).map_err(|failure| Part::Target.rejected(failure))?;
    if is_id_token {
        check_id_audience(call, client, audience)?;
    } else {
        check_audience(call, client, audience.map(Value::from).as_ref())?;
    }
    Ok(audience)
}

/// Fails if the requested audience of an ID token is neither the app client nor a resource server.
///
/// Security: an ID token signs the user in at its audience. Without this check, a client could sign
/// the user in at any other application that trusts the pool.
fn check_id_audience(
    call: &Call<'_>,
    client: &Client,
    audience: Option<&str>,
) -> Result<(), Rejected> {
    if audience.is_some_and(|audience| audience != client.id && !is_resource(call, audience)) {
        let message = "The audience of an ID token must be the app client or a resource server.";
        return Err(Part::Target.invalid(message));
    }
    Ok(())
}

/// Fails if the audience of a derived access token contains the id of another app client. The
/// audience is a string or a list.
///
/// Security: the other app client would accept the token as a token that was issued to it. The id
/// of a client can also be the URL of a client id metadata document. The emulator has no list of
/// these clients. Therefore it rejects each URL that a policy for such documents allows, except the
/// identifiers of resource servers.
fn check_audience(
    call: &Call<'_>,
    client: &Client,
    audience: Option<&Value>,
) -> Result<(), Rejected> {
    let is_document = |one: &str| may_be_client(call.pools, one) && !is_resource(call, one);
    let is_other = |one: &str| one != client.id && (call.pools.has_client(one) || is_document(one));
    let single = audience.and_then(Value::as_str);
    if audience
        .into_iter()
        .flat_map(strings)
        .chain(single)
        .any(is_other)
    {
        return Err(Part::Target.invalid(OTHER_CLIENT));
    }
    Ok(())
}

/// Fails if the client secret in the request is wrong, or if it is missing in an unsigned request.
/// "You must have IAM credentials, or you must present the requesting app client's ClientId and, if
/// the client has a secret, ClientSecret" (AWS API reference).
fn check_client(call: &Call<'_>, client: &Client) -> Result<(), Failure> {
    let secret = call.text("ClientSecret");
    if (call.is_signed && secret.is_none()) || check_secret(client, secret).is_ok() {
        return Ok(());
    }
    let id = &client.id;
    Err(Failure::not_authorized(format!(
        "Unable to verify secret for client {id}"
    )))
}

fn subject(call: &Call<'_>, client: &Arc<Client>) -> Result<Subject, Failure> {
    if call.text("SubjectTokenType") == Some("SAML2") {
        return subject_of_assertion(call, client);
    }
    let is_id = is_id(call, "SubjectToken")?;
    let token = call.required("SubjectToken")?;
    call.service.tokens.read_subject(token, is_id, call.now)
}

/// Verifies a SAML assertion, signs the user in, and returns the subject token for the user. The
/// user must exist, because AWS lists `UserNotFoundException` for the operation.
fn subject_of_assertion(call: &Call<'_>, client: &Arc<Client>) -> Result<Subject, Failure> {
    let name = provider(call, client)?;
    let encoded = call.required("SubjectToken")?;
    let assertion = saml::verify_exchanged(call, client, (name, encoded))?;
    let signed_in = saml::complete_known(call, client, name, &assertion)?;
    let (tokens, random) = (&call.service.tokens, &call.service.random);
    let mut state = call.state();
    let user = signed_in.find(&mut state.users);
    let user = user.ok_or_else(Failure::user_not_found)?;
    let times = (assertion.valid_until, call.now);
    Ok(tokens.subject_of_assertion(user, client, times, random))
}

/// Returns the name of the provider that has issued the assertion: `SubjectTokenProviderName`.
/// Without this member, returns the only SAML provider that the client supports.
fn provider<'a>(call: &'a Call<'_>, client: &Client) -> Result<&'a str, Failure> {
    if let Some(name) = call.text("SubjectTokenProviderName") {
        return Ok(name);
    }
    let all = call.service.settings.identity_providers.iter();
    let mut offered =
        all.filter(|(name, provider)| provider.kind == ProviderType::Saml && client.supports(name));
    match (offered.next(), offered.next()) {
        (Some((name, _)), None) => Ok(name),
        _ => invalid("SubjectTokenProviderName is required."),
    }
}

/// Returns the actor: the service that exchanges the token. Fails if the actor token is not valid
/// any more, or if it belongs to another app client.
fn actor(call: &Call<'_>, client: &Client) -> Result<Actor, Failure> {
    let is_id = is_id(call, "ActorToken")?;
    let token = call.required("ActorToken")?;
    let actor = call.service.tokens.read_actor(token, is_id, call.now)?;
    if actor.client != client.id {
        return Err(Failure::not_authorized(
            "The actor token does not belong to this client.",
        ));
    }
    if let Some(token) = &actor.of_user {
        call.bearer(&mut call.state(), token)?;
    }
    Ok(actor)
}

/// Returns `true` if the type of the token in `member`, such as `ActorToken`, is `ID_TOKEN`. Fails
/// if an identity provider has issued the token.
///
/// The emulator exchanges only one kind of token from an identity provider: a SAML assertion as the
/// subject token. The caller must not call this function for such an assertion.
fn is_id(call: &Call<'_>, member: &str) -> Result<bool, Failure> {
    let kind = call.text(&format!("{member}Type"));
    let provider = call.text(&format!("{member}ProviderName"));
    if kind == Some("SAML2") || provider.is_some() {
        return invalid(
            "The emulator exchanges no tokens of identity providers, except for SAML assertions as \
             the subject token.",
        );
    }
    Ok(kind == Some("ID_TOKEN"))
}

/// Returns the requested audience: a name in `Audiences`, or the identifier of a resource server of
/// the pool in `Resources`. Returns `None` if the request has neither. Fails if it has both.
fn audience<'a>(call: &Call<'a>) -> Result<Option<&'a str>, Failure> {
    let audiences: Vec<&str> = call.member("Audiences")?;
    let resources: Vec<&str> = call.member("Resources")?;
    match (audiences.first(), resources.first()) {
        (Some(_), Some(_)) => invalid("Audiences and Resources cannot be requested together."),
        (_, Some(resource)) if !is_resource(call, resource) => Err(Failure::not_found(format!(
            "Resource server {resource} does not exist."
        ))),
        (audience, resource) => Ok(audience.or(resource).copied()),
    }
}

fn is_resource(call: &Call<'_>, identifier: &str) -> bool {
    let servers = &call.service.settings.resource_servers;
    servers.contains_key(identifier)
}

/// Returns the scopes of the derived token: "the intersection of these requested scopes, the scopes
/// of your SubjectToken, and the scopes that are allowed for the requesting app client. If you
/// don't specify any scopes, Amazon Cognito issues a token with the same scopes as your
/// SubjectToken" (AWS API reference).
fn scopes(call: &Call<'_>, client: &Client, subject: &Subject) -> Result<Vec<String>, Failure> {
    let named: Vec<&str> = call.member("Scopes")?;
    let of_subject = subject
        .token
        .scope
        .split(' ')
        .filter(|scope| !scope.is_empty());
    if named.is_empty() {
        return Ok(of_subject.map(ToOwned::to_owned).collect());
    }
    let is_granted = |scope: &&str| named.contains(scope) && client.oauth.scopes.contains(*scope);
    let scopes: Vec<_> = of_subject
        .filter(is_granted)
        .map(ToOwned::to_owned)
        .collect();
    if scopes.is_empty() {
        return invalid(INVALID_SCOPE);
    }
    Ok(scopes)
}
