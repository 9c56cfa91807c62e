//! A program that measures the verifier of the crate `jwtk`, which implements JWS and JWK with
//! aws-lc-rs and fetches the JWKS itself.

use jwtk::jwk::RemoteJwksVerifier;

use cognito_jwt_peers::{run, runtime, FurtherClaims, Peer, Result, Setup, StandIn};

fn main() -> Result<()> {
    run("jwtk", start)
}

fn start(setup: &Setup) -> Result<Peer> {
    let stand_in = StandIn::start(setup)?;
    let runtime = runtime()?;
    let verifier = RemoteJwksVerifier::new(stand_in.jwks_url());
    let (client_id, issuer) = (setup.client_id.clone(), setup.issuer.clone());
    Ok(Box::new(move |token, times| {
        runtime.block_on(async {
            let mut accepted = 0;
            for _ in 0..times {
                let verified = verifier.verify::<FurtherClaims>(token).await;
                accepted += u32::from(verified.is_ok_and(|token| {
                    let claims = token.claims();
                    claims.iss.as_deref() == Some(&issuer)
                        && claims.extra.client_id == client_id
                        && claims.extra.token_use == "access"
                }));
            }
            accepted
        })
    }))
}
