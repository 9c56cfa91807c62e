//! Callers that drop a call at each of its await points.
//!
//! Every port, store and list yields before and after its work, so each of them adds two await
//! points. A test polls a call once, twice and so on, and then drops it, until the call completes.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use cognito::account::CurrentUser;
use cognito::attempt::{AttemptGuard, AttemptPolicy, Budget, BudgetPolicy, Purpose};
use cognito::ports::{Account, Authentication, RepliedAt};
use cognito::requests::{RefreshRequest, SignInRequest};
use cognito::revocation::{MemoryRevocationList, Revocation, RevocationList, TokenIdentity};
use cognito::store::{CounterLimit, MemoryStore, Reservation, Store, StoreKey};
use cognito::verifier::TokenVerifier;
use cognito::{
    AccessClaims, AccessToken, Attributes, Cognito, Error, ErrorKind, IdClaims, Result, SignIn,
    Tokens,
};
use cognito_testkit::FixedClock;
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::extending::{tokens, unplugged};
use crate::fixture::{EMAIL, NOW, PASSWORD, complete, refused};

const TOKEN: &str = "a.b.c";
const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9));

/// Executes an operation, with an await point before and after it.
async fn around<T>(operation: impl Future<Output = T>) -> T {
    yield_now().await;
    let result = operation.await;
    yield_now().await;
    result
}

/// A pool that counts its requests.
#[derive(Debug, Default)]
struct Pool {
    started: AtomicUsize,
    finished: AtomicUsize,
    rejects: AtomicBool,
    panics: AtomicBool,
}

impl Pool {
    async fn response<T>(&self, response: T) -> Result<T> {
        self.started.fetch_add(1, Ordering::Relaxed);
        let response = around(async {
            assert!(!self.panics.load(Ordering::Relaxed), "the port panics");
            match self.rejects.load(Ordering::Relaxed) {
                true => Err(Error::from_aws(
                    "NotAuthorizedException",
                    "Incorrect username or password.",
                )),
                false => Ok(response),
            }
        });
        let response = response.await;
        self.finished.fetch_add(1, Ordering::Relaxed);
        response
    }
}

#[async_trait]
impl Authentication for Pool {
    async fn sign_in(&self, _: SignInRequest) -> Result<SignIn> {
        self.response(SignIn::Complete(tokens())).await
    }

    async fn refresh(&self, _: RefreshRequest) -> Result<Tokens> {
        self.response(tokens()).await
    }
}

#[async_trait]
impl Account for Pool {
    async fn current_user(&self, _: &AccessToken) -> Result<CurrentUser> {
        let user = CurrentUser::new("ann".parse().unwrap(), Attributes::new());
        self.response(user).await
    }

    async fn global_sign_out(&self, _: &AccessToken) -> Result<RepliedAt> {
        self.response(RepliedAt::at(NOW)).await
    }
}

/// A verifier that accepts every access token.
#[derive(Debug)]
struct AcceptsAll;

#[async_trait]
impl TokenVerifier for AcceptsAll {
    async fn verify_access(&self, _: &str) -> Result<Arc<AccessClaims>> {
        let claims = AccessClaims::new("sub", "issuer", "client", NOW, NOW + 3600);
        around(async { Ok(Arc::new(claims)) }).await
    }

    async fn verify_id(&self, _: &str) -> Result<Arc<IdClaims>> {
        Err(ErrorKind::TokenInvalid.into())
    }
}

#[derive(Debug)]
struct YieldingStore(MemoryStore);

#[async_trait]
impl Store for YieldingStore {
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        around(self.0.read(key)).await
    }

    async fn write(&self, key: &StoreKey, value: Vec<u8>, time_to_live: Duration) -> Result<()> {
        around(self.0.write(key, value, time_to_live)).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<()> {
        around(self.0.delete(key)).await
    }

    async fn add(&self, key: &StoreKey, delta: i64, time_to_live: Duration) -> Result<i64> {
        around(self.0.add(key, delta, time_to_live)).await
    }

    async fn subtract(&self, key: &StoreKey, amount: u32) -> Result<i64> {
        around(self.0.subtract(key, amount)).await
    }

    async fn reserve(
        &self,
        limits: &[CounterLimit],
        time_to_live: Duration,
    ) -> Result<Reservation> {
        around(self.0.reserve(limits, time_to_live)).await
    }
}

#[derive(Debug)]
struct YieldingList(MemoryRevocationList);

#[async_trait]
impl RevocationList for YieldingList {
    async fn revoke(&self, revocation: Revocation) -> Result<()> {
        around(self.0.revoke(revocation)).await
    }

    fn is_revoked(&self, token: &TokenIdentity<'_>) -> bool {
        self.0.is_revoked(token)
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

/// A facade on the pool. A user has one failed password, and an address one rejected token.
struct Fixture {
    cognito: Cognito,
    pool: Arc<Pool>,
}

impl Fixture {
    async fn new() -> Self {
        let clock = Arc::new(FixedClock::at_unix(NOW));
        let one = AttemptPolicy::passwords().with_per_user_without_address(1);
        let store = Arc::new(YieldingStore(MemoryStore::new(clock.clone())));
        let guard = AttemptGuard::builder(store, clock.clone())
            .policy_for(Purpose::SignIn, one)
            .budget(
                Budget::Tokens,
                BudgetPolicy::new(1, Duration::from_secs(900)),
            );
        let pool = Arc::new(Pool::default());
        let builder = unplugged()
            .authentication(Arc::clone(&pool))
            .account(Arc::clone(&pool))
            .verifier(AcceptsAll)
            .revocation_list(YieldingList(MemoryRevocationList::new(clock)))
            .attempt_guard(guard.build().unwrap());
        Self {
            cognito: builder.build().await.unwrap(),
            pool,
        }
    }

    /// Returns how many requests the pool has received, and how many of them it has completed.
    fn requests(&self) -> [usize; 2] {
        [&self.pool.started, &self.pool.finished].map(|count| count.load(Ordering::Relaxed))
    }

    /// Returns how often an operation was measured.
    fn measured(&self, operation: &str) -> u64 {
        let metrics = serde_json::to_value(self.cognito.metrics()).unwrap();
        let count = &metrics["operations"][operation]["count"];
        count.as_u64().unwrap_or_default()
    }
}

/// Polls a call. Returns `true` if it completed. Time passes after each poll.
async fn polled<T>(call: &mut (impl Future<Output = T> + Unpin), polls: usize) -> bool {
    for _ in 0..polls {
        let poll = std::future::poll_fn(|context| Poll::Ready(Pin::new(&mut *call).poll(context)));
        if poll.await.is_ready() {
            return true;
        }
        tokio::time::advance(Duration::from_millis(10)).await;
    }
    false
}

/// Polls a call and drops it. Then lets other tasks run until they have nothing left to do.
async fn dropped<T, F>(call: impl IntoFuture<Output = T, IntoFuture = F>, polls: usize) -> bool
where
    F: Future<Output = T> + Unpin,
{
    let mut call = call.into_future();
    let is_complete = polled(&mut call, polls).await;
    drop(call);
    settle().await;
    is_complete
}

async fn settle() {
    for _ in 0..200 {
        yield_now().await;
    }
}

/// Returns the result of a call that must not hang.
async fn at_once<T>(call: impl IntoFuture<Output = T>) -> T {
    // The time is virtual. A call that waits for a reserved place would wait for five seconds.
    let call = timeout(Duration::from_secs(1), call.into_future());
    call.await.expect("the call hangs")
}

/// Runs a test for each number of polls, until the call completes. The test returns whether it did.
async fn each_await_point(least: usize, test: impl AsyncFn(usize) -> bool) {
    for polls in 0..200 {
        if test(polls).await {
            assert!(polls >= least, "only {polls} polls");
            return;
        }
    }
    panic!("the call does not complete");
}

#[tokio::test(start_paused = true)]
async fn dropped_read_ends() {
    each_await_point(3, async |polls| {
        let fixture = Fixture::new().await;
        let account = fixture.cognito.account(TOKEN);
        let is_complete = dropped(account.details(), polls).await;
        let requests = [usize::from(polls > 0), usize::from(is_complete)];
        assert_eq!(fixture.requests(), requests, "{polls}");
        at_once(account.details()).await.unwrap();
        is_complete
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn dropped_wrong_password_is_counted() {
    each_await_point(5, async |polls| {
        let fixture = Fixture::new().await;
        fixture.pool.rejects.store(true, Ordering::Relaxed);
        let login = || fixture.cognito.login(EMAIL, PASSWORD);
        let is_complete = dropped(login(), polls).await;
        let sent = usize::from(polls > 0);
        assert_eq!(fixture.requests(), [sent; 2], "{polls}");
        assert_eq!(fixture.measured("InitiateAuth"), sent as u64);
        fixture.pool.rejects.store(false, Ordering::Relaxed);
        let next = at_once(login()).await;
        if polls == 0 {
            drop(complete(next.unwrap()));
        } else {
            assert_eq!(refused(next), ErrorKind::AttemptLimit, "{polls}");
        }
        is_complete
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn dropped_sign_in_releases_its_attempt() {
    each_await_point(6, async |polls| {
        let fixture = Fixture::new().await;
        let login = || fixture.cognito.login(EMAIL, PASSWORD);
        let is_complete = dropped(login(), polls).await;
        let sent = usize::from(polls > 0);
        assert_eq!(fixture.requests(), [sent; 2], "{polls}");
        assert_eq!(fixture.measured("InitiateAuth"), sent as u64);
        drop(complete(at_once(login()).await.unwrap()));
        is_complete
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn dropped_sign_out_is_revoked() {
    each_await_point(10, async |polls| {
        let fixture = Fixture::new().await;
        let account = fixture.cognito.account(TOKEN).client_address(ADDRESS);
        let is_complete = dropped(account.sign_out_everywhere(), polls).await;
        let sent = usize::from(polls > 0);
        assert_eq!(fixture.requests(), [sent; 2], "{polls}");
        assert_eq!(fixture.measured("GlobalSignOut"), sent as u64);
        let verified = at_once(fixture.cognito.verify_access_token(TOKEN)).await;
        let rejected = verified.err().map(|error| error.kind());
        let revoked = (polls > 0).then_some(ErrorKind::TokenRevoked);
        assert_eq!(rejected, revoked, "{polls}");
        // The budget of the address has one place, so it must be free again.
        at_once(account.sign_out_everywhere()).await.unwrap();
        is_complete
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn shared_refresh_survives_its_first_caller() {
    each_await_point(3, async |polls| {
        let fixture = Fixture::new().await;
        let refresh = || fixture.cognito.refresh("g.h.i.j.k").into_future();
        let (mut first, mut second) = (refresh(), refresh());
        let is_complete = polled(&mut first, polls).await;
        // The first poll joins the call in flight, and may complete it.
        let joined = std::future::poll_fn(|context| Poll::Ready(second.as_mut().poll(context)));
        let joined = joined.await;
        drop(first);
        let result = match joined {
            Poll::Ready(result) => result,
            Poll::Pending => at_once(second).await,
        };
        drop(result.unwrap());
        settle().await;
        let calls = if is_complete { 2 } else { 1 };
        assert_eq!(fixture.requests(), [calls; 2], "{polls}");
        let callers = 1 + u64::from(polls > 0);
        assert_eq!(fixture.measured("GetTokensFromRefreshToken"), callers);
        is_complete
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn refresh_completes_without_its_callers() {
    each_await_point(6, async |polls| {
        let fixture = Fixture::new().await;
        let refresh = || fixture.cognito.refresh("g.h.i.j.k").client_address(ADDRESS);
        let is_complete = dropped(refresh(), polls).await;
        let sent = usize::from(polls > 0);
        assert_eq!(fixture.requests(), [sent; 2], "{polls}");
        assert_eq!(fixture.measured("GetTokensFromRefreshToken"), sent as u64);
        drop(at_once(refresh()).await.unwrap());
        assert_eq!(fixture.requests(), [sent + 1; 2], "{polls}");
        is_complete
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn call_continues_after_panic_of_caller() {
    let fixture = Fixture::new().await;
    let mut login = fixture.cognito.login(EMAIL, PASSWORD).into_future();
    let caller = tokio::spawn(async move {
        assert!(!polled(&mut login, 1).await);
        panic!("the caller panics");
    });
    assert!(caller.await.unwrap_err().is_panic());
    settle().await;
    assert_eq!(fixture.requests(), [1; 2]);
}

#[tokio::test(start_paused = true)]
async fn call_that_panics_is_not_continued() {
    let fixture = Fixture::new().await;
    fixture.pool.panics.store(true, Ordering::Relaxed);
    let login = fixture.cognito.login(EMAIL, PASSWORD).into_future();
    assert!(tokio::spawn(login).await.unwrap_err().is_panic());
    // A task with the call would panic again, and send nothing.
    settle().await;
    assert_eq!(fixture.requests(), [1, 0]);
    assert_eq!(
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks(),
        0
    );
}
