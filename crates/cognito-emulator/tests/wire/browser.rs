//! A browser with the functions that the hosted pages need: cookies, redirects, forms.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cognito_emulator::{Client, EmulatorBuilder, OAuthFlow};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, Reply, pool_with};

pub(crate) const CALLBACK: &str = "https://shop.example/callback";
pub(crate) const GOODBYE: &str = "https://shop.example/bye";
pub(crate) const API: &str = "https://api.example.com";
pub(crate) const SECRET: &str = "0123456789abcdefghijklmnop";
pub(crate) const VERIFIER: &str = "a-code-verifier-that-has-at-least-43-of-them";

/// Returns a pool whose client can use the hosted pages.
pub(crate) async fn hosted() -> Pool {
    hosted_with(|client| client, |builder| builder).await
}

pub(crate) async fn hosted_with(
    client: impl FnOnce(Client) -> Client,
    settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
) -> Pool {
    let pool = hosted_pool(client, settings).await;
    pool.person();
    pool
}

/// Returns a pool whose client can use the hosted pages, with or without a client secret.
pub(crate) async fn hosted_client(
    with_secret: bool,
    settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
) -> Pool {
    let client = |client: Client| match with_secret {
        true => client.secret(SECRET),
        false => client,
    };
    hosted_with(client, settings).await
}

/// Returns a pool without users, whose client can use the hosted pages.
pub(crate) async fn hosted_pool(
    client: impl FnOnce(Client) -> Client,
    settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
) -> Pool {
    let web = ["openid", "email", "aws.cognito.signin.user.admin"]
        .into_iter()
        .fold(Client::new(CLIENT), Client::oauth_scope)
        .oauth_flow(OAuthFlow::Code)
        .oauth_scope(format!("{API}/read"))
        .callback_url(CALLBACK)
        .callback_url("myapp://in")
        .logout_url(GOODBYE);
    let web = client(web);
    pool_with(|builder| {
        let builder = builder.resource_server(API, ["read", "write"]);
        settings(builder.client(web))
    })
    .await
}

pub(crate) fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()))
}

/// Returns the parameters of a valid authorization request.
pub(crate) fn request() -> BTreeMap<&'static str, String> {
    [
        ("client_id", CLIENT),
        ("code_challenge", &challenge()),
        ("code_challenge_method", "S256"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("state", "a&b"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

/// Returns a valid authorization request with changed parameters. Parameters with an empty value
/// are omitted.
pub(crate) fn request_with(changes: &[(&'static str, &str)]) -> String {
    let mut request = request();
    for (name, value) in changes {
        request.insert(name, (*value).to_owned());
    }
    request.retain(|_, value| !value.is_empty());
    let pairs: Vec<_> = request
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    encoded(&pairs)
}

pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| {
        let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
        format!("{name}={value}")
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Returns the query parameters of a URL.
pub(crate) fn parameters(address: &str) -> BTreeMap<String, String> {
    let (_, query) = address.split_once(['?', '#']).unwrap_or_default();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    pairs
        .map(|(name, value)| (name.to_owned(), decoded(value)))
        .collect()
}

/// Stores the cookies of one user.
#[derive(Default)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
    /// The host name in requests. `None` for the address of the emulator.
    pub(crate) host: Option<&'static str>,
}

impl Browser {
    pub(crate) async fn get(&mut self, pool: &Pool, path: &str) -> Reply {
        self.send(pool, "GET", path, String::new()).await
    }

    /// Opens a page of an authorization request.
    pub(crate) async fn page(&mut self, pool: &Pool, path: &str, request: &str) -> Reply {
        let page = self.get(pool, &format!("{path}?{request}")).await;
        assert_eq!(page.status, 200, "{}", page.body);
        page
    }

    pub(crate) async fn post(&mut self, pool: &Pool, path: &str, body: String) -> Reply {
        self.send(pool, "POST", path, body).await
    }

    async fn send(&mut self, pool: &Pool, method: &str, path: &str, body: String) -> Reply {
        let cookies = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let mut headers = vec![
            ("cookie", cookies.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        headers.extend(self.host.map(|host| ("host", host)));
        let reply = pool.send(method, path, &headers, body).await;
        for cookie in reply.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().expect("text");
            let (pair, attributes) = cookie.split_once(';').expect("attributes");
            for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
                assert!(attributes.contains(attribute), "{cookie}");
            }
            let (name, value) = pair.split_once('=').expect("a value");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        reply
    }

    /// Fills in and sends the first form of a page. Values that the page itself has filled in are
    /// kept.
    pub(crate) async fn submit(
        &mut self,
        pool: &Pool,
        page: &Reply,
        filled: &[(&str, &str)],
    ) -> Reply {
        self.submit_to(pool, page, "", filled).await
    }

    /// Fills in and sends the first form of a page whose action begins with `path`.
    pub(crate) async fn submit_to(
        &mut self,
        pool: &Pool,
        page: &Reply,
        path: &str,
        filled: &[(&str, &str)],
    ) -> Reply {
        let html = page.body.as_str().expect("a page");
        let start = format!("<form method=\"post\" action=\"{path}");
        let (_, form) = html.split_once(&start).expect("a form");
        let (form, _) = form.split_once("</form>").expect("an end");
        let form = format!("action=\"{path}{form}");
        let html = form.as_str();
        let mut fields = inputs(html);
        for (name, value) in filled {
            assert!(fields.contains_key(*name), "{name} in {html}");
            fields.insert((*name).to_owned(), (*value).to_owned());
        }
        let pairs: Vec<_> = fields
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        let action = between(html, "action=\"", "\"").expect("a form");
        self.send(pool, "POST", &unescaped(action), encoded(&pairs))
            .await
    }

    /// Goes to the sign-in page of a request.
    pub(crate) async fn sign_in_page(&mut self, pool: &Pool, request: &str) -> Reply {
        let reply = self
            .get(pool, &format!("/oauth2/authorize?{request}"))
            .await;
        assert_eq!(reply.status, 302, "{}", reply.body);
        let login = reply.header("location").to_owned();
        assert!(login.starts_with("/login?"), "{login}");
        let page = self.get(pool, &login).await;
        assert_eq!(page.status, 200, "{}", page.body);
        page
    }

    /// Enters a user name and a password on the sign-in page.
    pub(crate) async fn typed(&mut self, pool: &Pool, name: &str, password: &str) -> Reply {
        let page = self.sign_in_page(pool, &request_with(&[])).await;
        let filled = [("username", name), ("password", password)];
        self.submit(pool, &page, &filled).await
    }

    /// Signs the user in and returns the URL to which the browser is redirected.
    pub(crate) async fn signed_in(&mut self, pool: &Pool, request: &str) -> String {
        let page = self.sign_in_page(pool, request).await;
        let filled = [("username", EMAIL), ("password", PASSWORD)];
        let reply = self.submit(pool, &page, &filled).await;
        assert_eq!(reply.status, 302, "{}", reply.body);
        reply.header("location").to_owned()
    }
}

/// Signs in with a new browser, and returns the authorization code for a request.
pub(crate) async fn code_for(pool: &Pool, request: &str) -> String {
    let back = Browser::default().signed_in(pool, request).await;
    parameters(&back).remove("code").expect("a code")
}

impl Pool {
    /// Sends a form to an endpoint, with or without a client secret.
    pub(crate) async fn form(
        &self,
        path: &str,
        secret: Option<(&str, &str)>,
        pairs: &[(&str, &str)],
    ) -> Reply {
        let basic = secret.map(|(id, secret)| STANDARD.encode(format!("{id}:{secret}")));
        let basic = format!("Basic {}", basic.unwrap_or_default());
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
        if secret.is_some() {
            headers.push(("authorization", basic.as_str()));
        }
        self.send("POST", path, &headers, encoded(pairs)).await
    }

    pub(crate) async fn exchange(&self, changes: &[(&str, &str)]) -> Reply {
        let mut pairs = BTreeMap::from([
            ("client_id", CLIENT),
            ("code_verifier", VERIFIER),
            ("grant_type", "authorization_code"),
            ("redirect_uri", CALLBACK),
        ]);
        pairs.extend(changes.iter().copied());
        pairs.retain(|_, value| !value.is_empty());
        let pairs: Vec<_> = pairs.into_iter().collect();
        self.form("/oauth2/token", None, &pairs).await
    }

    pub(crate) async fn user_info(&self, token: &str) -> Reply {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        self.send("GET", "/oauth2/userInfo", &headers, "").await
    }

    /// Returns the tokens of a sign-in with these scopes.
    pub(crate) async fn hosted_tokens(&self, scope: &str) -> Value {
        let code = code_for(self, &request_with(&[("scope", scope)])).await;
        let reply = self.exchange(&[("code", &code)]).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body
    }
}

/// Returns the value of a field of a page.
#[track_caller]
pub(crate) fn value_of(html: &str, name: &str) -> String {
    inputs(html).remove(name).expect("a field")
}

#[track_caller]
pub(crate) fn html_of(page: &Reply) -> &str {
    page.body.as_str().expect("a page")
}

/// Checks that a page shows a message.
#[track_caller]
pub(crate) fn says(page: &Reply, text: &str) {
    assert_eq!(page.status, 200, "{}", page.body);
    alerts(page, text);
}

/// Checks that a page of any status shows this message.
#[track_caller]
pub(crate) fn alerts(page: &Reply, text: &str) {
    let alert = format!("<p role=\"alert\">{text}</p>");
    assert!(html_of(page).contains(&alert), "{}", html_of(page));
}

/// Checks that the browser is redirected to the client with a code.
#[track_caller]
pub(crate) fn came_back(reply: &Reply) {
    assert_eq!(reply.status, 302, "{}", reply.body);
    assert!(parameters(reply.header("location")).contains_key("code"));
}

/// Checks an error of OAuth 2.0.
#[track_caller]
pub(crate) fn refused(reply: &Reply, code: &str) {
    assert_eq!(reply.body["error"], code, "{}", reply.body);
    assert!(matches!(reply.status, 400 | 401), "{}", reply.status);
    assert_eq!(reply.header("cache-control"), "no-store");
}

pub(crate) fn claims(token: &Value) -> Value {
    let token = token.as_str().expect("a token");
    let part = token.split('.').nth(1).expect("claims");
    let text = URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&text).expect("JSON")
}

/// Returns the fields of a page, with their values.
pub(crate) fn inputs(html: &str) -> BTreeMap<String, String> {
    let inputs = html.split("<input ").skip(1);
    inputs
        .map(|input| {
            let name = between(input, "name=\"", "\"").expect("a name");
            let value = between(input, "value=\"", "\"").expect("a value");
            (name.to_owned(), unescaped(value))
        })
        .collect()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1.split_once(end)?.0)
}

pub(crate) fn unescaped(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (escaped, c)| {
        text.replace(escaped, c)
    })
}
