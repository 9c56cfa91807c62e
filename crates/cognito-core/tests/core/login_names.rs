//! Tests of the URLs and scopes of an OAuth 2.0 client.

use cognito_core::hosted_login::names::{LoginDomain, RedirectUri};
use cognito_core::{Region, Scope};

#[test]
fn login_domain_is_an_https_origin() {
    for text in [
        "https://shop.auth.eu-central-1.amazoncognito.com",
        "https://login.example.com:8443",
        "http://127.0.0.1:9229",
        "http://localhost:4566",
        "http://[::1]:80",
    ] {
        assert!(LoginDomain::new(text).is_ok(), "{text}");
    }
    for text in [
        "",
        "shop",
        "login.example.com",
        "http://login.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost@evil.example",
        "https://user@login.example.com",
        "https://login.example.com/",
        "https://login.example.com?x",
        "https://login.example.com#x",
        "https://login..example.com",
        "https://-login.example.com",
        "https://login.example.com:0",
        "https://login.example.com:99999",
        "https://[::1",
        "https://[::1]x",
        "https://evil.example\\@login.example.com",
        "HTTPS://login.example.com",
        "ftp://login.example.com",
    ] {
        assert!(LoginDomain::new(text).is_err(), "{text}");
    }
}

#[test]
fn prefix_expands_to_aws_domain() {
    let region = Region::new("eu-central-1").unwrap();
    let domain = LoginDomain::of_prefix("shop", &region).unwrap();
    assert_eq!(
        domain.as_str(),
        "https://shop.auth.eu-central-1.amazoncognito.com"
    );
    for prefix in ["", "a.b", "evil.example/", "a b", "-a"] {
        assert!(LoginDomain::of_prefix(prefix, &region).is_err(), "{prefix}");
    }
}

#[test]
fn redirect_uris_lead_to_pages_or_apps() {
    for text in [
        "https://shop.example/callback",
        "https://shop.example/callback?tenant=7",
        "http://localhost:3000/callback",
        "http://127.0.0.1/",
        "myapp://signed-in",
        "com.example.app:/signed-in",
    ] {
        assert!(RedirectUri::new(text).is_ok(), "{text}");
    }
    for text in [
        "",
        "/callback",
        "https://",
        "https:shop.example",
        "http://shop.example/callback",
        "https://shop.example/callback#x",
        "https://shop.example/a b",
        "https://shop.example@evil.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "1app://x",
        "myapp:",
        &format!("https://shop.example/{}", "a".repeat(1024)),
    ] {
        assert!(RedirectUri::new(text).is_err(), "{text}");
    }
}

#[test]
fn scopes_have_the_characters_of_rfc_6749() {
    for text in ["openid", "https://api.example.com/read", "a:b*"] {
        assert!(Scope::new(text).is_ok(), "{text}");
    }
    for text in ["", "a b", "a\"b", "a\\b", "é", &"a".repeat(257)] {
        assert!(Scope::new(text).is_err(), "{text}");
    }
}
