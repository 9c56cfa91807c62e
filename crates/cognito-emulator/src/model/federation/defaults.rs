//! The provider details that Cognito adds (API reference of `IdentityProviderType`).

use serde_json::{Map, Value};

use crate::model::options::ProviderType;

/// Adds the default provider details of Cognito. Does not replace details that the request
/// contains.
///
/// For an OIDC provider, Cognito also adds the URLs from the discovery document of the provider.
/// The emulator does not add them, because it reads that document only when a user signs in.
pub(crate) fn add(kind: ProviderType, details: &mut Map<String, Value>) {
    let version = details.get("api_version").and_then(Value::as_str);
    let facebook = format!("https://graph.facebook.com/{}", version.unwrap_or("v17.0"));
    let facebook_dialog = facebook.replace("graph.", "www.");
    let (me, dialog, token) = (
        format!("{facebook}/me?fields="),
        format!("{facebook_dialog}/dialog/oauth"),
        format!("{facebook}/oauth/access_token"),
    );
    let added: &[(&str, &str)] = match kind {
        ProviderType::Facebook => &[
            ("attributes_url", &me),
            ("attributes_url_add_attributes", "true"),
            ("authorize_url", &dialog),
            ("token_request_method", "GET"),
            ("token_url", &token),
        ],
        ProviderType::Google => &[
            ("attributes_url", GOOGLE_PEOPLE),
            ("attributes_url_add_attributes", "true"),
            (
                "authorize_url",
                "https://accounts.google.com/o/oauth2/v2/auth",
            ),
            ("oidc_issuer", "https://accounts.google.com"),
            ("token_request_method", "POST"),
            ("token_url", "https://www.googleapis.com/oauth2/v4/token"),
        ],
        ProviderType::LoginWithAmazon => &[
            ("attributes_url", "https://api.amazon.com/user/profile"),
            ("attributes_url_add_attributes", "false"),
            ("authorize_url", "https://www.amazon.com/ap/oa"),
            ("token_request_method", "POST"),
            ("token_url", "https://api.amazon.com/auth/o2/token"),
        ],
        ProviderType::SignInWithApple => &[
            ("attributes_url_add_attributes", "false"),
            ("authorize_url", "https://appleid.apple.com/auth/authorize"),
            ("oidc_issuer", "https://appleid.apple.com"),
            ("token_request_method", "POST"),
            ("token_url", "https://appleid.apple.com/auth/token"),
        ],
        ProviderType::Oidc => &[("attributes_url_add_attributes", "false")],
        ProviderType::Saml => &[],
    };
    for (name, value) in added {
        let name = (*name).to_owned();
        let value = Value::String((*value).to_owned());
        details.entry(name).or_insert(value);
    }
}

/// The URL from which the attributes of Google's users are read by default. The JSON of its
/// response does not have the form of a userinfo response.
pub(crate) const GOOGLE_PEOPLE: &str = "https://people.googleapis.com/v1/people/me?personFields=";
