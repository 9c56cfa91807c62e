//! No runtime, and several runtimes.

use cognito_jwt::{JwksSource, Reason, StaticJwks};
use futures_util::FutureExt;
use futures_util::future::join;

use crate::fixture::{Answer, Fixture, MINUTE, forged};

#[test]
fn boxed_source_is_a_source() {
    let source: Box<dyn JwksSource> = Box::new(StaticJwks::new("the document"));
    let document = source.fetch("https://keys.example").now_or_never();
    assert_eq!(document.unwrap().unwrap(), b"the document");
}

#[test]
fn static_keys_need_no_hydrate() {
    let fixture = Fixture::new();
    let document = fixture.pool.jwks_json();
    let fixture = fixture.beside(|builder| builder.jwks_source(StaticJwks::new(document)));
    let token = fixture.token();
    assert_eq!(fixture.verify_sync(&token), Ok(()));
    assert_eq!(
        fixture.verify_sync(&forged("nobody")),
        Err(Reason::UnknownKid)
    );
    // They stay in use while the process runs, even if they are not renewed.
    fixture.clock.advance(48 * 60 * MINUTE);
    assert_eq!(fixture.verify_sync(&fixture.token()), Ok(()));
    let rotated = fixture.pool.clone().rotated().access_token(|_| {});
    assert_eq!(fixture.verify_sync(&rotated), Err(Reason::UnknownKid));

    let broken = fixture.beside(|builder| builder.jwks_source(StaticJwks::new("{}")));
    assert_eq!(broken.verify_sync(&token), Err(Reason::KeysUnavailable));
    assert_eq!(broken.verify_sync(&token), Err(Reason::KeysUnavailable));
}

#[cfg(feature = "http")]
#[tokio::test]
async fn static_keys_need_no_hydrate_in_a_runtime() {
    let fixture = Fixture::new();
    let document = fixture.pool.jwks_json();
    let fixture = fixture.beside(|builder| builder.jwks_source(StaticJwks::new(document)));
    assert_eq!(fixture.verify_sync(&fixture.token()), Ok(()));
}

#[test]
fn callers_drive_fetch_without_runtime() {
    let fixture = Fixture::new();
    let token = fixture.token();
    assert_eq!(fixture.verify_sync(&token), Err(Reason::KeysUnavailable));
    assert_eq!(fixture.script.fetches(), 0);
    let both = join(fixture.verify(&token), fixture.verify(&token));
    assert_eq!(both.now_or_never(), Some((Ok(()), Ok(()))));
    assert_eq!(fixture.script.fetches(), 1);
    assert_eq!(fixture.verify_sync(&token), Ok(()));
}

#[test]
fn async_call_renews_keys_without_runtime() {
    // A synchronous call never renews keys.
    let fixture = Fixture::new();
    let token = fixture.token();
    assert_eq!(fixture.verify(&token).now_or_never(), Some(Ok(())));
    fixture.clock.advance(10 * MINUTE - MINUTE / 60);
    assert_eq!(fixture.verify(&token).now_or_never(), Some(Ok(())));
    fixture.clock.advance(MINUTE / 60);
    assert_eq!(fixture.verify_sync(&token), Ok(()));
    assert_eq!(fixture.script.fetches(), 1);
    fixture.script.answer(Answer::Failure);
    for _ in 0..10 {
        assert_eq!(fixture.verify(&token).now_or_never(), Some(Ok(())));
    }
    assert_eq!(fixture.script.fetches(), 2);
    fixture.clock.advance(MINUTE);
    fixture.script.publish(&fixture.pool.clone().rotated());
    assert_eq!(
        fixture.verify(&token).now_or_never(),
        Some(Err(Reason::UnknownKid))
    );
    assert_eq!(fixture.script.fetches(), 3);
}

#[cfg(feature = "http")]
#[test]
fn calls_renew_keys_without_timer() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let fixture = Fixture::new();
    let token = fixture.token();
    for fetches in 1..4 {
        runtime.block_on(async {
            assert_eq!(fixture.verify(&token).await, Ok(()));
            crate::fixture::settle().await;
            assert_eq!(fixture.verify(&token).await, Ok(()));
        });
        assert_eq!(fixture.script.fetches(), fetches);
        fixture.clock.advance(10 * MINUTE);
    }
}

#[test]
fn next_caller_resumes_dropped_fetch_without_runtime() {
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.script.hold();
    for _ in 0..10 {
        assert_eq!(fixture.verify(&token).now_or_never(), None);
    }
    fixture.script.release();
    assert_eq!(fixture.verify(&token).now_or_never(), Some(Ok(())));
    assert_eq!(fixture.script.fetches(), 1);
    assert_eq!(
        fixture.verify(&forged("nobody")).now_or_never(),
        Some(Err(Reason::UnknownKid))
    );
}

#[test]
fn two_hanging_fetches_leave_result_undecided() {
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.script.hold();
    let mut waits = Box::pin(fixture.verify(&token));
    for fetches in [1, 2] {
        assert_eq!((&mut waits).now_or_never(), None);
        assert_eq!(fixture.script.fetches(), fetches);
        fixture.clock.advance(MINUTE / 2);
        // The next caller abandons the fetch for both callers, and starts another one.
        assert_eq!(fixture.verify(&token).now_or_never(), None);
    }
    assert_eq!(waits.now_or_never(), Some(Err(Reason::KeysUnavailable)));
}

#[cfg(feature = "http")]
mod several {
    use tokio::runtime::{Builder, Runtime};

    use super::*;
    use crate::fixture::settle;

    fn runtime() -> Runtime {
        Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap()
    }

    #[test]
    fn fetch_of_ended_runtime_is_restarted() {
        // Callers that wait in another runtime start it again.
        let fixture = Fixture::new();
        let token = fixture.token();
        fixture.script.hold();
        let (first, second) = (runtime(), runtime());
        first.block_on(async {
            assert_eq!(fixture.verify(&token).now_or_never(), None);
            settle().await;
        });
        let mut waits = Box::pin(fixture.verify(&token));
        second.block_on(async { assert_eq!((&mut waits).now_or_never(), None) });
        drop(first);
        fixture.script.release();
        assert_eq!(second.block_on(waits), Ok(()));
        assert_eq!(fixture.script.fetches(), 2);
    }

    #[test]
    fn stalled_runtime_does_not_block_others() {
        let fixture = Fixture::new();
        let token = fixture.token();
        let (still, running) = (runtime(), runtime());
        still.block_on(async {
            // The fetch is started in this runtime and never polled, because the runtime no longer
            // runs.
            assert_eq!(fixture.verify_sync(&token), Err(Reason::KeysUnavailable));
        });
        running.block_on(async {
            let mut waits = Box::pin(fixture.verify(&token));
            assert_eq!((&mut waits).now_or_never(), None);
            fixture.clock.advance(MINUTE / 2);
            // The next caller abandons the fetch for both callers.
            let both = join(waits, fixture.verify(&token)).await;
            assert_eq!(both, (Ok(()), Ok(())));
        });
        assert_eq!(fixture.script.fetches(), 1);
    }

    #[test]
    fn keys_renew_on_time_in_next_runtime() {
        let fixture = Fixture::new();
        let first = runtime();
        first.block_on(fixture.hydrate()).unwrap();
        drop(first);
        runtime().block_on(async {
            fixture.pass(10 * MINUTE).await;
            assert_eq!(fixture.script.fetches(), 1, "nobody is there to do it");
            // This call finds that a renewal is due, and starts a new background task.
            assert_eq!(fixture.verify_sync(&fixture.token()), Ok(()));
            settle().await;
            assert_eq!(fixture.script.fetches(), 2);
            fixture.pass(10 * MINUTE).await;
            assert_eq!(fixture.script.fetches(), 3);
        });
    }
}
