//! Attributes that the facade sets from the name of a user.

use std::sync::{Arc, Mutex};

use cognito::{Attributes, Cognito, ErrorKind, Result};
use cognito_testkit::mocks::{MockAdministration, MockAuthentication};

use crate::extending::unplugged;
use crate::fixture::{PASSWORD, refused};

/// A facade, and the attributes in the last request.
struct Fixture {
    cognito: Cognito,
    sent: Arc<Mutex<Attributes>>,
}

impl Fixture {
    async fn new() -> Self {
        let sent = Arc::<Mutex<Attributes>>::default();
        let (of_user, of_operator) = (Arc::clone(&sent), Arc::clone(&sent));
        let mut authentication = MockAuthentication::new();
        authentication.expect_sign_up().returning(move |request| {
            *of_user.lock().unwrap() = request.attributes;
            Err(ErrorKind::Throttled.into())
        });
        let mut administration = MockAdministration::new();
        administration.expect_create_user().returning(move |user| {
            *of_operator.lock().unwrap() = user.attributes;
            Err(ErrorKind::Throttled.into())
        });
        let builder = unplugged()
            .authentication(authentication)
            .administration(administration);
        Self {
            cognito: builder.build().await.unwrap(),
            sent,
        }
    }

    /// Sends a request and returns its attributes.
    async fn sent<T>(&self, call: impl IntoFuture<Output = Result<T>>) -> Vec<(String, String)> {
        assert_eq!(refused(call.await), ErrorKind::Throttled);
        let sent = self.sent.lock().unwrap();
        let pairs = sent.iter();
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[tokio::test]
async fn address_sets_attribute_and_username_none() {
    let fixture = Fixture::new().await;
    let cognito = &fixture.cognito;
    let sent = fixture.sent(cognito.sign_up("a@b.org", PASSWORD)).await;
    assert_eq!(sent, [pair("email", "a@b.org")]);
    let user = cognito.admin().create_user("+4930123456");
    let sent = fixture.sent(user.contact_verified()).await;
    let verified = pair("phone_number_verified", "true");
    assert_eq!(sent, [pair("phone_number", "+4930123456"), verified]);
    let sent = fixture.sent(cognito.sign_up("alice", PASSWORD)).await;
    assert!(sent.is_empty(), "{sent:?}");
}

#[tokio::test]
async fn an_attribute_that_was_set_stays() {
    let fixture = Fixture::new().await;
    let sign_up = fixture.cognito.sign_up("a@b.org", PASSWORD);
    let sent = fixture
        .sent(sign_up.attribute("email", "other@b.org"))
        .await;
    assert_eq!(sent, [pair("email", "other@b.org")]);
}

#[tokio::test]
async fn only_own_address_can_be_verified() {
    let fixture = Fixture::new().await;
    let admin = fixture.cognito.admin();
    let other = admin
        .create_user("a@b.org")
        .attribute("email", "other@b.org");
    for user in [other, admin.create_user("alice")] {
        let error = user.contact_verified().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter, "{error}");
    }
    assert!(fixture.sent.lock().unwrap().is_empty());
}
