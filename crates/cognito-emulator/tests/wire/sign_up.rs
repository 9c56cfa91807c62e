//! `SignUp`, `ConfirmSignUp`, `ResendConfirmationCode`.

use std::time::Duration;

use cognito_emulator::{AuthFlow, FirstFactor, Medium, Purpose, Usernames};
use serde_json::{Value, json};

use crate::browser::claims;
use crate::support::{
    CLIENT, EMAIL, PASSWORD, PHONE, Pool, attribute, new_client, new_pool, pool, pool_of,
    pool_with, secret_hash,
};

fn sign_up_fields(username: &str) -> Value {
    json!({ "ClientId": CLIENT, "Username": username, "Password": PASSWORD })
}

async fn signed_up() -> Pool {
    let pool = pool().await;
    pool.call("SignUp", sign_up_fields(EMAIL)).await.ok();
    pool
}

fn confirm_fields(code: &str) -> Value {
    json!({ "ClientId": CLIENT, "Username": EMAIL, "ConfirmationCode": code })
}

#[tokio::test]
async fn a_sign_up_is_confirmed_by_its_code() {
    let pool = pool().await;
    let answer = pool.call("SignUp", sign_up_fields(EMAIL)).await.ok();
    assert_eq!(answer["UserConfirmed"], false);
    assert_eq!(answer["UserSub"].as_str().map(str::len), Some(36));
    assert_eq!(
        answer["CodeDeliveryDetails"],
        json!({ "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "s***@e***" })
    );
    let message = pool.emulator.inbox().latest(EMAIL).expect("a message");
    assert_eq!(
        (message.medium, message.purpose),
        (Medium::Email, Purpose::SignUp)
    );
    assert!(message.text.contains(&message.code));

    pool.sign_in(EMAIL, PASSWORD)
        .await
        .fails("UserNotConfirmedException", "User is not confirmed.");
    let confirmed = pool
        .call("ConfirmSignUp", confirm_fields(&message.code))
        .await
        .ok();
    assert!(confirmed["Session"].is_string(), "{confirmed}");
    let tokens = pool.tokens().await;
    let user = pool.get_user(&tokens.access).await.ok();
    assert_eq!(
        attribute(&user["UserAttributes"], "email_verified"),
        Some("true")
    );
    assert_eq!(user["Username"], answer["UserSub"]);
}

#[tokio::test]
async fn a_phone_number_is_sent_a_text_message() {
    let pool = pool().await;
    let answer = pool.call("SignUp", sign_up_fields(PHONE)).await.ok();
    assert_eq!(
        answer["CodeDeliveryDetails"],
        json!({
            "AttributeName": "phone_number",
            "DeliveryMedium": "SMS",
            "Destination": "+*******1234",
        })
    );
    let message = pool.emulator.inbox().latest(PHONE).expect("a message");
    assert_eq!(message.medium, Medium::Sms);
}

#[tokio::test]
async fn a_name_is_taken_once_in_any_case() {
    let pool = signed_up().await;
    for name in [EMAIL, "SomeOne@Example.COM"] {
        pool.call("SignUp", sign_up_fields(name))
            .await
            .fails("UsernameExistsException", "User already exists");
    }
    let mut fields = sign_up_fields(PHONE);
    fields["UserAttributes"] = json!([{ "Name": "email", "Value": EMAIL }]);
    pool.call("SignUp", fields).await.fails(
        "UsernameExistsException",
        "An account with the given email already exists.",
    );
}

#[tokio::test]
async fn rejects_nonconforming_attributes() {
    let pool = pool_with(|builder| builder.custom_attribute("department")).await;
    for (attribute, value, message) in [
        ("email", "nonsense", "Invalid email address format."),
        ("phone_number", "12345", "Invalid phone number format."),
        (
            "custom:unknown",
            "x",
            "Attributes did not conform to the schema: custom:unknown: Attribute does not exist \
             in the schema.\n",
        ),
        (
            "sub",
            "x",
            "Attributes did not conform to the schema: sub: Attribute cannot be updated.\n",
        ),
    ] {
        let mut fields = sign_up_fields(EMAIL);
        fields["UserAttributes"] = json!([{ "Name": attribute, "Value": value }]);
        pool.call("SignUp", fields).await.invalid_parameter(message);
    }
    let mut fields = sign_up_fields(EMAIL);
    fields["UserAttributes"] = json!([{ "Name": "email_verified", "Value": "true" }]);
    pool.call("SignUp", fields.clone())
        .await
        .not_authorized("A client attempted to write unauthorized attribute");
    fields["UserAttributes"] = json!([{ "Name": "custom:department", "Value": "x" }]);
    fields["Password"] = json!("short");
    pool.call("SignUp", fields.clone()).await.fails(
        "InvalidPasswordException",
        "Password did not conform with policy: Password not long enough",
    );
    fields["Password"] = json!(PASSWORD);
    pool.call("SignUp", fields).await.ok();
    pool.call("SignUp", sign_up_fields("plainname"))
        .await
        .invalid_parameter("Username should be either an email or a phone number.");
    assert_eq!(pool.emulator.inbox().len(), 1);
}

#[tokio::test]
async fn required_attributes_are_required() {
    let pool = pool_with(|builder| builder.required_attribute("name")).await;
    pool.call("SignUp", sign_up_fields(EMAIL))
        .await
        .invalid_parameter(
            "Attributes did not conform to the schema: name: The attribute is required\n",
        );
}

#[tokio::test]
async fn requests_are_held_against_the_model() {
    let pool = pool().await;
    pool.call("SignUp", json!({ "Username": "has space", "Password": "" }))
        .await
        .invalid_parameter(
            "3 validation errors detected: Value null at 'clientId' failed to satisfy constraint: \
             Member must not be null; Value at 'password' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: ^[\\S]+.*[\\S]+$; Value at 'username' failed to \
             satisfy constraint: Member must satisfy regular expression pattern: \
             [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+",
        );
    pool.call("SignUp", json!({ "Username": 1 })).await.fails(
        "SerializationException",
        "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an \
         String",
    );
    let mut fields = sign_up_fields(EMAIL);
    fields["ClientId"] = json!("stranger");
    pool.call("SignUp", fields).await.fails(
        "ResourceNotFoundException",
        "User pool client stranger does not exist.",
    );
}

#[tokio::test]
async fn wrong_and_late_codes() {
    let pool = signed_up().await;
    let (code, wrong) = (pool.code(EMAIL), pool.wrong_code(EMAIL));
    pool.call("ConfirmSignUp", confirm_fields(wrong))
        .await
        .fails(
            "CodeMismatchException",
            "Invalid verification code provided, please try again.",
        );
    pool.advance(Duration::from_secs(24 * 3600 - 1));
    pool.call("ConfirmSignUp", confirm_fields(wrong))
        .await
        .fails(
            "CodeMismatchException",
            "Invalid verification code provided, please try again.",
        );
    pool.advance(Duration::from_secs(1));
    pool.call("ConfirmSignUp", confirm_fields(&code))
        .await
        .fails(
            "ExpiredCodeException",
            "Invalid code provided, please request a code again.",
        );
    let answer = pool
        .call(
            "ResendConfirmationCode",
            json!({ "ClientId": CLIENT, "Username": EMAIL }),
        )
        .await
        .ok();
    assert_eq!(answer["CodeDeliveryDetails"]["Destination"], "s***@e***");
    let code = pool.code(EMAIL);
    pool.call("ConfirmSignUp", confirm_fields(&code)).await.ok();
    pool.call("ConfirmSignUp", confirm_fields(&code))
        .await
        .not_authorized("User cannot be confirmed. Current status is CONFIRMED");
    pool.call(
        "ResendConfirmationCode",
        json!({ "ClientId": CLIENT, "Username": EMAIL }),
    )
    .await
    .invalid_parameter("User is already confirmed.");
}

#[tokio::test]
async fn a_resent_code_replaces_the_first() {
    let pool = signed_up().await;
    let first = pool.code(EMAIL);
    pool.call(
        "ResendConfirmationCode",
        json!({ "ClientId": CLIENT, "Username": EMAIL }),
    )
    .await
    .ok();
    let second = pool.code(EMAIL);
    if first != second {
        pool.call("ConfirmSignUp", confirm_fields(&first))
            .await
            .fails(
                "CodeMismatchException",
                "Invalid verification code provided, please try again.",
            );
    }
    pool.call("ConfirmSignUp", confirm_fields(&second))
        .await
        .ok();
}

/// AWS returns the details of a delivery (AWS developer guide, "Managing user existence error
/// responses").
#[tokio::test]
async fn disabled_user_looks_unknown_for_code_requests() {
    for hides in [true, false] {
        let pool = pool_of(|client| client.prevent_user_existence_errors(hides)).await;
        let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD });
        pool.call("SignUp", fields).await.ok();
        let disable = json!({ "Username": EMAIL });
        pool.admin("AdminDisableUser", disable).await.ok();
        let sent = pool.emulator.inbox().len();
        let resend = |name: &str| {
            let fields = json!({ "ClientId": CLIENT, "Username": name });
            pool.call("ResendConfirmationCode", fields)
        };
        let reply = resend(EMAIL).await;
        if hides {
            // The masked address of both names is the same.
            assert_eq!(reply.ok(), resend("stranger@example.com").await.ok());
        } else {
            reply.not_authorized("User is disabled.");
        }
        assert_eq!(pool.emulator.inbox().len(), sent);
    }
}

#[tokio::test]
async fn unknown_users_are_reported_or_hidden() {
    let (open, hiding) = (
        pool().await,
        pool_of(|client| client.prevent_user_existence_errors(true)).await,
    );
    let resend = json!({ "ClientId": CLIENT, "Username": EMAIL });
    for (operation, fields) in [
        ("ConfirmSignUp", confirm_fields("123456")),
        ("ResendConfirmationCode", resend.clone()),
    ] {
        open.call(operation, fields).await.fails(
            "UserNotFoundException",
            "Username/client id combination not found.",
        );
    }
    hiding
        .call("ConfirmSignUp", confirm_fields("123456"))
        .await
        .fails(
            "ExpiredCodeException",
            "Invalid code provided, please request a code again.",
        );
    let simulated = hiding.call("ResendConfirmationCode", resend).await.ok();
    assert_eq!(simulated["CodeDeliveryDetails"]["Destination"], "s***@e***");
    assert!(hiding.emulator.inbox().is_empty());
}

#[tokio::test]
async fn a_secret_wants_its_hash() {
    let pool = pool_of(|client| client.secret("shh")).await;
    let mut fields = sign_up_fields(EMAIL);
    pool.call("SignUp", fields.clone()).await.not_authorized(
        "Client emulatorclient1 is configured with secret but SECRET_HASH was not received",
    );
    fields["SecretHash"] = json!(secret_hash("shh", "someone else", CLIENT));
    pool.call("SignUp", fields.clone())
        .await
        .not_authorized("Unable to verify secret hash for client emulatorclient1");
    fields["SecretHash"] = json!(secret_hash("shh", EMAIL, CLIENT));
    pool.call("SignUp", fields.clone()).await.ok();

    assert!(pool.emulator.set_client_secret(CLIENT, "new"));
    assert_eq!(pool.emulator.client_secret().as_deref(), Some("new"));
    let mut confirm = confirm_fields(&pool.code(EMAIL));
    confirm["SecretHash"] = fields["SecretHash"].clone();
    pool.call("ConfirmSignUp", confirm.clone())
        .await
        .not_authorized("Unable to verify secret hash for client emulatorclient1");
    confirm["SecretHash"] = json!(secret_hash("new", EMAIL, CLIENT));
    pool.call("ConfirmSignUp", confirm).await.ok();
}

#[tokio::test]
async fn plain_names_and_their_aliases() {
    let pool = pool_with(|builder| builder.usernames(Usernames::Plain)).await;
    pool.call("SignUp", sign_up_fields(EMAIL))
        .await
        .invalid_parameter(
            "Username cannot be of email format, since user pool is configured for email alias.",
        );
    for name in ["first", "second"] {
        let mut fields = sign_up_fields(name);
        fields["UserAttributes"] = json!([{ "Name": "email", "Value": EMAIL }]);
        pool.call("SignUp", fields).await.ok();
        let confirm = json!({
            "ClientId": CLIENT,
            "Username": name,
            "ConfirmationCode": pool.code(EMAIL),
        });
        let reply = pool.call("ConfirmSignUp", confirm.clone()).await;
        if name == "first" {
            reply.ok();
            // An address is an alias only after it was verified.
            pool.sign_in(EMAIL, PASSWORD).await.ok();
        } else {
            reply.fails(
                "AliasExistsException",
                "An account with the email already exists.",
            );
            let mut forced = confirm;
            forced["ForceAliasCreation"] = json!(true);
            pool.call("ConfirmSignUp", forced).await.ok();
        }
    }
    let tokens = pool.tokens().await;
    let user = pool.get_user(&tokens.access).await.ok();
    assert_eq!(user["Username"], "second");
    let first = pool
        .admin("AdminGetUser", json!({ "Username": "FIRST" }))
        .await
        .ok();
    assert_eq!(
        attribute(&first["UserAttributes"], "email_verified"),
        Some("false")
    );
}

#[tokio::test]
async fn an_operator_takes_no_alias_by_accident() {
    let pool = pool_with(|builder| builder.usernames(Usernames::Plain)).await;
    let create = |name: &str, force: bool| {
        json!({
            "Username": name,
            "TemporaryPassword": PASSWORD,
            "ForceAliasCreation": force,
            "UserAttributes": [
                { "Name": "email", "Value": EMAIL },
                { "Name": "email_verified", "Value": "true" },
            ],
        })
    };
    pool.admin("AdminCreateUser", create("first", false))
        .await
        .ok();
    pool.admin("AdminCreateUser", create("second", false))
        .await
        .fails(
            "UsernameExistsException",
            "An account with the email already exists.",
        );
    assert_eq!(pool.emulator.inbox().len(), 1);
    pool.admin("AdminCreateUser", create("third", true))
        .await
        .ok();
    let owner = pool
        .admin("AdminGetUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    assert_eq!(owner["Username"], "third");
    let verify = json!({
        "Username": "first",
        "UserAttributes": [{ "Name": "email_verified", "Value": "true" }],
    });
    pool.admin("AdminUpdateUserAttributes", verify).await.fails(
        "AliasExistsException",
        "An account with the email already exists.",
    );
}

/// Starts the first sign-in of a user, with the session that `ConfirmSignUp` has returned.
async fn first_sign_in(pool: &Pool, session: &Value) -> Value {
    let fields = json!({
        "AuthFlow": "USER_AUTH",
        "ClientId": CLIENT,
        "Session": session,
        "AuthParameters": { "USERNAME": EMAIL },
    });
    pool.call("InitiateAuth", fields).await.ok()
}

// amplify-android#3136: "If there are no passwordless options enabled for the user pool, this would result
// in Cognito throwing a SelectChallenge"; amplify-swift#4090 shows the same.
#[tokio::test]
async fn confirmation_without_session_counts_as_one_code() {
    for (factor, signs_in) in [
        (None, false),
        (Some(FirstFactor::SmsOtp), false),
        (Some(FirstFactor::EmailOtp), true),
    ] {
        let pool = pool_with(|builder| match factor {
            Some(factor) => builder.first_factor(factor),
            None => builder,
        })
        .await;
        pool.call("SignUp", sign_up_fields(EMAIL)).await.ok();
        let confirm = confirm_fields(&pool.code(EMAIL));
        let session = pool.call("ConfirmSignUp", confirm).await.ok()["Session"].take();
        let answer = first_sign_in(&pool, &session).await;
        if signs_in {
            assert_ne!(answer["AuthenticationResult"], Value::Null, "{factor:?}");
        } else {
            assert_eq!(answer["ChallengeName"], "SELECT_CHALLENGE", "{factor:?}");
        }
        // The session is valid for one sign-in.
        let fields = json!({
            "AuthFlow": "USER_AUTH",
            "ClientId": CLIENT,
            "Session": session,
            "AuthParameters": { "USERNAME": EMAIL },
        });
        pool.call("InitiateAuth", fields)
            .await
            .not_authorized("Invalid session for the user, session can only be used once.");
    }
}

#[tokio::test]
async fn confirmation_with_session_signs_in() {
    let pool = pool().await;
    let signed_up = pool.call("SignUp", sign_up_fields(EMAIL)).await.ok();
    let mut confirm = confirm_fields(&pool.code(EMAIL));
    confirm["Session"] = signed_up["Session"].clone();
    let session = pool.call("ConfirmSignUp", confirm).await.ok()["Session"].take();
    let answer = first_sign_in(&pool, &session).await;
    assert_ne!(answer["AuthenticationResult"], Value::Null);
}

#[tokio::test]
async fn confirmation_returns_no_session_without_user_auth() {
    let pool = pool_of(|client| client.flow(AuthFlow::UserPassword)).await;
    pool.call("SignUp", sign_up_fields(EMAIL)).await.ok();
    let confirm = confirm_fields(&pool.code(EMAIL));
    let confirmed = pool.call("ConfirmSignUp", confirm).await.ok();
    assert_eq!(confirmed, json!({}));
}

// recorded: aws-amplify/amplify-js, "Cannot resend codes. Auto verification not turned on."
#[tokio::test]
async fn resending_needs_auto_verification() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    let client = new_client(&pool, &id, json!({})).await;
    let mut fields = sign_up_fields("ann");
    fields["ClientId"] = client["ClientId"].clone();
    pool.call("SignUp", fields).await.ok();
    let fields = json!({ "ClientId": client["ClientId"], "Username": "ann" });
    pool.call("ResendConfirmationCode", fields)
        .await
        .not_authorized("Cannot resend codes. Auto verification not turned on.");
}

// moto, test_forgot_password_with_email_delivery_details, which was verified against AWS.
#[tokio::test]
async fn verified_attributes_are_booleans_in_any_case() {
    let pool = pool_with(|builder| builder.usernames(Usernames::Plain)).await;
    for (name, value, is_alias) in [("ann", "True", true), ("ben", "FALSE", false)] {
        let email = format!("{name}@example.com");
        let fields = json!({
            "Username": name,
            "MessageAction": "SUPPRESS",
            "UserAttributes": [
                { "Name": "email", "Value": email },
                { "Name": "email_verified", "Value": value },
            ],
        });
        pool.admin("AdminCreateUser", fields).await.ok();
        let fields = json!({ "Username": name, "Password": PASSWORD, "Permanent": true });
        pool.admin("AdminSetUserPassword", fields).await.ok();
        let answer = pool.sign_in(name, PASSWORD).await.ok();
        // The attribute stays as it is written; the claim is a boolean.
        let claims = claims(&answer["AuthenticationResult"]["IdToken"]);
        assert_eq!(claims["email_verified"], is_alias);
        let named = json!({ "Username": name });
        let user = pool.admin("AdminGetUser", named).await.ok();
        let verified = attribute(&user["UserAttributes"], "email_verified");
        assert_eq!(verified, Some(value));
        let reply = pool.sign_in(&email, PASSWORD).await;
        assert_eq!(reply.status == 200, is_alias, "{}", reply.body);
    }
    let update = |value: &str| {
        let verified = json!([{ "Name": "email_verified", "Value": value }]);
        let fields = json!({ "Username": "ben", "UserAttributes": verified });
        pool.admin("AdminUpdateUserAttributes", fields)
    };
    update("TRUE").await.ok();
    pool.sign_in("ben@example.com", PASSWORD).await.ok();
    let reply = update("yes").await;
    assert_eq!(reply.body["__type"], "InvalidParameterException");
}
