//! The endpoints of the requests.

use cognito_identity_pool::ErrorKind;

use crate::fixture::{ANN, Fixture, failure, operator_config};

#[tokio::test]
async fn plain_http_is_only_for_loopback_hosts() {
    let fixture = Fixture::new().await;
    let plain = || fixture.builder().endpoint_url("http://cognito.example");
    let ann = fixture.user(&plain().build_isolated(), ANN);
    let error = ann.credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("must be https"), "{error}");
    assert_eq!(fixture.calls("GetId"), 0);

    let allowed = plain().danger_allow_http().build_isolated();
    let loopback = fixture.builder().endpoint_url("http://127.0.0.1:9229");
    for pool in [allowed, loopback.build_isolated()] {
        fixture.user(&pool, ANN).credentials().await.unwrap();
    }
}

#[tokio::test]
async fn endpoint_of_the_service_is_used() {
    let fixture = Fixture::new().await;
    let config = operator_config(&fixture.users).await.into_builder();
    let config = config.endpoint_url("http://cognito.example").build();
    let pool = fixture.builder().build(&config);
    let ann = fixture.user(&pool, ANN);
    assert_eq!(failure(&ann).await, ErrorKind::Configuration);
    // The builder has precedence.
    let pool = fixture.builder().endpoint_url("https://cognito.example");
    let ann = fixture.user(&pool.build(&config), ANN);
    ann.credentials().await.unwrap();
}
