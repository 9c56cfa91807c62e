//! No runtime, and several runtimes.

use cognito_jwt::{JwksSource, Reason, StaticJwks};
use futures_util::FutureExt;
use futures_util::future::join;

use crate::world::{Answer, MINUTE, World, forged};

#[test]
fn boxed_source_is_a_source() {
    let source: Box<dyn JwksSource> = Box::new(StaticJwks::new("the document"));
    let document = source.fetch("https://keys.example").now_or_never();
    assert_eq!(document.unwrap().unwrap(), b"the document");
}

#[test]
fn static_keys_need_no_hydrate() {
    let world = World::new();
    let document = world.pool.jwks_json();
    let world = world.beside(|builder| builder.jwks_source(StaticJwks::new(document)));
    let token = world.token();
    assert_eq!(world.verify_sync(&token), Ok(()));
    assert_eq!(
        world.verify_sync(&forged("nobody")),
        Err(Reason::UnknownKid)
    );
    // They stay in use while the process runs, even if they are not renewed.
    world.clock.advance(48 * 60 * MINUTE);
    assert_eq!(world.verify_sync(&world.token()), Ok(()));
    let rotated = world.pool.clone().rotated().access_token(|_| {});
    assert_eq!(world.verify_sync(&rotated), Err(Reason::UnknownKid));

    let broken = world.beside(|builder| builder.jwks_source(StaticJwks::new("{}")));
    assert_eq!(broken.verify_sync(&token), Err(Reason::KeysUnavailable));
    assert_eq!(broken.verify_sync(&token), Err(Reason::KeysUnavailable));
}

#[cfg(feature = "http")]
#[tokio::test]
async fn static_keys_need_no_hydrate_in_a_runtime() {
    let world = World::new();
    let document = world.pool.jwks_json();
    let world = world.beside(|builder| builder.jwks_source(StaticJwks::new(document)));
    assert_eq!(world.verify_sync(&world.token()), Ok(()));
}

#[test]
fn callers_drive_fetch_without_runtime() {
    let world = World::new();
    let token = world.token();
    assert_eq!(world.verify_sync(&token), Err(Reason::KeysUnavailable));
    assert_eq!(world.script.fetches(), 0);
    let both = join(world.verify(&token), world.verify(&token));
    assert_eq!(both.now_or_never(), Some((Ok(()), Ok(()))));
    assert_eq!(world.script.fetches(), 1);
    assert_eq!(world.verify_sync(&token), Ok(()));
}

#[test]
fn async_call_renews_keys_without_runtime() {
    // A synchronous call never renews keys.
    let world = World::new();
    let token = world.token();
    assert_eq!(world.verify(&token).now_or_never(), Some(Ok(())));
    world.clock.advance(10 * MINUTE - MINUTE / 60);
    assert_eq!(world.verify(&token).now_or_never(), Some(Ok(())));
    world.clock.advance(MINUTE / 60);
    assert_eq!(world.verify_sync(&token), Ok(()));
    assert_eq!(world.script.fetches(), 1);
    world.script.answer(Answer::Failure);
    for _ in 0..10 {
        assert_eq!(world.verify(&token).now_or_never(), Some(Ok(())));
    }
    assert_eq!(world.script.fetches(), 2);
    world.clock.advance(MINUTE);
    world.script.publish(&world.pool.clone().rotated());
    assert_eq!(
        world.verify(&token).now_or_never(),
        Some(Err(Reason::UnknownKid))
    );
    assert_eq!(world.script.fetches(), 3);
}

#[cfg(feature = "http")]
#[test]
fn calls_renew_keys_without_timer() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let world = World::new();
    let token = world.token();
    for fetches in 1..4 {
        runtime.block_on(async {
            assert_eq!(world.verify(&token).await, Ok(()));
            crate::world::settle().await;
            assert_eq!(world.verify(&token).await, Ok(()));
        });
        assert_eq!(world.script.fetches(), fetches);
        world.clock.advance(10 * MINUTE);
    }
}

#[test]
fn next_caller_resumes_dropped_fetch_without_runtime() {
    let world = World::new();
    let token = world.token();
    world.script.hold();
    for _ in 0..10 {
        assert_eq!(world.verify(&token).now_or_never(), None);
    }
    world.script.release();
    assert_eq!(world.verify(&token).now_or_never(), Some(Ok(())));
    assert_eq!(world.script.fetches(), 1);
    assert_eq!(
        world.verify(&forged("nobody")).now_or_never(),
        Some(Err(Reason::UnknownKid))
    );
}

#[test]
fn two_hanging_fetches_leave_result_undecided() {
    let world = World::new();
    let token = world.token();
    world.script.hold();
    let mut waits = Box::pin(world.verify(&token));
    for fetches in [1, 2] {
        assert_eq!((&mut waits).now_or_never(), None);
        assert_eq!(world.script.fetches(), fetches);
        world.clock.advance(MINUTE / 2);
        // The next caller abandons the fetch for both callers, and starts another one.
        assert_eq!(world.verify(&token).now_or_never(), None);
    }
    assert_eq!(waits.now_or_never(), Some(Err(Reason::KeysUnavailable)));
}

#[cfg(feature = "http")]
mod several {
    use tokio::runtime::{Builder, Runtime};

    use super::*;
    use crate::world::settle;

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
        let world = World::new();
        let token = world.token();
        world.script.hold();
        let (first, second) = (runtime(), runtime());
        first.block_on(async {
            assert_eq!(world.verify(&token).now_or_never(), None);
            settle().await;
        });
        let mut waits = Box::pin(world.verify(&token));
        second.block_on(async { assert_eq!((&mut waits).now_or_never(), None) });
        drop(first);
        world.script.release();
        assert_eq!(second.block_on(waits), Ok(()));
        assert_eq!(world.script.fetches(), 2);
    }

    #[test]
    fn stalled_runtime_does_not_block_others() {
        let world = World::new();
        let token = world.token();
        let (still, running) = (runtime(), runtime());
        still.block_on(async {
            // The fetch is started in this runtime and never polled, because the runtime no longer
            // runs.
            assert_eq!(world.verify_sync(&token), Err(Reason::KeysUnavailable));
        });
        running.block_on(async {
            let mut waits = Box::pin(world.verify(&token));
            assert_eq!((&mut waits).now_or_never(), None);
            world.clock.advance(MINUTE / 2);
            // The next caller abandons the fetch for both callers.
            let both = join(waits, world.verify(&token)).await;
            assert_eq!(both, (Ok(()), Ok(())));
        });
        assert_eq!(world.script.fetches(), 1);
    }

    #[test]
    fn keys_renew_on_time_in_next_runtime() {
        let world = World::new();
        let first = runtime();
        first.block_on(world.hydrate()).unwrap();
        drop(first);
        runtime().block_on(async {
            world.pass(10 * MINUTE).await;
            assert_eq!(world.script.fetches(), 1, "nobody is there to do it");
            // This call finds that a renewal is due, and starts a new background task.
            assert_eq!(world.verify_sync(&world.token()), Ok(()));
            settle().await;
            assert_eq!(world.script.fetches(), 2);
            world.pass(10 * MINUTE).await;
            assert_eq!(world.script.fetches(), 3);
        });
    }
}
