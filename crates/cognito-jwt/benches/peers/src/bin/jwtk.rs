//! jwtk: JWS and JWK on aws-lc-rs, with a key set that it fetches.

use jwtk::jwk::RemoteJwksVerifier;
use serde::Deserialize;

use cognito_jwt_peers::{run, runtime, Peer, Result, Setup, StandIn};

/// The claims that jwtk does not parse itself.
#[derive(Deserialize)]
#[allow(dead_code, reason = "a user of the library would want the claims")]
struct Further {
    auth_time: u64,
    client_id: String,
    #[serde(rename = "cognito:groups", default)]
    groups: Vec<String>,
    event_id: Option<String>,
    origin_jti: Option<String>,
    scope: Option<String>,
    token_use: String,
    username: Option<String>,
}

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
                let verified = verifier.verify::<Further>(token).await;
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
