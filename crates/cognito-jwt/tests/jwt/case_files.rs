//! The program for case files: it detects the formats and reports differences.

use cognito_testkit::TestPool;
use serde_json::{Value, json};

use crate::cases::{self, Outcome};

const NOW: u64 = 1_800_000_000;

fn pool() -> TestPool {
    TestPool::new("us-east-1_TestPool1", "client1")
        .with_clock(cognito_testkit::FixedClock::at_unix(NOW))
}

fn keys() -> Value {
    serde_json::from_str(&pool().jwks_json()).unwrap()
}

async fn run(file: &Value) -> Vec<Outcome> {
    cases::run(&file.to_string()).await.unwrap()
}

fn found(outcome: &Outcome) -> (&str, Option<&str>) {
    (outcome.found.verdict, outcome.found.error.as_deref())
}

fn token_file(cases: &Value) -> Value {
    json!({
        "user_pool_id": "us-east-1_TestPool1",
        "client_id": "client1",
        "now": NOW,
        "jwks": keys(),
        "cases": cases,
    })
}

#[tokio::test]
async fn distinguishes_wrong_result_from_wrong_error() {
    let access = pool().access_token(|_| {});
    let case = |id: u64, token_use: &str, verdict: &str, error: Option<&str>| {
        json!({
            "id": id, "token": access, "token_use": token_use, "verdict": verdict, "error": error,
        })
    };
    let outcomes = run(&token_file(&json!([
        case(1, "access", "accept", None),
        case(2, "access", "reject", Some("Expired")),
        case(3, "id", "reject", Some("WrongTokenUse")),
        case(4, "id", "reject", Some("Expired")),
        case(5, "id", "reject", None),
        case(6, "id", "accept", None),
    ])))
    .await;
    let differs: Vec<_> = outcomes
        .iter()
        .map(|outcome| (outcome.verdict_differs(), outcome.error_differs()))
        .collect();
    assert_eq!(
        differs,
        [
            (false, false),
            (true, true),
            (false, false),
            (false, true),
            (false, false),
            (true, false),
        ]
    );
    assert_eq!(
        outcomes[0].to_json(),
        json!({ "id": 1, "verdict": "accept", "error": null })
    );
    let shown = outcomes[3].to_json();
    assert_eq!(shown["error"], "WrongTokenUse");
    assert_eq!(
        shown["expected"],
        json!({ "verdict": "reject", "error": "Expired" })
    );
}

#[tokio::test]
async fn missing_keys_leave_cases_undecided() {
    let mut file = token_file(&json!([{
        "id": "only",
        "token": pool().access_token(|_| {}),
        "token_use": "access",
        "verdict": "reject",
    }]));
    file["jwks"] = json!({ "keys": [] });
    let outcomes = run(&file).await;
    assert_eq!(found(&outcomes[0]), ("undecided", Some("KeysUnavailable")));
    assert!(outcomes[0].verdict_differs());
}

#[tokio::test]
async fn documents_are_compared_key_by_key() {
    let kid = keys()["keys"][0]["kid"].clone();
    let other = keys()["keys"][1]["kid"].clone();
    let case = |verdict: &str, kids: &[&Value]| {
        json!({
            "id": 1, "body": keys().to_string(), "verdict": verdict, "usable_kids": kids,
        })
    };
    let outcomes = run(&json!([
        case("accept", &[&kid, &other]),
        case("accept", &[&kid]),
        case("reject", &[]),
    ]))
    .await;
    let differs: Vec<_> = outcomes.iter().map(Outcome::verdict_differs).collect();
    assert_eq!(differs, [false, true, true]);
    assert_eq!(found(&outcomes[1]), ("other keys", None));
}

/// Returns a file in the format of Wycheproof's web signatures and keys, with our keys.
fn web_file(kind: &str, public: &Value) -> Value {
    let header = json!({ "alg": "RS256", "kid": pool().access_kid() }).to_string();
    let good = pool().sign_raw(&header, "foo");
    let foreign = good.replacen('e', "x", 1);
    let hs256 = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImtpZCJ9.Zm9v.AAAA";
    let none = "eyJhbGciOiJub25lIn0.Zm9v.";
    json!({ "testGroups": [{
        "type": kind,
        "public": public,
        "tests": [
            { "tcId": 1, "comment": "good", "jws": good, "result": "valid" },
            { "tcId": 2, "comment": "changed", "jws": foreign, "result": "invalid" },
            { "tcId": 3, "comment": "another algorithm", "jws": hs256, "result": "valid" },
            { "tcId": 4, "comment": "none", "jws": none, "result": "acceptable" },
        ],
    }]})
}

#[tokio::test]
async fn verifies_jws_and_jwk_cases_without_claims() {
    let document = keys();
    let mut of_access = document["keys"].as_array().unwrap().iter();
    let key = of_access
        .find(|key| key["kid"] == pool().access_kid())
        .unwrap();
    for (kind, public) in [("JsonWebSignature", key), ("JsonWebKey", &document)] {
        let outcomes = run(&web_file(kind, public)).await;
        let verdicts: Vec<_> = outcomes.iter().map(found).collect();
        assert_eq!(
            verdicts,
            [
                ("accept", None),
                ("reject", Some("Malformed")),
                ("reject", Some("UnsupportedAlgorithm")),
                ("reject", Some("UnsupportedAlgorithm")),
            ],
            "{kind}"
        );
        assert!(!outcomes.iter().any(Outcome::verdict_differs), "{kind}");
        let foreign: Vec<_> = outcomes.iter().map(|outcome| outcome.is_foreign).collect();
        assert_eq!(foreign, [false, false, true, false], "{kind}");
    }
}

#[tokio::test]
async fn a_key_that_must_not_verify_is_noticed() {
    let mut document = keys();
    for key in document["keys"].as_array_mut().unwrap() {
        key["use"] = "enc".into();
    }
    let outcomes = run(&web_file("JsonWebKey", &document)).await;
    assert_eq!(found(&outcomes[0]), ("reject", Some("UnknownKid")));
    assert!(outcomes[0].verdict_differs());
}

#[tokio::test]
async fn unreadable_case_file_is_no_success() {
    let token = pool().access_token(|_| {});
    for file in [
        json!({}),
        json!([]),
        json!({ "cases": [] }),
        json!({ "testGroups": [] }),
        json!({ "testGroups": [{ "type": "EcdsaVerify", "tests": [] }] }),
        json!([{ "id": 1, "verdict": "accept", "usable_kids": [] }]),
        token_file(&json!([])),
        token_file(&json!([{ "id": 1, "token": token, "token_use": "access", "verdict": "yes" }])),
        token_file(&json!([{ "id": 1, "token": token, "token_use": "any", "verdict": "accept" }])),
    ] {
        assert!(cases::run(&file.to_string()).await.is_err(), "{file}");
    }
    assert!(cases::run("not JSON").await.is_err());
}
