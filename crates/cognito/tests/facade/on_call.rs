//! What an operator sees of eight faults in the log (level INFO), the metrics and the health report.
//! Each fault can be told from the seven others.

use std::io;
use std::sync::{Arc, Mutex};

use cognito::revocation::WhenStale;
use cognito::{CognitoBuilder, Error, ErrorKind, Result, SignInFlow};
use cognito_core::revocation::TokenIdentity;
use cognito_core::{Revocation, RevocationList};
use cognito_emulator::{Client, EmulatorBuilder, Fault};
use cognito_testkit::FixedClock;
use serde_json::Value;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::EnvFilter;

use crate::fixture::{EMAIL, Fixture, NOW, PASSWORD, SECRET};

/// A log at level INFO, as an operator reads it.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn start(&self) -> DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("info"))
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A revocation list with a stale view, as the list in Redis has while the server is unavailable. It
/// rejects every token.
#[derive(Debug)]
struct StaleList;

#[async_trait::async_trait]
impl RevocationList for StaleList {
    async fn revoke(&self, _: Revocation) -> Result<()> {
        Ok(())
    }

    fn is_revoked(&self, _: &TokenIdentity<'_>) -> bool {
        false
    }

    fn check(&self, _: &TokenIdentity<'_>) -> Result<bool> {
        Err(Error::new(ErrorKind::StoreUnavailable))
    }

    fn when_stale(&self) -> Option<WhenStale> {
        Some(WhenStale::FailClosed)
    }

    fn is_fresh(&self) -> bool {
        false
    }

    fn len(&self) -> usize {
        0
    }
}

/// What an operator sees: the log, the metrics and the health report.
struct Seen {
    log: String,
    metrics: Value,
    health: Value,
}

/// Signs up, signs in, reads the account and lists users, whether or not that succeeds. Verifies a
/// token that was issued before.
async fn seen(
    emulator: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
    cognito: impl FnOnce(CognitoBuilder) -> CognitoBuilder,
    faults: impl IntoIterator<Item = Fault>,
) -> Seen {
    let with_flow = |builder: CognitoBuilder| {
        let builder = builder.sign_in_flow(SignInFlow::UserPassword);
        cognito(builder)
    };
    let fixture = Fixture::ours_with(emulator, with_flow).await;
    let attributes = [("email", EMAIL), ("email_verified", "true")];
    let running = fixture.emulator();
    running.create_user(EMAIL, PASSWORD, &attributes).unwrap();
    for fault in faults {
        running.inject(fault).unwrap();
    }
    let log = Log::default();
    let logging = log.start();
    let cognito = &fixture.cognito;
    drop(cognito.sign_up("new@example.com", PASSWORD).await);
    if let Ok(login) = cognito.login(EMAIL, PASSWORD).await
        && let Some(tokens) = login.into_tokens()
    {
        drop(
            cognito
                .verify_access_token(tokens.access_token.expose())
                .await,
        );
    }
    drop(cognito.admin().users().await);
    drop(logging);
    let text = log.text();
    for hidden in [EMAIL, "new@example.com", PASSWORD, SECRET] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    Seen {
        log: text,
        metrics: serde_json::to_value(cognito.metrics()).unwrap(),
        health: serde_json::to_value(cognito.health()).unwrap(),
    }
}

/// A part of the log or of the health report that appears for one fault and for no other.
struct Sign {
    fault: &'static str,
    log: &'static [&'static str],
    health: &'static str,
}

const SIGNS: [Sign; 8] = [
    Sign {
        fault: "throttled",
        log: &[
            "WARN",
            "failed operation=\"InitiateAuth\"",
            "exception=\"TooManyRequestsException\"",
            "attempts=3",
        ],
        health: "\"status\":\"healthy\"",
    },
    Sign {
        fault: "quota of mails used up",
        log: &[
            "WARN",
            "failed operation=\"SignUp\"",
            "exception=\"LimitExceededException\"",
            "Exceeded daily email limit for the operation or the account.",
        ],
        health: "\"kind\":\"DeliveryQuota\"",
    },
    Sign {
        fault: "wrong secret",
        log: &[
            "WARN",
            "failed operation=\"InitiateAuth\"",
            "Unable to verify secret hash for client",
        ],
        health: "\"kind\":\"Configuration\",\"exception\":\"NotAuthorizedException\"",
    },
    Sign {
        fault: "clock skew",
        log: &[
            "WARN",
            "a token was issued later than the clock of this instance says",
        ],
        health: "the clock of this instance",
    },
    Sign {
        fault: "JWKS unreachable",
        log: &[
            "WARN",
            "could not fetch the signing keys",
            "kind=Connection",
        ],
        health: "the signing keys could not be fetched",
    },
    Sign {
        fault: "trigger failing",
        log: &[
            "WARN",
            "failed operation=\"InitiateAuth\"",
            "exception=\"UnexpectedLambdaException\"",
        ],
        health: "\"exception\":\"UnexpectedLambdaException\"",
    },
    Sign {
        fault: "Redis stale",
        log: &[
            "WARN",
            "failed operation=\"VerifyToken\"",
            "exception=\"StoreUnavailable\"",
        ],
        health: "the view is stale",
    },
    Sign {
        fault: "IAM action missing",
        log: &[
            "WARN",
            "failed operation=\"ListUsers\"",
            "missing IAM permission cognito-idp:ListUsers",
        ],
        health: "\"operation\":\"ListUsers\"",
    },
];

async fn of(fault: &str) -> Seen {
    let error =
        |operation: &str, code: &str, message: &str| [Fault::error(operation, code, message)];
    let unchanged = |builder| builder;
    match fault {
        "throttled" => {
            let faults = error("InitiateAuth", "TooManyRequestsException", "Rate exceeded");
            seen(unchanged, |cognito| cognito, faults).await
        }
        "quota of mails used up" => {
            let message = "Exceeded daily email limit for the operation or the account.";
            let faults = error("SignUp", "LimitExceededException", message);
            seen(unchanged, |cognito| cognito, faults).await
        }
        "wrong secret" => {
            let client = Client::new("withsecret").secret(SECRET);
            let message = "Unable to verify secret hash for client withsecret";
            let faults = error("InitiateAuth", "NotAuthorizedException", message);
            seen(|it| it.client(client), |cognito| cognito, faults).await
        }
        "clock skew" => {
            let behind = FixedClock::at_unix(NOW - 60);
            seen(unchanged, |cognito| cognito.clock(behind), []).await
        }
        "JWKS unreachable" => {
            // Nothing listens on port 9 of the loopback interface.
            let (issuer, keys) = ("http://127.0.0.1:9/p", "http://127.0.0.1:9/p/jwks");
            let pool = cognito::config::PoolConfig::new(
                "us-east-1_EmuPool01".parse().unwrap(),
                "emulatorclient1".parse().unwrap(),
            );
            let elsewhere =
                |cognito: CognitoBuilder| cognito.config(pool.with_issuer(issuer, keys));
            seen(|it| it.issuer(issuer), elsewhere, []).await
        }
        "trigger failing" => {
            let message =
                "PostAuthentication invocation failed due to error AccessDeniedException.";
            let faults = error("InitiateAuth", "UnexpectedLambdaException", message);
            seen(unchanged, |cognito| cognito, faults).await
        }
        "Redis stale" => seen(unchanged, |cognito| cognito.revocation_list(StaleList), []).await,
        "IAM action missing" => {
            let message = "User: arn:aws:sts::123456789012:assumed-role/api/i-1 is not authorized to \
                           perform: cognito-idp:ListUsers on resource: arn:aws:cognito-idp:us-east-1\
                           :123456789012:userpool/us-east-1_EmuPool01";
            let faults = error("ListUsers", "AccessDeniedException", message);
            seen(unchanged, |cognito| cognito, faults).await
        }
        other => panic!("no fault {other}"),
    }
}

fn is_in(sign: &Sign, seen: &Seen) -> bool {
    let has_all = |line: &str| sign.log.iter().all(|part| line.contains(part));
    let in_log = seen.log.lines().any(has_all);
    in_log && seen.health.to_string().contains(sign.health)
}

#[tokio::test]
async fn faults_can_be_told_apart() {
    for sign in &SIGNS {
        let seen = of(sign.fault).await;
        let found: Vec<_> = SIGNS.iter().filter(|it| is_in(it, &seen)).collect();
        let found: Vec<_> = found.into_iter().map(|it| it.fault).collect();
        let shown = format!("{}\n{}\n{}", seen.log, seen.health, seen.metrics);
        assert_eq!(found, [sign.fault], "{shown}");
        let metrics = &seen.metrics;
        let moved = match sign.fault {
            "throttled" => &metrics["quotas"]["UserAuthentication"]["throttled"],
            "quota of mails used up" => &metrics["errorsByType"]["LimitExceededException"],
            "wrong secret" => &metrics["errorsByType"]["NotAuthorizedException"],
            "clock skew" => &metrics["security"]["tokensFromFuture"],
            "JWKS unreachable" => &metrics["refreshes"]["keysFailed"],
            "trigger failing" => &metrics["errorsByType"]["UnexpectedLambdaException"],
            "Redis stale" => &metrics["errorsByType"]["StoreUnavailable"],
            _ => &metrics["errorsByType"]["AccessDeniedException"],
        };
        assert!(moved.as_u64().is_some_and(|count| count > 0), "{shown}");
    }
}
