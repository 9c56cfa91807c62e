//! The pages `/signup`, `/confirm` and `/resendcode`.

use cognito_emulator::{AuthFlow, Client, EmulatorBuilder, FirstFactor, MfaMode, Trigger};
use serde_json::{Value, json};

use crate::browser::{
    Browser, CALLBACK, SECRET, came_back, encoded, hosted, hosted_client, hosted_with, html_of,
    parameters, request_with, says,
};
use crate::stored::terms;
use crate::support::{CLIENT, EMAIL, PASSWORD, PHONE, Pool, Reply, new_client, new_pool, pool};

const NEW: &str = "new@example.com";

async fn sign_up_page(browser: &mut Browser, pool: &Pool) -> Reply {
    let page = browser.sign_in_page(pool, &request_with(&[])).await;
    assert!(html_of(&page).contains(">Sign up</a>"));
    browser.page(pool, "/signup", &request_with(&[])).await
}

async fn signed_up(browser: &mut Browser, pool: &Pool) -> Reply {
    let page = sign_up_page(browser, pool).await;
    let filled = [("username", NEW), ("password", PASSWORD)];
    browser.submit(pool, &page, &filled).await
}

#[tokio::test]
async fn new_user_is_signed_in_after_confirmation() {
    for with_secret in [false, true] {
        let pool = hosted_client(with_secret, |b| b).await;
        let mut browser = Browser::default();
        let page = signed_up(&mut browser, &pool).await;
        says(&page, "We sent a code to n***@e***");
        let code = pool.code(NEW);
        let back = browser.submit(&pool, &page, &[("code", &code)]).await;
        came_back(&back);
        let code = parameters(back.header("location"))
            .remove("code")
            .expect("a code");
        let secret = if with_secret { SECRET } else { "" };
        let tokens = pool
            .exchange(&[("code", &code), ("client_secret", secret)])
            .await;
        assert_eq!(tokens.status, 200, "{}", tokens.body);
        let next = format!("/oauth2/authorize?{}", request_with(&[]));
        came_back(&browser.get(&pool, &next).await);
    }
}

#[tokio::test]
async fn page_shows_rules_and_required_attributes() {
    let settings = |b: EmulatorBuilder| b.required_attribute("name").required_attribute("email");
    let pool = hosted_with(|client| client, settings).await;
    let mut browser = Browser::default();
    let page = sign_up_page(&mut browser, &pool).await;
    let html = html_of(&page);
    for part in [
        "<label for=\"username\">E-mail address or phone number</label>",
        "<label for=\"userAttributes.name\">Name</label>",
        "name=\"userAttributes.email\" type=\"email\" value=\"\" autocomplete=\"email\">",
        "aria-describedby=\"password-rules\" required",
        "<ul id=\"password-rules\"><li>At least 8 characters</li>",
        "autocomplete=\"new-password\"",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    let name = ("userAttributes.name", "<b>New</b>");
    let weak = [("username", NEW), ("password", "weak"), name];
    let page = browser.submit(&pool, &page, &weak).await;
    let message = "Password did not conform with policy: Password not long enough";
    says(&page, message);
    let html = html_of(&page);
    assert!(html.contains("value=\"&lt;b&gt;New&lt;/b&gt;\"") && !html.contains("\"weak\""));
    let page = browser
        .submit(&pool, &page, &[("password", PASSWORD)])
        .await;
    says(&page, "We sent a code to n***@e***");
    let user = pool
        .admin("AdminGetUser", json!({ "Username": NEW }))
        .await
        .ok();
    let attributes = user["UserAttributes"].as_array().expect("attributes");
    assert!(attributes.contains(&json!({ "Name": "name", "Value": "<b>New</b>" })));
}

#[tokio::test]
async fn existing_user_cannot_sign_up() {
    let pool = hosted().await;
    let mut browser = Browser::default();
    let page = sign_up_page(&mut browser, &pool).await;
    let filled = [("username", EMAIL), ("password", PASSWORD)];
    says(
        &browser.submit(&pool, &page, &filled).await,
        "User already exists",
    );
}

#[tokio::test]
async fn administrators_can_disable_sign_up() {
    let pool = hosted().await;
    let only = json!({ "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true } });
    pool.admin("UpdateUserPool", only).await.ok();
    let mut browser = Browser::default();
    let page = browser.sign_in_page(&pool, &request_with(&[])).await;
    assert!(!html_of(&page).contains("Sign up"));
    let reply = browser
        .get(&pool, &format!("/signup?{}", request_with(&[])))
        .await;
    assert_eq!(reply.status, 403);
}

#[tokio::test]
async fn wrong_code_can_be_entered_again() {
    let pool = hosted_with(|client| client, |b| b.attempt_limits(true)).await;
    let mut browser = Browser::default();
    let page = signed_up(&mut browser, &pool).await;
    let wrong = [("code", pool.wrong_code(NEW))];
    let page = browser.submit(&pool, &page, &wrong).await;
    says(
        &page,
        "Invalid verification code provided, please try again.",
    );
    let old = pool.code(NEW);
    let page = browser.submit_to(&pool, &page, "/resendcode", &[]).await;
    says(&page, "We sent a code to n***@e***");
    let code = pool.code(NEW);
    assert_ne!(old, code);
    let page = browser.submit(&pool, &page, &wrong).await;
    came_back(&browser.submit(&pool, &page, &[("code", &code)]).await);
}

#[tokio::test]
async fn right_code_is_rejected_after_limit() {
    let pool = hosted_with(|client| client, |b| b.attempt_limits(true)).await;
    let mut browser = Browser::default();
    let page = signed_up(&mut browser, &pool).await;
    let wrong = [("code", pool.wrong_code(NEW))];
    let mut last = browser.submit(&pool, &page, &wrong).await;
    for _ in 0..15 {
        last = browser.submit(&pool, &page, &wrong).await;
    }
    let code = pool.code(NEW);
    let right = [("code", code.as_str())];
    for page in [browser.submit(&pool, &last, &right).await, last] {
        says(&page, "Attempt limit exceeded, please try after some time.");
    }
}

#[tokio::test]
async fn code_alone_signs_nobody_in() {
    let pool = hosted().await;
    let page = signed_up(&mut Browser::default(), &pool).await;
    says(&page, "We sent a code to n***@e***");
    let mut other = Browser::default();
    let page = other.page(&pool, "/confirm", &request_with(&[])).await;
    let code = pool.code(NEW);
    let filled = [("username", NEW), ("code", code.as_str())];
    let page = other.submit(&pool, &page, &filled).await;
    says(&page, "Your account is confirmed. Sign in.");
    assert!(!other.cookies.contains_key("cognito"));
    came_back(&other.submit(&pool, &page, &[("password", PASSWORD)]).await);
}

#[tokio::test]
async fn session_signs_in_only_its_user() {
    let pool = hosted().await;
    let mut attacker = Browser::default();
    let page = signed_up(&mut attacker, &pool).await;
    let victim = "victim@example.com";
    let fields = json!({ "ClientId": CLIENT, "Username": victim, "Password": PASSWORD });
    pool.call("SignUp", fields).await.ok();
    let code = pool.code(victim);
    let filled = [("username", victim), ("code", code.as_str())];
    let page = attacker.submit(&pool, &page, &filled).await;
    says(&page, "Your account is confirmed. Sign in.");
    assert!(!attacker.cookies.contains_key("cognito"));
}

#[tokio::test]
async fn confirmation_after_the_session_needs_the_password() {
    let pool = hosted().await;
    let mut browser = Browser::default();
    let page = signed_up(&mut browser, &pool).await;
    pool.advance(std::time::Duration::from_secs(181));
    let code = pool.code(NEW);
    let page = browser.submit(&pool, &page, &[("code", &code)]).await;
    says(&page, "Your account is confirmed. Sign in.");
}

#[tokio::test]
async fn unconfirmed_user_can_confirm_at_sign_in() {
    let pool = hosted().await;
    signed_up(&mut Browser::default(), &pool).await;
    let mut browser = Browser::default();
    let page = browser.sign_in_page(&pool, &request_with(&[])).await;
    let filled = [("username", NEW), ("password", PASSWORD)];
    let page = browser.submit(&pool, &page, &filled).await;
    says(&page, "User is not confirmed.");
    let page = browser.submit_to(&pool, &page, "/resendcode", &[]).await;
    let code = pool.code(NEW);
    let page = browser.submit(&pool, &page, &[("code", &code)]).await;
    says(&page, "Your account is confirmed. Sign in.");
}

#[tokio::test]
async fn trigger_can_confirm_the_sign_up() {
    let trigger = |b: EmulatorBuilder| {
        b.trigger(Trigger::PreSignUp, |mut event: Value| {
            event["response"]["autoConfirmUser"] = json!(true);
            Ok(event)
        })
    };
    let pool = hosted_with(|client| client, trigger).await;
    came_back(&signed_up(&mut Browser::default(), &pool).await);
}

#[tokio::test]
async fn confirmation_does_not_replace_the_second_factor() {
    let pool = hosted_with(|client| client, |b| b.mfa(MfaMode::On)).await;
    let mut browser = Browser::default();
    let page = signed_up(&mut browser, &pool).await;
    let code = pool.code(NEW);
    let next = browser.submit(&pool, &page, &[("code", &code)]).await;
    assert_ne!(next.status, 302);
    assert!(!browser.cookies.contains_key("cognito"));
}

#[tokio::test]
async fn sign_up_needs_no_password_for_codes() {
    let client = |client: Client| client.flow(AuthFlow::UserAuth);
    let pool = hosted_with(client, |b| b.first_factor(FirstFactor::EmailOtp)).await;
    let mut browser = Browser::default();
    let page = sign_up_page(&mut browser, &pool).await;
    let page = browser.submit(&pool, &page, &[("username", NEW)]).await;
    let code = pool.code(NEW);
    came_back(&browser.submit(&pool, &page, &[("code", &code)]).await);
}

/// Creates a pool with a client for the hosted pages. Returns the emulator and an authorization
/// request of the client.
async fn pool_of(fields: Value) -> (Pool, String) {
    let pool = pool().await;
    let id = new_pool(&pool, fields).await;
    let fields = json!({
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": [CALLBACK],
        "SupportedIdentityProviders": ["COGNITO"],
    });
    let client = new_client(&pool, &id, fields).await;
    let client = client["ClientId"].as_str().expect("an id");
    let request = request_with(&[("client_id", client), ("scope", "openid")]);
    (pool, request)
}

#[tokio::test]
async fn phone_number_is_a_user_name() {
    let (pool, request) = pool_of(json!({
        "UsernameAttributes": ["phone_number"],
        "AutoVerifiedAttributes": ["phone_number"],
        "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" },
    }))
    .await;
    let mut browser = Browser::default();
    let page = browser.page(&pool, "/signup", &request).await;
    assert!(html_of(&page).contains("<label for=\"username\">Phone number</label>"));
    let filled = [("username", PHONE), ("password", PASSWORD)];
    let page = browser.submit(&pool, &page, &filled).await;
    says(&page, "We sent a code to +*******1234");
    let code = pool.code(PHONE);
    came_back(&browser.submit(&pool, &page, &[("code", &code)]).await);
}

#[tokio::test]
async fn plain_names_need_an_address_for_the_code() {
    let (pool, request) = pool_of(json!({ "AutoVerifiedAttributes": ["email"] })).await;
    let mut browser = Browser::default();
    let page = browser.page(&pool, "/signup", &request).await;
    assert!(html_of(&page).contains("<label for=\"username\">User name</label>"));
    let filled = [("username", "ann"), ("password", PASSWORD)];
    let told = browser.submit(&pool, &page, &filled).await;
    says(
        &told,
        "You have signed up. An administrator must confirm your account.",
    );
    let filled = [
        ("username", "bob"),
        ("password", PASSWORD),
        ("userAttributes.email", NEW),
    ];
    let page = browser.submit(&pool, &page, &filled).await;
    let code = pool.code(NEW);
    came_back(&browser.submit(&pool, &page, &[("code", &code)]).await);
}

#[tokio::test]
async fn rejects_sign_up_forms_of_other_pages() {
    let pool = hosted().await;
    let request = request_with(&[]);
    for path in ["/signup", "/confirm", "/resendcode"] {
        let mut browser = Browser::default();
        browser.sign_in_page(&pool, &request).await;
        let body = encoded(&[
            ("username", NEW),
            ("password", PASSWORD),
            ("_csrf", "guess"),
        ]);
        let reply = browser
            .post(&pool, &format!("{path}?{request}"), body)
            .await;
        assert_eq!(reply.status, 403, "{path}");
    }
    assert_eq!(pool.emulator.inbox().latest_code(NEW), None);
    let unknown = request_with(&[("redirect_uri", "https://evil.example")]);
    let reply = pool.get(&format!("/signup?{unknown}")).await;
    assert!(reply.header("location").starts_with("/error?"));
}

/// Creates a terms document of an app client. `links` has a URL for each language.
async fn create_terms(pool: &Pool, client: &str, name: &str, links: Value) {
    let mut fields = terms(name);
    fields["ClientId"] = json!(client);
    fields["Links"] = links;
    pool.admin("CreateTerms", fields).await.ok();
}

/// Returns the links to other sites on the sign-up page, each with its URL and its label.
async fn terms_links(pool: &Pool, language: &str) -> Vec<[String; 2]> {
    let request = request_with(&[("lang", language)]);
    let page = Browser::default().page(pool, "/signup", &request).await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; form-action 'self' "),
        "{policy}"
    );
    let links = html_of(&page).split("<a href=\"").skip(1);
    let links = links.filter_map(|link| {
        let attributes = "\" target=\"_blank\" rel=\"noopener noreferrer\">";
        let (url, rest) = link.split_once(attributes)?;
        Some([url.to_owned(), rest.split_once("</a>")?.0.to_owned()])
    });
    links.collect()
}

#[tokio::test]
async fn page_links_to_both_terms_documents() {
    let pool = hosted().await;
    let links = |name: &str| json!({ "cognito:default": format!("https://example.com/{name}") });
    let [terms, policy] = ["terms-of-use", "privacy-policy"];
    create_terms(&pool, CLIENT, terms, links(terms)).await;
    assert!(terms_links(&pool, "en").await.is_empty());
    create_terms(&pool, CLIENT, policy, links(policy)).await;
    let expected = [
        ["https://example.com/terms-of-use", "Terms of use"],
        ["https://example.com/privacy-policy", "Privacy policy"],
    ];
    assert_eq!(terms_links(&pool, "en").await, expected);
    // The page after an error has the links too.
    let mut browser = Browser::default();
    let page = browser.page(&pool, "/signup", &request_with(&[])).await;
    let filled = [("username", NEW), ("password", "weak")];
    let page = browser.submit(&pool, &page, &filled).await;
    assert!(html_of(&page).contains(">Privacy policy</a>"));
    pool.admin("UpdateUserPool", json!({ "UserPoolTier": "LITE" }))
        .await
        .ok();
    assert!(terms_links(&pool, "en").await.is_empty());
}

#[tokio::test]
async fn terms_links_are_in_the_page_language() {
    let pool = hosted().await;
    let all = json!({
        "cognito:default": "https://a.example/",
        "cognito:english": "https://a.example/en",
        "cognito:french": "https://a.example/fr",
        "cognito:german": "https://a.example/de",
        "cognito:japanese": "https://a.example/ja",
    });
    create_terms(&pool, CLIENT, "terms-of-use", all).await;
    let some = json!({ "cognito:default": "http://b.example/", "cognito:spanish": "https://b.example/es" });
    create_terms(&pool, CLIENT, "privacy-policy", some).await;
    for (language, terms, policy) in [
        ("en", "Terms of use", "Privacy policy"),
        (
            "fr",
            "Conditions d’utilisation",
            "Politique de confidentialité",
        ),
        ("de", "Nutzungsbedingungen", "Datenschutzerklärung"),
        ("ja", "利用規約", "プライバシーポリシー"),
    ] {
        let url = format!("https://a.example/{language}");
        let expected = [[url.as_str(), terms], ["http://b.example/", policy]];
        assert_eq!(terms_links(&pool, language).await, expected);
    }
    let expected = [
        ["https://a.example/", "Condiciones de uso"],
        ["https://b.example/es", "Política de privacidad"],
    ];
    assert_eq!(terms_links(&pool, "es").await, expected);
}

#[tokio::test]
async fn documents_without_common_language_are_not_shown() {
    let pool = hosted().await;
    let url = "https://example.com/";
    create_terms(
        &pool,
        CLIENT,
        "terms-of-use",
        json!({ "cognito:english": url }),
    )
    .await;
    create_terms(
        &pool,
        CLIENT,
        "privacy-policy",
        json!({ "cognito:german": url }),
    )
    .await;
    for language in ["en", "de", "fr"] {
        assert!(terms_links(&pool, language).await.is_empty(), "{language}");
    }
}

#[tokio::test]
async fn terms_belong_to_one_client() {
    let pool = hosted().await;
    let id = pool.emulator.user_pool_id().to_owned();
    let other = new_client(&pool, &id, json!({})).await["ClientId"].take();
    let other = other.as_str().expect("an id");
    let links = json!({ "cognito:default": "https://example.com/" });
    create_terms(&pool, CLIENT, "terms-of-use", links.clone()).await;
    for name in ["terms-of-use", "privacy-policy"] {
        create_terms(&pool, other, name, links.clone()).await;
    }
    assert!(terms_links(&pool, "en").await.is_empty());
}

// A link with another scheme could run a script in the page.
#[tokio::test]
async fn terms_links_are_web_urls_only() {
    for url in [
        "javascript:alert(1)",
        "JavaScript://example.com/%0aalert(1)",
        "data:text/html,x",
        "//example.com/",
        "/terms",
        "https:example.com",
        "xhttps://example.com/",
    ] {
        let pool = hosted().await;
        let links = json!({ "cognito:default": "https://example.com/" });
        create_terms(&pool, CLIENT, "terms-of-use", links).await;
        let links = json!({ "cognito:default": url });
        create_terms(&pool, CLIENT, "privacy-policy", links).await;
        assert!(terms_links(&pool, "en").await.is_empty(), "{url}");
    }
    let pool = hosted().await;
    let url = "HTTPS://example.com/\"onclick=\"x\"><script>&";
    let links = json!({ "cognito:english": "javascript:x", "cognito:default": url });
    for name in ["terms-of-use", "privacy-policy"] {
        create_terms(&pool, CLIENT, name, links.clone()).await;
    }
    let escaped = "HTTPS://example.com/&quot;onclick=&quot;x&quot;&gt;&lt;script&gt;&amp;";
    let links = terms_links(&pool, "en").await;
    assert_eq!(links.len(), 2);
    assert_eq!(links[0][0], escaped);
}
