//! The credentials of guests.

use cognito_identity_pool::ErrorKind;

use crate::fixture::{Fixture, failure};

#[tokio::test]
async fn guest_keeps_a_stored_identity() {
    let fixture = Fixture::new().await;
    let pool = fixture.pool();
    let (one, other) = (pool.guest().build().unwrap(), pool.guest().build().unwrap());
    let id = one.identity_id().await.unwrap();
    assert!(id != other.identity_id().await.unwrap());
    one.credentials().await.unwrap();
    assert_eq!(fixture.calls("GetId"), 2);
    let again = pool.guest().identity_id(id.clone()).build().unwrap();
    assert!(again.identity_id().await.unwrap() == id);
    assert_eq!(fixture.calls("GetId"), 2);
}

#[tokio::test]
async fn pool_without_guests_rejects_them() {
    let fixture = Fixture::with(|create| create).await;
    let guest = fixture.pool().guest().build().unwrap();
    let error = guest.credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotEnabled);
    assert!(error.to_string().contains("allow guests"), "{error}");
}

#[tokio::test]
async fn guest_gets_no_identity_of_users() {
    let fixture = Fixture::new().await;
    let pool = fixture.pool();
    let user = fixture.user(&pool, crate::fixture::ANN);
    let id = user.identity_id().await.unwrap();
    let guest = pool.guest().identity_id(id).build().unwrap();
    assert_eq!(failure(&guest).await, ErrorKind::NotAuthorized);
}
