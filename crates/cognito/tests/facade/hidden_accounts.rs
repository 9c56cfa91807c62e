//! The public cannot distinguish users, neither by responses nor by the number of calls and
//! counters.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cognito::attempt::AttemptGuard;
use cognito::authentication::{FirstFactor, OfferedFactors};
use cognito::challenge;
use cognito::error::Substitute;
use cognito::store::{MemoryStore, Store, StoreKey};
use cognito::{Challenge, ChallengeName, Error, ErrorKind, Result, SignIn, SignInFlow};
use cognito_emulator::{AuthFlow, Client, Fault, FirstFactor as Allowed};
use cognito_testkit::LogCapture;

use crate::fixture::{Fixture, NOW, OTHER_PASSWORD, PASSWORD};

const GUESS: &str = "WrongPass123!";
/// The JSON of a passkey that signs nothing.
const CREDENTIAL: &str = r#"{"id":"AQ","response":{"signature":"MEU"}}"#;
/// Users in each state, with names of equal length. The last one does not exist.
const USERS: [&str; 7] = [
    "u-exists@example.com",
    "u-mailed@example.com",
    "u-signup@example.com",
    "u-barred@example.com",
    "u-invite@example.com",
    "u-resets@example.com",
    "u-nobody@example.com",
];

/// A store that counts its calls.
#[derive(Debug)]
struct CountingStore {
    inner: MemoryStore,
    calls: Arc<Mutex<BTreeMap<&'static str, u64>>>,
}

impl CountingStore {
    fn count(&self, name: &'static str) {
        *self.calls.lock().unwrap().entry(name).or_default() += 1;
    }
}

#[async_trait]
impl Store for CountingStore {
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        self.count("read");
        self.inner.read(key).await
    }

    async fn write(&self, key: &StoreKey, value: Vec<u8>, time_to_live: Duration) -> Result<()> {
        self.count("write");
        self.inner.write(key, value, time_to_live).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<()> {
        self.count("delete");
        self.inner.delete(key).await
    }

    async fn add(&self, key: &StoreKey, delta: i64, time_to_live: Duration) -> Result<i64> {
        self.count("add");
        self.inner.add(key, delta, time_to_live).await
    }

    async fn subtract(&self, key: &StoreKey, amount: u32) -> Result<i64> {
        self.count("subtract");
        self.inner.subtract(key, amount).await
    }
}

/// A pool with a user in each state, and the calls so far.
struct Counted {
    fixture: Fixture,
    store: Arc<Mutex<BTreeMap<&'static str, u64>>>,
}

impl Counted {
    async fn start(prevents_errors: bool) -> Self {
        let client = Client::new("hiding")
            .flow(AuthFlow::UserAuth)
            .flow(AuthFlow::UserPassword)
            .flow(AuthFlow::UserSrp)
            .prevent_user_existence_errors(prevents_errors);
        let store = Arc::<Mutex<BTreeMap<_, _>>>::default();
        let clock = Arc::new(cognito_testkit::FixedClock::at_unix(NOW));
        let counting = CountingStore {
            inner: MemoryStore::new(Arc::clone(&clock) as _),
            calls: Arc::clone(&store),
        };
        let guard = AttemptGuard::builder(Arc::new(counting), clock)
            .build()
            .unwrap();
        let fixture = Fixture::ours_with(
            |emulator| {
                let emulator = emulator.client(client).passkeys("localhost");
                emulator.first_factor(Allowed::EmailOtp)
            },
            |cognito| cognito.attempt_guard(guard),
        )
        .await;
        let [exists, mailed, signed_up, disabled, invited, resets, _] = USERS;
        for email in [exists, disabled, resets] {
            fixture
                .emulator()
                .create_user(email, PASSWORD, &[])
                .unwrap();
        }
        fixture.confirmed_user(mailed).await;
        fixture.cognito.sign_up(signed_up, PASSWORD).await.unwrap();
        let admin = fixture.cognito.admin();
        admin.user(disabled).disable().await.unwrap();
        admin.create_user(invited).await.unwrap();
        admin.user(resets).reset_password().await.unwrap();
        Self { fixture, store }
    }

    fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = self.store.lock().unwrap().clone();
        for operation in [
            "InitiateAuth",
            "RespondToAuthChallenge",
            "ForgotPassword",
            "ConfirmForgotPassword",
            "ConfirmSignUp",
            "ResendConfirmationCode",
        ] {
            counts.insert(operation, self.fixture.emulator().calls(operation));
        }
        counts
    }

    /// Returns the calls since the counts were taken.
    fn since(&self, before: &BTreeMap<&'static str, u64>) -> BTreeMap<&'static str, u64> {
        let now = self.counts().into_iter();
        now.map(|(name, count)| (name, count - before.get(name).unwrap_or(&0)))
            .collect()
    }
}

fn offered() -> OfferedFactors {
    OfferedFactors::passwords()
        .email_otp()
        .passkeys("localhost")
}

fn shown(error: &Error) -> String {
    match error.substitute() {
        None => format!("{:?} {:?}", error.kind(), error.retry_after()),
        Some(other) => format!("{other:?}"),
    }
}

fn outcome<T>(result: Result<T>) -> String {
    match result {
        // The destination of a code is not part of a public response.
        Ok(_) => format!("{:?}", Substitute::CodeSent),
        Err(error) => shown(&error),
    }
}

/// Makes one attempt of the named kind.
async fn attempt(fixture: &Fixture, way: &str, user: &str, from: IpAddr) -> String {
    let cognito = &fixture.cognito;
    match way {
        "srp" => outcome(cognito.login(user, GUESS).client_address(from).await),
        "password" => {
            let login = cognito.login(user, GUESS).flow(SignInFlow::UserPassword);
            outcome(login.client_address(from).await)
        }
        "confirm" => {
            let confirm = cognito.confirm_sign_up(user, "000000");
            outcome(confirm.client_address(from).await)
        }
        "reset" => {
            let reset = cognito.confirm_forgot_password(user, "000000", OTHER_PASSWORD);
            outcome(reset.client_address(from).await)
        }
        "forgot" => outcome(cognito.forgot_password(user).await),
        "resend" => outcome(cognito.resend_confirmation_code(user).await),
        way => by_choice(fixture, way, user, from).await,
    }
}

/// Makes one attempt of a choice-based sign-in. A challenge is described as the public sees it.
async fn by_choice(fixture: &Fixture, way: &str, user: &str, from: IpAddr) -> String {
    let cognito = &fixture.cognito;
    let password = || FirstFactor::PasswordSrp(GUESS.parse().unwrap());
    let login = cognito.login_by_choice(user).hide_account(&offered());
    let login = match way {
        "choice" | "choice, password" | "choice, code" => login,
        "preferred password" => login.prefer(password()),
        "preferred code" => login.prefer(FirstFactor::EmailOtp),
        "preferred passkey" => login.prefer(FirstFactor::WebAuthn),
        other => panic!("no way is called {other}"),
    };
    let challenge = match login.client_address(from).await {
        Ok(SignIn::Challenge(challenge)) => challenge,
        other => return outcome(other),
    };
    let mut seen = described(fixture, &challenge, user);
    let answer = match (way, challenge) {
        ("choice, password", Challenge::SelectChallenge(select)) => select.choose(password()),
        ("choice, code", Challenge::SelectChallenge(select)) => {
            select.choose(FirstFactor::EmailOtp)
        }
        ("preferred code", Challenge::EmailOtp(otp)) => otp.code("00000000"),
        _ => return seen,
    };
    match cognito.respond(answer).client_address(from).await {
        Ok(SignIn::Challenge(challenge)) => seen += &described(fixture, &challenge, user),
        Ok(SignIn::Complete(_)) => panic!("a guess signs in"),
        Err(refused) => {
            seen += &shown(refused.error());
            let again = refused.into_challenge();
            seen += &again.map_or_else(String::new, |it| described(fixture, &it, user));
        }
    }
    seen
}

fn described(fixture: &Fixture, challenge: &Challenge, user: &str) -> String {
    let step = challenge.step();
    let state = fixture.cognito.challenge_to_state(challenge).unwrap();
    let passkey = match challenge {
        Challenge::WebAuthn(passkey) => {
            let options = passkey.request_options().expect("options of a passkey");
            let mut options = options.as_json().clone();
            let nonce = options["challenge"].as_str().unwrap().len();
            options["challenge"] = nonce.into();
            options.to_string()
        }
        _ => String::new(),
    };
    let destination = step.parameter("CODE_DELIVERY_DESTINATION");
    assert!(!destination.is_some_and(|shown| shown.contains(user)));
    format!(
        "[{} {:?} {destination:?} {} {passkey}]",
        step.name(),
        step.available(),
        state.len(),
    )
}

/// The number of attempts for each user, three from each address. Cognito locks a user after five.
const ATTEMPTS: u8 = 7;

/// Compares the public responses and the calls for all users.
async fn users_look_alike(prevents_errors: bool, ways: &[&str]) {
    for way in ways {
        let counted = Counted::start(prevents_errors).await;
        let mut first = None;
        for (last, user) in (1..).zip(USERS) {
            let mut all = Vec::new();
            for number in 0..ATTEMPTS {
                let before = counted.counts();
                let from = IpAddr::from([198, 18, number / 3, last]);
                let seen = attempt(&counted.fixture, way, user, from).await;
                all.push((seen, counted.since(&before)));
            }
            let first: &Vec<_> = first.get_or_insert_with(|| all.clone());
            for (number, (one, other)) in (1..).zip(all.iter().zip(first)) {
                assert_eq!(
                    one, other,
                    "{prevents_errors} {way} {user}, attempt {number}"
                );
            }
        }
    }
}

const BY_PASSWORD: [&str; 2] = ["srp", "password"];
const BY_CODE: [&str; 4] = ["confirm", "reset", "forgot", "resend"];
const BY_CHOICE: [&str; 6] = [
    "choice",
    "choice, password",
    "choice, code",
    "preferred password",
    "preferred code",
    "preferred passkey",
];

#[tokio::test]
async fn users_look_alike_at_login() {
    users_look_alike(true, &BY_PASSWORD).await;
    users_look_alike(false, &BY_PASSWORD).await;
}

#[tokio::test]
async fn users_look_alike_where_codes_are_used() {
    users_look_alike(true, &BY_CODE).await;
    users_look_alike(false, &BY_CODE).await;
}

#[tokio::test]
async fn users_look_alike_at_choice_based_sign_in() {
    users_look_alike(true, &BY_CHOICE).await;
}

#[tokio::test]
async fn users_look_alike_by_choice_on_revealing_pools() {
    users_look_alike(false, &BY_CHOICE).await;
}

#[tokio::test]
async fn users_sign_in_where_accounts_are_hidden() {
    let counted = Counted::start(false).await;
    let (fixture, user) = (&counted.fixture, USERS[1]);
    let login = || {
        fixture
            .cognito
            .login_by_choice(user)
            .hide_account(&offered())
    };
    let step = login().prefer(FirstFactor::EmailOtp).await.unwrap();
    let SignIn::Challenge(challenge) = step else {
        panic!("a code is asked for");
    };
    let state = fixture.cognito.challenge_to_state(&challenge).unwrap();
    let Challenge::EmailOtp(otp) = fixture.cognito.challenge_from_state(&state).unwrap() else {
        panic!("a code is asked for");
    };
    let code = fixture.emulator().inbox().latest_code(user).unwrap();
    let signed_in = fixture.cognito.respond(otp.code(code)).await.unwrap();
    assert!(matches!(signed_in, SignIn::Complete(_)));

    let SignIn::Challenge(Challenge::SelectChallenge(select)) = login().await.unwrap() else {
        panic!("a choice is asked for");
    };
    let password = FirstFactor::PasswordSrp(PASSWORD.parse().unwrap());
    let signed_in = fixture.cognito.respond(select.choose(password)).await;
    assert!(matches!(signed_in.unwrap(), SignIn::Complete(_)));
}

#[tokio::test]
async fn unknown_users_are_offered_the_configured_factors() {
    let counted = Counted::start(false).await;
    let fixture = &counted.fixture;
    let login = fixture.cognito.login_by_choice("u-nobody@example.com");
    let step = login.hide_account(&offered()).await.unwrap();
    let SignIn::Challenge(Challenge::SelectChallenge(select)) = step else {
        panic!("a choice is asked for");
    };
    let names: Vec<&str> = select.options().iter().map(ChallengeName::as_str).collect();
    assert_eq!(
        names,
        ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "WEB_AUTHN"]
    );
}

#[tokio::test]
async fn passkey_errors_look_like_wrong_passwords() {
    let counted = Counted::start(true).await;
    let fixture = &counted.fixture;
    let typed = |asked: challenge::WebAuthn| asked.credential(CREDENTIAL);
    let untyped = |asked: challenge::WebAuthn| asked.answer_with([("CREDENTIAL", CREDENTIAL)]);
    for exception in [
        "CodeMismatchException",
        "MFAMethodNotFoundException",
        "WebAuthnOriginNotAllowedException",
        "WebAuthnRelyingPartyMismatchException",
    ] {
        for response in [typed as fn(_) -> _, untyped] {
            let login = fixture.cognito.login_by_choice(USERS[0]);
            let login = login.hide_account(&offered()).prefer(FirstFactor::WebAuthn);
            let SignIn::Challenge(Challenge::WebAuthn(asked)) = login.await.unwrap() else {
                panic!("a passkey is asked for");
            };
            // Cognito evaluates the response only for the session of a user who has a passkey.
            let fault = Fault::error("RespondToAuthChallenge", exception, "words");
            fixture.emulator().inject(fault.times(1)).unwrap();
            let refused = fixture.cognito.respond(response(asked)).await.unwrap_err();
            let wrong_password = Some(Substitute::Error(ErrorKind::InvalidCredentials));
            assert_eq!(refused.error().substitute(), wrong_password, "{exception}");
        }
    }
}

#[tokio::test]
async fn errors_of_chosen_codes_look_like_sent_codes() {
    let counted = Counted::start(true).await;
    let fixture = &counted.fixture;
    for exception in [
        "CodeDeliveryFailureException",
        "InvalidParameterException",
        "LimitExceededException",
        "UserNotConfirmedException",
    ] {
        let fault = Fault::error("InitiateAuth", exception, "words");
        fixture.emulator().inject(fault.times(1)).unwrap();
        let login = fixture.cognito.login_by_choice(USERS[0]);
        let login = login.hide_account(&offered()).prefer(FirstFactor::EmailOtp);
        let step = login.await.unwrap();
        let is_code = matches!(step, SignIn::Challenge(Challenge::EmailOtp(_)));
        assert!(is_code, "{exception}");
    }
}

/// Writing a log line takes time. If lines were written for some users only, an attacker could
/// measure that.
#[tokio::test]
async fn same_number_of_log_lines_for_every_user() {
    for way in ["srp", "password", "confirm", "reset", "forgot", "resend"] {
        let counted = Counted::start(false).await;
        let mut first = None;
        for (number, user) in (1..).zip(USERS) {
            let logs = LogCapture::start();
            let _ = attempt(&counted.fixture, way, user, [198, 51, 100, number].into()).await;
            let text = logs.text();
            let lines = text.lines().filter(|line| !line.starts_with("TRACE"));
            let lines: Vec<&str> = lines.filter(|line| line.contains(" cognito::")).collect();
            let levels: Vec<&str> = lines.iter().filter_map(|it| it.split(' ').next()).collect();
            let levels = levels.join(" ");
            assert_eq!(
                *first.get_or_insert_with(|| levels.clone()),
                levels,
                "{way} {user}"
            );
            assert!(!levels.is_empty(), "nothing was logged of {way}");
        }
    }
}
