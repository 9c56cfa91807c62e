//! Devices after a sign-in: listed, described, remembered and forgotten, by their user and by an
//! operator; and the sessions that belong to them.

use std::time::Duration;

use cognito::device::{DeviceKey, DeviceStatus};
use cognito::{ErrorKind, UserSession};
use cognito_emulator::{Client, Fault};

use crate::devices::{
    asks_for_the_code, login_on, person_with_device, pool_of, remembered, standing,
};
use crate::stage::{EMAIL, PASSWORD, Stage, complete, refused};

const REFRESH: &str = "GetTokensFromRefreshToken";

#[tokio::test]
async fn a_session_is_kept_and_refreshed_whole() {
    let client = Client::new("rotating").refresh_rotation(Duration::ZERO);
    let stage = Stage::ours_with(
        |emulator| emulator.device_configuration(standing()).client(client),
        |cognito| cognito,
    )
    .await;
    stage.confirmed_user(EMAIL).await;
    let (tokens, device) = remembered(&stage).await;
    let mut session = UserSession::new(tokens).on(device);
    for _ in 0..3 {
        let text = session.to_secret_string().unwrap();
        session = UserSession::from_secret_string(&text).unwrap();
        session = stage.cognito.refresh_session(&session).await.unwrap();
    }
    let device = session.device.unwrap();
    assert_eq!(session.tokens.device_key.as_ref(), Some(&device.key));
    let access = session.tokens.access_token.expose();
    let claims = stage.cognito.verify_access_token(access).await.unwrap();
    assert_eq!(claims.device_key.as_deref(), Some(device.key.as_str()));
    drop(complete(login_on(&stage, &device).await));
}

#[tokio::test]
async fn a_session_is_refreshed_the_older_way_too() {
    let stage = pool_of(standing()).await;
    stage.confirmed_user(EMAIL).await;
    // The tokens contain the key of the device before the device is confirmed.
    let session = UserSession::new(stage.login().await);
    assert!(session.tokens.new_device.is_some());
    let refreshed = stage.cognito.refresh_session(&session).legacy();
    let refreshed = refreshed.client_metadata("tenant", "7").await.unwrap();
    assert_eq!(refreshed.tokens.device_key, session.tokens.device_key);
    let key = session.tokens.device_key.as_ref().unwrap();
    let refresh = stage.cognito.refresh(&session.tokens.refresh_token);
    let tokens = refresh.legacy().device_key(key).await.unwrap();
    assert_eq!(tokens.device_key.as_ref(), Some(key));
    assert_eq!(stage.emulator().calls(REFRESH), 0);
}

#[tokio::test]
async fn forgetting_device_ends_only_its_tokens() {
    let stage = pool_of(standing()).await;
    stage.confirmed_user(EMAIL).await;
    let (phone, device) = remembered(&stage).await;
    let (laptop, _) = remembered(&stage).await;
    let (phone, laptop) = (UserSession::new(phone), UserSession::new(laptop));
    let account = stage.cognito.account(&laptop.tokens.access_token);
    account.forget_device(&device.key).await.unwrap();
    let refreshed = stage.cognito.refresh_session(&phone).await;
    assert_eq!(refused(refreshed), ErrorKind::RefreshInvalid);
    drop(stage.cognito.refresh_session(&laptop).await.unwrap());
    let again = account.forget_device(&device.key).await;
    assert_eq!(refused(again), ErrorKind::NotFound);
    assert_eq!(
        refused(account.device(&device.key).await),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn devices_are_listed_by_page_and_stream() {
    let stage = pool_of(standing()).await;
    stage.confirmed_user(EMAIL).await;
    let (tokens, device) = remembered(&stage).await;
    let mut keys = vec![device.key];
    for _ in 0..2 {
        keys.push(remembered(&stage).await.1.key);
    }
    keys.sort();
    let account = stage.cognito.account(&tokens.access_token);
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
    let admin = stage.cognito.admin();
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
    let stage = pool_of(standing()).await;
    stage.confirmed_user(EMAIL).await;
    let (tokens, device) = remembered(&stage).await;
    let created = stage.now();
    stage.pass(Duration::from_secs(60));
    drop(complete(login_on(&stage, &device).await));
    let account = stage.cognito.account(&tokens.access_token);
    let details = account.device(&device.key).await.unwrap();
    assert_eq!(details.key, device.key);
    assert_eq!(details.name(), Some("My iPhone"));
    assert_eq!(details.last_ip_address(), Some("127.0.0.1"));
    assert_eq!(details.status(), Some(DeviceStatus::Remembered));
    assert_eq!(details.created, Some(created));
    assert_eq!(details.last_authenticated, Some(stage.now()));
}

#[tokio::test]
async fn an_operator_handles_devices() {
    let stage = pool_of(standing()).await;
    let (device, _) = person_with_device(&stage).await;
    let admin = stage.cognito.admin();
    let user = admin.user(EMAIL);
    let theirs = user.device(&device.key);
    assert_eq!(theirs.details().await.unwrap().name(), Some("My iPhone"));
    theirs.stop_remembering().await.unwrap();
    asks_for_the_code(login_on(&stage, &device).await);
    theirs.remember().await.unwrap();
    drop(complete(login_on(&stage, &device).await));
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
    stage.emulator().inject(denied).unwrap();
    let denied = theirs.forget().await.unwrap_err();
    assert_eq!(denied.kind(), ErrorKind::Configuration);
    let shown = denied.to_string();
    assert!(shown.contains("cognito-idp:AdminForgetDevice"), "{shown}");
}

#[tokio::test]
async fn device_is_confirmed_once_by_its_user() {
    let stage = pool_of(standing()).await;
    let tokens = stage.signed_in().await;
    let device = tokens.new_device.clone().unwrap();
    let account = stage.cognito.account(&tokens.access_token);
    drop(account.confirm_device(device.clone()).await.unwrap());
    let again = account.confirm_device(device.clone()).await;
    assert_eq!(refused(again), ErrorKind::AlreadyExists);
    let other = "other@example.com";
    stage.confirmed_user(other).await;
    let theirs = complete(stage.cognito.login(other, PASSWORD).await.unwrap());
    let account = stage.cognito.account(&theirs.access_token);
    let stolen = account.confirm_device(device).await;
    assert_eq!(refused(stolen), ErrorKind::InvalidParameter);
}

#[tokio::test]
async fn invalid_device_is_not_sent() {
    let stage = pool_of(standing()).await;
    let tokens = stage.signed_in().await;
    let account = stage.cognito.account(&tokens.access_token);
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
        assert_eq!(stage.emulator().calls(operation), 0, "{operation}");
    }
}

#[tokio::test]
async fn a_session_without_devices_is_refreshed_too() {
    let stage = Stage::ours().await;
    let session = UserSession::from(stage.signed_in().await);
    let session = stage.cognito.refresh_session(&session).await.unwrap();
    assert_eq!(session.tokens.device_key, None);
    assert!(session.device.is_none());
}
