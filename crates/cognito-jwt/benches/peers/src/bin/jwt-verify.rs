//! A program that measures the crate `jwt-verify`, a verifier for Cognito that is modelled on the
//! npm package aws-jwt-verify.

use jwt_verify::{CognitoJwtVerifier, JwtVerifier};

use cognito_jwt_peers::{run, runtime, Peer, Result, Setup, StandIn};

fn main() -> Result<()> {
    run("jwt-verify", start)
}

fn start(setup: &Setup) -> Result<Peer> {
    StandIn::start(setup)?;
    let runtime = runtime()?;
    let clients = [setup.client_id.clone()];
    let verifier =
        CognitoJwtVerifier::new_single_pool(&setup.region, &setup.user_pool_id, &clients)?;
    for (pool, outcome) in runtime.block_on(verifier.hydrate()) {
        outcome.map_err(|error| format!("{pool}: {error}"))?;
    }
    Ok(Box::new(move |token, times| {
        runtime.block_on(async {
            let mut accepted = 0;
            for _ in 0..times {
                accepted += u32::from(verifier.verify_access_token(token).await.is_ok());
            }
            accepted
        })
    }))
}
