//! Revocations: one user who fills the list, and clocks that differ.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use cognito::observe::HealthStatus;
use cognito::revocation::MemoryRevocationList;
use cognito::{Cognito, CognitoBuilder, ErrorKind, SignInFlow, Tokens};
use cognito_emulator::{Client, OAuthFlow};
use cognito_testkit::{FixedClock, Recorded, RecordingSink};

use crate::fixture::{Fixture, NOW, PASSWORD, complete, refused};

/// A pool and a facade with different clocks. `ours` is the clock of the facade.
struct Clocks {
    fixture: Fixture,
    ours: FixedClock,
}

impl Clocks {
    async fn apart(skew: i64) -> Self {
        Self::apart_with(skew, |cognito| cognito).await
    }

    async fn apart_with(skew: i64, cognito: impl FnOnce(CognitoBuilder) -> CognitoBuilder) -> Self {
        Self::built(skew, |client| client, cognito).await
    }

    async fn built(
        skew: i64,
        client: impl FnOnce(Client) -> Client,
        cognito: impl FnOnce(CognitoBuilder) -> CognitoBuilder,
    ) -> Self {
        let ours = FixedClock::at_unix(NOW.checked_add_signed(skew).unwrap());
        let web = Client::new("web")
            .oauth_scope("openid")
            .oauth_scope("aws.cognito.signin.user.admin")
            .oauth_flow(OAuthFlow::Code)
            .callback_url("https://shop.example/callback");
        let builder = |builder: CognitoBuilder| {
            let builder = builder.sign_in_flow(SignInFlow::UserPassword);
            cognito(builder.clock(ours.clone()))
        };
        let fixture = Fixture::ours_with(|emulator| emulator.client(client(web)), builder).await;
        Self { fixture, ours }
    }

    fn pass(&self, seconds: u64) {
        let time = Duration::from_secs(seconds);
        self.fixture.pass(time);
        self.ours.advance(time);
    }

    fn create(&self, name: &str) {
        let email = [("email", name), ("email_verified", "true")];
        let emulator = self.fixture.emulator();
        emulator.create_user(name, PASSWORD, &email).unwrap();
    }

    async fn login(&self, name: &str) -> Tokens {
        complete(self.fixture.cognito.login(name, PASSWORD).await.unwrap())
    }

    /// Returns the kind of error with which the access and the ID token are rejected, if they are.
    async fn rejected(&self, tokens: &Tokens) -> [Option<ErrorKind>; 2] {
        let cognito = &self.fixture.cognito;
        let access = tokens.access_token.expose();
        let access = cognito.verify_access_token(access).await;
        let id = cognito.verify_id_token(tokens.id_token.expose()).await;
        [
            access.err().map(|error| error.kind()),
            id.err().map(|error| error.kind()),
        ]
    }
}

/// The ways to end sessions.
#[derive(Clone, Copy, Debug)]
enum End {
    SignOutEverywhere,
    Delete,
    AdminSignOut,
    AdminDisable,
    AdminDelete,
    Revoke,
    ManagedRevoke,
    RevokeBrowserSession,
}

impl End {
    const ALL: [Self; 8] = [
        Self::SignOutEverywhere,
        Self::Delete,
        Self::AdminSignOut,
        Self::AdminDisable,
        Self::AdminDelete,
        Self::Revoke,
        Self::ManagedRevoke,
        Self::RevokeBrowserSession,
    ];

    async fn of(self, cognito: &Cognito, name: &str, tokens: &Tokens) {
        let account = cognito.account(&tokens.access_token);
        let user = cognito.admin().user(name);
        let (refresh, access) = (&tokens.refresh_token, &tokens.access_token);
        let managed = cognito.hosted_login();
        let done = match self {
            Self::SignOutEverywhere => account.sign_out_everywhere().await,
            Self::Delete => account.delete().await,
            Self::AdminSignOut => user.sign_out_everywhere().await,
            Self::AdminDisable => user.disable().await,
            Self::AdminDelete => user.delete().await,
            Self::Revoke => cognito.revoke(refresh).access_token(access).await,
            Self::ManagedRevoke => managed.revoke(refresh).access_token(access).await,
            Self::RevokeBrowserSession => {
                let revoke = cognito.revoke_with_browser_session(refresh);
                revoke.access_token(access).await
            }
        };
        done.unwrap();
    }

    const fn is_for_all_sessions(self) -> bool {
        !matches!(
            self,
            Self::Revoke | Self::ManagedRevoke | Self::RevokeBrowserSession
        )
    }

    /// Lets the user sign in again, if possible.
    async fn undo(self, clocks: &Clocks, name: &str) {
        match self {
            Self::Delete | Self::AdminDelete => clocks.create(name),
            Self::AdminDisable => drop(
                clocks
                    .fixture
                    .cognito
                    .admin()
                    .user(name)
                    .enable()
                    .await
                    .unwrap(),
            ),
            _ => {}
        }
    }
}

#[tokio::test]
async fn sign_outs_hold_whatever_the_clocks_say() {
    let revoked = [Some(ErrorKind::TokenRevoked); 2];
    let (mut accepted, mut refused) = (Vec::new(), Vec::new());
    for skew in [-600, -61, -30, -2, -1, 0, 1, 2, 30, 61, 600] {
        let clocks = Clocks::apart(skew).await;
        for (number, end) in End::ALL.into_iter().enumerate() {
            let name = format!("user{number}@example.com");
            clocks.create(&name);
            let tokens = clocks.login(&name).await;
            clocks.pass(1);
            let other = clocks.login(&name).await;
            end.of(&clocks.fixture.cognito, &name, &tokens).await;
            if clocks.rejected(&tokens).await != revoked {
                accepted.push((end, skew));
            }
            if end.is_for_all_sessions() && clocks.rejected(&other).await != revoked {
                accepted.push((end, skew));
            }
            end.undo(&clocks, &name).await;
            clocks.pass(1);
            let again = clocks.login(&name).await;
            if clocks.rejected(&again).await != [None; 2] {
                refused.push((end, skew));
            }
            clocks.pass(3_590);
            if clocks.rejected(&tokens).await == [None; 2] {
                accepted.push((end, skew));
            }
        }
    }
    assert!(
        accepted.is_empty() && refused.is_empty(),
        "revoked tokens accepted: {accepted:?}; new sign-ins refused: {refused:?}"
    );
}

#[tokio::test]
async fn id_token_revokes_session_with_expired_access_token() {
    for (managed, named) in [(false, true), (true, true), (false, false)] {
        let two_hours = Duration::from_secs(2 * 3_600);
        let client = |client: Client| client.id_token_validity(two_hours);
        let clocks = Clocks::built(0, client, |cognito| cognito).await;
        clocks.create("ann@example.com");
        let tokens = clocks.login("ann@example.com").await;
        clocks.pass(3_601);
        let expired = Some(ErrorKind::TokenExpired);
        assert_eq!(clocks.rejected(&tokens).await, [expired, None]);
        let (refresh, access) = (&tokens.refresh_token, &tokens.access_token);
        let revoke = match managed {
            true => clocks.fixture.cognito.hosted_login().revoke(refresh),
            false => clocks.fixture.cognito.revoke(refresh),
        };
        let revoke = revoke.access_token(access);
        let revoked = match named {
            true => revoke.id_token(&tokens.id_token).await,
            false => revoke.await,
        };
        revoked.unwrap();
        // Without the ID token, no valid token names the session.
        let here = named.then_some(ErrorKind::TokenRevoked);
        assert_eq!(clocks.rejected(&tokens).await, [expired, here]);
    }
}

#[tokio::test]
async fn forged_id_token_revokes_nothing() {
    let clocks = Clocks::apart(0).await;
    clocks.create("ann@example.com");
    clocks.create("bob@example.com");
    let (ann, bob) = (
        clocks.login("ann@example.com").await,
        clocks.login("bob@example.com").await,
    );
    // The claims of Bob with the signature of Ann.
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (of_ann, of_bob) = (parts(ann.id_token.expose()), parts(bob.id_token.expose()));
    let forged = format!("{}.{}.{}", of_bob[0], of_bob[1], of_ann[2]);
    let revoke = clocks.fixture.cognito.revoke(&ann.refresh_token);
    revoke.id_token(forged).await.unwrap();
    assert_eq!(clocks.rejected(&bob).await, [None; 2]);
}

/// The attacker signs in and out ten times as often as the list has entries.
#[tokio::test]
async fn one_account_cannot_stop_sign_outs_of_others() {
    const CAPACITY: usize = 20;
    let list = MemoryRevocationList::new(Arc::new(FixedClock::at_unix(NOW)));
    let list = list.with_capacity(NonZeroUsize::new(CAPACITY).unwrap());
    let clocks = Clocks::apart_with(0, |cognito| cognito.revocation_list(list)).await;
    let cognito = &clocks.fixture.cognito;
    for name in ["attacker@example.com", "victim@example.com"] {
        clocks.create(name);
    }
    let login = async |name: &str| complete(cognito.login(name, PASSWORD).await.unwrap());
    let mut failed = 0;
    let victim = login("victim@example.com").await;
    for _ in 0..10 * CAPACITY {
        let tokens = login("attacker@example.com").await;
        let revoke = cognito.revoke(&tokens.refresh_token);
        failed += usize::from(revoke.access_token(&tokens.access_token).await.is_err());
        assert!(cognito.metrics().security.revoked_tokens <= CAPACITY);
    }
    let revoke = cognito.revoke(&victim.refresh_token);
    failed += usize::from(revoke.access_token(&victim.access_token).await.is_err());
    assert_eq!(failed, 0, "sign-outs fail");
    let verdict = cognito.verify_access_token(victim.access_token.expose());
    assert_eq!(refused(verdict.await), ErrorKind::TokenRevoked);
    assert_eq!(cognito.health().status, HealthStatus::Healthy);
}

#[tokio::test]
async fn sign_in_adds_no_entry() {
    let clocks = Clocks::apart(0).await;
    clocks.create("user@example.com");
    let tokens = clocks.login("user@example.com").await;
    let refreshed = clocks.fixture.cognito.refresh(&tokens.refresh_token).await;
    assert_eq!(clocks.rejected(&refreshed.unwrap()).await, [None; 2]);
    assert_eq!(clocks.fixture.cognito.health().revocations.live, 0);
}

/// ID and access tokens are valid for an hour, and so is the entry of their session.
#[tokio::test]
async fn session_entry_expires_with_its_tokens() {
    let clocks = Clocks::apart(0).await;
    clocks.create("user@example.com");
    let tokens = clocks.login("user@example.com").await;
    clocks.pass(600);
    let end = End::Revoke;
    end.of(&clocks.fixture.cognito, "user@example.com", &tokens)
        .await;
    clocks.pass(3_599);
    assert_eq!(clocks.fixture.cognito.health().revocations.live, 1);
    clocks.pass(1);
    assert_eq!(clocks.fixture.cognito.health().revocations.live, 0);
}

/// A list with less leeway than the verifier would drop the entry while the token is still
/// accepted.
#[tokio::test]
async fn entry_outlives_leeway_of_the_verifier() {
    const LEEWAY: u64 = 300;
    let leeway = |cognito: CognitoBuilder| cognito.leeway(Duration::from_secs(LEEWAY));
    for end in [End::Revoke, End::AdminSignOut] {
        let clocks = Clocks::apart_with(0, leeway).await;
        clocks.create("user@example.com");
        let tokens = clocks.login("user@example.com").await;
        end.of(&clocks.fixture.cognito, "user@example.com", &tokens)
            .await;
        clocks.pass(3_600 + LEEWAY - 1);
        let revoked = [Some(ErrorKind::TokenRevoked); 2];
        assert_eq!(clocks.rejected(&tokens).await, revoked, "{end:?}");
        clocks.pass(1);
        let expired = [Some(ErrorKind::TokenExpired); 2];
        assert_eq!(clocks.rejected(&tokens).await, expired, "{end:?}");
    }
}

#[tokio::test]
async fn token_from_the_future_is_reported_and_accepted() {
    for (leeway, skew, is_reported) in [
        (0, -5, false),
        (0, -6, true),
        (60, -60, false),
        (60, -61, true),
    ] {
        let sink = RecordingSink::new();
        let ours = sink.clone();
        let clocks = Clocks::apart_with(skew, |cognito| {
            let cognito = cognito.leeway(Duration::from_secs(leeway));
            cognito.event_sink(ours)
        })
        .await;
        clocks.create("user@example.com");
        let tokens = clocks.login("user@example.com").await;
        assert_eq!(clocks.rejected(&tokens).await, [None; 2], "{skew}");
        let ahead = Duration::from_secs(skew.unsigned_abs());
        let event = Recorded::TokenFromFuture { ahead };
        assert_eq!(sink.events().contains(&event), is_reported, "{skew}");
        let metrics = clocks.fixture.cognito.metrics();
        let count = metrics.security.tokens_from_future;
        assert_eq!(count, if is_reported { 2 } else { 0 }, "{skew}");
        let health = clocks.fixture.cognito.health();
        assert_eq!(health.status == HealthStatus::Degraded, is_reported);
        assert_eq!(health.problems.len(), usize::from(is_reported));
        clocks.pass(601);
        assert_eq!(
            clocks.fixture.cognito.health().status,
            HealthStatus::Healthy
        );
    }
}

#[tokio::test]
async fn health_warns_from_80_percent_on() {
    let clock = Arc::new(FixedClock::at_unix(NOW));
    let list = MemoryRevocationList::new(clock);
    let list = Arc::new(list.with_capacity(NonZeroUsize::new(10).unwrap()));
    let shared = Arc::clone(&list);
    let clocks = Clocks::apart_with(0, |cognito| cognito.revocation_list(shared)).await;
    let problem = || {
        let health = clocks.fixture.cognito.health();
        assert_eq!(health.revocations.capacity, Some(10));
        health.problems.first().copied().unwrap_or_default()
    };
    for number in 0..12 {
        let expected = match number {
            0..8 => "",
            8..=10 => "the revocation list is 80 % full; raise its capacity",
            _ => {
                "the revocation list is full: some users must refresh or sign in again; \
                  raise its capacity"
            }
        };
        assert_eq!(problem(), expected, "{number}");
        let revocation = cognito::revocation::Revocation::user(format!("{number}"), NOW);
        cognito::revocation::RevocationList::revoke(&*list, revocation)
            .await
            .unwrap();
    }
    let metrics = clocks.fixture.cognito.metrics().cache;
    assert_eq!(metrics.revocations_capacity, Some(10));
    assert_eq!(metrics.revocations_overflowed, 2);
}
