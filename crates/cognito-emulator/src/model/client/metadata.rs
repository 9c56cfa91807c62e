//! The metadata with which a client describes itself (RFC 7591 section 2): in a registration
//! request, or in a client id metadata document.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::model::client::oauth::OAuthFlow;
use crate::model::client::redirect::check_redirect;
use crate::model::named::named;

/// The maximum number of redirect URIs of a client (AWS service model, `CallbackURLsListType`).
const MOST_REDIRECTS: usize = 100;

/// The maximum length of a redirect URI, in bytes (AWS service model, `RedirectUrlType`).
const LONGEST_REDIRECT: usize = 1024;

named! {
    /// The way in which a client authenticates at the token endpoint.
    pub(crate) enum AuthMethod {
        Basic = "client_secret_basic",
        None = "none",
        Post = "client_secret_post",
    }

    /// A grant type with which a client can get tokens.
    #[derive(PartialOrd, Ord)]
    pub(crate) enum GrantType {
        AuthorizationCode = "authorization_code",
        ClientCredentials = "client_credentials",
        RefreshToken = "refresh_token",
    }
}

/// The error for invalid client metadata (RFC 7591 section 3.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MetadataError {
    pub(crate) code: &'static str,
    pub(crate) description: Cow<'static, str>,
}

impl MetadataError {
    pub(crate) fn redirect(description: &'static str) -> Self {
        Self {
            code: "invalid_redirect_uri",
            description: description.into(),
        }
    }

    pub(crate) fn metadata(description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code: "invalid_client_metadata",
            description: description.into(),
        }
    }
}

/// The source of client metadata: a document or a registration request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A client id metadata document. It can be for several authorization servers, so it can name
    /// grant types and response types that Cognito does not have.
    Document,
    /// A request for dynamic client registration (RFC 7591).
    Request,
}

/// The members of client metadata that have an effect. All other members are ignored, as RFC 7591
/// section 2 allows.
#[derive(Deserialize)]
struct Members {
    client_id: Option<String>,
    client_name: Option<String>,
    client_secret: Option<IgnoredAny>,
    client_secret_expires_at: Option<IgnoredAny>,
    grant_types: Option<Vec<String>>,
    redirect_uris: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    scope: Option<String>,
    token_endpoint_auth_method: Option<String>,
}

/// The validated metadata of a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ClientMetadata {
    /// The id that a client id metadata document contains. Ignored in a registration.
    pub(crate) client_id: Option<String>,
    pub(crate) name: Option<String>,
    /// `true` if the metadata contains a client secret or its expiry.
    pub(crate) has_secret: bool,
    pub(crate) grants: BTreeSet<GrantType>,
    pub(crate) redirect_uris: Vec<String>,
    /// The scopes in the metadata. `None` if the metadata has no scope.
    pub(crate) scopes: Option<Vec<String>>,
    /// The authentication method at the token endpoint (`token_endpoint_auth_method`). `None` if
    /// the metadata has none. RFC 7591 then assumes `client_secret_basic`.
    pub(crate) auth_method: Option<AuthMethod>,
}

impl ClientMetadata {
    /// Reads client metadata in JSON. Fails if it is invalid.
    pub(crate) fn read(json: &[u8], source: Source) -> Result<Self, MetadataError> {
        // Security: the error of the parser can contain a value, so it is not shown.
        let members: Members = serde_json::from_slice(json).map_err(|_| {
            MetadataError::metadata(
                "the metadata is not a JSON object, or a member has a wrong type",
            )
        })?;
        let grants = grants(members.grant_types.as_deref(), source)?;
        check_response_types(members.response_types.as_deref(), &grants, source)?;
        let redirect_uris = members.redirect_uris.unwrap_or_default();
        check_redirects(&redirect_uris, &grants)?;
        let method = members.token_endpoint_auth_method;
        let method = method.map(|name| {
            let known = AuthMethod::named(&name);
            let error = "token_endpoint_auth_method must be none, client_secret_basic or \
                         client_secret_post";
            known.ok_or_else(|| MetadataError::metadata(error))
        });
        let scopes = members.scope.map(|scope| {
            let scopes = scope.split(' ').filter(|scope| !scope.is_empty());
            scopes.map(ToOwned::to_owned).collect()
        });
        Ok(Self {
            client_id: members.client_id,
            name: members.client_name,
            has_secret: members.client_secret.is_some()
                || members.client_secret_expires_at.is_some(),
            grants,
            redirect_uris,
            scopes,
            auth_method: method.transpose()?,
        })
    }

    /// Returns the value of `AllowedOAuthFlows` for the client: `client_credentials` if this is the
    /// client's grant type, otherwise `code`. A client with `client_credentials` has no other grant
    /// type.
    pub(crate) fn flow(&self) -> OAuthFlow {
        if self.grants.contains(&GrantType::ClientCredentials) {
            OAuthFlow::ClientCredentials
        } else {
            OAuthFlow::Code
        }
    }
}

/// Reads the grant types of a client. Default: `authorization_code`.
///
/// In a client id metadata document, `client_credentials` and grant types that Cognito does not
/// have are ignored. In a registration request, a grant type that Cognito does not have is an
/// error.
///
/// Fails if the remaining grant types contain neither `authorization_code` nor
/// `client_credentials`. Also fails if a registration request combines `client_credentials` with
/// another grant type.
fn grants(names: Option<&[String]>, source: Source) -> Result<BTreeSet<GrantType>, MetadataError> {
    let Some(names) = names else {
        return Ok(BTreeSet::from([GrantType::AuthorizationCode]));
    };
    let known = names.iter().map(|name| GrantType::named(name));
    let grants: BTreeSet<_> = if source == Source::Document {
        let known = known.flatten();
        known
            .filter(|grant| *grant != GrantType::ClientCredentials)
            .collect()
    } else {
        let known: Option<_> = known.collect();
        let message =
            "grant_types can have authorization_code, refresh_token and client_credentials";
        known.ok_or_else(|| MetadataError::metadata(message))?
    };
    let has = |grant| grants.contains(&grant);
    if has(GrantType::ClientCredentials) && grants.len() > 1 {
        let message = "client_credentials cannot be combined with other grant types";
        return Err(MetadataError::metadata(message));
    }
    if !has(GrantType::ClientCredentials) && !has(GrantType::AuthorizationCode) {
        let message = "grant_types needs authorization_code or client_credentials";
        return Err(MetadataError::metadata(message));
    }
    Ok(grants)
}

/// Fails if the response types do not match the grant types (RFC 7591 section 2.1).
fn check_response_types(
    names: Option<&[String]>,
    grants: &BTreeSet<GrantType>,
    source: Source,
) -> Result<(), MetadataError> {
    let is_code = grants.contains(&GrantType::AuthorizationCode);
    let is_valid = names.is_none_or(|names| match names {
        names if source == Source::Document => names.iter().any(|name| name == "code"),
        [name] => name == "code" && is_code,
        [] => !is_code,
        _ => false,
    });
    let message = "response_types must be code, or empty for client_credentials";
    is_valid
        .then_some(())
        .ok_or_else(|| MetadataError::metadata(message))
}

fn check_redirects(uris: &[String], grants: &BTreeSet<GrantType>) -> Result<(), MetadataError> {
    if uris.is_empty() && grants.contains(&GrantType::AuthorizationCode) {
        return Err(MetadataError::redirect("redirect_uris is missing or empty"));
    }
    if uris.len() > MOST_REDIRECTS || uris.iter().any(|uri| uri.len() > LONGEST_REDIRECT) {
        let message = "redirect_uris has more than 100 URIs, or a URI of more than 1024 bytes";
        return Err(MetadataError::redirect(message));
    }
    let mut checked = uris.iter().map(|uri| check_redirect(uri));
    checked
        .find_map(Result::err)
        .map_or(Ok(()), |fault| Err(MetadataError::redirect(fault)))
}
