//! Authentication levels: `TARGET_ACR_VALUES`, `ACCESS_TOKEN` and `MAX_AGE` of `USER_AUTH`.

mod codes;

use std::time::Duration;

use cognito_emulator::{Client, EmulatorBuilder, FirstFactor, Trigger};
use serde_json::{Value, json};

use crate::authenticator::Authenticator;
use crate::browser::claims;
use crate::passkeys::ORIGIN;
use crate::support::{
    CLIENT, EMAIL, PASSWORD, Pool, Reply, Tokens, new_client, new_person, new_pool,
    password_fields, pool_with,
};

/// The error for a user who cannot reach any of the requested levels.
pub(crate) const NO_FACTORS: &str = "No target ACR value can be reached with the factors that the user has \
                                     set up and the user pool allows: request another level, or set \
                                     up a factor.";
const LEVEL_1: &str = "urn:cognito:loa:1";
const LEVEL_2: &str = "urn:cognito:loa:2";
const LEVEL_3: &str = "urn:cognito:loa:3";
const LEVEL_4: &str = "urn:cognito:loa:4";

/// Returns a pool with a user, and the secret of the user's authenticator app. Sign-ins of the user
/// do not need the app.
async fn fixture() -> (Pool, String) {
    fixture_with(|builder| builder).await
}

async fn fixture_with(more: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> (Pool, String) {
    let pool = pool_with(more).await;
    pool.person();
    let secret = pool.with_software_token().await;
    let preference = json!({ "SoftwareTokenMfaSettings": { "Enabled": false } });
    pool.set_preference(preference).await;
    (pool, secret)
}

impl Pool {
    async fn set_preference(&self, mut preference: Value) {
        preference["Username"] = json!(EMAIL);
        let reply = self.admin("AdminSetUserMFAPreference", preference).await;
        reply.ok();
    }

    /// Begins a sign-in with the flow `USER_AUTH`.
    async fn choose(&self, parameters: &[(&str, &str)]) -> Reply {
        let fields = choice(parameters);
        self.call("InitiateAuth", fields).await
    }

    /// Responds to the challenge in `answer`. `key` is the name of the response.
    async fn go_on(&self, answer: &Value, key: &str, value: &str) -> Reply {
        let fields = json!({
            "ChallengeName": answer["ChallengeName"],
            "ClientId": CLIENT,
            "Session": answer["Session"],
            "ChallengeResponses": { "USERNAME": EMAIL, key: value },
        });
        self.call("RespondToAuthChallenge", fields).await
    }

    /// Sends the code of the user's authenticator app, and returns the response.
    async fn prove_app(&self, answer: &Value, secret: &str) -> Value {
        let code = self.totp(secret);
        let reply = self.go_on(answer, "SOFTWARE_TOKEN_MFA_CODE", &code);
        reply.await.ok()
    }

    /// Chooses and sends a password in a sign-in that must reach a level. Returns the status and the
    /// body of the three responses, without their sessions.
    async fn steps(&self, name: &str, level: &str, password: &str) -> Vec<(u16, Value)> {
        let mut fields = choice(&[("TARGET_ACR_VALUES", level)]);
        fields["AuthParameters"]["USERNAME"] = json!(name);
        let mut replies = vec![self.call("InitiateAuth", fields).await];
        for (challenge, key, value) in [
            ("SELECT_CHALLENGE", "ANSWER", "PASSWORD"),
            ("PASSWORD", "PASSWORD", password),
        ] {
            let last = replies.last().expect("a reply");
            let fields = json!({
                "ChallengeName": challenge,
                "ClientId": CLIENT,
                "Session": last.body["Session"],
                "ChallengeResponses": { "USERNAME": name, key: value },
            });
            replies.push(self.call("RespondToAuthChallenge", fields).await);
        }
        let replies = replies.into_iter().map(|mut reply| {
            reply.body["Session"].take();
            (reply.status, reply.body)
        });
        replies.collect()
    }

    /// Signs the user in with a password, with the level 1.
    async fn level_1(&self) -> Tokens {
        let parameters = password_at(LEVEL_1);
        let answer = self.choose(&parameters).await.ok();
        shows(&answer, LEVEL_1, &["pwd"]);
        Tokens::read(&answer)
    }
}

/// Returns the parameters of a sign-in with the password, which must reach a level.
const fn password_at(level: &str) -> [(&'static str, &str); 3] {
    [
        ("TARGET_ACR_VALUES", level),
        ("PREFERRED_CHALLENGE", "PASSWORD"),
        ("PASSWORD", PASSWORD),
    ]
}

fn choice(parameters: &[(&str, &str)]) -> Value {
    let mut all = json!({ "USERNAME": EMAIL });
    for (name, value) in parameters {
        all[*name] = json!(value);
    }
    json!({ "AuthFlow": "USER_AUTH", "ClientId": CLIENT, "AuthParameters": all })
}

/// Checks the claims `acr` and `amr` of both tokens.
#[track_caller]
fn shows(answer: &Value, acr: &str, amr: &[&str]) {
    for name in ["AccessToken", "IdToken"] {
        let claims = claims(&answer["AuthenticationResult"][name]);
        assert_eq!(
            (&claims["acr"], &claims["amr"]),
            (&json!(acr), &json!(amr)),
            "{name}"
        );
    }
}

#[tokio::test]
async fn sign_in_reaches_requested_level() {
    let (pool, secret) = fixture().await;
    let answer = pool.choose(&[("TARGET_ACR_VALUES", LEVEL_4)]).await.ok();
    assert_eq!(answer["ChallengeName"], "SELECT_CHALLENGE");
    assert_eq!(
        answer["AvailableChallenges"],
        json!(["PASSWORD", "PASSWORD_SRP"])
    );

    let answer = pool.go_on(&answer, "ANSWER", "PASSWORD").await.ok();
    let answer = pool.go_on(&answer, "PASSWORD", PASSWORD).await.ok();
    assert_eq!(answer["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let answer = pool.prove_app(&answer, &secret).await;

    shows(&answer, LEVEL_4, &["pwd", "otp", "mfa"]);
}

#[tokio::test]
async fn tokens_have_no_level_without_request() {
    let (pool, _) = fixture().await;
    let claims = claims(&json!(pool.tokens().await.access));
    assert_eq!((claims.get("acr"), claims.get("amr")), (None, None));
}

#[tokio::test]
async fn refresh_keeps_level_and_time() {
    let (pool, _) = fixture().await;
    let tokens = pool.level_1().await;
    let before = claims(&json!(tokens.access));
    pool.advance(Duration::from_secs(100));
    let fields = json!({ "ClientId": CLIENT, "RefreshToken": tokens.refresh });
    let answer = pool.call("GetTokensFromRefreshToken", fields).await.ok();
    shows(&answer, LEVEL_1, &["pwd"]);
    let after = claims(&answer["AuthenticationResult"]["AccessToken"]);
    assert_eq!(after["auth_time"], before["auth_time"]);
    assert_ne!(after["iat"], before["iat"]);
}

#[tokio::test]
async fn derived_token_keeps_level() {
    let (pool, _) = fixture().await;
    let tokens = pool.level_1().await;
    for (token, kind) in [(&tokens.access, "ACCESS_TOKEN"), (&tokens.id, "ID_TOKEN")] {
        let fields = json!({
            "ClientId": CLIENT,
            "SubjectToken": token,
            "SubjectTokenType": kind,
            "RequestedTokenType": kind,
        });
        let answer = pool.call("GetDerivedToken", fields).await.ok();
        let claims = claims(&answer["IssuedToken"]);
        assert_eq!(claims["acr"], LEVEL_1);
        assert_eq!(claims["amr"], json!(["pwd"]));
    }
}

#[tokio::test]
async fn triggers_cannot_change_the_level() {
    let change = |mut event: Value| {
        let changes = json!({ "claimsToAddOrOverride": { "acr": LEVEL_4, "amr": ["hwk"] } });
        event["response"] = json!({ "claimsAndScopeOverrideDetails": {
            "accessTokenGeneration": changes,
            "idTokenGeneration": changes,
        } });
        Ok(event)
    };
    let (pool, _) = fixture_with(|b| b.trigger(Trigger::PreTokenGenerationV2, change)).await;
    pool.level_1().await;
}

#[tokio::test]
async fn access_token_leaves_missing_factor_only() {
    let (pool, secret) = fixture().await;
    let first = pool.level_1().await;
    pool.advance(Duration::from_secs(60));
    let parameters = [
        ("TARGET_ACR_VALUES", LEVEL_4),
        ("ACCESS_TOKEN", &first.access),
        ("MAX_AGE", "60"),
    ];

    let answer = pool.choose(&parameters).await.ok();
    assert_eq!(answer["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let answer = pool.prove_app(&answer, &secret).await;

    shows(&answer, LEVEL_4, &["pwd", "otp", "mfa"]);
    let claims = |token: &str| claims(&json!(token));
    let second = Tokens::read(&answer);
    let (before, after) = (claims(&first.access), claims(&second.access));
    // The password is as old as before.
    assert_eq!(after["auth_time"], before["auth_time"]);
    assert_ne!(after["iat"], before["iat"]);
    assert_ne!(after["origin_jti"], before["origin_jti"]);
    pool.get_user(&first.access).await.ok();

    let fields = json!({ "ClientId": CLIENT, "RefreshToken": second.refresh });
    let answer = pool.call("GetTokensFromRefreshToken", fields).await.ok();
    let renewed = Tokens::read(&answer).access;
    for token in [&second.access, &renewed] {
        let parameters = [
            ("TARGET_ACR_VALUES", LEVEL_4),
            ("ACCESS_TOKEN", token),
            ("MAX_AGE", "59"),
        ];
        let answer = pool.choose(&parameters).await.ok();
        assert_eq!(answer["ChallengeName"], "SELECT_CHALLENGE");
    }
}

#[tokio::test]
async fn step_up_rejects_token_of_actor() {
    let (pool, _) = fixture().await;
    let subject = pool.level_1().await.access;
    pool.emulator
        .create_user("other@example.com", PASSWORD, &[])
        .expect("created");
    let actor = pool.sign_in("other@example.com", PASSWORD).await.ok();
    let fields = json!({
        "ClientId": CLIENT,
        "SubjectToken": subject,
        "SubjectTokenType": "ACCESS_TOKEN",
        "ActorToken": Tokens::read(&actor).access,
        "ActorTokenType": "ACCESS_TOKEN",
    });
    let answer = pool.call("GetDerivedToken", fields).await.ok();
    let token = answer["IssuedToken"].as_str().expect("a token");
    assert!(claims(&json!(token))["act"].is_object());
    let parameters = [("TARGET_ACR_VALUES", LEVEL_4), ("ACCESS_TOKEN", token)];
    let reply = pool.choose(&parameters).await;
    reply.not_authorized("The access token of an actor cannot be used for step-up authentication.");
}

#[tokio::test]
async fn old_access_token_proves_no_method() {
    let (pool, _) = fixture().await;
    let first = pool.level_1().await;
    pool.advance(Duration::from_secs(61));
    for level in [LEVEL_4, LEVEL_1] {
        let parameters = [
            ("TARGET_ACR_VALUES", level),
            ("ACCESS_TOKEN", &first.access),
            ("MAX_AGE", "60"),
        ];
        let answer = pool.choose(&parameters).await.ok();
        assert_eq!(answer["ChallengeName"], "SELECT_CHALLENGE", "{level}");
    }
}

#[tokio::test]
async fn first_reachable_level_counts() {
    let (pool, _) = fixture().await;
    let values = format!("urn:other {LEVEL_2} {LEVEL_1} {LEVEL_4}");
    let parameters = [
        ("TARGET_ACR_VALUES", values.as_str()),
        ("PREFERRED_CHALLENGE", "PASSWORD"),
        ("PASSWORD", PASSWORD),
    ];
    let answer = pool.choose(&parameters).await.ok();
    shows(&answer, LEVEL_1, &["pwd"]);
}

#[tokio::test]
async fn invalid_step_ups_are_rejected() {
    let (pool, _) = fixture().await;
    let token = pool.level_1().await.access;
    let plain = pool.tokens().await.access;
    pool.emulator
        .create_user("other@example.com", PASSWORD, &[])
        .expect("created");
    let other = pool.sign_in("other@example.com", PASSWORD).await.ok();
    let other = Tokens::read(&other).access;
    let invalid = "InvalidParameterException";
    for (parameters, code, message) in [
        (
            &[("ACCESS_TOKEN", token.as_str())][..],
            invalid,
            "ACCESS_TOKEN requires TARGET_ACR_VALUES.",
        ),
        (
            &[("TARGET_ACR_VALUES", "urn:other")],
            invalid,
            "None of the target ACR values is valid.",
        ),
        (&[("TARGET_ACR_VALUES", LEVEL_2)], invalid, NO_FACTORS),
        (
            &[("TARGET_ACR_VALUES", LEVEL_1), ("MAX_AGE", "-1")],
            invalid,
            "The maximum age must be a number of seconds.",
        ),
        (
            &[("TARGET_ACR_VALUES", LEVEL_1), ("ACCESS_TOKEN", &token)],
            invalid,
            "The access token already has the requested level.",
        ),
        (
            &[("TARGET_ACR_VALUES", LEVEL_4), ("ACCESS_TOKEN", &other)],
            "NotAuthorizedException",
            "The access token does not belong to the user and the client.",
        ),
        (
            &[("TARGET_ACR_VALUES", LEVEL_4), ("ACCESS_TOKEN", "x")],
            "NotAuthorizedException",
            "Invalid Access Token",
        ),
    ] {
        pool.choose(parameters).await.fails(code, message);
    }
    // A token without `amr` proves nothing.
    let parameters = [("TARGET_ACR_VALUES", LEVEL_4), ("ACCESS_TOKEN", &plain)];
    let answer = pool.choose(&parameters).await.ok();
    assert_eq!(answer["ChallengeName"], "SELECT_CHALLENGE");
}

#[tokio::test]
async fn revoked_token_cannot_step_up() {
    let (pool, _) = fixture().await;
    let token = pool.level_1().await.access;
    pool.admin("AdminUserGlobalSignOut", json!({ "Username": EMAIL }))
        .await
        .ok();
    let parameters = [("TARGET_ACR_VALUES", LEVEL_4), ("ACCESS_TOKEN", &token)];
    let reply = pool.choose(&parameters).await;
    reply.not_authorized("Access Token has been revoked");
}

#[tokio::test]
async fn level_cannot_remove_second_factor() {
    let (pool, secret) = fixture().await;
    pool.set_preference(json!({ "SoftwareTokenMfaSettings": { "Enabled": true } }))
        .await;
    for level in [LEVEL_1, LEVEL_2] {
        pool.advance(Duration::from_secs(30));
        let parameters = password_at(level);
        let answer = pool.choose(&parameters).await.ok();
        assert_eq!(answer["ChallengeName"], "SOFTWARE_TOKEN_MFA");
        let answer = pool.prove_app(&answer, &secret).await;
        shows(&answer, LEVEL_4, &["pwd", "otp", "mfa"]);
    }
}

#[tokio::test]
async fn level_chooses_among_second_factors() {
    let (pool, secret) = fixture().await;
    pool.with_phone().await;
    pool.set_preference(json!({
        "SoftwareTokenMfaSettings": { "Enabled": true },
        "SMSMfaSettings": { "Enabled": true, "PreferredMfa": true },
    }))
    .await;
    for (level, challenge) in [(LEVEL_3, "SMS_MFA"), (LEVEL_4, "SOFTWARE_TOKEN_MFA")] {
        let parameters = password_at(level);
        let answer = pool.choose(&parameters).await.ok();
        assert_eq!(answer["ChallengeName"], challenge, "{level}");
        let (code, amr) = match challenge {
            "SMS_MFA" => (pool.code(crate::support::PHONE), ["pwd", "sms", "mfa"]),
            _ => (pool.totp(&secret), ["pwd", "otp", "mfa"]),
        };
        let key = format!("{challenge}_CODE");
        let answer = pool.go_on(&answer, &key, &code).await.ok();
        shows(&answer, level, &amr);
    }
}

#[tokio::test]
async fn code_and_password_reach_level_3() {
    let (pool, _) = fixture_with(|b| b.first_factor(FirstFactor::EmailOtp)).await;
    let parameters = [
        ("TARGET_ACR_VALUES", LEVEL_2),
        ("PREFERRED_CHALLENGE", "EMAIL_OTP"),
    ];
    let answer = pool.choose(&parameters).await.ok();
    let code = pool.code(EMAIL);
    let answer = pool.go_on(&answer, "EMAIL_OTP_CODE", &code).await.ok();
    shows(&answer, LEVEL_2, &["email_otp"]);

    let token = Tokens::read(&answer).access;
    let parameters = [("TARGET_ACR_VALUES", LEVEL_3), ("ACCESS_TOKEN", &token)];
    let answer = pool.choose(&parameters).await.ok();
    assert_eq!(
        answer["AvailableChallenges"],
        json!(["PASSWORD", "PASSWORD_SRP"])
    );
    let answer = pool.go_on(&answer, "ANSWER", "PASSWORD").await.ok();
    let answer = pool.go_on(&answer, "PASSWORD", PASSWORD).await.ok();
    shows(&answer, LEVEL_3, &["pwd", "email_otp", "mfa"]);
}

#[tokio::test]
async fn codes_after_password_are_limited() {
    let (pool, _) = fixture_with(|b| b.first_factor(FirstFactor::EmailOtp)).await;
    let parameters = password_at(LEVEL_3);
    // An attacker has the password. A new sign-in with it must not allow further guesses.
    for _ in 0..5 {
        let answer = pool.choose(&parameters).await.ok();
        assert_eq!(answer["ChallengeName"], "EMAIL_OTP");
        let wrong = pool.wrong_code(EMAIL);
        let reply = pool.go_on(&answer, "EMAIL_OTP_CODE", wrong).await;
        assert_eq!(reply.body["__type"], "CodeMismatchException");
    }
    let answer = pool.choose(&parameters).await.ok();
    let code = pool.code(EMAIL);
    let reply = pool.go_on(&answer, "EMAIL_OTP_CODE", &code).await;
    reply.not_authorized("Password attempts exceeded");
}

#[tokio::test]
async fn passkey_reaches_level_3() {
    let (pool, _) = fixture_with(|b| b.passkeys("example.com")).await;
    let mut passkey = Authenticator::es256(b"one");
    let access = pool.tokens().await.access;
    pool.register(&access, &passkey).await;
    let sub = claims(&json!(access))["sub"].clone();
    let parameters = [
        ("TARGET_ACR_VALUES", LEVEL_3),
        ("PREFERRED_CHALLENGE", "WEB_AUTHN"),
    ];
    let answer = pool.choose(&parameters).await.ok();
    let options = &answer["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"];
    let options: Value = serde_json::from_str(options.as_str().expect("text")).expect("JSON");
    let sub = sub.as_str().expect("a sub");
    let credential = passkey.get(&options, ORIGIN, sub).json().to_string();
    let answer = pool.go_on(&answer, "CREDENTIAL", &credential).await.ok();
    shows(&answer, LEVEL_3, &["swk"]);
}

#[tokio::test]
async fn user_without_factors_looks_like_unknown_name() {
    let client = Client::new(CLIENT).prevent_user_existence_errors(true);
    let (pool, _) = fixture_with(|builder| builder.client(client)).await;
    let (plain, unknown) = ("plain@example.com", "nobody@example.com");
    pool.emulator
        .create_user(plain, PASSWORD, &[])
        .expect("created");
    for mode in ["OPTIONAL", "ON"] {
        let enabled = json!({ "Enabled": true });
        pool.set_preference(json!({ "SoftwareTokenMfaSettings": enabled }))
            .await;
        let fields = json!({
            "MfaConfiguration": mode,
            "SoftwareTokenMfaConfiguration": enabled,
        });
        pool.admin("SetUserPoolMfaConfig", fields).await.ok();
        for level in [LEVEL_1, LEVEL_2, LEVEL_3, LEVEL_4] {
            let expected = pool.steps(unknown, level, "Wrong1!x").await;
            assert_eq!(expected[0].0, 200);
            for name in [EMAIL, plain] {
                let seen = pool.steps(name, level, "Wrong1!x").await;
                assert_eq!(seen, expected, "{mode} {level} {name}");
                // The right password resets the counter of wrong ones.
                let seen = pool.steps(name, level, PASSWORD).await;
                let (status, last) = &seen[2];
                match (name, mode, level) {
                    (EMAIL, ..) => {
                        assert_eq!(last["ChallengeName"], "SOFTWARE_TOKEN_MFA");
                    }
                    (_, "OPTIONAL", LEVEL_1) => assert_eq!(*status, 200),
                    _ => assert_eq!(last["message"], NO_FACTORS),
                }
            }
        }
    }
}

#[tokio::test]
async fn levels_can_be_renamed() {
    let (pool, secret) = fixture().await;
    let token = pool.level_1().await.access;
    let update = |value: &str| {
        json!({ "AcrConfiguration": {
            "Level1": { "AcrValue": "my:low" },
            "Level4": { "AcrValue": value },
        } })
    };
    pool.admin("UpdateUserPool", update(LEVEL_2))
        .await
        .invalid_parameter("Each AcrValue must be unique across all levels.");
    let mut fields = update("my:high");
    fields["MfaConfiguration"] = json!("OPTIONAL");
    pool.admin("UpdateUserPool", fields).await.ok();

    let described = pool.admin("DescribeUserPool", json!({})).await.ok();
    assert_eq!(
        described["UserPool"]["AcrConfiguration"],
        json!({
            "Level1": { "AcrValue": "my:low" },
            "Level2": { "AcrValue": LEVEL_2 },
            "Level3": { "AcrValue": LEVEL_3 },
            "Level4": { "AcrValue": "my:high" },
        })
    );
    let id = pool.emulator.user_pool_id();
    let path = format!("/{id}/.well-known/openid-configuration");
    let discovery = pool.get(&path).await;
    assert_eq!(
        discovery.body["acr_values_supported"],
        json!(["my:low", LEVEL_2, LEVEL_3, "my:high"])
    );
    // The token has the old name of its level, but its methods still count.
    let parameters = [("TARGET_ACR_VALUES", "my:high"), ("ACCESS_TOKEN", &token)];
    let answer = pool.choose(&parameters).await.ok();
    let code = pool.totp(&secret);
    let answer = pool.go_on(&answer, "SOFTWARE_TOKEN_MFA_CODE", &code);
    shows(&answer.await.ok(), "my:high", &["pwd", "otp", "mfa"]);
}

#[tokio::test]
async fn lite_pools_have_no_levels() {
    let (pool, _) = fixture().await;
    let tier = "FeatureUnavailableInTierException";
    let names = json!({ "Level1": { "AcrValue": "my:low" } });
    let fields = json!({ "PoolName": "p", "UserPoolTier": "LITE", "AcrConfiguration": names });
    pool.operator("CreateUserPool", fields)
        .await
        .fails(tier, "AcrConfiguration is not available in the LITE tier.");

    let id = new_pool(&pool, json!({ "UserPoolTier": "LITE" })).await;
    let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] });
    let client = new_client(&pool, &id, flows).await;
    new_person(&pool, &id, EMAIL).await;
    let mut fields = password_fields(&client["ClientId"], EMAIL);
    fields["AuthFlow"] = json!("USER_AUTH");
    pool.call("InitiateAuth", fields.clone()).await.ok();
    fields["AuthParameters"]["TARGET_ACR_VALUES"] = json!(LEVEL_1);
    let reply = pool.call("InitiateAuth", fields).await;
    reply.fails(
        tier,
        "Step-up authentication is not available in the LITE tier.",
    );
}
