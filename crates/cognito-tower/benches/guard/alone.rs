//! Measures the CPU time of the layer that requires a token, without the time of the token
//! verifier. No HTTP is involved.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::hint::black_box;
use std::sync::Arc;
use std::task::{Context, Poll};

use cognito_core::AccessClaims;
use cognito_jwt::CognitoVerifier;
use cognito_tower::RequireToken;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, Response};
use rustix::time::{ClockId, clock_gettime};
use tower::{Layer, Service};

use crate::report::{Report, paired};
use crate::{Effort, Result, tokens};

/// A service that returns an empty response immediately.
#[derive(Clone, Debug)]
struct Nothing;

impl Service<Request<()>> for Nothing {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<std::result::Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        black_box(request.extensions().get::<Arc<AccessClaims>>());
        ready(Ok(Response::new(String::new())))
    }
}

/// Returns the mean CPU time of `$call` on this thread in nanoseconds, over `$calls` calls.
///
/// It is a macro because an async closure cannot borrow a value that it changes.
macro_rules! batch {
    ($calls:expr, $call:expr) => {{
        let start = thread_cpu();
        for _ in 0..$calls {
            drop(black_box($call));
        }
        (thread_cpu() - start) / f64::from($calls)
    }};
}

pub(crate) async fn measure(effort: Effort, report: &mut Report) -> Result<()> {
    let fresh = tokens::verifier(|verifier| verifier)?;
    let cached = tokens::verifier(|verifier| verifier.token_cache(1_000))?;
    for (name, verifier, calls) in [
        ("fresh", fresh, effort.calls),
        ("from the token cache", cached, effort.calls * 50),
    ] {
        one(name, verifier, effort.rounds, calls, report).await?;
    }
    Ok(())
}

async fn one(
    name: &str,
    verifier: CognitoVerifier,
    rounds: usize,
    calls: u32,
    report: &mut Report,
) -> Result<()> {
    let token = tokens::token(0);
    let header = HeaderValue::try_from(format!("Bearer {token}"))?;
    let request = |header: Option<&HeaderValue>| {
        let mut request = Request::new(());
        if let Some(header) = header {
            request.headers_mut().insert(AUTHORIZATION, header.clone());
        }
        request
    };
    let mut open = Nothing;
    let mut guarded = RequireToken::access(verifier.clone()).layer(Nothing);
    let (mut bare, mut alone, mut with, mut without) = (vec![], vec![], vec![], vec![]);
    for round in 0..=rounds {
        let times = [
            batch!(calls, open.call(request(Some(&header))).await?),
            batch!(calls, verifier.verify_access(&token).await?),
            batch!(calls, guarded.call(request(Some(&header))).await?),
            batch!(calls, guarded.call(request(None)).await?),
        ];
        // The first round fills caches.
        if round > 0 {
            let [a, b, c, d] = times;
            bare.push(a);
            alone.push(b);
            with.push(c);
            without.push(d);
        }
    }
    // The request and its response are made by this program, not by the guard.
    let added = |times: &[f64]| {
        times
            .iter()
            .zip(&bare)
            .map(|(time, bare)| time - bare)
            .collect()
    };
    let guard: Vec<f64> = added(&with);
    let ratio = paired(&guard, &alone);
    report.add(format!("verify_access, {name}"), "ns CPU", alone);
    report.add(
        format!("the layer with verify_access, {name}"),
        "ns CPU",
        guard,
    );
    report.add(format!("layer / verify_access, {name}"), "x", ratio);
    if name == "fresh" {
        report.add("the layer rejects: no token", "ns CPU", added(&without));
    }
    Ok(())
}

/// Returns the CPU time of this thread in nanoseconds.
fn thread_cpu() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
