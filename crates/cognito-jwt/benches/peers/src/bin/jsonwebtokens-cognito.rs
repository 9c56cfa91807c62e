//! A program that measures the crate `jsonwebtokens-cognito`, a verifier for Cognito that uses ring
//! 0.16.

use jsonwebtokens_cognito::KeySet;

use cognito_jwt_peers::{run, runtime, Peer, Result, Setup, StandIn};

fn main() -> Result<()> {
    run("jsonwebtokens-cognito", start)
}

fn start(setup: &Setup) -> Result<Peer> {
    StandIn::start(setup)?;
    let runtime = runtime()?;
    let keys = KeySet::new(&setup.region, &setup.user_pool_id).map_err(|e| e.to_string())?;
    let fetched = runtime.block_on(keys.prefetch_jwks());
    fetched.map_err(|error| error.to_string())?;
    let verifier = keys
        .new_access_token_verifier(&[&setup.client_id])
        .build()
        .map_err(|error| error.to_string())?;
    Ok(Box::new(move |token, times| {
        (0..times)
            .map(|_| u32::from(keys.try_verify(token, &verifier).is_ok()))
            .sum()
    }))
}
