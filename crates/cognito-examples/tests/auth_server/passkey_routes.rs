//! A sign-in with a passkey through the routes of `cognito-axum`, with a software authenticator.

use axum::body::Body;
use cognito_axum::{AuthRoutes, SessionCookies};
use cognito_testkit::SoftwareAuthenticator;
use http::header::{CONTENT_TYPE, ORIGIN};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser, EMAIL, PASSWORD};

impl Browser {
    /// Sends JSON to a route, like a script of the page.
    async fn post_json(&mut self, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, path);
        let request = request
            .header(ORIGIN, "http://localhost:3000")
            .header(CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(body.to_string()));
        self.send(request.expect("a request")).await
    }
}

fn json_of(answer: &Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    serde_json::from_str(&answer.text).expect("JSON")
}

#[tokio::test]
async fn passkey_routes_sign_user_in() {
    let mut browser = Browser::with_person().await;
    let cookies = SessionCookies::new().danger_without_secure();
    browser.site = AuthRoutes::new(browser.cognito.clone())
        .cookies(cookies)
        .passkeys(true)
        .passkey_sign_in("localhost")
        .into_router();
    let mut authenticator = SoftwareAuthenticator::new("http://localhost:3000").expect("an origin");
    let login = json!({"email": EMAIL, "password": PASSWORD});
    browser.post_json("/auth/login", &login).await;
    let begun = browser.post_json("/auth/passkeys/begin", &json!({})).await;
    let credential = authenticator.create(&json_of(&begun)).await;
    let body = json!({"credential": credential.expect("a passkey")});
    json_of(&browser.post_json("/auth/passkeys/complete", &body).await);

    browser.cookies.clear();
    let body = json!({"email": EMAIL});
    let begun = browser.post_json("/auth/passkeys/sign-in/begin", &body);
    let options = json_of(&begun.await)["credentialRequestOptions"].take();
    let credential = authenticator.get(&options).await.expect("a signature");
    let body = json!({"credential": credential});
    let complete = "/auth/passkeys/sign-in/complete";
    json_of(&browser.post_json(complete, &body).await);
    assert!(!browser.cookie("access_token").is_empty());
    // The credential can be used once.
    let again = browser.post_json(complete, &body).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED, "{}", again.text);
}
