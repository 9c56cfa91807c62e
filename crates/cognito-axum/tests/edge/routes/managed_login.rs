//! A minimal browser for the pages of managed login, which the emulator serves.

use std::collections::BTreeMap;

use cognito_emulator::{Client, Emulator, OAuthFlow, Request};

use super::{EMAIL, PASSWORD};

pub(crate) const CALLBACK: &str = "https://shop.example.com/auth/hosted-login/callback";
pub(crate) const HOME: &str = "https://shop.example.com/";

/// Returns an app client whose users sign in at managed login.
pub(crate) fn web() -> Client {
    ["openid", "email", "aws.cognito.signin.user.admin"]
        .into_iter()
        .fold(Client::new("web"), Client::oauth_scope)
        .oauth_flow(OAuthFlow::Code)
        .callback_url(CALLBACK)
        .logout_url(HOME)
}

/// The cookies of a browser at managed login.
#[derive(Default)]
pub(crate) struct ManagedLogin {
    cookies: BTreeMap<String, String>,
}

impl ManagedLogin {
    /// Signs the user in. Returns the path and query at which the browser returns to the service.
    pub(crate) async fn sign_in(&mut self, emulator: &Emulator, url: &str) -> String {
        let (url, page) = match self.follow(emulator, url).await {
            Ok(page) => page,
            Err(back) => return back,
        };
        let mut fields = inputs(&page);
        fields.insert("username".to_owned(), EMAIL.to_owned());
        fields.insert("password".to_owned(), PASSWORD.to_owned());
        let pairs = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let action = between(&page, "action=\"", "\"").unwrap_or_default();
        let action = absolute(&url, &unescaped(action));
        let location = self.send(emulator, "POST", &action, &body).await.0;
        let next = absolute(&action, &location.expect("the sign-in is accepted"));
        let back = self.follow(emulator, &next).await;
        back.expect_err("the browser returns to the service")
    }

    /// Follows redirects to a page of the emulator, or to the service. The error is the path and
    /// query of the service.
    async fn follow(&mut self, emulator: &Emulator, url: &str) -> Result<(String, String), String> {
        let mut url = url.to_owned();
        loop {
            if let Some(back) = url.strip_prefix("https://shop.example.com") {
                return Err(back.to_owned());
            }
            let (location, page) = self.send(emulator, "GET", &url, "").await;
            match location {
                Some(location) => url = absolute(&url, &location),
                None => return Ok((url, page)),
            }
        }
    }

    /// Sends a request. Returns the target of a redirect, and the body.
    async fn send(
        &mut self,
        emulator: &Emulator,
        method: &str,
        url: &str,
        body: &str,
    ) -> (Option<String>, String) {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = Request::new(method, url)
            .header("Cookie", &cookies.join("; "))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body);
        let response = emulator.respond(request).await.unwrap();
        let mut location = None;
        for (name, value) in response.headers() {
            match name.to_ascii_lowercase().as_str() {
                "location" => location = Some(value.to_owned()),
                "set-cookie" => {
                    let pair = value.split(';').next().unwrap();
                    let (name, value) = pair.split_once('=').unwrap();
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
                _ => {}
            }
        }
        let page = String::from_utf8(response.into_body()).unwrap();
        (location, page)
    }
}

/// Returns a URL with another value of a parameter.
pub(crate) fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let (base, query) = url.split_once('?').unwrap();
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((known, _)) if known == name => format!("{name}={value}"),
        _ => pair.to_owned(),
    });
    format!("{base}?{}", pairs.collect::<Vec<_>>().join("&"))
}

fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| format!("%{byte:02X}"));
    bytes.collect()
}

fn absolute(base: &str, url: &str) -> String {
    if !url.starts_with('/') {
        return url.to_owned();
    }
    let start = base.find("://").map_or(0, |place| place + 3);
    let end = base[start..]
        .find(['/', '?'])
        .map_or(base.len(), |end| start + end);
    format!("{}{url}", &base[..end])
}

fn inputs(html: &str) -> BTreeMap<String, String> {
    let inputs = html.split("<input").skip(1);
    inputs
        .filter_map(|input| {
            let tag = input.split_once('>')?.0;
            let name = between(tag, "name=\"", "\"")?;
            let value = between(tag, "value=\"", "\"").unwrap_or_default();
            Some((name.to_owned(), unescaped(value)))
        })
        .collect()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1.split_once(end)?.0)
}

fn unescaped(text: &str) -> String {
    [
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (escaped, c)| {
        text.replace(escaped, c)
    })
}
