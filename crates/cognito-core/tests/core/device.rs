//! Tests of the JSON of devices, and of the serialization of a remembered device.

use std::time::UNIX_EPOCH;

use cognito_core::device::{Device, DevicePage, DeviceStatus, NewDevice, RememberedDevice};
use cognito_core::secret::SerializedDevice;

const KEY: &str = "us-east-1_4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11";

#[test]
fn device_json_matches_list_and_debug_hides_key() {
    let mut device = Device::new(KEY.parse().unwrap());
    for (name, value) in [
        ("device_name", "My iPhone"),
        ("last_ip_used", "192.0.2.1"),
        ("dev:device_remembered_status", "not_remembered"),
    ] {
        device
            .attributes
            .insert_from_service(name, value.to_owned());
    }
    device.created = Some(UNIX_EPOCH);
    assert_eq!(
        serde_json::to_value(DevicePage::new(vec![device.clone()], None)).unwrap(),
        serde_json::json!({"devices": [{
            "key": KEY,
            "name": "My iPhone",
            "status": "not_remembered",
            "lastIpAddress": "192.0.2.1",
            "created": "1970-01-01T00:00:00.000Z",
            "modified": null,
            "lastAuthenticated": null,
        }]})
    );
    assert_eq!(device.status(), Some(DeviceStatus::NotRemembered));
    let shown = format!("{device:?}");
    for part in ["4d2ad41e", "iPhone", "192.0.2.1"] {
        assert!(!shown.contains(part), "{shown}");
    }
}

#[test]
fn a_status_that_is_none_is_not_guessed() {
    let mut device = Device::new(KEY.parse().unwrap());
    assert_eq!(device.status(), None);
    let attributes = &mut device.attributes;
    attributes.insert_from_service("dev:device_remembered_status", "perhaps".to_owned());
    assert_eq!(device.status(), None);
}

#[test]
fn device_round_trips_and_debug_hides_it() {
    let new = NewDevice::new(
        "us-east-1_4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11"
            .parse()
            .unwrap(),
        "-group".parse().unwrap(),
    );
    let device = RememberedDevice::new(new, "a+b/c=\"d".parse().unwrap());
    let text = device.to_secret_string().unwrap();
    let after = RememberedDevice::from_secret_string(&text).unwrap();
    assert_eq!(after.key, device.key);
    assert_eq!(after.group_key, device.group_key);
    assert_eq!(after.password.expose(), device.password.expose());
    for shown in [format!("{device:?}"), format!("{text:?}")] {
        for part in ["4d2ad41e", "-group", "a+b"] {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}

#[test]
fn rejects_string_that_is_no_device() {
    for text in [
        "",
        "{}",
        r#"{"key":"a_0","group_key":"-g","password":""}"#,
        r#"{"key":"none","group_key":"-g","password":"p"}"#,
        r#"{"key":"a_0","group_key":"-g","password":"p","more":1}"#,
    ] {
        let text = SerializedDevice::new(text).unwrap();
        assert!(RememberedDevice::from_secret_string(&text).is_err());
    }
}
