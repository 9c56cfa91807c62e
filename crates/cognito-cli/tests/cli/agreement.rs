//! `token verify --explain` agrees with the verifier on the case files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

use cognito::verifier::{CognitoVerifier, Reason, StaticJwks, VerifyError};
use cognito_testkit::{FixedClock, TestPool, vectors};
use serde_json::Value;

use crate::support::{run, without_pool};

/// A pool and its keys at one moment.
struct Circumstances {
    pool: String,
    client: String,
    now: u64,
    jwks: String,
}

impl Circumstances {
    fn verifier(&self) -> CognitoVerifier {
        CognitoVerifier::builder(self.pool.parse().unwrap())
            .client_id(&self.client)
            .clock(FixedClock::at_unix(self.now))
            .jwks_source(StaticJwks::new(self.jwks.clone()))
            .build()
            .unwrap()
    }

    /// Runs the command and the verifier, and checks that their results agree. Returns the reason
    /// of the rejection.
    async fn check(
        &self,
        verifier: &CognitoVerifier,
        folder: &Path,
        case: &Case,
    ) -> Option<Reason> {
        let name = &case.name;
        let verified = match case.kind.as_str() {
            "id" => verifier.verify_id(&case.token).await.map(drop),
            _ => verifier.verify_access(&case.token).await.map(drop),
        };
        let (token, jwks) = (folder.join("token"), folder.join("jwks.json"));
        fs::write(&token, format!("{}\n", case.token)).unwrap();
        fs::write(&jwks, &self.jwks).unwrap();
        let (token, now) = (format!("@{}", token.display()), self.now.to_string());
        let arguments = [
            "token",
            "verify",
            &token,
            "--explain",
            "--output",
            "json",
            "--jwks",
            jwks.to_str().unwrap(),
            "--at",
            &now,
            "--pool",
            &self.pool,
            "--client",
            &self.client,
        ];
        let mut command = without_pool(&arguments);
        command.args((case.kind == "id").then_some("--id"));
        let ran = run(command).await;
        let explained: Value = serde_json::from_str(&ran.stdout).expect(&ran.stderr);
        let error = verified.err();
        assert_eq!(ran.code, Some(i32::from(error.is_some())), "{name}");
        assert_result(&explained, error.as_ref(), name);
        assert_checks(&explained, error.as_ref(), name);
        error.map(|error| error.reason())
    }
}

fn assert_result(explained: &Value, error: Option<&VerifyError>, name: &str) {
    let expected = match error.map(VerifyError::reason) {
        None => "valid",
        Some(Reason::KeysUnavailable) => "undecided",
        Some(_) => "rejected",
    };
    assert_eq!(explained["result"], expected, "{name}");
    let reason = error.map(|error| error.reason().name());
    assert_eq!(explained["rejection"]["reason"].as_str(), reason, "{name}");
}

/// Checks that the checks before the failed one passed, and that no later one was reached.
fn assert_checks(explained: &Value, error: Option<&VerifyError>, name: &str) {
    let failed = error.map(|error| error.check().name());
    let mut expected = "passed";
    for line in explained["checks"].as_array().unwrap() {
        let result = line["result"].as_str().unwrap();
        if line["check"].as_str() == failed {
            assert_eq!(result, "failed", "{name}");
            expected = "not-reached";
        } else {
            assert!(result == expected || result == "skipped", "{name}: {line}");
        }
    }
    assert_eq!(expected == "not-reached", error.is_some(), "{name}");
}

struct Case {
    name: String,
    kind: String,
    token: String,
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap().to_owned()
}

/// Returns the file of token cases, and the circumstances of its cases.
fn token_cases() -> (Value, Circumstances) {
    let file: Value = serde_json::from_str(&vectors("tokens/cases.json").unwrap()).unwrap();
    let circumstances = Circumstances {
        pool: text(&file, "user_pool_id"),
        client: text(&file, "client_id"),
        now: file["now"].as_u64().unwrap(),
        jwks: file["jwks"].to_string(),
    };
    (file, circumstances)
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn explanation_agrees_on_token_cases() {
    let (file, circumstances) = token_cases();
    let verifier = circumstances.verifier();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 123);
    let folder = folder("token-cases");
    for case in cases {
        let expected = case["error"].as_str();
        let case = Case {
            name: case["id"].to_string(),
            kind: text(case, "token_use"),
            token: text(case, "token"),
        };
        let reason = circumstances.check(&verifier, &folder, &case).await;
        assert_eq!(reason.map(Reason::name), expected, "{}", case.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn explanation_agrees_on_key_set_cases() {
    let (file, mut circumstances) = token_cases();
    let sets: Value = serde_json::from_str(&vectors("jwks/cases.json").unwrap()).unwrap();
    let sets = sets.as_array().unwrap();
    assert_eq!(sets.len(), 25);
    let folder = folder("key-set-cases");
    for set in sets {
        circumstances.jwks = text(set, "body");
        let case = Case {
            name: set["id"].to_string(),
            kind: "access".to_owned(),
            token: text(&file["cases"][0], "token"),
        };
        circumstances
            .check(&circumstances.verifier(), &folder, &case)
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn explanation_agrees_on_stored_inputs() {
    let pool = TestPool::new("us-east-1_TestPool1", "client1");
    let circumstances = Circumstances {
        pool: pool.user_pool_id().to_owned(),
        client: pool.client_id().to_owned(),
        now: 1_800_000_000,
        jwks: pool.jwks_json(),
    };
    let verifier = circumstances.verifier();
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cognito-jwt/tests/corpus/jws");
    let folder = folder("stored-inputs");
    let mut count = 0;
    for input in fs::read_dir(inputs).unwrap() {
        let path = input.unwrap().path();
        for kind in ["access", "id"] {
            let case = Case {
                name: path.display().to_string(),
                kind: kind.to_owned(),
                token: fs::read_to_string(&path).unwrap(),
            };
            circumstances.check(&verifier, &folder, &case).await;
            count += 1;
        }
    }
    assert_eq!(count, 16);
}
