//! The site does not reveal to the public whether an account exists.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use cognito_emulator::{Client, Emulator, Fault};
use http::StatusCode;

use crate::browser::{Answer, Browser, EMAIL, PASSWORD};

#[tokio::test]
async fn login_hides_account_existence() {
    let mut browser = Browser::with_person().await;
    let sign_up = [("email", "unconfirmed@example.com"), ("password", PASSWORD)];
    browser.post("/sign-up", &sign_up).await;
    let mut answers = Vec::new();
    for (email, password) in [
        (EMAIL, "WrongPass123!"),
        ("nobody@example.com", "WrongPass123!"),
        ("unconfirmed@example.com", PASSWORD),
    ] {
        let form = [
            ("email", email),
            ("password", password),
            ("way", "password"),
        ];
        let answer = browser.post("/login", &form).await;
        answers.push((answer.status, answer.text.replace(email, "somebody")));
    }
    assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[tokio::test]
async fn code_request_hides_account_existence() {
    // The pool of this client reveals missing users.
    let mut browser = Browser::on(Emulator::builder().client(Client::new("legacy"))).await;
    for path in ["/forgot-password", "/confirm/resend"] {
        let known = browser.post(path, &[("email", EMAIL)]).await;
        let unknown = browser.post(path, &[("email", "nobody@example.com")]).await;
        assert_eq!(known.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(known.location(), unknown.location(), "{path}");
    }
}

/// A user who has signed up but not confirmed the account.
const NEWCOMER: &str = "newcomer@example.com";

const STRANGER: &str = "stranger@example.com";

/// Creates a site on a pool that reveals accounts, with a confirmed and an unconfirmed user.
async fn with_a_pool_that_tells() -> Browser {
    let mut browser = Browser::on(Emulator::builder().client(Client::new("legacy"))).await;
    let form = [("email", NEWCOMER), ("password", PASSWORD)];
    let answer = browser.post("/sign-up", &form).await;
    assert_eq!(answer.location(), "/confirm", "{}", answer.text);
    browser
}

/// Returns the responses to a form with a code, for each of these users.
async fn answers(browser: &mut Browser, path: &str, people: &[&str]) -> Vec<(StatusCode, String)> {
    let mut answers = Vec::new();
    for email in people {
        let form = [
            ("email", *email),
            ("code", "000000"),
            ("new_password", PASSWORD),
        ];
        let answer = browser.post(path, &form).await;
        answers.push((answer.status, answer.text.replace(email, "somebody")));
    }
    answers
}

#[tokio::test]
async fn wrong_code_hides_account_existence() {
    let mut browser = with_a_pool_that_tells().await;
    let people = [STRANGER, NEWCOMER, EMAIL];
    for path in ["/confirm", "/reset-password"] {
        browser.post("/forgot-password", &[("email", EMAIL)]).await;
        let mut all = answers(&mut browser, path, &people).await;
        browser.clock.advance(Duration::from_secs(48 * 3600));
        all.extend(answers(&mut browser, path, &people).await);
        assert_eq!(all[0].0, StatusCode::BAD_REQUEST, "{path}");
        for answer in &all {
            assert_eq!(*answer, all[0], "{path}");
        }
    }
}

#[tokio::test]
async fn code_limit_hides_account_existence() {
    let mut browser = with_a_pool_that_tells().await;
    for (path, operation) in [
        ("/confirm", "ConfirmSignUp"),
        ("/reset-password", "ConfirmForgotPassword"),
    ] {
        let before = answers(&mut browser, path, &[STRANGER]).await;
        for code in ["LimitExceededException", "UserNotConfirmedException"] {
            let fault = Fault::error(operation, code, "failure");
            browser
                .emulator
                .inject(fault.times(1))
                .expect("a known name");
            let limited = answers(&mut browser, path, &[NEWCOMER]).await;
            assert_eq!(before, limited, "{path} {code}");
        }
    }
}

#[tokio::test]
async fn code_request_limit_hides_account_existence() {
    let mut browser = with_a_pool_that_tells().await;
    for (path, known) in [("/forgot-password", EMAIL), ("/confirm/resend", NEWCOMER)] {
        // More than the pool allows for one user, and fewer in total than the site allows for an
        // address.
        for request in 1..=7 {
            let known = browser.post(path, &[("email", known)]).await;
            let unknown = browser.post(path, &[("email", STRANGER)]).await;
            assert_eq!(known.status, StatusCode::SEE_OTHER, "{path} {request}");
            assert_eq!(known.location(), unknown.location(), "{path} {request}");
        }
    }
}

#[tokio::test]
async fn delivery_failure_hides_account_existence() {
    let mut browser = with_a_pool_that_tells().await;
    for (path, operation) in [
        ("/forgot-password", "ForgotPassword"),
        ("/confirm/resend", "ResendConfirmationCode"),
    ] {
        let unknown = browser.post(path, &[("email", STRANGER)]).await;
        for code in [
            "CodeDeliveryFailureException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "PasswordResetRequiredException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
        ] {
            let fault = Fault::error(operation, code, "failure");
            browser
                .emulator
                .inject(fault.times(1))
                .expect("a known name");
            let known = browser.post(path, &[("email", NEWCOMER)]).await;
            assert_eq!(known.location(), unknown.location(), "{path} {code}");
        }
        // An error that is the same for every user is shown.
        browser
            .emulator
            .inject(Fault::error(operation, "InternalErrorException", "failure"))
            .expect("a known name");
        let failed = browser.post(path, &[("email", NEWCOMER)]).await;
        assert!(failed.status.is_server_error(), "{path} {}", failed.status);
    }
}

#[tokio::test]
async fn guessing_codes_locks_caller_not_account() {
    let mut browser = with_a_pool_that_tells().await;
    let code = browser.emulator.inbox().latest_code(NEWCOMER);
    let code = code.expect("a code");
    let mut last = StatusCode::OK;
    for _ in 0..15 {
        last = answers(&mut browser, "/confirm", &[NEWCOMER]).await[0].0;
        if last == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    browser.address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
    let form = [("email", NEWCOMER), ("code", code.as_str())];
    let right = browser.post("/confirm", &form).await;
    assert_eq!(right.location(), "/login?done=confirmed", "{}", right.text);

    let mut last = StatusCode::OK;
    for _ in 0..15 {
        last = answers(&mut browser, "/reset-password", &[EMAIL]).await[0].0;
        if last == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    browser.address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let elsewhere = answers(&mut browser, "/reset-password", &[EMAIL]).await;
    assert_eq!(elsewhere[0].0, StatusCode::BAD_REQUEST);
}

/// How many attempts an attacker makes in a row.
const ATTEMPTS: u8 = 40;
/// Users in each state that an attacker could ask about, with names of equal length.
const USERS: [&str; 6] = [
    "u-exists@example.com",
    "u-signup@example.com",
    "u-barred@example.com",
    "u-invite@example.com",
    "u-resets@example.com",
    "u-nobody@example.com",
];

/// Creates a site with a user in each state, on a pool that reveals users or does not.
async fn with_users(prevents_errors: bool) -> Browser {
    let client = Client::new("site").prevent_user_existence_errors(prevents_errors);
    let mut browser = Browser::on(Emulator::builder().client(client)).await;
    let [exists, signed_up, disabled, invited, resets, _] = USERS;
    for email in [exists, disabled, resets] {
        let created = browser.emulator.create_user(email, PASSWORD, &[]);
        created.expect("a user");
    }
    let form = [("email", signed_up), ("password", PASSWORD)];
    browser.post("/sign-up", &form).await;
    let admin = browser.cognito.admin();
    admin.user(disabled).disable().await.expect("disabled");
    admin.create_user(invited).await.expect("invited");
    let reset = admin.user(resets).reset_password();
    reset.await.expect("a reset");
    browser
}

/// Returns the responses to an attacker who sends a form repeatedly, with a new address after every
/// third request. The name in the form is replaced in the responses.
async fn sequence(
    browser: &mut Browser,
    path: &str,
    form: &[(&str, &str)],
    user: u8,
) -> Vec<String> {
    let mut seen = Vec::new();
    for number in 0..ATTEMPTS {
        browser.address = IpAddr::V4(Ipv4Addr::new(198, 18, number / 3, user));
        browser.cookies.clear();
        let answer = browser.post(path, form).await;
        seen.push(shown(&answer, form[0].1));
    }
    seen
}

/// Returns a response without the name in the form, and without random values, of which only the
/// length is kept.
fn shown(answer: &Answer, email: &str) -> String {
    let mut all = format!("{} {}", answer.status, answer.text);
    for (name, value) in &answer.headers {
        let value = value.to_str().expect("text");
        let value = match value.split_once("challenge=") {
            Some((name, rest)) if !rest.starts_with(';') => {
                let (state, rest) = rest.split_once(';').expect("attributes");
                format!("{name}challenge=({}){rest}", state.len())
            }
            _ => value.to_owned(),
        };
        all += &format!("\n{name}: {value}");
    }
    const NONCE: &str = "&quot;challenge&quot;:&quot;";
    if let Some((before, rest)) = all.split_once(NONCE) {
        let (nonce, rest) = rest.split_once("&quot;").expect("the end of a string");
        all = format!("{before}{NONCE}({}){rest}", nonce.len());
    }
    all.replace(email, "somebody")
}

/// Sends a form about each of the users, and compares the sequences of responses.
async fn users_look_alike(prevents_errors: bool, path: &str) {
    let mut browser = with_users(prevents_errors).await;
    let mut first: Option<Vec<String>> = None;
    for (number, user) in (1..).zip(USERS) {
        let form = [
            ("email", user),
            ("password", "WrongPass123!"),
            ("way", "password"),
            ("code", "000000"),
            ("new_password", PASSWORD),
        ];
        let seen = sequence(&mut browser, path, &form, number).await;
        let first: &Vec<String> = first.get_or_insert_with(|| seen.clone());
        for (attempt, (seen, first)) in (1..).zip(seen.iter().zip(first)) {
            assert_eq!(
                seen, first,
                "{prevents_errors} {path} {user}, attempt {attempt}"
            );
        }
    }
}

#[tokio::test]
async fn login_sequences_are_equal_for_all_users() {
    users_look_alike(true, "/login").await;
    users_look_alike(false, "/login").await;
}

/// The site requests an authentication level at the sign-in with a password.
#[tokio::test]
async fn leveled_login_is_equal_for_all_users() {
    let mut browser = Browser::start().await;
    let admin = browser.cognito.admin();
    let [exists, signed_up, disabled, invited, resets, _] = USERS;
    for email in [exists, disabled, resets] {
        let created = browser.emulator.create_user(email, PASSWORD, &[]);
        created.expect("a user");
    }
    let form = [("email", signed_up), ("password", PASSWORD)];
    browser.post("/sign-up", &form).await;
    admin.user(disabled).disable().await.expect("disabled");
    admin.create_user(invited).await.expect("invited");
    let reset = admin.user(resets).reset_password();
    reset.await.expect("a reset");
    let mut first: Option<Vec<String>> = None;
    for (number, user) in (1..).zip(USERS) {
        let form = [
            ("email", user),
            ("password", "WrongPass123!"),
            ("way", "password"),
        ];
        let seen = sequence(&mut browser, "/login", &form, number).await;
        let first: &Vec<String> = first.get_or_insert_with(|| seen.clone());
        assert_eq!(&seen, first, "{user}");
    }
}

#[tokio::test]
async fn code_sequences_are_equal_for_all_users() {
    users_look_alike(false, "/confirm").await;
    users_look_alike(false, "/reset-password").await;
}

#[tokio::test]
async fn code_request_sequences_are_equal_for_all_users() {
    users_look_alike(false, "/confirm/resend").await;
    users_look_alike(false, "/forgot-password").await;
}

/// Returns what an attacker sees who begins a sign-in without a password, requests the next page
/// and sends its form.
async fn by_choice(browser: &mut Browser, way: &str, email: &str) -> Vec<String> {
    let form = [("email", email), ("way", way)];
    let begun = browser.post("/login", &form).await;
    let page = browser.get("/login/step").await;
    let form: &[(&str, &str)] = match way {
        "any" => &[("choice", "PASSWORD_SRP"), ("password", "WrongPass123!")],
        "code" => &[("code", "00000000")],
        _ => return vec![shown(&begun, email), shown(&page, email)],
    };
    let answer = browser.post("/login/step", form).await;
    let after = browser.get("/login/step").await;
    [begun, page, answer, after]
        .map(|answer| shown(&answer, email))
        .to_vec()
}

#[tokio::test]
async fn choice_sequences_are_equal_for_all_users() {
    for way in ["any", "code", "passkey"] {
        let mut browser = Browser::start().await;
        let [exists, signed_up, disabled, invited, resets, _] = USERS;
        let form = |email| [("email", email), ("password", PASSWORD)];
        for email in [exists, disabled, resets] {
            browser.post("/sign-up", &form(email)).await;
            let code = browser.emulator.inbox().latest_code(email).expect("a code");
            let confirm = [("email", email), ("code", code.as_str())];
            browser.post("/confirm", &confirm).await;
        }
        browser.post("/sign-up", &form(signed_up)).await;
        let admin = browser.cognito.admin();
        admin.user(disabled).disable().await.expect("disabled");
        admin.create_user(invited).await.expect("invited");
        let reset = admin.user(resets).reset_password();
        reset.await.expect("a reset");

        let mut first: Option<Vec<Vec<String>>> = None;
        for (last, user) in (1..).zip(USERS) {
            let mut seen = Vec::new();
            for number in 0..ATTEMPTS {
                browser.address = IpAddr::V4(Ipv4Addr::new(198, 18, number / 3, last));
                browser.cookies.clear();
                seen.push(by_choice(&mut browser, way, user).await);
            }
            let first: &Vec<_> = first.get_or_insert_with(|| seen.clone());
            for (attempt, (seen, first)) in (1..).zip(seen.iter().zip(first)) {
                assert_eq!(seen, first, "{way} {user}, attempt {attempt}");
            }
        }
    }
}
