//! The page on which this site calls another service for the user. The user's access token is not for
//! that service, so the server of the site exchanges it for another token (RFC 8693). The page shows
//! the claims of the new token.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use cognito::authentication::DerivedToken;
use cognito::clock::Clock;
use cognito::config::PoolConfig;
use cognito::{AccessToken, Cognito, CognitoBuilder, Error, Result};
use cognito_emulator::{Client, Emulator, EmulatorBuilder, OAuthFlow, Trigger};
use cognito_tower::public::message;
use maud::{Markup, html};
use serde_json::json;

use crate::site::Failure;
use crate::site::inspector;
use crate::site::signed_in::SignedIn;
use crate::site::visit::Visit;

/// The app client of the site's server.
const BACKEND: &str = "backend";
/// The secret of the app client. It is not secret, because the emulator exists only in this process.
const BACKEND_SECRET: &str = "SecretOfTheBackendOfThisSite";
/// The identifier of the other service: a resource server of the user pool.
const SERVICE: &str = "https://orders.example.com";
const READ: &str = "https://orders.example.com/read";

/// Adds the other service and the app client of the site's server to an emulated user pool. A trigger
/// adds the scope of the service to the access tokens of users, as a Lambda function would do.
pub(crate) fn clients(pool: EmulatorBuilder) -> EmulatorBuilder {
    let backend = Client::new(BACKEND)
        .secret(BACKEND_SECRET)
        .oauth_flow(OAuthFlow::ClientCredentials)
        .oauth_scope(READ);
    pool.client(backend)
        .resource_server(SERVICE, ["read"])
        .trigger(Trigger::PreTokenGenerationV2, |mut event| {
            event["response"]["claimsAndScopeOverrideDetails"] = json!({
                "accessTokenGeneration": { "scopesToAdd": [READ] },
            });
            Ok(event)
        })
}

/// The exchange of users' tokens for tokens for the other service.
#[derive(Clone)]
pub(crate) struct Delegation {
    /// The server of the site, which exchanges the tokens.
    backend: Cognito,
    /// The other service, which verifies the new tokens. It usually runs in another process.
    service: Cognito,
}

impl Delegation {
    /// Creates the clients of both services, for a pool with the app clients of [`clients`].
    pub(crate) async fn new(emulator: &Emulator, clock: &Arc<dyn Clock>) -> Result<Self, Failure> {
        let backend = builder(emulator, clock)?.build().await?;
        let service = builder(emulator, clock)?.configure_verifier(|verifier| {
            let verifier = verifier.expected_audience(SERVICE);
            verifier.require_all_scopes([READ]).only_actors([BACKEND])
        });
        Ok(Self {
            backend,
            service: service.build().await?,
        })
    }

    /// Exchanges the access token of a user. The new token is for the other service only, has only
    /// the scope of that service, and names the site's server as the actor (delegation).
    async fn exchange(&self, token: &AccessToken) -> Result<DerivedToken> {
        let own = self.backend.hosted_login().client_credentials().await?;
        let exchange = self.backend.exchange(token).actor(&own.access_token);
        exchange.scope(READ).resource(SERVICE).await
    }

    pub(crate) async fn shutdown(&self) {
        self.backend.shutdown().await;
        self.service.shutdown().await;
    }
}

fn builder(emulator: &Emulator, clock: &Arc<dyn Clock>) -> Result<CognitoBuilder, Failure> {
    let pool = PoolConfig::new(emulator.user_pool_id().parse()?, BACKEND.parse()?);
    let pool = pool.with_client_secret(BACKEND_SECRET.parse()?);
    let builder = Cognito::builder().config(pool);
    let builder = builder.emulator(emulator.endpoint());
    Ok(builder.clock(Arc::clone(clock)))
}

pub(super) async fn page(signed_in: SignedIn) -> Response {
    show(&signed_in.visit, None)
}

pub(super) async fn exchange(signed_in: SignedIn) -> Response {
    let visit = &signed_in.visit;
    let Some(delegation) = &visit.app.delegation else {
        return show(visit, None);
    };
    let own = &signed_in.person.access_token;
    // The site has verified the token of the user.
    match delegation.exchange(own).await {
        Ok(derived) => {
            let report = report(visit, delegation, own, &derived).await;
            show(visit, Some(report))
        }
        Err(error) => signed_in.failed(&error),
    }
}

/// Renders how the other service responds to both tokens, and the content of the new token.
async fn report(
    visit: &Visit,
    delegation: &Delegation,
    own: &AccessToken,
    derived: &DerivedToken,
) -> Markup {
    let service = &delegation.service;
    let derived = derived.access_token.expose();
    let of_own = service.verify_access_token(own.expose()).await.map(drop);
    let of_derived = service.verify_access_token(derived).await.map(drop);
    html! {
        section.stack aria-labelledby="result" {
            div.card.stack {
                h2 #result { "How the service responds" }
                dl.facts {
                    dt { "Your access token" } dd { (outcome(of_own)) }
                    dt { "The new token" } dd { (outcome(of_derived)) }
                }
                p.soft.small {
                    "In the new token, " code { "aud" } " is the service, " code { "act" } " is the server of \
                     this site, which acts for you, and " code { "scope" } " contains nothing else."
                }
            }
            @match visit.app.cognito.decode_token(derived) {
                Ok(token) => (inspector::contents(visit, &token)),
                Err(_) => p.soft { "The token has no readable content." },
            }
        }
    }
}

/// Renders the result of a token's verification at the other service.
fn outcome(verified: Result<(), Error>) -> Markup {
    html! {
        @match verified {
            Ok(()) => span.tag.good { "accepted" },
            Err(error) => {
                span.tag.note { "rejected" } " "
                (message(error.kind())) " (" code { (error.kind().name()) } ", " (error.status()) ")"
            }
        }
    }
}

fn show(visit: &Visit, report: Option<Markup>) -> Response {
    let main = html! {
        h1 { "Another service" }
        p.lead {
            "The server of this site reads your orders from the service " code { (SERVICE) } ". Your access \
             token can change your account, so the service must not get it. The server exchanges it for a \
             token that only the service accepts."
        }
        form.card.stack method="post" action="/orders" {
            p { "Neither token is in the page. The page shows the claims of the new token." }
            div.row.actions { button type="submit" { "Exchange the token" } }
        }
        @if let Some(report) = report { (report) }
    };
    visit.page("Another service", main).into_response()
}
