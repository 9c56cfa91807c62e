//! The user pool of the site: the emulator in this process, or the pool that the environment
//! variables configure.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use axum::http::Uri;
use cognito::administration::JsonDocument;
use cognito::authentication::OfferedFactors;
use cognito::clock::{Clock, SystemClock};
use cognito::config::PoolConfig;
use cognito::{Cognito, CognitoBuilder, Operation};
use cognito_axum::{SameOrigin, SameSite, SecurityHeaders, SessionCookies, TrustedProxies};
use cognito_emulator::{Client, Emulator, FirstFactor};
use cognito_tower::Guard;
use serde_json::json;

use crate::site::sharing::{self, Instance, Secret, Sharing};
use crate::site::{App, CONTENT_SECURITY_POLICY, Delegation, WalkClock, admins, orders, recovery};

/// The reason why the auth server cannot start.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The grace period for used refresh tokens (`RefreshTokenRotation`). Several tabs can refresh at
/// almost the same time with the same token, so Cognito must accept a used refresh token for a
/// short time.
const GRACE: Duration = Duration::from_secs(60);
/// The lifetime of `Strict-Transport-Security`: one year, as browsers' preload lists require.
const TLS_ONLY: Duration = Duration::from_secs(365 * 24 * 3600);

/// The settings of the auth server, which are the same for all its instances.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// The public URL of the site. Default: `http://localhost`. With `https`, cookies are `Secure`.
    pub(crate) public_url: Option<String>,
    pub(crate) trusted_proxies: Vec<String>,
    /// The shared store. `None` if this is the only instance.
    pub(crate) sharing: Option<Sharing>,
    /// The secret from which an instance derives its keys, such as the key that seals challenges.
    /// All instances need the same secret. If it is `None`, each instance has random keys.
    pub(crate) secret: Option<Secret>,
    /// `true` if a sign-in with a password requests an authentication level. Default: `false`. The
    /// instances of [`emulated`] always request it.
    pub(crate) requests_level: bool,
}

/// Creates this number of instances of the site, with one emulated user pool in this process. All
/// instances use this pool and the same settings.
pub(crate) async fn emulated(
    settings: &Settings,
    clock: Arc<dyn Clock>,
    instances: usize,
) -> Result<Vec<App>, Failure> {
    let pool = Arc::new(pool(&clock).await?);
    let mut apps = Vec::new();
    for _ in 0..instances {
        let mut app = on(settings, Arc::clone(&pool), Arc::clone(&clock)).await?;
        app.requests_level = true;
        app.delegation = Some(Delegation::new(&pool, &clock).await?);
        apps.push(app);
    }
    if let Some(app) = apps.first() {
        track_sessions(&app.cognito).await?;
    }
    Ok(apps)
}

/// Makes the user pool record the sessions of its users. An operator does this once.
async fn track_sessions(cognito: &Cognito) -> Result<(), Failure> {
    let operation = Operation::SetUserPoolSessionConfiguration;
    let settings = json!({
        "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 100 },
    });
    let settings = JsonDocument::try_from(settings)?;
    drop(cognito.admin().document(operation, settings).await?);
    Ok(())
}

/// Creates an emulated user pool with all features that the site shows.
async fn pool(clock: &Arc<dyn Clock>) -> Result<Emulator, Failure> {
    let client = Client::new("authserver")
        .prevent_user_existence_errors(true)
        .refresh_rotation(GRACE);
    let pool = orders::clients(Emulator::builder().client(client))
        .passkeys("localhost")
        .multi_factor_passkeys()
        .first_factor(FirstFactor::EmailOtp)
        .email_mfa(true)
        .clock(Arc::clone(clock));
    Ok(pool.start().await?)
}

/// Creates an instance of the site for the user pool of this emulator.
pub(crate) async fn on(
    settings: &Settings,
    emulator: impl Into<Arc<Emulator>>,
    clock: Arc<dyn Clock>,
) -> Result<App, Failure> {
    let emulator = emulator.into();
    let pool = PoolConfig::new(
        emulator.user_pool_id().parse()?,
        emulator.client_id().parse()?,
    );
    let cognito = Cognito::builder()
        .config(pool)
        .emulator(emulator.endpoint())
        .clock(Arc::clone(&clock));
    let mut app = app(settings, cognito, clock).await?;
    app.emulator = Some(emulator);
    Ok(app)
}

/// Creates an instance of the site for a user pool. The environment variables, such as
/// `AWS_COGNITO_USER_POOL_ID`, configure the pool.
pub(crate) async fn from_environment(settings: &Settings) -> Result<App, Failure> {
    let cognito = CognitoBuilder::from_env().await?;
    app(settings, cognito, Arc::new(SystemClock::new())).await
}

/// Creates an instance of the example web site. `cognito` builds its `Cognito` client.
pub(crate) async fn app(
    settings: &Settings,
    cognito: CognitoBuilder,
    clock: Arc<dyn Clock>,
) -> Result<App, Failure> {
    let (sharing, secret) = (settings.sharing.as_ref(), settings.secret.as_ref());
    let cognito = sharing::joined(cognito, sharing, secret)?.build().await?;
    let mut same_origin = SameOrigin::new();
    let mut headers = SecurityHeaders::new().content_security_policy(CONTENT_SECURITY_POLICY)?;
    // With `Strict`, users who follow a link from another site would seem to be signed out. Forms
    // are protected by `SameOrigin`.
    let mut cookies = SessionCookies::new().same_site(SameSite::Lax);
    if let Some(url) = &settings.public_url {
        same_origin = same_origin.allow_origin(url)?;
    }
    let is_https = match &settings.public_url {
        Some(url) => is_https(url)?,
        None => false,
    };
    if is_https {
        headers = headers.strict_transport_security(TLS_ONLY);
    } else {
        cookies = cookies.danger_without_secure();
    }
    let mut proxies = TrustedProxies::none();
    for network in &settings.trusted_proxies {
        proxies = proxies.network(network)?;
    }
    Ok(App {
        admins: Guard::access(cognito.clone())
            .group(admins::GROUP)
            .clock(Arc::clone(&clock)),
        recovery: recovery::guard(cognito.clone()).clock(Arc::clone(&clock)),
        delegation: None,
        requests_level: settings.requests_level,
        cognito,
        emulator: None,
        clock,
        cookies,
        headers,
        instance: None,
        // The factors that the pool of `emulated` allows. For another pool, set its factors here.
        offered: OfferedFactors::passwords()
            .email_otp()
            .passkeys(relying_party(settings)?),
        is_https,
        is_sharing: sharing.is_some(),
        proxies,
        same_origin,
        walk_clock: None,
    })
}

/// Returns `true` for an `https` URL, and `false` for an `http` URL with a loopback host. Fails for
/// any other URL: without TLS, anyone on the network path could read the cookies.
fn is_https(url: &str) -> Result<bool, Failure> {
    let uri: Uri = url.parse()?;
    let is_here = uri.host().is_some_and(is_this_machine);
    match uri.scheme_str() {
        Some("https") => Ok(true),
        Some("http") if is_here => Ok(false),
        _ => Err(format!(
            "{url} cannot be the public address: it must begin with https://, or be http://localhost"
        )
        .into()),
    }
}

/// Returns the relying party id for passkeys: the host of the site's public URL.
fn relying_party(settings: &Settings) -> Result<String, Failure> {
    let url = settings.public_url.as_deref().unwrap_or("http://localhost");
    let uri: Uri = url.parse()?;
    Ok(uri.host().unwrap_or("localhost").to_owned())
}

fn is_this_machine(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

impl App {
    /// Sets the identity of the instance. The pages of the instance show it.
    pub(crate) fn named(mut self, instance: Instance) -> Self {
        self.instance = Some(instance);
        self
    }

    /// Sets the clock that tests of the site can advance with `POST /walk/clock`.
    pub(crate) fn with_walk_clock(mut self, clock: WalkClock) -> Self {
        self.walk_clock = Some(clock);
        self
    }
}

impl FromRef<App> for TrustedProxies {
    fn from_ref(app: &App) -> Self {
        app.proxies.clone()
    }
}
