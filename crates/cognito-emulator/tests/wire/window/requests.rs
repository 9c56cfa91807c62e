//! The log of requests in the emulator's window (its web interface).

use std::time::Duration;

use cognito_emulator::Fault;
use serde_json::json;

use super::open;
use crate::support::{
    CLIENT, EMAIL, PASSWORD, PHONE, Pool, new_person, new_pool, pool, pool_with, sign_in_fields,
};

async fn log(pool: &Pool) -> String {
    open(pool, "/requests", &[]).await
}

/// Checks that the log contains none of these values.
#[track_caller]
fn hides(log: &str, values: &[&str]) {
    for value in values {
        assert!(!log.contains(value), "{value} is in the log");
    }
}

#[tokio::test]
async fn requests_are_shown_with_errors() {
    let pool = pool().await;
    pool.person();
    pool.sign_in(EMAIL, "Wrong-Password-1").await;
    let tokens = pool.tokens().await;
    pool.call("Nothing", json!({})).await;
    let log = log(&pool).await;
    for expected in [
        "NotAuthorizedException",
        "Incorrect username or password.",
        "UnknownOperationException",
        "<span class=\"good\">200</span>",
        &format!("<code>{CLIENT}</code>"),
    ] {
        assert!(log.contains(expected), "{expected}: {log}");
    }
    hides(
        &log,
        &[
            EMAIL,
            PASSWORD,
            "Wrong-Password-1",
            &tokens.access,
            &tokens.refresh,
            "Nothing",
        ],
    );
}

#[tokio::test]
async fn values_of_requests_are_hidden() {
    let pool = pool().await;
    let fields = json!({
        "ClientId": CLIENT, "Username": EMAIL, "Password": "short",
        "UserAttributes": [
            { "Name": "phone_number", "Value": PHONE },
            { "Name": "birthdate", "Value": "Ann's birthday" },
        ],
    });
    assert_eq!(pool.call("SignUp", fields).await.status, 400);
    for client in ["my secret password", "unknownclient"] {
        let mut fields = sign_in_fields("x@example.com", PASSWORD);
        fields["ClientId"] = json!(client);
        assert_eq!(pool.call("InitiateAuth", fields).await.status, 400);
    }
    let fields =
        json!({ "ClientId": CLIENT, "Username": "ann example", "ConfirmationCode": "12 45" });
    assert_eq!(pool.call("ConfirmSignUp", fields).await.status, 400);
    let fields = json!({ "Username": "bob!", "GroupName": "the group of carl" });
    assert_eq!(pool.admin("AdminAddUserToGroup", fields).await.status, 400);
    let log = log(&pool).await;
    hides(
        &log,
        &[
            EMAIL,
            PHONE,
            PASSWORD,
            "short",
            "birthday",
            "my secret password",
            "unknownclient",
            "x@example.com",
            "ann example",
            "12 45",
            "bob!",
            "the group of carl",
        ],
    );
    assert!(log.contains("SignUp") && log.contains("ConfirmSignUp"));
}

// The request has the user's address, but the message has the stored user name.
#[tokio::test]
async fn stored_values_are_hidden() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({ "AliasAttributes": ["email"] })).await;
    new_person(&pool, &id, "annexample").await;
    let verified = [("email", EMAIL), ("email_verified", "true")];
    let attributes: Vec<_> = verified
        .iter()
        .map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect();
    let fields =
        json!({ "UserPoolId": id, "Username": "annexample", "UserAttributes": attributes });
    pool.operator("AdminUpdateUserAttributes", fields)
        .await
        .ok();
    let fields = json!({ "UserPoolId": id, "Username": EMAIL, "MessageAction": "RESEND" });
    let reply = pool.operator("AdminCreateUser", fields).await;
    assert!(
        reply.body["message"]
            .as_str()
            .expect("a message")
            .contains("annexample")
    );
    let log = log(&pool).await;
    assert!(log.contains("UnsupportedUserStateException"), "{log}");
    hides(&log, &["annexample", EMAIL]);
}

// Error messages cut long values. The log must not contain the beginning of a cut value either.
#[tokio::test]
async fn long_values_are_hidden() {
    let pool = pool().await;
    let fields = json!({ "ClientId": CLIENT, "Username": "annexample ".repeat(1000) });
    assert_eq!(pool.call("ForgotPassword", fields).await.status, 400);
    // The names of these members do not make their values harmless.
    let fields = json!({ "ClientId": CLIENT, "AuthFlow": "annexample", "AuthParameters": {} });
    assert_eq!(pool.call("InitiateAuth", fields).await.status, 400);
    let fields = json!({ "UserPoolId": "us-east-1_annexample", "Username": "x" });
    assert_eq!(pool.operator("AdminGetUser", fields).await.status, 400);
    let log = log(&pool).await;
    assert!(
        log.contains("1 validation error detected: Value …"),
        "{log}"
    );
    hides(&log, &["annexample"]);
}

#[tokio::test]
async fn messages_of_sign_up_have_no_values() {
    let pool = pool_with(|builder| {
        builder
            .required_attribute("name")
            .usernames(cognito_emulator::Usernames::Email)
    })
    .await;
    let sign_up = async |username: &str, attributes: serde_json::Value| {
        let fields = json!({
            "ClientId": CLIENT, "Username": username, "Password": PASSWORD,
            "UserAttributes": attributes,
        });
        assert_eq!(pool.call("SignUp", fields).await.status, 400);
    };
    sign_up(EMAIL, json!([])).await;
    sign_up("annexample", json!([{ "Name": "name", "Value": "Ann" }])).await;
    let unknown = json!({ "Name": "custom:annexample", "Value": "Ann" });
    sign_up(EMAIL, json!([unknown])).await;
    let log = log(&pool).await;
    for expected in [
        "Attributes did not conform to the schema: …: The attribute is required",
        "Username should be either an email or a phone number.",
        "Attributes did not conform to the schema: …: Attribute does not exist in the schema.",
    ] {
        assert!(log.contains(expected), "{expected}: {log}");
    }
    hides(&log, &[EMAIL, PASSWORD, "annexample", "Ann"]);
}

#[tokio::test]
async fn messages_of_triggers_are_hidden() {
    let pool = pool_with(|builder| {
        builder.trigger(cognito_emulator::Trigger::PreSignUp, |_| {
            Err("Ann Example is not invited".into())
        })
    })
    .await;
    let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD });
    assert_eq!(pool.call("SignUp", fields).await.status, 400);
    let log = log(&pool).await;
    assert!(log.contains("UserLambdaValidationException"), "{log}");
    assert!(log.contains("PreSignUp failed with error …"), "{log}");
    hides(&log, &["Ann Example"]);
}

#[tokio::test]
async fn faults_and_endpoints_are_shown() {
    let pool = pool().await;
    pool.emulator.inject(Fault::cut("SignUp")).expect("known");
    pool.emulator
        .inject(Fault::status("GetUser", 503))
        .expect("known");
    let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD });
    let target = "AWSCognitoIdentityProviderService.SignUp";
    let headers = [("x-amz-target", target)];
    let cut = pool
        .try_send("POST", "/", &headers, fields.to_string())
        .await;
    assert!(cut.is_err());
    pool.get_user("x").await;
    let body = format!("grant_type=authorization_code&client_id={CLIENT}&code=secret-code");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(
        pool.send("POST", "/oauth2/token", &form, body).await.status,
        400
    );
    let log = log(&pool).await;
    assert_eq!(log.matches(">SignUp<").count(), 1, "{log}");
    for expected in [
        "an injected fault closed the connection",
        "an injected fault returned this status",
        "/oauth2/token",
    ] {
        assert!(log.contains(expected), "{expected}: {log}");
    }
    hides(&log, &["secret-code", EMAIL]);
}

#[tokio::test]
async fn all_faults_are_shown_as_faults() {
    let pool = pool().await;
    for name in ["GetUser", "/oauth2/token"] {
        for (fault, status, code, expected) in [
            (
                Fault::error(name, "TooManyRequestsException", "Ann Example"),
                400,
                "TooManyRequestsException",
                "an injected fault returned this exception",
            ),
            (
                Fault::status(name, 503),
                503,
                "",
                "an injected fault returned this status",
            ),
            // The response is the one of a fault, not a success.
            (
                Fault::status(name, 200),
                200,
                "",
                "an injected fault returned this status",
            ),
            (
                Fault::cut(name),
                0,
                "",
                "an injected fault closed the connection",
            ),
            (
                Fault::refuse(name),
                0,
                "",
                "an injected fault closed the connection",
            ),
        ] {
            pool.emulator.reset();
            pool.emulator.inject(fault).expect("known");
            let target = format!("AWSCognitoIdentityProviderService.{name}");
            let headers = [("x-amz-target", target.as_str())];
            let path = if name.starts_with('/') { name } else { "/" };
            let reply = pool.try_send("POST", path, &headers, "{}").await;
            assert_eq!(reply.map_or(0, |reply| reply.status), status);
            let log = log(&pool).await;
            let result = format!(
                "<span class=\"bad\">{status} <strong>{code}</strong></span><br>{expected}"
            );
            assert!(log.contains(&result), "{name}: {result}: {log}");
            hides(&log, &["Ann Example"]);
        }
    }
}

#[tokio::test]
async fn duration_is_by_the_clock() {
    let pool = pool_with(|builder| builder).await;
    pool.advance(Duration::from_secs(1));
    pool.get_user("x").await;
    let log = log(&pool).await;
    assert!(
        log.contains("2023-11-14T22:13:21Z") && log.contains("0.0 ms"),
        "{log}"
    );
}

#[tokio::test]
async fn reset_clears_the_log() {
    let pool = pool().await;
    pool.get_user("x").await;
    assert!(log(&pool).await.contains(">GetUser<"));
    pool.emulator.reset();
    assert!(!log(&pool).await.contains(">GetUser<"));
}

#[tokio::test]
async fn unread_bodies_are_logged_and_keep_faults() {
    let pool = pool().await;
    let target = "AWSCognitoIdentityProviderService.GetUser";
    for (path, name) in [("/", "GetUser"), ("/oauth2/token", "/oauth2/token")] {
        let fault = Fault::status(name, 503).times(1);
        pool.emulator.inject(fault).expect("a known name");
        let headers = [("x-amz-target", target)];
        let body = " ".repeat(1024 * 1024 + 1);
        let reply = pool.send("POST", path, &headers, body).await;
        assert_eq!(reply.status, 413);
        assert_eq!(reply.header("access-control-allow-origin"), "*");
        let log = log(&pool).await;
        let row = log.split("<tr>").nth(2).expect("the newest request");
        assert!(row.contains(&format!(">{name}</th>")), "{row}");
        assert!(
            row.contains("413") && row.contains("the body of the request was too large"),
            "{row}"
        );
        // The request has not used the fault.
        let reply = pool.send("POST", path, &headers, "{}").await;
        assert_eq!(reply.status, 503);
    }
}
