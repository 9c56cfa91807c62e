//! Dynamic client registration (RFC 7591): creates an app client from the metadata in a request.

use std::mem::discriminant;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::model::aws;
use crate::model::client::metadata::{AuthMethod, ClientMetadata, MetadataError};
use crate::model::client::oauth::OAuthFlow;
use crate::model::client::{Client, Registrant};
use crate::model::registration::{REGISTER_SCOPE, Registration};
use crate::model::settings::STANDARD_SCOPES;
use crate::model::time::seconds;
use crate::operations::pools::clients;
use crate::state::call::Call;
use crate::state::service::Clients;

/// The maximum number of registered clients of a pool. It is the default quota of app clients in
/// AWS.
const MOST_CLIENTS: usize = 1000;

/// The maximum number of clients of a pool that were registered without an initial access token.
const MOST_OPEN: usize = 500;

/// The maximum number of clients of a pool that were registered with an access token of a user.
///
/// The remaining 250 of the [`MOST_CLIENTS`] clients are reserved: a request can register them only
/// with an access token of an app client.
const MOST_OF_USERS: usize = 250;

/// The maximum number of clients that one IP address or one app client can register in a pool. An
/// IPv6 address counts together with all other addresses of its 64-bit network.
const MOST_OF_ONE: usize = 250;

/// The maximum number of clients that one user can register in a pool.
const MOST_OF_USER: usize = 25;

/// The reason why a client is not registered.
pub(crate) enum Rejected {
    /// The client metadata in the request is invalid.
    Metadata(MetadataError),
    /// The pool or the caller has too many registered clients.
    TooMany,
}

impl From<MetadataError> for Rejected {
    fn from(error: MetadataError) -> Self {
        Self::Metadata(error)
    }
}

/// Registers a client and returns the response (RFC 7591 section 3.2.1).
pub(crate) fn register(
    call: &Call<'_>,
    registration: &Registration<'_>,
    metadata: &ClientMetadata,
    registrant: Registrant,
) -> Result<Value, Rejected> {
    let is_open = matches!(registrant, Registrant::Address(_));
    let flow = metadata.flow();
    if !registration.allows(flow, is_open) {
        let message = "the user pool does not allow the registration of clients with these grants";
        return Err(MetadataError::metadata(message).into());
    }
    let method = metadata.auth_method.unwrap_or(AuthMethod::Basic);
    if flow == OAuthFlow::ClientCredentials && method == AuthMethod::None {
        let message = "client_credentials needs another token_endpoint_auth_method than none";
        return Err(MetadataError::metadata(message).into());
    }
    let scopes = scopes(registration, metadata)?;
    let mut client = clients::new_client(call);
    client.registrant = Some(registrant);
    if method != AuthMethod::None {
        client.add_secret(clients::generate_secret(&call.service.random), call.now);
    }
    let name = metadata
        .name
        .as_deref()
        .map_or_else(|| client.id.clone(), allowed_name);
    let fields = fields(call, metadata, (&name, flow, &scopes));
    let settings = &call.service.settings;
    let is_applied = aws::validate("CreateUserPoolClient", &fields)
        .and_then(|()| clients::settings::apply(&fields, settings, &mut client, call.now));
    is_applied.map_err(|failure| MetadataError::metadata(failure.message().to_owned()))?;
    let response = response(&client, metadata, (method, &scopes));
    insert(&mut call.service.clients.write(), client)?;
    Ok(response)
}

/// Returns the scopes of the new client: the scopes in the metadata. Default: all scopes that the
/// pool allows for the client's grant. Fails if the metadata has a scope that the pool does not
/// allow.
fn scopes(
    registration: &Registration<'_>,
    metadata: &ClientMetadata,
) -> Result<Vec<String>, MetadataError> {
    let is_machine = metadata.flow() == OAuthFlow::ClientCredentials;
    let mut allowed = registration.scopes();
    allowed.retain(|scope| !(is_machine && STANDARD_SCOPES.contains(scope)));
    let Some(wanted) = &metadata.scopes else {
        if allowed.is_empty() {
            return Err(MetadataError::metadata(
                "the user pool allows no scope for the grant",
            ));
        }
        return Ok(allowed.into_iter().map(ToOwned::to_owned).collect());
    };
    if wanted.is_empty() || !wanted.iter().all(|scope| allowed.contains(&scope.as_str())) {
        let message = "the user pool does not allow one of the scopes for registered clients";
        return Err(MetadataError::metadata(message));
    }
    Ok(wanted.clone())
}

/// Returns a name in which each character that Cognito does not allow is replaced by `_`.
fn allowed_name(name: &str) -> String {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || " _+=,.@-".contains(letter);
    let letters = name.chars();
    letters
        .map(|letter| if is_allowed(letter) { letter } else { '_' })
        .collect()
}

/// Returns the members of `CreateUserPoolClient` for a new client.
fn fields(
    call: &Call<'_>,
    metadata: &ClientMetadata,
    (name, flow, scopes): (&str, OAuthFlow, &[String]),
) -> Map<String, Value> {
    let settings = &call.service.settings;
    let providers = settings.identity_providers.keys().map(String::as_str);
    let providers: Vec<_> = ["COGNITO"].into_iter().chain(providers).collect();
    let fields = json!({
        "UserPoolId": settings.pool_id,
        "ClientName": name,
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": [flow.name()],
        "AllowedOAuthScopes": scopes,
        "CallbackURLs": metadata.redirect_uris,
        "SupportedIdentityProviders": providers,
        // Security: anyone can have registered the client, so it cannot use the sign-in flows of the
        // API, and its errors do not reveal which users exist.
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
        "PreventUserExistenceErrors": "ENABLED",
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Returns the metadata of a registered client, with its id and its secret.
fn response(
    client: &Client,
    metadata: &ClientMetadata,
    (method, scopes): (AuthMethod, &[String]),
) -> Value {
    let grants: Vec<_> = metadata.grants.iter().map(|grant| grant.name()).collect();
    let response_types: &[&str] = match metadata.flow() {
        OAuthFlow::Code => &["code"],
        _ => &[],
    };
    let mut response = json!({
        "client_id": client.id,
        "client_id_issued_at": seconds(client.created),
        "client_name": client.name,
        "grant_types": grants,
        "redirect_uris": metadata.redirect_uris,
        "response_types": response_types,
        "scope": scopes.join(" "),
        "token_endpoint_auth_method": method.name(),
    });
    if let Some(secret) = client.secrets.first() {
        response["client_secret"] = json!(secret.text);
        // The secret does not expire.
        response["client_secret_expires_at"] = json!(0);
    }
    response
}

/// Adds a registered client to the clients of its pool. Fails if one of three limits is reached:
/// the limit of the pool, the limit of the client's registrant, and the limit of all registrants of
/// the same kind (IP addresses, app clients or users) together.
///
/// Security: no registered client is removed for a new one, because anyone can register clients.
fn insert(clients: &mut Clients, client: Client) -> Result<(), Rejected> {
    if let Some(registrant) = &client.registrant {
        let registrants = clients.values().filter_map(|it| it.registrant.as_ref());
        let (most_of_one, most_of_kind) = limits(registrant);
        let kind = discriminant(registrant);
        let (mut all, mut of_kind, mut of_one) = (0, 0, 0);
        for other in registrants {
            all += 1;
            of_kind += usize::from(discriminant(other) == kind);
            of_one += usize::from(other == registrant);
        }
        if all >= MOST_CLIENTS || of_kind >= most_of_kind || of_one >= most_of_one {
            return Err(Rejected::TooMany);
        }
    }
    clients.insert(client.id.clone(), Arc::new(client));
    Ok(())
}

/// Returns two limits: the maximum number of clients that `registrant` can register, and the
/// maximum number that all registrants of the same kind (IP addresses, app clients or users) can
/// register together.
///
/// Security: users can sign up themselves, so a limit for each user is not sufficient.
const fn limits(registrant: &Registrant) -> (usize, usize) {
    match registrant {
        Registrant::Address(_) => (MOST_OF_ONE, MOST_OPEN),
        Registrant::Client(_) => (MOST_OF_ONE, MOST_CLIENTS),
        Registrant::User(_) => (MOST_OF_USER, MOST_OF_USERS),
    }
}

/// Returns `true` if an access token with these scopes is an initial access token, which allows the
/// registration of clients (RFC 7591).
pub(crate) fn is_initial_access(scope: &str) -> bool {
    scope.split(' ').any(|scope| scope == REGISTER_SCOPE)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::state::entries::kind::Kind;
    use crate::state::entries::marks::Scope;

    fn add(clients: &mut Clients, registrant: Registrant) -> bool {
        let mut client = Client::new(clients.len().to_string());
        client.registrant = Some(registrant);
        insert(clients, client).is_ok()
    }

    fn user(number: usize) -> Registrant {
        Registrant::User(number.to_string())
    }

    #[test]
    fn each_kind_of_registrant_has_limit() {
        let mut clients = Clients::new(Scope::default(), Kind::Client);
        let address = |number: usize| -> Registrant {
            let text = format!("2001:db8:0:{}::{}", number / 10, number % 10);
            Registrant::at(text.parse::<IpAddr>().expect("an address"))
        };
        for number in 0..MOST_OF_ONE {
            assert!(add(&mut clients, address(number % 10)));
        }
        assert!(
            !add(&mut clients, address(3)),
            "the same network of 64 bits"
        );
        for number in MOST_OF_ONE..MOST_OPEN {
            assert!(add(&mut clients, address(number)));
        }
        assert!(!add(&mut clients, address(MOST_OPEN * 10)));
        for number in 0..MOST_OF_USERS {
            assert!(add(&mut clients, user(number / MOST_OF_USER)));
        }
        assert!(!add(&mut clients, user(MOST_OF_USERS)), "another user");
        let app = |id: &str| Registrant::Client(id.to_owned());
        for _ in 0..MOST_OF_ONE {
            assert!(add(&mut clients, app("a")));
        }
        assert!(!add(&mut clients, app("b")), "the pool is full");
        assert_eq!(clients.len(), MOST_CLIENTS);
    }

    #[test]
    fn each_host_and_user_has_one_share() {
        let mut clients = Clients::new(Scope::default(), Kind::Client);
        let local = [
            "127.0.0.1",
            "127.0.0.2",
            "127.255.0.1",
            "::1",
            "::ffff:127.0.0.3",
        ];
        for address in local.iter().cycle().take(MOST_OF_ONE) {
            let address = address.parse::<IpAddr>().expect("an address");
            assert!(add(&mut clients, Registrant::at(address)));
        }
        let address = "127.9.9.9".parse::<IpAddr>().expect("an address");
        assert!(!add(&mut clients, Registrant::at(address)));
        for _ in 0..MOST_OF_USER {
            assert!(add(&mut clients, user(1)));
        }
        assert!(!add(&mut clients, user(1)));
        assert!(add(&mut clients, user(2)));
    }
}
