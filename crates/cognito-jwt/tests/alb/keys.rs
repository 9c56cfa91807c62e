//! The cache of a load balancer's keys: single flight, forged key ids, failures, age, dropped
//! callers. The tests move the clock.

use std::time::Duration;

use cognito_jwt::{AlbVerifier, Reason};
use futures_util::FutureExt;
use futures_util::future::join_all;

use crate::fixture::{Answer, Fixture, KID, LoadBalancer, NOW, builder, key_url};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn verify(verifier: &AlbVerifier, token: &str) -> Result<(), Reason> {
    match verifier.verify(token).await {
        Ok(_) => Ok(()),
        Err(error) => Err(error.reason()),
    }
}

/// A token that stays valid while the clock is moved by days.
fn lasting(load_balancer: &LoadBalancer, kid: &str) -> String {
    load_balancer.token(|header, payload| {
        header.insert("kid".to_owned(), kid.into());
        header.insert("exp".to_owned(), (NOW + 1_000_000).into());
        payload.remove("exp");
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_cause_one_fetch() {
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.script.hold();
    let callers: Vec<_> = (0..1000)
        .map(|_| {
            let (verifier, token) = (fixture.verifier.clone(), token.clone());
            tokio::spawn(async move { verify(&verifier, &token).await })
        })
        .collect();
    while fixture.script.fetches() == 0 {
        tokio::task::yield_now().await;
    }
    fixture.script.release();
    for outcome in join_all(callers).await {
        assert_eq!(outcome.unwrap(), Ok(()));
    }
    assert_eq!(fixture.script.asked(), [key_url(KID)]);
}

#[tokio::test]
async fn callers_that_wait_for_different_keys_wait_apart() {
    let fixture = Fixture::new();
    let pem = fixture.load_balancer.pem();
    fixture.script.answer("a", Answer::Never);
    fixture.script.answer("b", Answer::Document(pem));
    let stuck = fixture.load_balancer.token_of_kid("a");
    let stuck = fixture.verifier.verify(&stuck);
    tokio::pin!(stuck);
    assert!(stuck.as_mut().now_or_never().is_none());
    let other = fixture.load_balancer.token_of_kid("b");
    assert_eq!(verify(&fixture.verifier, &other).await, Ok(()));
    assert_eq!(fixture.script.fetches(), 2);
}

#[tokio::test]
async fn forged_key_ids_cause_bounded_fetches() {
    let fixture = Fixture::new();
    let attacker = LoadBalancer::new();
    assert_eq!(verify(&fixture.verifier, &fixture.token()).await, Ok(()));
    let forge = async |from: usize| {
        for number in from..from + 500 {
            let forged = attacker.token_of_kid(&format!("forged-{number}"));
            let outcome = verify(&fixture.verifier, &forged).await;
            assert_eq!(outcome, Err(Reason::KeysUnavailable));
        }
    };
    forge(0).await;
    assert_eq!(fixture.script.fetches(), 10);
    for second in 1..=5 {
        fixture.clock.advance(SECOND);
        forge(second * 500).await;
        assert_eq!(fixture.script.fetches(), 10 + 10 * second);
    }
    // A cached key does not need the fetch limit.
    assert_eq!(verify(&fixture.verifier, &fixture.token()).await, Ok(()));
}

#[tokio::test]
async fn forged_key_ids_only_delay_new_key() {
    let fixture = Fixture::new();
    let token = fixture.token();
    let mut forged = 0;
    let mut flood = async || {
        for _ in 0..100 {
            forged += 1;
            let forged = fixture.load_balancer.token_of_kid(&format!("f-{forged}"));
            verify(&fixture.verifier, &forged).await.unwrap_err();
        }
    };
    flood().await;
    assert_eq!(
        verify(&fixture.verifier, &token).await,
        Err(Reason::KeysUnavailable)
    );
    assert!(!fixture.script.asked().contains(&key_url(KID)));
    // A rejection because of the fetch limit does not count as a failure of the key.
    fixture.clock.advance(SECOND / 10);
    assert_eq!(verify(&fixture.verifier, &token).await, Ok(()));
    flood().await;
    assert_eq!(verify(&fixture.verifier, &token).await, Ok(()));
}

#[tokio::test]
async fn failed_fetch_waits_ten_seconds() {
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.script.answer(KID, Answer::Failure);
    for _ in 0..3 {
        let error = fixture.verifier.verify(&token).await.unwrap_err();
        assert!(error.is_keys_unavailable());
        assert!(std::error::Error::source(&error).is_some());
    }
    fixture
        .script
        .answer(KID, Answer::Document(fixture.load_balancer.pem()));
    fixture.clock.advance(10 * SECOND - Duration::from_nanos(1));
    assert_eq!(
        verify(&fixture.verifier, &token).await,
        Err(Reason::KeysUnavailable)
    );
    assert_eq!(fixture.script.fetches(), 1);
    fixture.clock.advance(Duration::from_nanos(1));
    assert_eq!(verify(&fixture.verifier, &token).await, Ok(()));
    assert_eq!(fixture.script.fetches(), 2);
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let fixture = Fixture::new();
    let token = lasting(&fixture.load_balancer, KID);
    assert_eq!(verify(&fixture.verifier, &token).await, Ok(()));
    fixture.script.answer(KID, Answer::Failure);
    fixture.clock.advance(DAY - Duration::from_nanos(1));
    assert_eq!(verify(&fixture.verifier, &token).await, Ok(()));
    assert!(fixture.verifier.verify_sync(&token).is_ok());
    fixture.clock.advance(Duration::from_nanos(1));
    assert!(fixture.verifier.verify_sync(&token).is_err());
    assert_eq!(
        verify(&fixture.verifier, &token).await,
        Err(Reason::KeysUnavailable)
    );
    assert_eq!(fixture.script.fetches(), 2);
}

#[tokio::test]
async fn of_sixty_five_keys_the_oldest_is_forgotten() {
    let fixture = Fixture::new();
    fixture
        .script
        .answer_otherwise(Answer::Document(fixture.load_balancer.pem()));
    let token = |number: usize| lasting(&fixture.load_balancer, &format!("key-{number}"));
    for number in 0..65 {
        fixture.clock.advance(SECOND);
        assert_eq!(verify(&fixture.verifier, &token(number)).await, Ok(()));
    }
    assert!(fixture.verifier.verify_sync(&token(0)).is_err());
    for number in 1..65 {
        assert!(
            fixture.verifier.verify_sync(&token(number)).is_ok(),
            "{number}"
        );
    }
    assert_eq!(fixture.script.fetches(), 65);
}

#[tokio::test]
async fn dropped_caller_does_not_cancel_shared_fetch() {
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.script.hold();
    let mut first = Box::pin(fixture.verifier.verify(&token));
    let mut second = Box::pin(fixture.verifier.verify(&token));
    assert!(first.as_mut().now_or_never().is_none());
    assert!(second.as_mut().now_or_never().is_none());
    drop(first);
    fixture.script.release();
    assert!(second.await.is_ok());
    assert_eq!((fixture.script.fetches(), fixture.script.landed()), (1, 1));
}

#[tokio::test]
async fn fetch_without_callers_ends() {
    // The next caller starts a new fetch.
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.script.hold();
    let mut only = Box::pin(fixture.verifier.verify(&token));
    assert!(only.as_mut().now_or_never().is_none());
    drop(only);
    fixture.script.release();
    assert_eq!(verify(&fixture.verifier, &token).await, Ok(()));
    assert_eq!((fixture.script.fetches(), fixture.script.landed()), (2, 1));
}

#[tokio::test]
async fn dropping_calls_does_not_evade_budget() {
    let fixture = Fixture::new();
    fixture.script.hold();
    for number in 0..100 {
        let forged = fixture
            .load_balancer
            .token_of_kid(&format!("forged-{number}"));
        drop(fixture.verifier.verify(&forged).now_or_never());
    }
    assert_eq!(fixture.script.fetches(), 10);
}

#[tokio::test]
async fn panicking_source_is_temporary_and_undecided() {
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.script.answer(KID, Answer::Panic);
    let outcomes = join_all((0..3).map(|_| verify(&fixture.verifier, &token))).await;
    assert_eq!(outcomes, [Err(Reason::KeysUnavailable); 3]);
    fixture
        .script
        .answer(KID, Answer::Document(fixture.load_balancer.pem()));
    fixture.clock.advance(10 * SECOND);
    assert_eq!(verify(&fixture.verifier, &token).await, Ok(()));
}

#[tokio::test]
async fn hanging_source_times_out() {
    let fixture = Fixture::new();
    let token = lasting(&fixture.load_balancer, KID);
    fixture.script.answer(KID, Answer::Never);
    let mut stuck = Box::pin(fixture.verifier.verify(&token));
    assert!(stuck.as_mut().now_or_never().is_none());
    fixture
        .script
        .answer(KID, Answer::Document(fixture.load_balancer.pem()));
    fixture.clock.advance(30 * SECOND - Duration::from_nanos(1));
    assert!(fixture.verifier.verify(&token).now_or_never().is_none());
    assert_eq!(fixture.script.fetches(), 1);
    fixture.clock.advance(Duration::from_nanos(1));
    assert_eq!(verify(&fixture.verifier, &token).await, Ok(()));
    assert_eq!(fixture.script.fetches(), 2);
}

#[tokio::test]
async fn abandoned_fetch_does_not_end_its_successor() {
    let fixture = Fixture::new();
    let token = lasting(&fixture.load_balancer, KID);
    fixture.script.hold();
    fixture.script.answer(KID, Answer::Failure);
    let mut first = Box::pin(fixture.verifier.verify(&token));
    assert!(first.as_mut().now_or_never().is_none());
    fixture.clock.advance(30 * SECOND);
    let document = Answer::Document(fixture.load_balancer.pem());
    fixture.script.answer(KID, document);
    let mut second = Box::pin(fixture.verifier.verify(&token));
    assert!(second.as_mut().now_or_never().is_none());
    fixture.script.release();
    assert!(first.await.is_err());
    assert_eq!(verify(&fixture.verifier, &token).await, Ok(()));
    assert!(second.await.is_ok());
    assert_eq!(fixture.script.fetches(), 2);
}

// Without a runtime: a Tokio task would have to yield now and then.
#[test]
fn lasting_attack_does_not_fill_memory() {
    let fixture = Fixture::new();
    let remembered = |name: &str| -> usize {
        let shown = format!("{:?}", fixture.verifier);
        let (_, count) = shown.split_once(&format!(" {name}: ")).unwrap();
        count.split(',').next().unwrap().parse().unwrap()
    };
    let attack = |second: usize, with: &dyn Fn(&str)| {
        fixture.clock.advance(SECOND);
        for number in 0..10 {
            with(&lasting(
                &fixture.load_balancer,
                &format!("forged-{second}-{number}"),
            ));
        }
    };
    for second in 0..30 {
        attack(second, &|token| {
            let rejection = fixture.verifier.verify(token).now_or_never();
            assert!(rejection.unwrap().is_err());
        });
        assert!(remembered("failures") <= 110);
    }
    fixture.script.hold();
    for second in 30..60 {
        attack(second, &|token| {
            drop(fixture.verifier.verify(token).now_or_never());
        });
        assert!(remembered("flights") <= 1);
    }
    assert_eq!(fixture.script.fetches(), 600);
}

#[tokio::test]
async fn only_the_signer_distinguishes_load_balancers() {
    // All load balancers of a region share their keys.
    let fixture = Fixture::new();
    let theirs = crate::fixture::ARN.replace("my-lb", "their-lb");
    let token = fixture
        .load_balancer
        .token(|header, _| drop(header.insert("signer".to_owned(), theirs.as_str().into())));
    assert_eq!(verify(&fixture.verifier, &fixture.token()).await, Ok(()));
    assert_eq!(
        verify(&fixture.verifier, &token).await,
        Err(Reason::WrongSigner)
    );
    let trusting = builder()
        .load_balancer(theirs)
        .key_source(fixture.script.clone())
        .build()
        .unwrap();
    assert_eq!(verify(&trusting, &token).await, Ok(()));
}
