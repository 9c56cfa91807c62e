//! Devices after a sign-in: listed, described, remembered and forgotten, by their user and by an
//! operator; and the sessions that belong to them.

use std::time::Duration;

use cognito::device::{DeviceKey, DeviceStatus};
use cognito::{ErrorKind, UserSession};
use cognito_emulator::{Client, Fault};

use crate::devices::{
    asks_for_the_code, login_on, person_with_device, pool_of, remembered, standing,
};
use crate::fixture::{EMAIL, Fixture, PASSWORD, complete, refused};

const REFRESH: &str = "GetTokensFromRefreshToken";

#[tokio::test]
async fn a_session_is_kept_and_refreshed_whole() {
    let client = Client::new("rotating").refresh_rotation(Duration::ZERO);
    let fixture = Fixture::ours_with(
        |emulator| emulator.device_configuration(standing()).client(client),
        |cognito| cognito,
    )
    .await;
    fixture.confirmed_user(EMAIL).await;
    let (tokens, device) = remembered(&fixture).await;
    let mut session = UserSession::new(tokens).on(device);
    for _ in 0..3 {
        let text = session.to_secret_string().unwrap();
        session = UserSession::from_secret_string(&text).unwrap();
        session = fixture.cognito.refresh_session(&session).await.unwrap();
    }
    let device = session.device.unwrap();
    assert_eq!(session.tokens.device_key.as_ref(), Some(&device.key));
    let access = session.tokens.access_token.expose();
    let claims = fixture.cognito.verify_access_token(access).await.unwrap();
    assert_eq!(claims.device_key.as_deref(), Some(device.key.as_str()));
    drop(complete(login_on(&fixture, &device).await));
}

#[tokio::test]
async fn a_session_is_refreshed_the_older_way_too() {
    let fixture = pool_of(standing()).await;
    fixture.confirmed_user(EMAIL).await;
    // The tokens contain the key of the device before the device is confirmed.
    let session = UserSession::new(fixture.login().await);
    assert!(session.tokens.new_device.is_some());
    let refreshed = fixture.cognito.refresh_session(&session).legacy();
    let refreshed = refreshed.client_metadata("tenant", "7").await.unwrap();
    assert_eq!(refreshed.tokens.device_key, session.tokens.device_key);
    let key = session.tokens.device_key.as_ref().unwrap();
    let refresh = fixture.cognito.refresh(&session.tokens.refresh_token);
    let tokens = refresh.legacy().device_key(key).await.unwrap();
    assert_eq!(tokens.device_key.as_ref(), Some(key));
    assert_eq!(fixture.emulator().calls(REFRESH), 0);
}

#[tokio::test]
async fn forgetting_device_ends_only_its_tokens() {
    let fixture = pool_of(standing()).await;
    fixture.confirmed_user(EMAIL).await;
    let (phone, device) = remembered(&fixture).await;
    let (laptop, _) = remembered(&fixture).await;
    let (phone, laptop) = (UserSession::new(phone), UserSession::new(laptop));
    let account = fixture.cognito.account(&laptop.tokens.access_token);
    account.forget_device(&device.key).await.unwrap();
    let refreshed = fixture.cognito.refresh_session(&phone).await;
    assert_eq!(refused(refreshed), ErrorKind::RefreshInvalid);
    drop(fixture.cognito.refresh_session(&laptop).await.unwrap());
    let again = account.forget_device(&device.key).await;
    assert_eq!(refused(again), ErrorKind::NotFound);
    assert_eq!(
        refused(account.device(&device.key).await),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn devices_are_listed_by_page_and_stream() {
    let fixture = pool_of(standing()).await;
    fixture.confirmed_user(EMAIL).await;
    let (tokens, device) = remembered(&fixture).await;
    let mut keys = vec![device.key];
    for _ in 0..2 {
        keys.push(remembered(&fixture).await.1.key);
    }
    keys.sort();
    let account = fixture.cognito.account(&tokens.access_token);
    let page = account.devices().limit(2).await.unwrap();
    assert_eq!(page.devices.len(), 2);
    let next = page.next_token.unwrap();
    let rest = account.devices().page_token(next.as_str()).await.unwrap();
    assert_eq!((rest.devices.len(), rest.next_token), (1, None));
    let mut found: Vec<DeviceKey> = Vec::new();
    let mut stream = account.devices().limit(1).stream();
    while let Some(device) = stream.next().await {
        found.push(device.unwrap().key);
    }
    assert_eq!(found, keys);
    let admin = fixture.cognito.admin();
    let user = admin.user(EMAIL);
    let mut theirs: Vec<DeviceKey> = Vec::new();
    let mut stream = user.devices().limit(2).stream();
    while let Some(device) = stream.next().await {
        theirs.push(device.unwrap().key);
    }
    assert_eq!(theirs, keys);
    assert_eq!(user.devices().await.unwrap().devices.len(), 3);
}

#[tokio::test]
async fn device_details_are_returned() {
    let fixture = pool_of(standing()).await;
    fixture.confirmed_user(EMAIL).await;
    let (tokens, device) = remembered(&fixture).await;
    let created = fixture.now();
    fixture.pass(Duration::from_secs(60));
    drop(complete(login_on(&fixture, &device).await));
    let account = fixture.cognito.account(&tokens.access_token);
    let details = account.device(&device.key).await.unwrap();
    assert_eq!(details.key, device.key);
    assert_eq!(details.name(), Some("My iPhone"));
    assert_eq!(details.last_ip_address(), Some("127.0.0.1"));
    assert_eq!(details.status(), Some(DeviceStatus::Remembered));
    assert_eq!(details.created, Some(created));
    assert_eq!(details.last_authenticated, Some(fixture.now()));
}

#[tokio::test]
async fn an_operator_handles_devices() {
    let fixture = pool_of(standing()).await;
    let (device, _) = person_with_device(&fixture).await;
    let admin = fixture.cognito.admin();
    let user = admin.user(EMAIL);
    let theirs = user.device(&device.key);
    assert_eq!(theirs.details().await.unwrap().name(), Some("My iPhone"));
    theirs.stop_remembering().await.unwrap();
    asks_for_the_code(login_on(&fixture, &device).await);
    theirs.remember().await.unwrap();
    drop(complete(login_on(&fixture, &device).await));
    assert!(theirs.forget().await.unwrap().success);
    for result in [
        theirs.forget().await.map(drop),
        theirs.remember().await.map(drop),
        theirs.details().await.map(drop),
    ] {
        assert_eq!(refused(result), ErrorKind::NotFound);
    }
    let nobody = admin.user("nobody@example.com");
    assert_eq!(refused(nobody.devices().await), ErrorKind::UserNotFound);
    let denied = Fault::error(
        "AdminForgetDevice",
        "AccessDeniedException",
        "User: x is not authorized to perform: cognito-idp:AdminForgetDevice on resource: y",
    );
    fixture.emulator().inject(denied).unwrap();
    let denied = theirs.forget().await.unwrap_err();
    assert_eq!(denied.kind(), ErrorKind::Configuration);
    let shown = denied.to_string();
    assert!(shown.contains("cognito-idp:AdminForgetDevice"), "{shown}");
}

#[tokio::test]
async fn device_is_confirmed_once_by_its_user() {
    let fixture = pool_of(standing()).await;
    let tokens = fixture.signed_in().await;
    let device = tokens.new_device.clone().unwrap();
    let account = fixture.cognito.account(&tokens.access_token);
    drop(account.confirm_device(device.clone()).await.unwrap());
    let again = account.confirm_device(device.clone()).await;
    assert_eq!(refused(again), ErrorKind::AlreadyExists);
    let other = "other@example.com";
    fixture.confirmed_user(other).await;
    let theirs = complete(fixture.cognito.login(other, PASSWORD).await.unwrap());
    let account = fixture.cognito.account(&theirs.access_token);
    let stolen = account.confirm_device(device).await;
    assert_eq!(refused(stolen), ErrorKind::InvalidParameter);
}

#[tokio::test]
async fn invalid_device_is_not_sent() {
    let fixture = pool_of(standing()).await;
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    for wrong in ["", "us-east-1", "us-east-1_XYZ"] {
        for result in [
            account.device(wrong).await.map(drop),
            account.forget_device(wrong).await.map(drop),
            account.remember_device(wrong).await.map(drop),
        ] {
            assert_eq!(refused(result), ErrorKind::InvalidParameter, "{wrong}");
        }
    }
    let device = tokens.new_device.clone().unwrap();
    let nameless = account.confirm_device(device).name("").await;
    assert_eq!(refused(nameless), ErrorKind::InvalidParameter);
    let many = account.devices().limit(61).await;
    assert_eq!(refused(many), ErrorKind::InvalidParameter);
    for operation in [
        "ConfirmDevice",
        "GetDevice",
        "ForgetDevice",
        "ListDevices",
        "UpdateDeviceStatus",
    ] {
        assert_eq!(fixture.emulator().calls(operation), 0, "{operation}");
    }
}

#[tokio::test]
async fn a_session_without_devices_is_refreshed_too() {
    let fixture = Fixture::ours().await;
    let session = UserSession::from(fixture.signed_in().await);
    let session = fixture.cognito.refresh_session(&session).await.unwrap();
    assert_eq!(session.tokens.device_key, None);
    assert!(session.device.is_none());
}
