//! The state file: what a restart keeps, and which files are rejected.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cognito_emulator::{
    Client, Emulator, EmulatorBuilder, MfaMode, Request, Seed, StartError, Template, Trigger,
};
use serde_json::{Value, json};

use crate::support::{
    CLIENT, EMAIL, PASSWORD, Pool, Reply, Tokens, attribute, new_client, new_person, new_pool,
    password_fields, pool_with,
};

/// A state file. Its directory is removed when the test ends.
pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn new(test: &str) -> Self {
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
        let folder = folder.join(format!("{}-{test}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a directory");
        Self(folder.join("state.db"))
    }

    pub(crate) async fn start(&self) -> Pool {
        pool_with(|builder| builder.state(&self.0)).await
    }

    /// Shuts an emulator down and starts the next one with the same clock.
    pub(crate) async fn restart(&self, pool: Pool) -> Pool {
        self.restart_with(pool, |builder| builder).await
    }

    async fn restart_with(
        &self,
        pool: Pool,
        settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
    ) -> Pool {
        pool.emulator.shutdown().await;
        let clock = Arc::clone(&pool.clock);
        let next = pool_with(|builder| settings(builder.state(&self.0)).clock(Arc::clone(&clock)));
        let emulator = next.await.emulator;
        Pool { emulator, clock }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let folder = self.0.parent().expect("a directory");
        let _ = std::fs::remove_dir_all(folder);
    }
}

pub(crate) async fn refresh(pool: &Pool, token: &str) -> Reply {
    let fields = json!({
        "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": CLIENT,
        "AuthParameters": { "REFRESH_TOKEN": token },
    });
    pool.call("InitiateAuth", fields).await
}

pub(crate) async fn parameter(pool: &Pool, name: &str) -> Reply {
    let fields = json!({ "Name": name, "WithDecryption": true });
    pool.signed("AmazonSSM.GetParameter", fields).await
}

#[tokio::test]
async fn restart_keeps_users_and_tokens() {
    let file = File::new("users");
    let pool = file.start().await;
    let sub = pool.person();
    pool.emulator.create_group("admins");
    pool.emulator
        .add_user_to_group(EMAIL, "admins")
        .expect("added");
    let tokens = pool.tokens().await;
    let (id, endpoint) = (
        pool.emulator.user_pool_id().to_owned(),
        pool.emulator.endpoint().to_owned(),
    );

    let pool = file.restart(pool).await;
    assert_eq!(pool.emulator.user_pool_id(), id);
    assert_eq!(pool.emulator.client_id(), CLIENT);
    assert_eq!(pool.emulator.state_note(), None);
    assert_ne!(pool.emulator.endpoint(), endpoint);
    assert!(pool.emulator.issuer().starts_with(pool.emulator.endpoint()));
    let user = pool.get_user(&tokens.access).await.ok();
    assert_eq!(attribute(&user["UserAttributes"], "sub"), Some(&*sub));
    refresh(&pool, &tokens.refresh).await.ok();
    pool.sign_in(EMAIL, "WrongPass123!")
        .await
        .not_authorized("Incorrect username or password.");
    let groups = pool
        .admin("AdminListGroupsForUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    assert_eq!(groups["Groups"][0]["GroupName"], "admins");

    // What is revoked or deleted stays so.
    pool.call("GlobalSignOut", json!({ "AccessToken": tokens.access }))
        .await
        .ok();
    let pool = file.restart(pool).await;
    assert_eq!(pool.get_user(&tokens.access).await.status, 400);
    assert_eq!(refresh(&pool, &tokens.refresh).await.status, 400);
    pool.admin("AdminDeleteUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    let pool = file.restart(pool).await;
    assert_eq!(
        pool.sign_in(EMAIL, PASSWORD).await.body["__type"],
        "UserNotFoundException"
    );
}

#[tokio::test]
async fn restart_keeps_second_factor_and_used_code() {
    let file = File::new("totp");
    let pool = file.start().await;
    pool.person();
    let secret = pool.with_software_token().await;
    let code = pool.totp(&secret);
    let respond = async |pool: &Pool| {
        let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
        assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA");
        let fields = json!({
            "ClientId": CLIENT, "ChallengeName": "SOFTWARE_TOKEN_MFA",
            "Session": challenge["Session"],
            "ChallengeResponses": { "USERNAME": EMAIL, "SOFTWARE_TOKEN_MFA_CODE": code },
        });
        pool.call("RespondToAuthChallenge", fields).await
    };
    let pool = file.restart(pool).await;
    let answer = respond(&pool).await.ok();
    assert!(!Tokens::read(&answer).access.is_empty());
    // A code is valid only once.
    let pool = file.restart(pool).await;
    assert_eq!(respond(&pool).await.status, 400);
}

#[tokio::test]
async fn restart_keeps_codes_and_messages() {
    let file = File::new("codes");
    let pool = file.start().await;
    let fields = json!({
        "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD,
        "UserAttributes": [{ "Name": "email", "Value": EMAIL }],
    });
    pool.call("SignUp", fields).await.ok();
    let code = pool.code(EMAIL);
    let pool = file.restart(pool).await;
    assert_eq!(pool.code(EMAIL), code);
    let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "ConfirmationCode": code });
    pool.call("ConfirmSignUp", fields).await.ok();
    let pool = file.restart(pool).await;
    pool.sign_in(EMAIL, PASSWORD).await.ok();
}

#[tokio::test]
async fn restart_keeps_pools_and_settings() {
    let file = File::new("pools");
    let pool = file.start().await;
    let id = new_pool(
        &pool,
        json!({ "PoolName": "second", "MfaConfiguration": "OFF" }),
    )
    .await;
    let client = new_client(&pool, &id, json!({ "GenerateSecret": false })).await;
    new_person(&pool, &id, "jane").await;
    let deleted = new_pool(&pool, json!({})).await;
    pool.operator("DeleteUserPool", json!({ "UserPoolId": deleted }))
        .await
        .ok();
    let describe = async |pool: &Pool| {
        let mut answer = pool
            .operator("DescribeUserPool", json!({ "UserPoolId": id }))
            .await
            .ok();
        answer["UserPool"].take()
    };
    let before = describe(&pool).await;

    let pool = file.restart(pool).await;
    assert_eq!(describe(&pool).await, before);
    assert_eq!(pool.emulator.user_pool_ids().len(), 2);
    let fields = password_fields(&client["ClientId"], "jane");
    pool.call("InitiateAuth", fields).await.ok();
}

#[tokio::test]
async fn restart_keeps_parameters_and_secrets() {
    let file = File::new("services");
    let pool = file.start().await;
    pool.emulator.ssm().put("/app/direct", "one");
    let fields = json!({ "Name": "/app/level", "Value": "high", "Type": "SecureString" });
    pool.signed("AmazonSSM.PutParameter", fields).await.ok();
    let fields = json!({ "Name": "app/db", "SecretString": "geheim" });
    pool.signed("secretsmanager.CreateSecret", fields)
        .await
        .ok();

    let pool = file.restart(pool).await;
    for (name, value) in [("/app/direct", "one"), ("/app/level", "high")] {
        let answer = parameter(&pool, name).await.ok();
        assert_eq!(answer["Parameter"]["Value"], value);
    }
    let fields = json!({ "SecretId": "app/db" });
    let answer = pool
        .signed("secretsmanager.GetSecretValue", fields)
        .await
        .ok();
    assert_eq!(answer["SecretString"], "geheim");
}

// The last change is made by a method of the emulator, after which no request follows.
#[tokio::test]
async fn dropped_emulator_has_written_everything() {
    let file = File::new("dropped");
    let pool = file.start().await;
    pool.person();
    pool.emulator.ssm().put("/app/level", "high");
    drop(pool);
    let pool = file.start().await;
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    let answer = parameter(&pool, "/app/level").await.ok();
    assert_eq!(answer["Parameter"]["Value"], "high");
}

#[tokio::test]
async fn reset_is_written() {
    let file = File::new("reset");
    let pool = file.start().await;
    pool.person();
    pool.send("POST", "/_emulator/reset", &[], "").await;
    let pool = file.restart(pool).await;
    assert_eq!(
        pool.sign_in(EMAIL, PASSWORD).await.body["__type"],
        "UserNotFoundException"
    );
}

#[tokio::test]
async fn requests_in_memory_are_written() {
    let file = File::new("memory");
    let emulator = Emulator::builder().state(&file.0).build().expect("builds");
    let body = json!({
        "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD,
        "UserAttributes": [{ "Name": "email", "Value": EMAIL }],
    });
    let request = || {
        Request::new("POST", "http://localhost/")
            .header("x-amz-target", "AWSCognitoIdentityProviderService.SignUp")
            .body(body.to_string())
    };
    assert_eq!(
        emulator
            .respond(request())
            .await
            .expect("responds")
            .status(),
        200
    );
    emulator.shutdown().await;
    let emulator = Emulator::builder().state(&file.0).build().expect("builds");
    let response = emulator.respond(request()).await.expect("responds");
    assert_eq!(response.status(), 400);
    // After the shutdown, no change can be written.
    emulator.shutdown().await;
    let request = request().body(body.to_string().replace(EMAIL, "other@example.com"));
    let response = emulator.respond(request).await.expect("responds");
    assert_eq!(response.status(), 500);
    let body: Value = serde_json::from_slice(response.body()).expect("JSON");
    assert_eq!(body["__type"], "InternalErrorException");
    let expected = "the state file cannot be written: the emulator is stopping";
    assert_eq!(body["message"], expected);
}

#[tokio::test]
async fn file_is_used_by_one_emulator() {
    let file = File::new("lock");
    let pool = file.start().await;
    let error = Emulator::builder()
        .state(&file.0)
        .build()
        .expect_err("fails");
    assert!(matches!(&error, StartError::State { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.starts_with("cannot use the state file ") && text.contains("state.db"),
        "{text}"
    );
    let reason = "another process uses it: stop the other emulator, or use another file";
    assert!(text.ends_with(reason), "{text}");
    pool.emulator.shutdown().await;
    file.start().await;
}

#[tokio::test]
async fn data_of_the_file_wins_over_options() {
    let file = File::new("options");
    let pool = file.start().await;
    pool.person();
    let other = |builder: EmulatorBuilder| builder.user_pool_id("eu-west-1_Other").client("mine");
    let pool = file.restart_with(pool, other).await;
    let note = pool.emulator.state_note().expect("a note");
    let expected = "has no pool eu-west-1_Other with an app client mine";
    assert!(
        note.contains("state.db") && note.contains(expected),
        "{note}"
    );
    assert_eq!(pool.emulator.user_pool_ids(), ["us-east-1_EmuPool01"]);
    assert_eq!(pool.emulator.client_id(), CLIENT);
    pool.sign_in(EMAIL, PASSWORD).await.ok();

    let seed = |builder: EmulatorBuilder| builder.prepared(seed());
    let pool = file.restart_with(pool, seed).await;
    let note = pool.emulator.state_note().expect("a note");
    assert!(note.contains("has no pool eu-west-1_Seed"), "{note}");
}

#[tokio::test]
async fn options_that_the_file_ignores_are_named() {
    let file = File::new("ignored");
    let with_options = |builder: EmulatorBuilder| {
        builder
            .client(Client::new(CLIENT).secret("my-client-secret"))
            .mfa(MfaMode::On)
            .test_provider("Google")
    };
    let pool = file.start().await;
    let pool = file.restart_with(pool, with_options).await;
    let note = pool.emulator.state_note().expect("a note");
    let expected = "has other settings than the options for client secrets, MFA, test providers: \
                    these options have no effect, because the file has data; use a new file";
    assert!(note.contains(expected), "{note}");
    assert!(!note.contains("my-client-secret"), "{note}");

    let file = File::new("ignored-same");
    let pool = pool_with(|builder| with_options(builder.state(&file.0))).await;
    let pool = file.restart_with(pool, with_options).await;
    assert_eq!(pool.emulator.state_note(), None);
}

fn seed() -> Seed {
    let seed = json!({ "pools": [{
        "id": "eu-west-1_Seed",
        "clients": [{ "id": "seeded" }],
        "users": [{ "username": EMAIL, "password": PASSWORD }],
    }] });
    Seed::from_json(&seed.to_string()).expect("a seed")
}

#[tokio::test]
async fn seed_is_created_once_and_after_reset() {
    let file = File::new("seed");
    let pool = pool_with(|builder| builder.prepared(seed()).state(&file.0)).await;
    pool.admin("AdminDeleteUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    let pool = file
        .restart_with(pool, |builder| builder.prepared(seed()))
        .await;
    assert_eq!(pool.emulator.state_note(), None);
    assert_eq!(pool.emulator.region(), "eu-west-1");
    assert_eq!(pool.emulator.client_id(), "seeded");
    let get = || pool.admin("AdminGetUser", json!({ "Username": EMAIL }));
    assert_eq!(get().await.status, 400);
    pool.emulator.reset();
    assert_eq!(get().await.status, 200);
    // Without the seed, the first pool is that of the file.
    let pool = file.restart(pool).await;
    assert_eq!(pool.emulator.user_pool_id(), "eu-west-1_Seed");
    assert_eq!(pool.emulator.client_id(), "seeded");
    let created = new_pool(&pool, json!({})).await;
    assert!(created.starts_with("us-east-1_"), "{created}");
}

#[tokio::test]
async fn outputs_of_template_survive_restart() {
    let template = || {
        let document = json!({
            "Resources": {
                "Pool": { "Type": "AWS::Cognito::UserPool" },
                "Web": {
                    "Type": "AWS::Cognito::UserPoolClient",
                    "Properties": { "UserPoolId": { "Ref": "Pool" }, "GenerateSecret": true },
                },
            },
            "Outputs": {
                "Pool": { "Value": { "Ref": "Pool" } },
                "Secret": { "Value": { "Fn::GetAtt": ["Web", "ClientSecret"] } },
            },
        });
        Template::from_json(&document.to_string()).expect("a template")
    };
    let file = File::new("template");
    let pool = pool_with(|builder| builder.template(template()).state(&file.0)).await;
    let outputs = |pool: &Pool| {
        let outputs = pool.emulator.outputs().iter();
        outputs
            .map(|output| output.value.clone())
            .collect::<Vec<_>>()
    };
    let before = (outputs(&pool), pool.emulator.client_secret());
    assert_eq!(Some(&before.0[1]), before.1.as_ref());
    let pool = file
        .restart_with(pool, |builder| builder.template(template()))
        .await;
    assert_eq!((outputs(&pool), pool.emulator.client_secret()), before);
    assert_eq!(pool.emulator.state_note(), None);
    assert_eq!(pool.emulator.user_pool_ids().len(), 1);
}

// Functions of this process cannot be in a file.
#[tokio::test]
async fn triggers_of_builder_are_added_after_restart() {
    let file = File::new("triggers");
    let blocked = |builder: EmulatorBuilder| {
        builder.trigger(Trigger::PreAuthentication, |_| Err("not today".into()))
    };
    let pool = file.start().await;
    pool.person();
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    let pool = file.restart_with(pool, blocked).await;
    let reply = pool.sign_in(EMAIL, PASSWORD).await;
    assert_eq!(reply.body["__type"], "UserLambdaValidationException");
    let pool = file.restart(pool).await;
    pool.sign_in(EMAIL, PASSWORD).await.ok();
}

#[tokio::test]
async fn times_and_limits_continue() {
    let file = File::new("times");
    let pool = file.start().await;
    pool.person();
    let tokens = pool.tokens().await;
    for _ in 0..5 {
        pool.sign_in(EMAIL, "WrongPass123!").await;
    }
    let pool = file.restart(pool).await;
    let locked = "Password attempts exceeded";
    pool.sign_in(EMAIL, PASSWORD).await.not_authorized(locked);
    pool.advance(Duration::from_secs(3600));
    let pool = file.restart(pool).await;
    pool.get_user(&tokens.access)
        .await
        .not_authorized("Access Token has expired");
}

#[tokio::test]
async fn window_names_the_file() {
    let file = File::new("window");
    let pool = file.start().await;
    let page = crate::window::open(&pool, "", &[]).await;
    let expected = "The data is kept in the state file <code>state.db</code>.";
    assert!(page.contains(expected), "{page}");
    let pool = pool_with(|builder| builder).await;
    let page = crate::window::open(&pool, "", &[]).await;
    assert!(
        page.contains("The data is in memory, and is lost when"),
        "{page}"
    );
}
