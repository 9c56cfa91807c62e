//! The hosted pages and the endpoints of OAuth 2.0, which AWS serves at a pool's domain.

mod add_passkey;
mod authorize;
mod confirm_user;
mod cookies;
mod css;
mod error;
mod forgot_password;
mod html;
mod inputs;
pub(crate) mod login;
mod logout;
mod look;
mod parameters;
mod provider;
pub(crate) mod register;
mod request;
mod revoke;
mod saml;
mod set_up;
mod sign_up;
mod steps;
mod test_provider;
mod test_saml_provider;
mod texts;
mod token;
mod user_info;

use http::Method;
use http::request::Parts;

use crate::http::message::Peer;
use crate::http::origin;
use crate::http::page::{Page, not_allowed};
use crate::model::media_type::media_type;
use crate::state::pools::Pools;
use parameters::Parameters;
use request::HostedRequest;
use test_saml_provider as test_saml;

pub(crate) struct Endpoint {
    pub(crate) path: &'static str,
    methods: &'static [Method],
    answer: fn(&HostedRequest<'_>) -> Page,
}

/// A marker in the extensions of a request that was sent over TLS. Other requests do not have it.
#[derive(Clone, Copy)]
pub(crate) struct Encrypted;

const GET: &[Method] = &[Method::GET, Method::HEAD];
const POST: &[Method] = &[Method::POST];
const BOTH: &[Method] = &[Method::GET, Method::HEAD, Method::POST];

/// All hosted pages and OAuth 2.0 endpoints. Faults and call counters use their paths as names.
pub(crate) static ENDPOINTS: [Endpoint; 26] = [
    endpoint(
        "/_emulator/idp/.well-known/openid-configuration",
        GET,
        test_provider::discovery,
    ),
    endpoint("/_emulator/idp/authorize", GET, test_provider::authorize),
    endpoint("/_emulator/idp/jwks.json", GET, test_provider::keys),
    endpoint("/_emulator/idp/saml", GET, test_saml::sign_on),
    endpoint("/_emulator/idp/saml/logout", GET, test_saml::log_out),
    endpoint("/_emulator/idp/saml/metadata", GET, test_saml::metadata),
    endpoint("/_emulator/idp/token", POST, test_provider::token),
    endpoint("/_emulator/idp/userInfo", BOTH, test_provider::user_info),
    endpoint("/confirm", BOTH, sign_up::confirm),
    endpoint("/confirmUser", GET, confirm_user::answer),
    endpoint("/confirmforgotPassword", BOTH, forgot_password::confirm),
    endpoint("/error", GET, error::answer),
    endpoint("/forgotPassword", BOTH, forgot_password::answer),
    endpoint("/login", BOTH, login::answer),
    endpoint("/logout", GET, logout::answer),
    endpoint("/oauth2/authorize", GET, authorize::answer),
    endpoint("/oauth2/idpresponse", BOTH, provider::answer),
    endpoint(register::PATH, POST, register::answer),
    endpoint("/oauth2/revoke", POST, revoke::answer),
    endpoint("/oauth2/token", POST, token::answer),
    endpoint("/oauth2/userInfo", BOTH, user_info::answer),
    endpoint("/passkeys/add", BOTH, add_passkey::answer),
    endpoint("/resendcode", POST, sign_up::resend),
    endpoint("/saml2/idpresponse", POST, saml::answer),
    endpoint("/saml2/logout", POST, saml::logged_out),
    endpoint("/signup", BOTH, sign_up::answer),
];

const fn endpoint(
    path: &'static str,
    methods: &'static [Method],
    answer: fn(&HostedRequest<'_>) -> Page,
) -> Endpoint {
    Endpoint {
        path,
        methods,
        answer,
    }
}

impl Endpoint {
    /// Returns the response to a request. `body` is the whole body. If the endpoint does not allow
    /// the method, the response has status 405. `may_wait` is `false` if the thread must not wait
    /// for triggers and identity providers. A request that needs them then fails.
    pub(crate) fn answer(&self, pools: &Pools, head: &Parts, body: &[u8], may_wait: bool) -> Page {
        let (method, headers) = (&head.method, &head.headers);
        let query = head.uri.query().unwrap_or_default();
        if !self.methods.contains(method) {
            let is_post = self.methods.len() == 1;
            return not_allowed(if is_post { "POST" } else { "GET" });
        }
        let is_form = media_type(headers) == FORM;
        (self.answer)(&HostedRequest {
            pools,
            is_post: method == Method::POST,
            is_encrypted: head.extensions.get::<Encrypted>().is_some(),
            query: Parameters::read(query),
            raw_query: query,
            body,
            form: is_form.then(|| Parameters::read(&String::from_utf8_lossy(body))),
            headers,
            region: origin::region(head),
            now: pools.clock.now(),
            peer: Peer::of(&head.extensions),
            may_wait,
        })
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Returns the endpoint at a path, with its index in [`ENDPOINTS`]. Returns `None` for any other
/// path.
pub(crate) fn find(path: &str) -> Option<(usize, &'static Endpoint)> {
    let mut endpoints = ENDPOINTS.iter().enumerate();
    endpoints.find(|(_, endpoint)| endpoint.path == path)
}

#[cfg(test)]
mod tests {
    use http::Request;
    use http::header::LOCATION;
    use serde_json::json;

    use super::*;
    use crate::Emulator;
    use crate::model::client::Client;
    use crate::model::client::oauth::OAuthFlow;
    use crate::model::identity_provider::IdentityProvider;
    use crate::model::options::ProviderType;

    // The provider can be added after the thread for the request was chosen. A thread of the runtime
    // would panic if it waited for the provider.
    #[tokio::test]
    async fn request_that_must_not_wait_fails() {
        let client = Client::new("web")
            .oauth_flow(OAuthFlow::Code)
            .oauth_scope("openid")
            .callback_url("https://shop.example/");
        let emulator = Emulator::builder().client(client).build().expect("builds");
        let pools = &emulator.instance.pools;
        let added = pools.update(emulator.user_pool_id(), |settings| {
            let mut provider = IdentityProvider::new(ProviderType::Oidc, settings.created);
            let details = json!({ "oidc_issuer": "http://127.0.0.1:1" });
            let members = &mut provider.members;
            members.insert("ProviderDetails".to_owned(), details);
            let providers = &mut settings.identity_providers;
            providers.insert("Example".to_owned(), provider);
            Ok(())
        });
        added.expect("a pool");
        let path = "/oauth2/authorize";
        let query = "client_id=web&response_type=code&identity_provider=Example";
        let request = Request::get(format!("{path}?{query}")).body(());
        let (head, ()) = request.expect("a request").into_parts();
        let (_, endpoint) = find(path).expect("an endpoint");
        let page = endpoint.answer(pools, &head, &[], false);
        let to = page.headers()[LOCATION].to_str().expect("a URL");
        assert!(to.contains("the%20pool%20has%20changed%20during"), "{to}");
        // The failure is not stored: the next request calls the provider.
        let known = pools.discovered.lock();
        assert!(known.get("http://127.0.0.1:1", pools.clock.now()).is_none());
    }
}
