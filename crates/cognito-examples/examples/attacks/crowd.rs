//! Simulates many concurrent sign-ins with SRP. Each sign-in uses the CPU for several milliseconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cognito::SignInFlow;
use cognito_examples::{ANN, BOB, Fixture, PASSWORD};
use tokio::task::JoinSet;

use super::{Figure, Size};

/// Simulates 60 clients that sign in repeatedly with SRP at the same time (8 at the reduced size),
/// while another task verifies a token. Returns the median and the 99th percentile of the time for
/// the verification, in milliseconds.
///
/// The emulator runs in the same process and verifies the SRP proofs, so it causes a part of the
/// delay.
pub(crate) async fn logins_with_srp(size: Size) -> Vec<Figure> {
    let fixture = Arc::new(Fixture::start().await.expect("the emulator starts"));
    let token = fixture.access_token(BOB).await.expect("Bob signs in");
    let is_over = Arc::new(AtomicBool::new(false));
    let mut logins = JoinSet::new();
    for number in 0..size.of(8, 60) {
        let (fixture, is_over) = (Arc::clone(&fixture), Arc::clone(&is_over));
        logins.spawn(async move {
            let [.., low] = number.to_be_bytes();
            while !is_over.load(Ordering::Relaxed) {
                let login = fixture.cognito().login(ANN, PASSWORD);
                let login = login.flow(SignInFlow::UserSrp);
                let signed_in = login.client_address([10, 0, 0, low].into()).await;
                drop(signed_in.expect("Ann signs in"));
            }
        });
    }
    let mut waits = Vec::new();
    for _ in 0..size.of(50, 2_000) {
        let (cognito, token) = (fixture.cognito().clone(), token.clone());
        let start = Instant::now();
        let verified = tokio::spawn(async move { cognito.verify_access_token(&token).await });
        verified.await.expect("it runs").expect("the token is good");
        waits.push(start.elapsed());
        tokio::task::yield_now().await;
    }
    is_over.store(true, Ordering::Relaxed);
    drop(logins.join_all().await);
    waits.sort_unstable();
    let at = |share: usize| waits.get(waits.len() * share / 100).copied();
    let milliseconds = |wait: Option<Duration>| wait.unwrap_or_default().as_secs_f64() * 1e3;
    // On a busy host the reduced figure means little. It only shows that other tasks do not wait
    // for all logins.
    let bound = |full: f64| if size == Size::Full { full } else { 5_000.0 };
    vec![
        Figure::new(
            "median wait of others in milliseconds",
            milliseconds(at(50)),
            bound(20.0),
        ),
        Figure::new(
            "99th percentile in milliseconds",
            milliseconds(at(99)),
            bound(200.0),
        ),
    ]
}
