//! A program that measures the verifier of the crate `jwt-authorizer`, which provides a layer for
//! axum. The program calls the function that the layer calls for each request.

use jwt_authorizer::{JwtAuthorizer, Validation};

use cognito_jwt_peers::{run, runtime, AccessClaims, Peer, Result, Setup, StandIn};

fn main() -> Result<()> {
    run("jwt-authorizer", start)
}

fn start(setup: &Setup) -> Result<Peer> {
    let stand_in = StandIn::start(setup)?;
    let runtime = runtime()?;
    let client_id = setup.client_id.clone();
    let authorizer = JwtAuthorizer::<AccessClaims>::from_jwks_url(&stand_in.jwks_url())
        .validation(Validation::new().iss(&[&setup.issuer]))
        .check(move |claims| claims.is_for(&client_id));
    let authorizer = runtime.block_on(authorizer.build())?;
    Ok(Box::new(move |token, times| {
        runtime.block_on(async {
            let mut accepted = 0;
            for _ in 0..times {
                accepted += u32::from(authorizer.check_auth(token).await.is_ok());
            }
            accepted
        })
    }))
}
