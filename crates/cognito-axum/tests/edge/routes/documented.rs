//! The OpenAPI document agrees with the routes.

use axum::body::Body;
use cognito_axum::{AuthRoutes, HostedLoginRoutes, SessionCookies};
use cognito_core::Clock;
use cognito_emulator::{DeviceConfiguration, MfaMode, totp_code};
use http::{Method, Request};
use serde_json::{Value, json};

use super::{
    Browser, EMAIL, Fixture, OTHER_PASSWORD, PASSWORD, Reply, own_passkeys, own_sessions, posted,
    with_all,
};

const PATH: &str = "/openapi.json";

/// Returns the methods of a path in the document.
fn methods(document: &Value) -> Vec<(String, Method)> {
    let paths = document["paths"].as_object().unwrap();
    let of = |path: &String, item: &Value| {
        let names: Vec<_> = item.as_object().unwrap().keys().cloned().collect();
        let path = path.clone();
        names.into_iter().map(move |name| {
            let method = name.to_uppercase().parse().unwrap();
            (path.clone(), method)
        })
    };
    paths
        .iter()
        .flat_map(|(path, item)| of(path, item))
        .collect()
}

/// Returns the schema, with its reference resolved.
fn followed<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => schema,
    }
}

fn is_of_type(name: &str, value: &Value) -> bool {
    match name {
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("a type that this test does not know: {other}"),
    }
}

/// Checks that the value fits the schema and has no other members.
fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let schema = followed(document, schema);
    if let Some(choices) = schema["oneOf"].as_array() {
        let fitting = choices
            .iter()
            .filter(|one| fits(document, one, value).is_ok());
        return match fitting.count() {
            1 => Ok(()),
            count => Err(format!("{count} choices fit {value}")),
        };
    }
    let types = match &schema["type"] {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        Value::String(name) => vec![name.as_str()],
        _ => return Err(format!("no type: {schema}")),
    };
    if !types.iter().any(|name| is_of_type(name, value)) {
        return Err(format!("{value} is not {types:?}"));
    }
    for item in value.as_array().into_iter().flatten() {
        fits(document, &schema["items"], item)?;
    }
    let Some(members) = value.as_object() else {
        return Ok(());
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !members.contains_key(name.as_str().unwrap()) {
            return Err(format!("{name} is missing in {value}"));
        }
    }
    if schema.get("properties").is_none() && schema.get("additionalProperties").is_none() {
        return Ok(()); // Another standard defines the members.
    }
    for (name, member) in members {
        let named = schema["properties"].get(name);
        let of_any = schema.get("additionalProperties");
        let schema = named
            .or(of_any)
            .ok_or_else(|| format!("{name} is not described"))?;
        fits(document, schema, member).map_err(|reason| format!("{name}: {reason}"))?;
    }
    Ok(())
}

/// A fixture and its document.
struct Described {
    fixture: Fixture,
    document: Value,
}

impl Described {
    async fn new(routes: impl FnOnce(AuthRoutes) -> AuthRoutes) -> Self {
        let fixture = Fixture::with(
            |emulator| emulator.mfa(MfaMode::Optional),
            |built| {
                let routes = with_all(routes(built)).metrics().health().probes();
                routes.openapi_at(PATH).unwrap()
            },
        )
        .await;
        let request = Request::get(PATH).body(Body::empty()).unwrap();
        let document = fixture.send(request).await.ok();
        Self { fixture, document }
    }

    /// Checks that a response agrees with the document.
    #[track_caller]
    fn check(&self, path: &str, reply: &Reply) {
        let item = self.document["paths"][path].as_object().unwrap();
        let responses = &item.values().next().unwrap()["responses"];
        let family = format!("{}XX", reply.status.as_u16() / 100);
        let response = responses
            .get(reply.status.as_str())
            .or_else(|| responses.get(family.as_str()));
        let response = response.unwrap_or_else(|| panic!("{path}: {}", reply.status));
        let schema = &response["content"]["application/json"]["schema"];
        if schema.is_null() {
            assert_eq!(reply.text, "", "{path}");
            return;
        }
        if let Err(reason) = fits(&self.document, schema, &reply.body()) {
            panic!("{path}: {reason}");
        }
    }

    /// Checks a request against the document, sends it and checks the response.
    async fn post(&self, browser: &mut Browser, path: &str, body: Value) -> Value {
        let content = &self.document["paths"][path]["post"]["requestBody"]["content"];
        let schema = &content["application/json"]["schema"];
        if !schema.is_null() {
            fits(&self.document, schema, &body).unwrap_or_else(|reason| panic!("{path}: {reason}"));
        }
        let reply = browser.send(&self.fixture, posted(path, &body)).await;
        self.check(path, &reply);
        reply.ok()
    }

    async fn get(&self, path: &str, token: &str) {
        let reply = self.fixture.get(path, token).await;
        self.check(path, &reply);
    }
}

const PATHS: [&str; 34] = [
    "/auth/confirm",
    "/auth/devices",
    "/auth/devices/forget",
    "/auth/devices/remember",
    "/auth/forgot-password",
    "/auth/health",
    "/auth/login",
    "/auth/logout",
    "/auth/me",
    "/auth/metrics",
    "/auth/mfa",
    "/auth/mfa/preferences",
    "/auth/mfa/totp/begin",
    "/auth/mfa/totp/confirm",
    "/auth/new-password",
    "/auth/passkeys",
    "/auth/passkeys/begin",
    "/auth/passkeys/complete",
    "/auth/passkeys/delete",
    "/auth/passkeys/sign-in/begin",
    "/auth/passkeys/sign-in/complete",
    "/auth/profile",
    "/auth/profile/confirm",
    "/auth/profile/send-code",
    "/auth/refresh",
    "/auth/resend-code",
    "/auth/reset-password",
    "/auth/sessions",
    "/auth/sessions/revoke",
    "/auth/setup-mfa",
    "/auth/signup",
    "/auth/verify-mfa",
    "/livez",
    "/readyz",
];

#[tokio::test]
async fn routes_and_document_paths_match() {
    let described = Described::new(|routes| routes).await;
    assert_eq!(described.document["openapi"], "3.1.0");
    let methods = methods(&described.document);
    let mut paths: Vec<_> = methods.iter().map(|(path, _)| path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, PATHS);
    for (path, method) in methods {
        let request = Request::builder().method(method.clone()).uri(&path);
        let reply = described
            .fixture
            .send(request.body(Body::empty()).unwrap())
            .await;
        assert!(
            ![404, 405].contains(&reply.status.as_u16()),
            "{method} {path}"
        );
        let other = if method == Method::GET {
            Method::POST
        } else {
            Method::GET
        };
        let request = Request::builder().method(other).uri(&path);
        let reply = described
            .fixture
            .send(request.body(Body::empty()).unwrap())
            .await;
        assert_eq!(reply.status, 405, "{path}");
    }
}

#[tokio::test]
async fn unmounted_routes_are_not_documented() {
    let fixture = Fixture::json().await;
    let document = AuthRoutes::new(fixture.cognito.clone()).openapi();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 12);
    assert!(paths.keys().all(|path| PATHS.contains(&path.as_str())));
    let request = Request::get(PATH).body(Body::empty()).unwrap();
    assert_eq!(fixture.send(request).await.status, 404);
    for path in [
        "",
        "openapi.json",
        "/{path}",
        "/*path",
        "/auth",
        "/auth/",
        "/auth/login",
        "/livez",
        "/readyz",
    ] {
        let routes = AuthRoutes::new(fixture.cognito.clone());
        assert!(routes.openapi_at(path).is_err(), "{path}");
    }
}

#[tokio::test]
async fn all_references_resolve_and_schemas_are_used() {
    for routes in [
        Described::new(|routes| routes).await,
        Described::new(|routes| routes.cookies(SessionCookies::new())).await,
    ] {
        let text = routes.document.to_string();
        let schemas = routes.document["components"]["schemas"]
            .as_object()
            .unwrap();
        let of_cookies = text.contains("\"in\":\"cookie\"");
        for name in schemas.keys() {
            let reference = format!("\"#/components/schemas/{name}\"");
            let is_used = text.contains(&reference);
            assert!(is_used || (name == "SignedIn" && !of_cookies), "{name}");
        }
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name}");
        }
    }
}

/// Calls all routes in a row. Returns the last tokens.
async fn everything(described: &Described, browser: &mut Browser) {
    let fixture = &described.fixture;
    let attributes = json!({"name": "John Doe"});
    let body = json!({"email": EMAIL, "password": PASSWORD, "attributes": attributes});
    described.post(browser, "/auth/signup", body).await;
    described
        .post(browser, "/auth/resend-code", json!({"email": EMAIL}))
        .await;
    let body = json!({"email": EMAIL, "code": fixture.code()});
    described.post(browser, "/auth/confirm", body).await;
    described
        .post(browser, "/auth/forgot-password", json!({"email": EMAIL}))
        .await;
    let body = json!({"email": EMAIL, "code": fixture.code(), "newPassword": OTHER_PASSWORD});
    described.post(browser, "/auth/reset-password", body).await;
    let login = json!({"email": EMAIL, "password": OTHER_PASSWORD});
    described.post(browser, "/auth/login", login.clone()).await;
    // With an authenticator app.
    let tokens = fixture.cognito.login(EMAIL, OTHER_PASSWORD).await.unwrap();
    let account = fixture
        .cognito
        .account(tokens.into_tokens().unwrap().access_token);
    let secret = account.setup_totp().await.unwrap().secret;
    let code = totp_code(secret.expose(), fixture.clock.now());
    account.confirm_totp(code).await.unwrap();
    fixture.clock.advance(std::time::Duration::from_secs(30));
    let asked = described.post(browser, "/auth/login", login).await;
    let code = totp_code(secret.expose(), fixture.clock.now());
    let body = match asked.get("session") {
        Some(session) => json!({"session": session, "code": code}),
        None => json!({"code": code}),
    };
    let tokens = described.post(browser, "/auth/verify-mfa", body).await;
    let tokens = described
        .post(
            browser,
            "/auth/refresh",
            json!({"refreshToken": tokens["refreshToken"]}),
        )
        .await;
    if let Some(token) = tokens["accessToken"].as_str() {
        described.get("/auth/me", token).await;
    } else {
        let reply = browser.get(fixture, "/auth/me").await;
        described.check("/auth/me", &reply);
        reply.ok();
    }
    // A user whom an operator has invited.
    let invited = "invited@example.com";
    let create = fixture.cognito.admin().create_user(invited);
    create.temporary_password(PASSWORD).await.unwrap();
    let login = json!({"email": invited, "password": PASSWORD});
    let asked = described.post(browser, "/auth/login", login).await;
    let body = match asked.get("session") {
        Some(session) => json!({"session": session, "newPassword": OTHER_PASSWORD}),
        None => json!({"newPassword": OTHER_PASSWORD}),
    };
    described.post(browser, "/auth/new-password", body).await;
}

#[tokio::test]
async fn json_responses_match_document() {
    let described = Described::new(|routes| routes).await;
    let mut browser = Browser::default();
    everything(&described, &mut browser).await;
    assert!(browser.jar.is_empty());
    for path in ["/auth/metrics", "/auth/health", "/livez", "/readyz"] {
        described.get(path, "").await;
    }
    for path in [
        "/auth/login",
        "/auth/refresh",
        "/auth/logout",
        "/auth/setup-mfa",
    ] {
        let reply = described
            .fixture
            .post(path, json!({"session": "x", "email": 1}))
            .await;
        assert!(reply.status.is_client_error());
        described.check(path, &reply);
    }
    let reply = described.fixture.get("/auth/me", "a.b.c").await;
    described.check("/auth/me", &reply);
    described.fixture.cognito.shutdown().await;
    for path in ["/auth/health", "/readyz"] {
        described.get(path, "").await;
    }
}

#[tokio::test]
async fn cookie_responses_match_document_without_tokens() {
    let described = Described::new(|routes| routes.cookies(SessionCookies::new())).await;
    let mut browser = Browser::default();
    everything(&described, &mut browser).await;
    described
        .post(&mut browser, "/auth/logout", json!({}))
        .await;
    let text = described.document["components"]["schemas"].to_string();
    for name in ["session", "refreshToken", "accessToken", "idToken"] {
        assert!(!text.contains(&format!("\"{name}\"")), "{name}");
    }
    let scheme = &described.document["components"]["securitySchemes"]["accessToken"];
    assert_eq!(scheme["name"], "__Host-access_token");
}

#[tokio::test]
async fn a_set_up_fits_the_document() {
    let fixture = Fixture::with(
        |emulator| emulator.mfa(MfaMode::On),
        |routes| routes.openapi_at(PATH).unwrap(),
    )
    .await;
    let request = Request::get(PATH).body(Body::empty()).unwrap();
    let document = fixture.send(request).await.ok();
    let described = Described { fixture, document };
    described.fixture.person();
    let mut browser = Browser::default();
    let login = json!({"email": EMAIL, "password": PASSWORD});
    let asked = described.post(&mut browser, "/auth/login", login).await;
    let body = json!({"session": asked["session"]});
    described.post(&mut browser, "/auth/setup-mfa", body).await;
}

#[tokio::test]
async fn hosted_login_is_documented_with_cookies() {
    let fixture = Fixture::json().await;
    let url = "https://shop.example.com/auth/hosted-login/callback";
    let settings = HostedLoginRoutes::new(url, "https://shop.example.com/").unwrap();
    let routes = || AuthRoutes::new(fixture.cognito.clone()).hosted_login(settings.clone());
    let paths = |document: &Value| {
        let paths = document["paths"].as_object().unwrap();
        let hosted = paths.keys().filter(|path| path.contains("hosted-login"));
        let mut hosted: Vec<_> = hosted.cloned().collect();
        hosted.sort_unstable();
        hosted
    };
    assert_eq!(paths(&routes().openapi()), [""; 0]);
    let document = routes().cookies(SessionCookies::new()).openapi();
    let expected = ["callback", "logout", "start"].map(|name| format!("/auth/hosted-login/{name}"));
    assert_eq!(paths(&document), expected);
}

#[tokio::test]
async fn remembered_browser_is_documented_with_cookies() {
    let fixture = Fixture::json().await;
    let month = std::time::Duration::from_secs(30 * 24 * 60 * 60);
    let routes = || AuthRoutes::new(fixture.cognito.clone()).remember_browsers(month);
    let path = "/auth/devices/confirm";
    assert!(routes().openapi()["paths"].get(path).is_none());
    let document = routes().cookies(SessionCookies::new()).openapi();
    assert!(document["paths"].get(path).is_some());
    let schema = &document["components"]["schemas"]["ConfirmDevice"];
    fits(&document, schema, &json!({"name": "My laptop"})).unwrap();
}

#[tokio::test]
async fn optional_routes_match_document() {
    let fixture = Fixture::with(
        |emulator| {
            let emulator = emulator.mfa(MfaMode::Optional).passkeys("example.com");
            emulator.device_configuration(DeviceConfiguration::new())
        },
        |routes| with_all(routes).openapi_at(PATH).unwrap(),
    )
    .await;
    own_sessions::track(&fixture).await;
    fixture.person();
    let request = Request::get(PATH).body(Body::empty()).unwrap();
    let document = fixture.send(request).await.ok();
    let described = Described { fixture, document };
    let fixture = &described.fixture;
    let tokens = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let mut tokens = tokens.into_tokens().unwrap();
    let account = fixture.cognito.account(&tokens.access_token);
    let device = tokens.new_device.take().unwrap();
    let device = account.confirm_device(device).await.unwrap().device;
    let token = tokens.access_token.expose();
    let post = async |path: &str, body: Value| {
        let content = &described.document["paths"][path]["post"]["requestBody"]["content"];
        let schema = &content["application/json"]["schema"];
        if !schema.is_null() {
            fits(&described.document, schema, &body).unwrap();
        }
        let reply = fixture.post_as(token, path, &body).await;
        described.check(path, &reply);
        reply.ok()
    };
    let options = post("/auth/passkeys/begin", json!({})).await;
    let credential = own_passkeys::created(&options, own_passkeys::SITE);
    post("/auth/passkeys/complete", json!({"credential": credential})).await;
    let body = json!({"email": EMAIL});
    let begun = post("/auth/passkeys/sign-in/begin", body).await;
    assert_eq!(begun["challenge"], "WEB_AUTHN");
    let secret = post("/auth/mfa/totp/begin", json!({})).await;
    let code = totp_code(secret["secretCode"].as_str().unwrap(), fixture.clock.now());
    post("/auth/mfa/totp/confirm", json!({"code": code})).await;
    post("/auth/mfa/preferences", json!({"totp": "on"})).await;
    let key = device.key.as_str();
    post("/auth/devices/remember", json!({"key": key})).await;
    for (path, name) in [
        ("/auth/devices", "devices"),
        ("/auth/mfa", "mfa"),
        ("/auth/passkeys", "credentials"),
        ("/auth/sessions", "sessions"),
    ] {
        let reply = fixture.get(path, token).await;
        described.check(path, &reply);
        assert_eq!(reply.ok()[name].as_array().unwrap().len(), 1, "{path}");
    }
    post("/auth/devices/forget", json!({"key": key})).await;
    let body = json!({"credentialId": credential["id"]});
    post("/auth/passkeys/delete", body).await;
    post("/auth/profile", json!({"attributes": {"name": "Jo"}})).await;
    post("/auth/profile/send-code", json!({"attribute": "email"})).await;
    let body = json!({"attribute": "email", "code": fixture.code()});
    post("/auth/profile/confirm", body).await;
}
