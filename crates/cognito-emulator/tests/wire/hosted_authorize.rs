//! `/oauth2/authorize` and `/logout`: where a browser is redirected, and where it must not be.

use std::time::Duration;

use cognito_emulator::{Client, OAuthFlow};
use serde_json::json;

use crate::browser::{
    Browser, CALLBACK, GOODBYE, SECRET, claims, encoded, hosted, hosted_with, parameters,
    request_with,
};
use crate::support::{CLIENT, EMAIL, pool_with};

#[tokio::test]
async fn redirect_returns_code_and_state() {
    let pool = hosted().await;
    let back = Browser::default()
        .signed_in(&pool, &request_with(&[]))
        .await;
    assert!(
        back.starts_with("https://shop.example/callback?code="),
        "{back}"
    );
    let back = parameters(&back);
    assert_eq!(back["state"], "a&b");
    assert_eq!(back.len(), 2);
}

#[tokio::test]
async fn request_errors_are_returned_to_client() {
    let pool = hosted().await;
    for (changes, error) in [
        (&[("response_type", "")][..], "invalid_request"),
        (&[("response_type", "id_token")], "invalid_request"),
        (&[("scope", "openid phone")], "invalid_request"),
        (
            &[("scope", "https://api.example.com/write")],
            "invalid_request",
        ),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("code_challenge", "abc")], "invalid_request"),
        (&[("identity_provider", "Google")], "invalid_request"),
        (&[("prompt", "none")], "login_required"),
    ] {
        let path = format!("/oauth2/authorize?{}", request_with(changes));
        let reply = Browser::default().get(&pool, &path).await;
        assert_eq!(reply.status, 302, "{changes:?}");
        let back = reply.header("location");
        assert!(back.starts_with(CALLBACK), "{back}");
        let back = parameters(back);
        assert_eq!(back["error"], error, "{changes:?}");
        assert_eq!(back["state"], "a&b");
    }
    let twice = format!("/oauth2/authorize?{}&state=other", request_with(&[]));
    let reply = Browser::default().get(&pool, &twice).await;
    assert_eq!(
        parameters(reply.header("location"))["error"],
        "invalid_request"
    );
}

#[tokio::test]
async fn rejects_unregistered_redirect_uri_and_unknown_client() {
    let pool = hosted().await;
    for (name, value) in [
        ("redirect_uri", "https://evil.example/"),
        ("redirect_uri", "https://shop.example/callback/"),
        ("redirect_uri", "https://shop.example/callback?x"),
        ("redirect_uri", "https://SHOP.example/callback"),
        ("client_id", "nobody"),
        ("client_id", ""),
    ] {
        for page in ["/oauth2/authorize", "/login"] {
            let path = format!("{page}?{}", request_with(&[(name, value)]));
            let mut reply = Browser::default().get(&pool, &path).await;
            // aws-aspnet-cognito-identity-provider#167, flask-cognito-lib#21.
            if name == "redirect_uri" {
                assert_eq!(reply.status, 302, "{value}");
                let location = reply.header("location").to_owned();
                let expected = format!("/error?error=redirect_mismatch&client_id={CLIENT}");
                assert_eq!(location, expected);
                reply = Browser::default().get(&pool, &location).await;
                let page = reply.body.as_str().expect("a page");
                assert!(page.contains("redirect_mismatch"), "{page}");
            }
            assert_eq!(reply.status, 400, "{name} {value}");
            assert_eq!(reply.header("location"), "");
            assert_eq!(reply.header("content-type"), "text/html;charset=utf-8");
        }
    }
}

// amazon-cognito-auth-js#159.
#[tokio::test]
async fn client_without_flows_gets_error_redirect() {
    let pool = hosted().await;
    let fields = json!({ "ClientId": CLIENT, "CallbackURLs": [CALLBACK] });
    pool.admin("UpdateUserPoolClient", fields).await.ok();
    for page in ["/oauth2/authorize", "/login"] {
        let path = format!("{page}?{}", request_with(&[]));
        let reply = Browser::default().get(&pool, &path).await;
        assert_eq!(reply.status, 302, "{page}");
        let location = reply.header("location");
        assert!(location.starts_with(CALLBACK), "{location}");
        let back = parameters(location);
        assert_eq!(back["error"], "invalid_request");
        let description = "Client is not enabled for OAuth2.0 flows";
        assert_eq!(back["error_description"], description);
    }
}

#[tokio::test]
async fn error_page_does_not_repeat_the_query() {
    let pool = hosted().await;
    for query in [
        "",
        "error=Call%20this%20number&error_description=Call%20this%20number",
        "error=redirect_mismatch&client_id=Call%20this%20number",
    ] {
        let reply = pool.get(&format!("/error?{query}")).await;
        assert_eq!(reply.status, 400, "{query}");
        let page = reply.body.as_str().expect("a page");
        assert!(!page.contains("number"), "{page}");
    }
}

// amazon-cognito-auth-js#40.
#[tokio::test]
async fn flow_that_the_client_lacks_is_unauthorized() {
    for (client, flow, start) in [
        (OAuthFlow::Code, "token", "#"),
        (OAuthFlow::Implicit, "code", "?"),
    ] {
        let pool = pool_with(|builder| {
            builder.client(
                Client::new(CLIENT)
                    .oauth_flow(client)
                    .oauth_scope("openid")
                    .callback_url(CALLBACK),
            )
        })
        .await;
        let request = request_with(&[("response_type", flow), ("scope", "openid")]);
        let path = format!("/oauth2/authorize?{request}");
        let reply = Browser::default().get(&pool, &path).await;
        let expected = format!(
            "{CALLBACK}{start}error=invalid_request&error_description=unauthorized_client&"
        );
        let location = reply.header("location");
        assert!(location.starts_with(&expected), "{location}");
    }
}

#[tokio::test]
async fn missing_redirect_uri_uses_default() {
    let pool = hosted().await;
    let request = request_with(&[("redirect_uri", "")]);
    let back = Browser::default().signed_in(&pool, &request).await;
    assert!(back.starts_with(CALLBACK), "{back}");
}

#[tokio::test]
async fn signed_in_browser_needs_no_password() {
    // The browser stays signed in for one hour.
    let pool = hosted().await;
    let mut browser = Browser::default();
    let first = browser.signed_in(&pool, &request_with(&[])).await;
    let path = format!("/oauth2/authorize?{}", request_with(&[("prompt", "none")]));
    let again = browser.get(&pool, &path).await;
    let again = parameters(again.header("location"));
    assert_ne!(again["code"], parameters(&first)["code"]);
    let asked = format!("/oauth2/authorize?{}", request_with(&[("prompt", "login")]));
    let reply = browser.get(&pool, &asked).await;
    assert!(reply.header("location").starts_with("/login?"));
    pool.advance(Duration::from_secs(3600));
    let late = browser.get(&pool, &path).await;
    assert_eq!(
        parameters(late.header("location"))["error"],
        "login_required"
    );
}

#[tokio::test]
async fn auth_time_is_when_password_was_entered() {
    let pool = hosted().await;
    let mut browser = Browser::default();
    browser.signed_in(&pool, &request_with(&[])).await;
    pool.advance(Duration::from_secs(600));
    let path = format!("/oauth2/authorize?{}", request_with(&[]));
    let back = browser.get(&pool, &path).await;
    let code = parameters(back.header("location")).remove("code");
    let tokens = pool.exchange(&[("code", &code.expect("a code"))]).await;
    let claims = claims(&tokens.body["id_token"]);
    let [iat, auth_time] = ["iat", "auth_time"].map(|name| claims[name].as_u64());
    assert_eq!(iat, auth_time.map(|time| time + 600));
}

#[tokio::test]
async fn global_sign_out_ends_browser_session() {
    let pool = hosted().await;
    let mut browser = Browser::default();
    browser.signed_in(&pool, &request_with(&[])).await;
    let fields = json!({ "Username": EMAIL });
    pool.admin("AdminUserGlobalSignOut", fields).await.ok();
    let path = format!("/oauth2/authorize?{}", request_with(&[("prompt", "none")]));
    let reply = browser.get(&pool, &path).await;
    assert_eq!(
        parameters(reply.header("location"))["error"],
        "login_required"
    );
}

#[tokio::test]
async fn logout_ends_session_and_redirects() {
    let pool = hosted().await;
    let mut browser = Browser::default();
    browser.signed_in(&pool, &request_with(&[])).await;
    let word = browser.cookies["cognito"].clone();
    let logout = |page: &str| {
        format!(
            "/logout?{}",
            encoded(&[("client_id", CLIENT), ("logout_uri", page)])
        )
    };
    for bad in [
        logout("https://evil.example/"),
        logout(CALLBACK),
        format!("/logout?client_id={CLIENT}"),
        "/logout".to_owned(),
    ] {
        let reply = browser.get(&pool, &bad).await;
        assert_eq!((reply.status, reply.header("location")), (400, ""), "{bad}");
        assert_eq!(browser.cookies["cognito"], word, "{bad}");
    }
    let reply = browser.get(&pool, &logout(GOODBYE)).await;
    assert_eq!((reply.status, reply.header("location")), (302, GOODBYE));
    assert!(!browser.cookies.contains_key("cognito"));
    // A copy of the session cookie is no longer valid.
    browser.cookies.insert("cognito".to_owned(), word);
    let path = format!("/oauth2/authorize?{}", request_with(&[("prompt", "none")]));
    let reply = browser.get(&pool, &path).await;
    assert_eq!(
        parameters(reply.header("location"))["error"],
        "login_required"
    );
}

#[tokio::test]
async fn logout_can_redirect_to_login() {
    let pool = hosted().await;
    let mut browser = Browser::default();
    browser.signed_in(&pool, &request_with(&[])).await;
    let reply = browser
        .get(&pool, &format!("/logout?{}", request_with(&[])))
        .await;
    let login = reply.header("location").to_owned();
    assert!(login.starts_with("/login?"), "{login}");
    assert_eq!(browser.get(&pool, &login).await.status, 200);
    let elsewhere = request_with(&[("redirect_uri", "https://evil.example/")]);
    let reply = browser.get(&pool, &format!("/logout?{elsewhere}")).await;
    assert_eq!((reply.status, reply.header("location")), (400, ""));
}

#[tokio::test]
async fn implicit_flow_returns_tokens_in_fragment() {
    // The implicit grant returns no refresh token.
    let implicit = |client: Client| client.oauth_flow(OAuthFlow::Implicit);
    let pool = hosted_with(implicit, |builder| builder).await;
    let request = request_with(&[("response_type", "token")]);
    let back = Browser::default().signed_in(&pool, &request).await;
    assert!(
        back.starts_with("https://shop.example/callback#id_token="),
        "{back}"
    );
    let back = parameters(&back);
    let names: Vec<_> = back.keys().map(String::as_str).collect();
    let expected = [
        "access_token",
        "expires_in",
        "id_token",
        "state",
        "token_type",
    ];
    assert_eq!(names, expected);
    assert_eq!(claims(&json!(back["id_token"]))["nonce"], "n-0S6_WzA2Mj");
    let bad = request_with(&[("response_type", "token"), ("scope", "phone")]);
    let reply = Browser::default()
        .get(&pool, &format!("/oauth2/authorize?{bad}"))
        .await;
    assert!(
        reply
            .header("location")
            .contains("/callback#error=invalid_request&error_description=invalid_scope")
    );
}

#[tokio::test]
async fn client_configured_over_wire_has_hosted_pages() {
    let pool = hosted().await;
    let fields = json!({
        "ClientName": "shop",
        "ClientSecret": SECRET,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "CallbackURLs": ["http://localhost:3000/in"],
        "DefaultRedirectURI": "http://localhost:3000/in",
        "LogoutURLs": ["http://localhost:3000/out"],
    });
    let made = pool.admin("CreateUserPoolClient", fields).await.ok();
    let id = made["UserPoolClient"]["ClientId"]
        .as_str()
        .expect("an id")
        .to_owned();
    let request = request_with(&[("client_id", &id), ("redirect_uri", ""), ("scope", "")]);
    let back = Browser::default().signed_in(&pool, &request).await;
    assert!(back.starts_with("http://localhost:3000/in?code="), "{back}");
    // An update without these settings disables them.
    let fields = json!({ "ClientId": id });
    pool.admin("UpdateUserPoolClient", fields).await.ok();
    let path = format!("/oauth2/authorize?{request}");
    let reply = Browser::default().get(&pool, &path).await;
    assert!(reply.header("location").starts_with("/error?"));
}

#[tokio::test]
async fn rejects_impossible_settings() {
    let pool = hosted().await;
    let flow = "InvalidOAuthFlowException";
    for (changes, code) in [
        (
            json!({ "AllowedOAuthScopes": ["openid", "no/such"] }),
            "ScopeDoesNotExistException",
        ),
        (
            json!({ "AllowedOAuthFlows": ["client_credentials", "code"] }),
            flow,
        ),
        (json!({ "AllowedOAuthFlows": ["client_credentials"] }), flow),
        (json!({ "AllowedOAuthFlows": [] }), flow),
        (json!({ "AllowedOAuthScopes": [] }), flow),
        (
            json!({ "DefaultRedirectURI": "https://b.example/" }),
            "InvalidParameterException",
        ),
        (json!({ "CallbackURLs": [] }), flow),
        (
            json!({ "CallbackURLs": ["http://a.example/"] }),
            "InvalidParameterException",
        ),
        (
            json!({ "CallbackURLs": ["https://a.example/#x"] }),
            "InvalidParameterException",
        ),
        (
            json!({ "LogoutURLs": ["nowhere"] }),
            "InvalidParameterException",
        ),
        (
            json!({ "AllowedOAuthFlows": ["password"] }),
            "InvalidParameterException",
        ),
    ] {
        let mut fields = json!({
            "ClientName": "shop",
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid"],
            "AllowedOAuthFlowsUserPoolClient": true,
            "CallbackURLs": ["https://a.example/"],
        });
        for (name, value) in changes.as_object().expect("fields") {
            fields[name] = value.clone();
        }
        let reply = pool.admin("CreateUserPoolClient", fields).await;
        assert_eq!(reply.body["__type"], code, "{changes} {}", reply.body);
    }
}

#[tokio::test]
async fn callback_urls_use_http_on_loopback_only() {
    let pool = hosted().await;
    let create = async |url: &str| {
        let fields = json!({ "ClientName": "shop", "CallbackURLs": [url] });
        pool.admin("CreateUserPoolClient", fields).await
    };
    for url in [
        "https://a.example/cb",
        "myapp://example",
        "http://localhost",
        "http://localhost:3000/cb",
        "http://127.0.0.1/?a=b",
        "http://[::1]:3000/cb",
        "http://[::1]",
    ] {
        create(url).await.ok();
    }
    for url in [
        "http://x/",
        "http://localhost.example/",
        "http://[::1]x/",
        "http://[::2]/",
        "http://127.0.0.1@x/",
    ] {
        let message = format!("{url} cannot use the HTTP protocol.");
        create(url).await.invalid_parameter(&message);
    }
    for (url, fault) in [
        ("https://a.example/#f", "cannot contain a fragment."),
        ("a.example", "is not an absolute URI."),
        ("://a", "is not an absolute URI."),
        ("https://", "is not an absolute URI."),
    ] {
        create(url)
            .await
            .invalid_parameter(&format!("{url} {fault}"));
    }
}

#[tokio::test]
async fn only_callback_url_is_the_default() {
    let pool = hosted().await;
    let (one, two) = ("https://a.example/", "https://b.example/");
    for (callbacks, default, expected) in [
        (json!([one]), json!(null), "/login?"),
        (json!([one, two]), json!(null), "/error?"),
        (json!([one, two]), json!(two), "/login?"),
    ] {
        let fields = json!({
            "ClientName": "shop",
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid"],
            "AllowedOAuthFlowsUserPoolClient": true,
            "CallbackURLs": callbacks,
            "DefaultRedirectURI": default,
        });
        let made = pool.admin("CreateUserPoolClient", fields).await.ok();
        let id = made["UserPoolClient"]["ClientId"].as_str().expect("an id");
        let request = request_with(&[("client_id", id), ("redirect_uri", ""), ("scope", "")]);
        let reply = pool.get(&format!("/oauth2/authorize?{request}")).await;
        let location = reply.header("location");
        assert!(location.starts_with(expected), "{callbacks} {location}");
    }
}

#[tokio::test]
async fn in_process_client_describes_oauth_settings() {
    let pool = hosted().await;
    let fields = json!({ "ClientId": CLIENT });
    let described = pool.admin("DescribeUserPoolClient", fields).await.ok();
    let client = &described["UserPoolClient"];
    assert_eq!(client["AllowedOAuthFlows"], json!(["code"]));
    assert_eq!(client["AllowedOAuthFlowsUserPoolClient"], true);
    assert_eq!(client["CallbackURLs"], json!([CALLBACK, "myapp://in"]));
    assert_eq!(client["DefaultRedirectURI"], CALLBACK);
    assert_eq!(client["LogoutURLs"], json!([GOODBYE]));
}
