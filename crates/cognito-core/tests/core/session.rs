//! Tests of the JSON of tokens, and of the serialization of a session.

use std::time::Duration;

use cognito_core::device::{NewDevice, RememberedDevice};
use cognito_core::secret::SerializedSession;
use cognito_core::{AccessToken, IdToken, RefreshToken, Tokens, UserSession};

#[test]
fn json_matches_document_and_debug_hides_tokens() {
    let mut tokens = Tokens::new(
        AccessToken::new("aaa.bbb.ccc").unwrap(),
        IdToken::new("ddd.eee.fff").unwrap(),
        RefreshToken::new("ggg.hhh.iii.jjj.kkk").unwrap(),
        Duration::from_secs(3600),
    );
    assert_eq!(
        serde_json::to_value(&tokens).unwrap(),
        serde_json::json!({
            "accessToken": "aaa.bbb.ccc",
            "idToken": "ddd.eee.fff",
            "refreshToken": "ggg.hhh.iii.jjj.kkk",
            "expiresIn": 3600,
            "tokenType": "Bearer",
        })
    );
    tokens.new_device = Some(NewDevice::new(
        "eu-central-1_ffee".parse().unwrap(),
        "-mmm".parse().unwrap(),
    ));
    tokens.device_key = Some("eu-central-1_ffee".parse().unwrap());
    tokens.stale_device = Some("eu-central-1_ddcc".parse().unwrap());
    let shown = format!("{tokens:?}");
    for part in ["aaa", "ddd", "ggg", "ffee", "mmm", "ddcc"] {
        assert!(!shown.contains(part), "{shown}");
    }
}

fn tokens() -> Tokens {
    Tokens::new(
        "aaa.bbb.ccc".parse().unwrap(),
        "ddd.eee.fff".parse().unwrap(),
        "ggg.hhh.iii.jjj.kkk".parse().unwrap(),
        Duration::from_secs(3600),
    )
}

fn new_device() -> NewDevice {
    NewDevice::new("us-east-1_00aa".parse().unwrap(), "-group".parse().unwrap())
}

#[test]
fn a_session_comes_back_whole_and_shows_nothing() {
    let mut full = tokens();
    full.new_device = Some(new_device());
    full.device_key = Some(new_device().key);
    full.stale_device = Some("us-east-1_11bb".parse().unwrap());
    let password = "the-device-s".parse().unwrap();
    let full = UserSession::from(full).on(RememberedDevice::new(new_device(), password));
    let text = full.to_secret_string().unwrap();
    let after = UserSession::from_secret_string(&text).unwrap();
    assert_eq!(after.tokens.access_token.expose(), "aaa.bbb.ccc");
    assert_eq!(after.tokens.id_token.expose(), "ddd.eee.fff");
    assert_eq!(after.tokens.refresh_token.expose(), "ggg.hhh.iii.jjj.kkk");
    assert_eq!(after.tokens.expires_in, Duration::from_secs(3600));
    assert_eq!(after.tokens.new_device, Some(new_device()));
    assert_eq!(after.tokens.device_key, Some(new_device().key));
    assert_eq!(after.tokens.stale_device, full.tokens.stale_device);
    let device = after.device.unwrap();
    assert_eq!(device.key, new_device().key);
    assert_eq!(device.password.expose(), "the-device-s");
    for shown in [format!("{full:?}"), format!("{text:?}")] {
        for part in ["aaa", "ddd", "ggg", "00aa", "-group", "11bb", "the-device"] {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}

#[test]
fn a_session_without_a_device_has_none_afterwards() {
    let text = UserSession::new(tokens()).to_secret_string().unwrap();
    let after = UserSession::from_secret_string(&text).unwrap();
    assert!(after.device.is_none());
    assert_eq!(after.tokens.device_key, None);
    assert!(!text.expose().contains("device"), "nothing is written");
}

#[test]
fn a_text_of_another_version_is_refused() {
    let text = UserSession::new(tokens()).to_secret_string().unwrap();
    let newer = text.expose().replacen('{', r#"{"tenant":"x","#, 1);
    for text in ["", "{}", "null", newer.as_str()] {
        let text = SerializedSession::new(text).unwrap();
        assert!(UserSession::from_secret_string(&text).is_err());
    }
}

#[test]
fn refreshed_tokens_keep_the_device() {
    let mut first = tokens();
    first.device_key = Some(new_device().key);
    first.new_device = Some(new_device());
    first.stale_device = Some("us-east-1_11bb".parse().unwrap());
    let stale = first.stale_device.clone();
    let session = UserSession::new(first).refreshed(tokens());
    assert_eq!(session.tokens.device_key, Some(new_device().key));
    // The device can still be confirmed, and the stale one deleted.
    assert_eq!(session.tokens.new_device, Some(new_device()));
    assert_eq!(session.tokens.stale_device, stale);
}
