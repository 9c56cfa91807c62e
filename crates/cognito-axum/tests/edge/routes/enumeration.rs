//! Responses do not reveal whether an account exists.

use cognito::SignInFlow;
use cognito_axum::SessionCookies;
use cognito_core::ErrorKind;
use cognito_emulator::{AuthFlow, Client, Fault};
use http::HeaderMap;
use serde_json::{Value, json};

use super::{EMAIL, Fixture, OTHER_PASSWORD, PASSWORD, Reply, from_peer, posted};

const NOBODY: &str = "usem@example.com";

/// A pool that reveals missing users, so that only the routes can hide it.
async fn telling() -> Fixture {
    let client = Client::new("telling")
        .flow(AuthFlow::UserSrp)
        .prevent_user_existence_errors(false);
    let fixture = Fixture::with(
        |emulator| emulator.client(client).attempt_limits(false),
        |routes| routes,
    )
    .await;
    fixture.person();
    fixture
}

/// Returns all parts of a response. The clock is fixed, so the timestamp is the same too.
fn all_of(reply: &Reply) -> (u16, HeaderMap, &str) {
    (reply.status.as_u16(), reply.headers.clone(), &reply.text)
}

async fn alike(fixture: &Fixture, path: &str, of_somebody: Value, of_nobody: Value) -> Reply {
    let somebody = fixture.post(path, of_somebody).await;
    let nobody = fixture.post(path, of_nobody).await;
    assert_eq!(all_of(&somebody), all_of(&nobody));
    nobody
}

#[tokio::test]
async fn unknown_user_looks_like_wrong_password() {
    let fixture = telling().await;
    let body = |email: &str| json!({"email": email, "password": "WrongPass123!"});
    let reply = alike(&fixture, "/auth/login", body(EMAIL), body(NOBODY)).await;
    reply.refused(401, "Invalid credentials or unauthorized access");
    let known = fixture.cognito.login(NOBODY, PASSWORD).await.unwrap_err();
    assert_eq!(known.kind(), ErrorKind::UserNotFound, "the pool does tell");
}

#[tokio::test]
async fn unconfirmed_and_disabled_users_look_alike() {
    let fixture = telling().await;
    let body = |email: &str| json!({"email": email, "password": PASSWORD});
    fixture.cognito.admin().user(EMAIL).disable().await.unwrap();
    alike(&fixture, "/auth/login", body(EMAIL), body(NOBODY)).await;
    let new = "new@example.com";
    fixture.post("/auth/signup", body(new)).await.ok();
    alike(&fixture, "/auth/login", body(new), body(NOBODY)).await;
}

#[tokio::test]
async fn forgot_password_responds_alike_for_all() {
    let fixture = telling().await;
    // The two addresses differ only in the part that is masked.
    let body = |email: &str| json!({"email": email});
    let reply = alike(&fixture, "/auth/forgot-password", body(EMAIL), body(NOBODY)).await;
    assert_eq!(reply.ok()["message"], "Password reset code sent");
    assert!(fixture.emulator.inbox().latest_code(EMAIL).is_some());
    assert!(fixture.emulator.inbox().latest_code(NOBODY).is_none());
    for (code, message) in [
        (
            "LimitExceededException",
            "Attempt limit exceeded, please try after some time.",
        ),
        ("CodeDeliveryFailureException", "It could not be sent"),
        (
            "InvalidParameterException",
            "There is no registered/verified email or phone_number",
        ),
        (
            "NotAuthorizedException",
            "User password cannot be reset in the current state.",
        ),
        (
            "UserLambdaValidationException",
            "PreSignUp failed with error no.",
        ),
    ] {
        let fault = Fault::error("ForgotPassword", code, message).times(1);
        fixture.emulator.inject(fault).unwrap();
        alike(&fixture, "/auth/forgot-password", body(EMAIL), body(NOBODY))
            .await
            .ok();
    }
    fixture.cognito.admin().user(EMAIL).disable().await.unwrap();
    alike(&fixture, "/auth/forgot-password", body(EMAIL), body(NOBODY))
        .await
        .ok();
}

#[tokio::test]
async fn invalid_name_and_outage_are_always_shown() {
    let fixture = telling().await;
    let refused = fixture
        .post("/auth/forgot-password", json!({"email": ""}))
        .await;
    refused.refused(400, "The request is not valid");
    let fault = Fault::error(
        "ForgotPassword",
        "TooManyRequestsException",
        "Rate exceeded",
    );
    fixture.emulator.inject(fault).unwrap();
    for email in [EMAIL, NOBODY] {
        let refused = fixture
            .post("/auth/forgot-password", json!({"email": email}))
            .await;
        refused.refused(429, "Too many requests, please try again later");
    }
}

#[tokio::test]
async fn another_code_is_sent_to_everybody_alike() {
    let fixture = telling().await;
    let body = |email: &str| json!({"email": email});
    // The first user is already confirmed, the second does not exist.
    let reply = alike(&fixture, "/auth/resend-code", body(EMAIL), body(NOBODY)).await;
    assert_eq!(reply.ok()["message"], "Verification code sent");
}

#[tokio::test]
async fn a_code_is_wrong_for_everybody_alike() {
    let fixture = telling().await;
    let confirm = |email: &str| json!({"email": email, "code": "000000"});
    // The first user is already confirmed, the second does not exist.
    let reply = alike(&fixture, "/auth/confirm", confirm(EMAIL), confirm(NOBODY)).await;
    reply.refused(400, "Invalid verification code provided");
    let reset =
        |email: &str| json!({"email": email, "code": "000000", "newPassword": OTHER_PASSWORD});
    // First no code was requested, then one was.
    alike(
        &fixture,
        "/auth/reset-password",
        reset(EMAIL),
        reset(NOBODY),
    )
    .await;
    fixture
        .post("/auth/forgot-password", json!({"email": EMAIL}))
        .await
        .ok();
    let reply = alike(
        &fixture,
        "/auth/reset-password",
        reset(EMAIL),
        reset(NOBODY),
    )
    .await;
    reply.refused(400, "Invalid verification code provided");
    fixture.cognito.admin().user(EMAIL).disable().await.unwrap();
    alike(
        &fixture,
        "/auth/reset-password",
        reset(EMAIL),
        reset(NOBODY),
    )
    .await;
}

/// How many attempts an attacker makes in a row.
const ATTEMPTS: usize = 40;
/// Users in each state that an attacker could ask about. The names have equal lengths and are
/// masked alike.
const USERS: [&str; 6] = [
    "u-exists@example.com",
    "u-signup@example.com",
    "u-barred@example.com",
    "u-invite@example.com",
    "u-resets@example.com",
    "u-nobody@example.com",
];

/// The settings of the pool and the routes.
#[derive(Clone, Copy, Debug)]
struct Settings {
    prevents_errors: bool,
    flow: SignInFlow,
    with_cookies: bool,
    with_address: bool,
}

impl Settings {
    fn all() -> Vec<Self> {
        let settings = |prevents_errors, flow, with_cookies, with_address| Self {
            prevents_errors,
            flow,
            with_cookies,
            with_address,
        };
        vec![
            settings(true, SignInFlow::UserSrp, false, true),
            settings(false, SignInFlow::UserSrp, false, true),
            settings(true, SignInFlow::UserPassword, true, false),
            settings(false, SignInFlow::UserPassword, true, false),
        ]
    }

    /// A pool with a user in each state.
    async fn start(self) -> Fixture {
        let client = Client::new("routes")
            .flow(AuthFlow::UserSrp)
            .flow(AuthFlow::UserPassword)
            .prevent_user_existence_errors(self.prevents_errors);
        let fixture = Fixture::built(
            |emulator| emulator.client(client),
            |cognito| cognito.sign_in_flow(self.flow),
            |routes| match self.with_cookies {
                true => routes.cookies(SessionCookies::new()),
                false => routes,
            },
        )
        .await;
        let [exists, signed_up, disabled, invited, resets, _] = USERS;
        for email in [exists, disabled, resets] {
            fixture.emulator.create_user(email, PASSWORD, &[]).unwrap();
        }
        fixture.cognito.sign_up(signed_up, PASSWORD).await.unwrap();
        let admin = fixture.cognito.admin();
        admin.user(disabled).disable().await.unwrap();
        admin.create_user(invited).await.unwrap();
        admin.user(resets).reset_password().await.unwrap();
        fixture
    }

    /// Returns the responses to an attacker who repeats the same request, with a new address after
    /// every third.
    async fn sequence(self, fixture: &Fixture, path: &str, body: &Value, last: u8) -> Vec<String> {
        let mut seen = Vec::new();
        for number in 0..ATTEMPTS {
            let mut request = posted(path, body);
            if self.with_address {
                let third = u8::try_from(number / 3).unwrap();
                request = from_peer(request, [198, 18, third, last]);
            }
            if self.with_cookies {
                let same_origin = "same-origin".parse().unwrap();
                request.headers_mut().insert("sec-fetch-site", same_origin);
            }
            let reply = fixture.send(request).await;
            seen.push(format!(
                "{} {:?} {}",
                reply.status, reply.headers, reply.text
            ));
        }
        seen
    }

    /// Sends a request about each of the users, and compares the sequences of responses.
    async fn same_for(self, users: &[&str], path: &str, body: impl Fn(&str) -> Value) {
        // One fixture for each path: the counters of one operation must not hide those of another.
        let fixture = self.start().await;
        let mut first: Option<Vec<String>> = None;
        for (last, user) in (1..).zip(users) {
            let seen = self.sequence(&fixture, path, &body(user), last).await;
            let first: &Vec<String> = first.get_or_insert_with(|| seen.clone());
            for (number, (seen, first)) in seen.iter().zip(first).enumerate() {
                assert_eq!(
                    seen,
                    first,
                    "{self:?} {path} {user}, attempt {}",
                    number + 1
                );
            }
        }
    }
}

#[tokio::test]
async fn login_sequences_are_equal_for_all_users() {
    for settings in Settings::all() {
        let body = |email: &str| json!({"email": email, "password": "WrongPass123!"});
        settings.same_for(&USERS, "/auth/login", body).await;
    }
}

#[tokio::test]
async fn confirmation_sequences_are_equal_for_all_users() {
    for settings in Settings::all() {
        let confirm = |email: &str| json!({"email": email, "code": "000000"});
        settings.same_for(&USERS, "/auth/confirm", confirm).await;
        let reset =
            |email: &str| json!({"email": email, "code": "000000", "newPassword": OTHER_PASSWORD});
        settings
            .same_for(&USERS, "/auth/reset-password", reset)
            .await;
    }
}

#[tokio::test]
async fn code_request_sequences_are_equal_for_all_users() {
    for settings in Settings::all() {
        for path in ["/auth/forgot-password", "/auth/resend-code"] {
            let body = |email: &str| json!({"email": email});
            settings.same_for(&USERS, path, body).await;
        }
    }
}

#[tokio::test]
async fn sign_up_sequences_are_equal_for_taken_names() {
    for settings in Settings::all() {
        let body = |email: &str| json!({"email": email, "password": OTHER_PASSWORD});
        let (_, taken) = USERS.split_last().unwrap();
        settings.same_for(taken, "/auth/signup", body).await;
    }
}
