//! Simulates attackers who fill the revocation list with entries.

use std::num::NonZeroUsize;
use std::sync::Arc;

use cognito::clock::{Clock, SystemClock};
use cognito::config::PoolConfig;
use cognito::revocation::{MemoryRevocationList, Revocation, RevocationList, TokenIdentity};
use cognito::{Cognito, SignIn, SignInFlow, Tokens};
use cognito_emulator::Emulator;
use cognito_examples::{ANN, BOB, PASSWORD};

use super::{Figure, Size};

fn list(capacity: u32) -> MemoryRevocationList {
    let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
    let capacity = NonZeroUsize::new(capacity).expect("it is not 0");
    MemoryRevocationList::new(Arc::new(SystemClock::new())).with_capacity(capacity)
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Revokes the only session of a user. Returns `true` if the revocation succeeds and the token of
/// the session is then rejected.
async fn signs_out(list: &MemoryRevocationList, user: u32, at: u64) -> bool {
    let id = user.to_string();
    let session = Revocation::session(&id, at + 3600).of_user(&id, at);
    list.revoke(session).await.is_ok() && is_rejected(list, user, &id, at)
}

fn is_rejected(list: &MemoryRevocationList, user: u32, session: &str, iat: u64) -> bool {
    let sub = user.to_string();
    list.is_revoked(&TokenIdentity::new(&sub, iat, None, Some(session)))
}

/// Simulates an account that signs in and out. The number of sign-outs is ten times the capacity of
/// the list. Then another user signs out. Returns the number of sign-outs that failed or had no
/// effect, and the number of entries in the list.
pub(crate) async fn one_account_signs_out(size: Size) -> Vec<Figure> {
    let capacity = size.of(10, 1_000);
    let emulator = Emulator::builder().start().await.expect("it starts");
    for user in [ANN, BOB] {
        let email = [("email", user)];
        let created = emulator.create_user(user, PASSWORD, &email);
        created.expect("the user is new");
    }
    let list = Arc::new(list(capacity));
    let pool = PoolConfig::new(
        emulator.user_pool_id().parse().expect("an id"),
        emulator.client_id().parse().expect("an id"),
    );
    let cognito = Cognito::builder()
        .config(pool)
        .emulator(emulator.endpoint())
        .sign_in_flow(SignInFlow::UserPassword)
        .revocation_list(Arc::clone(&list))
        .build();
    let cognito = cognito.await.expect("the settings are complete");
    let mut failed = 0;
    for attempt in 0..=10 * capacity {
        // At the end the other user signs out.
        let user = if attempt < 10 * capacity { ANN } else { BOB };
        let tokens = login(&cognito, user).await;
        let revoke = cognito.revoke(&tokens.refresh_token);
        let revoked = revoke.access_token(&tokens.access_token).await.is_ok();
        let token = tokens.access_token.expose();
        let is_rejected = cognito.verify_access_token(token).await.is_err();
        failed += usize::from(!revoked || !is_rejected);
    }
    vec![
        Figure::new("sign-outs without effect", number(failed), 0.0),
        Figure::new("entries", number(list.len()), 33.0),
    ]
}

async fn login(cognito: &Cognito, user: &str) -> Tokens {
    match cognito.login(user, PASSWORD).await {
        Ok(SignIn::Complete(tokens)) => tokens,
        other => unreachable!("the sign-in needs a password only: {other:?}"),
    }
}

/// Simulates an attacker who fills the revocation list: the attacker revokes ten times as many
/// sessions of one account as the list can contain. Then other users sign out.
///
/// Returns the number of the attacker's entries in the list, the number of sign-outs of other users
/// that failed or had no effect, and the number of overflowed entries. An overflowed entry is
/// shared by several users, so it can also reject tokens of users who did not sign out.
pub(crate) async fn one_account_fills_the_list(size: Size) -> Vec<Figure> {
    let capacity = size.of(1_000, 1_000_000);
    let (list, at) = (list(capacity), SystemClock::new().unix_seconds());
    for number in 0..10 * capacity {
        let session = Revocation::session(number.to_string(), at + 3600).of_user("attacker", at);
        let revoked = list.revoke(session).await;
        revoked.expect("an entry with a user can be stored");
    }
    let entries = list.len();
    let mut failed = 0;
    for user in 0..capacity / 2 {
        failed += usize::from(!signs_out(&list, user, at).await);
    }
    vec![
        Figure::new("entries of the attacker", number(entries), 32.0),
        Figure::new("sign-outs of others without effect", number(failed), 0.0),
        Figure::new("overflowed entries", number(list.overflowed()), 0.0),
    ]
}

/// Simulates the sign-outs of many accounts: ten times the capacity of the revocation list. Returns
/// the number of revoked tokens that are still accepted, the number of rejected tokens of later
/// sign-ins, and the number of entries in the list.
pub(crate) async fn many_accounts_fill_the_list(size: Size) -> Vec<Figure> {
    let capacity = size.of(1_000, 1_000_000);
    let (list, at) = (list(capacity), SystemClock::new().unix_seconds());
    let users = 10 * capacity;
    let mut failed = 0;
    for user in 0..users {
        failed += usize::from(!signs_out(&list, user, at).await);
    }
    let accepted = (0..users).filter(|user| !is_rejected(&list, *user, &user.to_string(), at));
    let accepted = accepted.count() + failed;
    let rejected = (0..users).filter(|user| is_rejected(&list, *user, "new", at + 1));
    let slots = (capacity / 4).clamp(1_024, 1 << 20).next_power_of_two();
    vec![
        Figure::new("revoked tokens accepted", number(accepted), 0.0),
        Figure::new("later sign-ins rejected", number(rejected.count()), 0.0),
        Figure::new("entries", number(list.len()), f64::from(capacity + slots)),
    ]
}
