//! A program that measures the verifier of the crate `axum-jwks`, which provides extractors for
//! axum. The program calls the crate's function that verifies a token, without a server.

use axum_jwks::Jwks;

use cognito_jwt_peers::{run, runtime, AccessClaims, Peer, Result, Setup, StandIn};

fn main() -> Result<()> {
    run("axum-jwks", start)
}

fn start(setup: &Setup) -> Result<Peer> {
    let stand_in = StandIn::start(setup)?;
    let url = stand_in.jwks_url();
    let keys = runtime()?.block_on(Jwks::from_jwks_url(&url, None, None))?;
    let (client_id, issuer) = (setup.client_id.clone(), setup.issuer.clone());
    let accepts = move |token: &str| {
        keys.validate_claims::<AccessClaims>(token)
            .is_ok_and(|token| token.claims.is_for(&client_id) && token.claims.iss == issuer)
    };
    Ok(Box::new(move |token, times| {
        (0..times).map(|_| u32::from(accepts(token))).sum()
    }))
}
