//! The exchange of the user's token for a token that another service accepts.

use cognito_emulator::{Client, Emulator, Fault};
use http::StatusCode;

use crate::browser::{Browser, PASSWORD};

#[tokio::test]
async fn exchanged_token_is_for_the_service_only() {
    let mut browser = Browser::signed_in().await;
    let page = browser.post("/orders", &[]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for outcome in [">accepted<", ">rejected<"] {
        let count = page.text.matches(outcome).count();
        assert_eq!(count, 1, "{outcome}: {}", page.text);
    }
    let claims = page.text.replace("&quot;", "\"");
    for claim in [
        "\"aud\": \"https://orders.example.com\"",
        "\"scope\": \"https://orders.example.com/read\"",
        "\"client_id\": \"backend\"",
        "\"act\": {\n    \"sub\": \"backend\"\n  }",
    ] {
        assert!(claims.contains(claim), "{claim}: {claims}");
    }
    // Each JWT begins with this string.
    assert!(!page.text.contains("eyJ"), "{}", page.text);
}

#[tokio::test]
async fn failed_exchange_shows_error() {
    for operation in ["GetDerivedToken", "/oauth2/token"] {
        let mut browser = Browser::signed_in().await;
        let fault = Fault::error(operation, "InternalErrorException", "failure");
        browser.emulator.inject(fault).expect("a known name");
        let page = browser.post("/orders", &[]).await;
        assert!(
            page.status.is_server_error(),
            "{operation}: {}",
            page.status
        );
        assert!(page.text.contains("This did not work"), "{}", page.text);
        assert!(!browser.cookie("access_token").is_empty(), "{operation}");
    }
}

#[tokio::test]
async fn pool_without_backend_has_no_exchange() {
    let pool = Emulator::builder().client(Client::new("site"));
    let mut browser = Browser::on(pool).await;
    browser.sign_in(PASSWORD).await;
    assert_eq!(browser.get("/orders").await.status, StatusCode::NOT_FOUND);
    let answer = browser.post("/orders", &[]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(!browser.get("/").await.text.contains("href=\"/orders\""));
}
