//! Sign-in through identity providers.

mod attacks;
mod choice;
mod levels;
mod linked;
mod provider;
mod saml;
mod saml_encryption;
mod saml_exchange;
mod saml_provider;
mod sign_in;
mod social;
mod test_provider;
mod triggers;

use cognito_emulator::{Client, EmulatorBuilder};
use serde_json::{Value, json};

use crate::browser::{Browser, hosted_pool, parameters, request_with};
use crate::support::{Pool, Reply};
use provider::Provider;
pub(crate) use saml::changed_response;

/// The reason why an `https` URL of a provider is not called by default.
pub(super) const HTTPS: &str = "an https URL needs the feature `remote-providers` and the option \
                                `--allow-remote-providers`: use both, or an http URL of this host";

/// A pool with the identity provider `Example`, a server of this test.
pub(super) struct Federated {
    pub(super) pool: Pool,
    pub(super) provider: Provider,
}

pub(super) async fn federated() -> Federated {
    federated_with(|client| client, |builder| builder).await
}

pub(super) async fn federated_with(
    client: impl FnOnce(Client) -> Client,
    settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
) -> Federated {
    let pool = hosted_pool(client, settings).await;
    let provider = Provider::start().await;
    let federated = Federated { pool, provider };
    federated.create(json!({})).await;
    federated
}

impl Federated {
    /// Adds the identity provider to the pool. `changes` replaces members of the request, such as
    /// the attribute mapping.
    async fn create(&self, changes: Value) {
        let mut fields = self.provider.fields();
        for (name, value) in changes.as_object().expect("an object") {
            fields[name] = value.clone();
        }
        let pool = &self.pool;
        pool.admin("CreateIdentityProvider", fields).await.ok();
    }

    /// Changes the mapping of attributes.
    pub(super) async fn map(&self, mapping: Value) {
        let fields = json!({ "ProviderName": "Example", "AttributeMapping": mapping });
        let pool = &self.pool;
        pool.admin("UpdateIdentityProvider", fields).await.ok();
    }

    /// Returns the query with which the emulator redirects a browser to the provider.
    pub(super) async fn begin(&self, browser: &mut Browser) -> String {
        self.begin_with(browser, &[]).await
    }

    /// Does the same as [`begin`](Self::begin), with more parameters of the app client.
    pub(super) async fn begin_with(
        &self,
        browser: &mut Browser,
        more: &[(&'static str, &str)],
    ) -> String {
        let request = request_with(&[&[("identity_provider", "Example")], more].concat());
        let path = format!("/oauth2/authorize?{request}");
        let reply = browser.get(&self.pool, &path).await;
        assert_eq!(reply.status, 302, "{}", reply.body);
        let to = reply.header("location").to_owned();
        assert!(to.starts_with(&self.provider.url("/authorize?")), "{to}");
        to
    }

    /// Signs in with these claims, and returns the response of `/oauth2/idpresponse`.
    pub(super) async fn respond(&self, browser: &mut Browser, claims: Value) -> Reply {
        let to = self.begin(browser).await;
        self.respond_to(browser, &to, claims).await
    }

    /// Signs in with these claims after the redirect to `to`, and returns the response of
    /// `/oauth2/idpresponse`.
    pub(super) async fn respond_to(&self, browser: &mut Browser, to: &str, claims: Value) -> Reply {
        let query = parameters(to);
        let mut token = json!({ "nonce": query["nonce"] });
        for (name, value) in claims.as_object().expect("claims") {
            token[name] = value.clone();
        }
        let code = self.provider.code(token);
        let path = format!("/oauth2/idpresponse?code={code}&state={}", query["state"]);
        browser.get(&self.pool, &path).await
    }

    /// Signs in with these claims, and returns the parameters of the redirect to the client.
    pub(super) async fn signed_in(
        &self,
        claims: Value,
    ) -> std::collections::BTreeMap<String, String> {
        let reply = self.respond(&mut Browser::default(), claims).await;
        assert_eq!(reply.status, 302, "{}", reply.body);
        parameters(reply.header("location"))
    }

    /// Signs in with these claims, and returns the error that the client receives.
    pub(super) async fn error(&self, claims: Value) -> String {
        let back = self.signed_in(claims).await;
        assert_eq!(
            back.get("error").map(String::as_str),
            Some("invalid_request")
        );
        assert_eq!(back.get("state").map(String::as_str), Some("a&b"));
        assert!(!back.contains_key("code"));
        back["error_description"].clone()
    }

    /// Signs in with these claims, and returns the claims of the ID token.
    pub(super) async fn id_token(&self, claims: Value) -> Value {
        let back = self.signed_in(claims).await;
        let code = back.get("code").unwrap_or_else(|| panic!("{back:?}"));
        let reply = self.pool.exchange(&[("code", code)]).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        crate::browser::claims(&reply.body["id_token"])
    }

    pub(super) async fn user(&self, username: &str) -> Value {
        let fields = json!({ "Username": username });
        self.pool.admin("AdminGetUser", fields).await.ok()
    }
}

/// Returns the claims about Ann, the user of these tests.
pub(super) fn ann() -> Value {
    json!({ "sub": "ann-1", "email": "ann@example.com", "email_verified": true, "name": "Ann" })
}
