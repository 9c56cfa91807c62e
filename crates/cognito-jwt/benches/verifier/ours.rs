//! The rows of the benchmark for the verifier of this crate: new tokens, cached tokens, and a token
//! for each measured reason of a rejection.

use std::hint::black_box;
use std::sync::Arc;

use cognito_cache::MemoryRevocationList;
use cognito_core::{Clock, Revocation, RevocationList, SystemClock};
use cognito_jwt::{CognitoVerifier, CognitoVerifierBuilder, Reason, StaticJwks};
use tokio::runtime::Runtime;

use crate::Result;
use crate::fixture::Fixture;
use crate::rounds::{Row, calls};

/// The number of user pools of the verifier that accepts tokens of many pools.
const POOLS: u32 = 1_000;
const REVOCATIONS: u32 = 1_000_000;

/// Returns the rows for the verifier of this crate. If `full` is `false`, the number of pools and
/// revocations is only 1 % of [`POOLS`] and [`REVOCATIONS`].
pub(crate) fn rows(fixture: &Fixture, runtime: &Runtime, full: bool) -> Result<Vec<Row>> {
    let plain = hydrated(builder(fixture)?.build()?, runtime)?;
    let fresh = accepting(&plain, &fixture.token);
    let mut rows = vec![Row::here("fresh", &fresh)];
    let share = if full { 1 } else { 100 };
    rows.push(several_pools(fixture, runtime, POOLS / share)?);
    rows.push(revocations(fixture, runtime, REVOCATIONS / share)?);
    rows.push(Row::two_threads("fresh_two_threads", &fresh));
    rows.push(cached(fixture, runtime)?);
    for (name, token, reason) in [
        ("reject_garbage", &fixture.garbage, Reason::Malformed),
        (
            "reject_wrong_alg",
            &fixture.wrong_alg,
            Reason::UnsupportedAlgorithm,
        ),
        (
            "reject_foreign_issuer",
            &fixture.foreign_issuer,
            Reason::InvalidIssuer,
        ),
        (
            "reject_unknown_kid",
            &fixture.unknown_kid,
            Reason::UnknownKid,
        ),
        ("reject_expired", &fixture.expired, Reason::Expired),
        (
            "reject_wrong_client",
            &fixture.wrong_client,
            Reason::InvalidClient,
        ),
        (
            "reject_bad_signature",
            &fixture.bad_signature,
            Reason::InvalidSignature,
        ),
    ] {
        rows.push(rejecting(name, &plain, token, reason));
    }
    Ok(rows)
}

fn cached(fixture: &Fixture, runtime: &Runtime) -> Result<Row> {
    let verifier = hydrated(builder(fixture)?.token_cache(1_000).build()?, runtime)?;
    Ok(Row::here("cached", &accepting(&verifier, &fixture.token)))
}

fn several_pools(fixture: &Fixture, runtime: &Runtime, pools: u32) -> Result<Row> {
    let others = (1..pools).map(|number| {
        let id = format!("us-east-1_Other{number:04}").parse()?;
        Ok(CognitoVerifier::builder(id)
            .client_id(fixture.pool.client_id())
            .jwks_source(StaticJwks::new(fixture.pool.jwks_json())))
    });
    let all = others
        .chain([builder(fixture)])
        .collect::<Result<Vec<_>>>()?;
    let verifier = hydrated(CognitoVerifier::any_of(all)?, runtime)?;
    let fresh = accepting(&verifier, &fixture.token);
    Ok(Row::here("fresh_1000_pools", &fresh))
}

fn revocations(fixture: &Fixture, runtime: &Runtime, revocations: u32) -> Result<Row> {
    let list = Arc::new(MemoryRevocationList::new(Arc::new(SystemClock::new())));
    let expires_at = SystemClock::new().unix_seconds() + 3600;
    runtime.block_on(async {
        for number in 0..revocations {
            let jti = format!("{number:08x}-0000-4000-8000-000000000000");
            list.revoke(Revocation::token(jti, expires_at)).await?;
        }
        Result::Ok(())
    })?;
    let verifier = hydrated(builder(fixture)?.revocation_list(list).build()?, runtime)?;
    let fresh = accepting(&verifier, &fixture.token);
    Ok(Row::here("fresh_1000000_revocations", &fresh))
}

fn builder(fixture: &Fixture) -> Result<CognitoVerifierBuilder> {
    Ok(
        CognitoVerifier::builder(fixture.pool.user_pool_id().parse()?)
            .client_id(fixture.pool.client_id())
            .jwks_source(StaticJwks::new(fixture.pool.jwks_json())),
    )
}

fn hydrated(verifier: CognitoVerifier, runtime: &Runtime) -> Result<CognitoVerifier> {
    runtime.block_on(verifier.hydrate())?;
    Ok(verifier)
}

fn accepting(verifier: &CognitoVerifier, token: &str) -> crate::rounds::Calls {
    let (verifier, token) = (verifier.clone(), token.to_owned());
    calls(move || black_box(verifier.verify_access_sync(black_box(&token))).is_ok())
}

fn rejecting(name: &str, verifier: &CognitoVerifier, token: &str, reason: Reason) -> Row {
    let (verifier, token) = (verifier.clone(), token.to_owned());
    let call = calls(move || {
        let verdict = black_box(verifier.verify_access_sync(black_box(&token)));
        verdict.is_err_and(|error| {
            error.reason() == reason
                // The keys are fetched again every ten seconds. During a fetch the token cannot be
                // checked.
                || (reason == Reason::UnknownKid && error.is_keys_unavailable())
        })
    });
    Row::here(name, &call)
}
