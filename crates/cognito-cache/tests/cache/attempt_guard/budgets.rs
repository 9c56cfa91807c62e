//! Budgets for calls that do not guess a secret.

use std::future::ready;

use cognito_cache::{Budget, BudgetPolicy};

use super::*;

#[tokio::test]
async fn budget_limits_calls_from_one_address() {
    let fixture = fixture();
    let from = async |budget, address: &str| {
        let address = address.parse().unwrap();
        fixture.guard.admit_from(budget, address, ready(())).await
    };
    for (budget, limit) in [
        (Budget::Messages, 30),
        (Budget::SignInCodes, 100),
        (Budget::SignInSteps, 300),
        (Budget::Tokens, 300),
    ] {
        for _ in 0..limit {
            from(budget, HOME).await.unwrap().failed().await;
        }
        let error = from(budget, HOME).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AttemptLimit);
        assert_eq!(error.retry_after(), Some(WINDOW));
        from(budget, AWAY).await.unwrap().succeeded().await;
    }
    // Budgets and attempts are counted separately, and no user is locked by a budget.
    assert_eq!(fixture.locked("alice", HOME).await, None);
    assert_eq!(fixture.guard.locked_accounts(), 0);
    fixture.clock.advance(WINDOW);
    from(Budget::Messages, HOME).await.unwrap().failed().await;
}

#[tokio::test]
async fn wider_ipv6_networks_have_larger_budgets() {
    let fixture = fixture();
    let admitted = async |network: u16| {
        let mut admitted = 0;
        for part in 0..20 {
            let address = format!("2001:db8:0:{:x}::1", (network << 8) + part);
            for _ in 0..30 {
                let address = address.parse().unwrap();
                let call = fixture
                    .guard
                    .admit_from(Budget::Messages, address, ready(()));
                let Ok(call) = call.await else { break };
                call.failed().await;
                admitted += 1;
            }
        }
        admitted
    };
    // Five /56 networks of one /48: each admits four times the calls of a /64, all together admit
    // 16 times as many.
    for (network, calls) in [(0, 120), (1, 120), (2, 120), (3, 120), (4, 0)] {
        assert_eq!(admitted(network).await, calls, "{network}");
    }
}

#[tokio::test]
async fn accepted_calls_do_not_use_up_budget() {
    let fixture = fixture();
    for _ in 0..1_000 {
        let address = HOME.parse().unwrap();
        let call = fixture.guard.admit_from(Budget::Tokens, address, ready(()));
        call.await.unwrap().succeeded().await;
    }
}

#[test]
fn zero_budget_says_what_to_set() {
    let minute = Duration::from_secs(60);
    let build = |per_address, window| {
        let Fixture { clock, store, .. } = fixture();
        let policy = BudgetPolicy::new(per_address, window);
        AttemptGuard::builder(store, Arc::new(clock))
            .budget(Budget::Messages, policy)
            .build()
    };
    for (per_address, window, part) in [
        (0, minute, "set at least 1"),
        (1, Duration::ZERO, "set at least a second"),
    ] {
        let error = build(per_address, window).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(part), "{error}");
    }
    assert!(build(1, minute).is_ok());
}
