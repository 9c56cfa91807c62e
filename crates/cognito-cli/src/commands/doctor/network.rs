//! Checks of the network: the endpoint of Cognito, the clock, and the signing keys of the pool.

use std::time::{Duration, SystemTime};

use cognito::clock::{Clock, SystemClock};
use cognito::config::PoolConfig;
use cognito::verifier::CognitoVerifier;
use serde_json::Value;

use crate::commands::doctor::Findings;
use crate::commands::doctor::probe::{self, Reached};
use crate::context::Context;

/// The maximum difference between the clock of this host and that of the server. With a larger
/// difference, valid tokens can be rejected, and expired tokens can be accepted.
const SKEW: Duration = Duration::from_secs(60);

/// Checks whether the endpoint responds, and compares its clock with the clock of this host. Adds
/// the results to `findings`. Returns `true` if the endpoint responds.
pub(super) async fn endpoint(
    context: &Context,
    config: &PoolConfig,
    findings: &mut Findings,
) -> bool {
    let custom = context.global.endpoint_url.clone();
    let url = custom.or_else(|| {
        let issuers = issuers(config);
        let (host, _) = issuers.first()?.rsplit_once('/')?;
        Some(host.to_owned())
    });
    let Some(url) = url else {
        findings.problem(
            "endpoint",
            "the region has no endpoint",
            "add --endpoint-url URL",
        );
        return false;
    };
    match probe::get(&url).await {
        Ok(reached) => {
            findings.ok("endpoint", format!("{url} responds"));
            clock(&reached, SystemClock::new().now(), findings);
            true
        }
        Err(unreached) => {
            let (reason, fix) = unreached.texts();
            findings.problem("endpoint", format!("{url}: {reason}"), fix);
            findings.not_tried("clock", "needs the endpoint");
            false
        }
    }
}

/// Compares the clock of this host with the `Date` of a response.
fn clock(reached: &Reached, now: SystemTime, findings: &mut Findings) {
    let Some(date) = reached.date else {
        return findings.not_tried("clock", "the response has no Date");
    };
    let (skew, direction) = match now.duration_since(date) {
        Ok(skew) => (skew, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let seconds = skew.as_secs();
    if skew > SKEW {
        let text = format!("this host is {seconds} seconds {direction} the server");
        findings.problem("clock", text, "synchronize the clock, for example with NTP");
    } else {
        findings.ok("clock", "the difference is less than a minute");
    }
}

/// Returns the issuers that the pool can have.
fn issuers(config: &PoolConfig) -> Vec<String> {
    if let Some(issuer) = &config.issuer {
        return vec![issuer.clone()];
    }
    let verifier = CognitoVerifier::builder(config.user_pool_id.clone()).danger_any_client();
    let verifier = verifier.build().ok();
    let issuers = verifier.iter().flat_map(CognitoVerifier::issuers);
    issuers.map(str::to_owned).collect()
}

/// Fetches the signing keys (JWKS) of each issuer. A pool uses one of its two issuers; AWS responds
/// with status 403 for the other.
pub(super) async fn keys(config: &PoolConfig, findings: &mut Findings) {
    let urls: Vec<String> = match &config.jwks_uri {
        Some(url) => vec![url.clone()],
        None => issuers(config)
            .iter()
            .map(|issuer| format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/')))
            .collect(),
    };
    let mut failed = Vec::new();
    let mut found = 0;
    for url in &urls {
        let reason = match probe::get(url).await {
            Ok(reached) if has_keys(&reached) => {
                found += 1;
                findings.ok("JWKS", format!("{url} has keys"));
                continue;
            }
            Ok(reached) => format!("status {}, no keys", reached.status),
            Err(unreached) => unreached.texts().0.to_owned(),
        };
        failed.push(format!("{url}: {reason}"));
    }
    for text in failed {
        if found > 0 {
            findings.note(
                "JWKS",
                text,
                "correct the settings if the tokens of the pool have this issuer",
            );
        } else {
            let fix = "correct the user pool id, COGNITO_ISSUER and COGNITO_JWKS_URI";
            findings.problem("JWKS", text, fix);
        }
    }
}

fn has_keys(reached: &Reached) -> bool {
    let keys: Option<Value> = serde_json::from_slice(&reached.body).ok();
    let keys = keys.as_ref().and_then(|keys| keys["keys"].as_array());
    reached.status == 200 && keys.is_some_and(|keys| !keys.is_empty())
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::commands::doctor::Status;

    #[test]
    fn clock_may_differ_by_minute() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        for (date, status) in [
            (Some(at(1000)), Status::Ok),
            (Some(at(940)), Status::Ok),
            (Some(at(939)), Status::Problem),
            (Some(at(1061)), Status::Problem),
            (None, Status::NotTried),
        ] {
            let reached = Reached {
                status: 200,
                date,
                body: bytes::Bytes::new(),
            };
            let mut findings = Findings::default();
            clock(&reached, at(1000), &mut findings);
            assert_eq!(findings.0[0].status, status, "{date:?}");
        }
    }
}
