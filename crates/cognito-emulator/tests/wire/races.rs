//! Two simultaneous requests with one session, code or token: only one of them succeeds.
//!
//! The requests are handled in memory, on two threads, because with sockets they would not be
//! simultaneous.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use cognito_emulator::{Client, Emulator, EmulatorBuilder, FirstFactor, Request};
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::support::{EMAIL, PASSWORD};

const ROUNDS: usize = 60;
const CLIENT: &str = "web";

fn emulator(change: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Emulator {
    let client = Client::new(CLIENT).refresh_rotation(Duration::ZERO);
    let builder = Emulator::builder().client(client).attempt_limits(false);
    let emulator = change(builder).build().expect("valid settings");
    let created = emulator.create_user(EMAIL, PASSWORD, &[]);
    created.expect("a valid user");
    emulator
}

/// Sends the same request from each of `threads` threads at the same time. Returns the responses.
fn at_once(emulator: &Emulator, threads: usize, name: &str, fields: &Value) -> Vec<(u16, Value)> {
    let barrier = Barrier::new(threads);
    let send = || {
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        let target = format!("AWSCognitoIdentityProviderService.{name}");
        let request = Request::new("POST", "/").header("x-amz-target", &target);
        let request = request.body(fields.to_string());
        barrier.wait();
        let reply = runtime.block_on(emulator.respond(request));
        let reply = reply.expect("no fault closes the connection");
        let body = serde_json::from_slice(reply.body()).unwrap_or_default();
        (reply.status(), body)
    };
    thread::scope(|scope| {
        let sent: Vec<_> = (0..threads).map(|_| scope.spawn(send)).collect();
        let replies = sent.into_iter().map(thread::ScopedJoinHandle::join);
        replies.map(|reply| reply.expect("no panic")).collect()
    })
}

fn call(emulator: &Emulator, name: &str, fields: &Value) -> Value {
    let mut replies = at_once(emulator, 1, name, fields);
    let (status, body) = replies.pop().unwrap_or_default();
    assert_eq!(status, 200, "{body}");
    body
}

/// Asserts that one of two requests succeeds, and the other fails with one of these exceptions.
fn succeeds_once(emulator: &Emulator, name: &str, fields: &Value, exceptions: &[&str]) {
    let replies = at_once(emulator, 2, name, fields);
    let (done, failed): (Vec<_>, Vec<_>) = replies.iter().partition(|(status, _)| *status == 200);
    assert_eq!((done.len(), failed.len()), (1, 1), "{name}");
    let exception = failed[0].1["__type"].as_str().unwrap_or_default();
    assert!(exceptions.contains(&exception), "{name}: {exception}");
}

#[test]
fn session_of_choice_is_used_once() {
    let emulator = emulator(|pool| pool.first_factor(FirstFactor::EmailOtp));
    for _ in 0..ROUNDS {
        let fields = json!({
            "AuthFlow": "USER_AUTH",
            "AuthParameters": { "USERNAME": EMAIL },
            "ClientId": CLIENT,
        });
        let offered = call(&emulator, "InitiateAuth", &fields);
        assert_eq!(offered["ChallengeName"], "SELECT_CHALLENGE");
        let before = emulator.inbox().len();
        let fields = json!({
            "ChallengeName": "SELECT_CHALLENGE",
            "ChallengeResponses": { "ANSWER": "EMAIL_OTP", "USERNAME": EMAIL },
            "ClientId": CLIENT,
            "Session": offered["Session"],
        });
        let exceptions = ["NotAuthorizedException"];
        succeeds_once(&emulator, "RespondToAuthChallenge", &fields, &exceptions);
        assert_eq!(emulator.inbox().len(), before + 1, "one code was sent");
    }
}

#[test]
fn rotated_refresh_token_is_used_once() {
    let emulator = emulator(|pool| pool);
    for _ in 0..ROUNDS {
        let fields = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "PASSWORD": PASSWORD, "USERNAME": EMAIL },
            "ClientId": CLIENT,
        });
        let signed_in = call(&emulator, "InitiateAuth", &fields);
        let token = &signed_in["AuthenticationResult"]["RefreshToken"];
        let fields = json!({ "ClientId": CLIENT, "RefreshToken": token });
        let exceptions = ["RefreshTokenReuseException"];
        succeeds_once(&emulator, "GetTokensFromRefreshToken", &fields, &exceptions);
    }
}

#[test]
fn codes_are_used_once() {
    let emulator = emulator(|pool| pool);
    for round in 0..ROUNDS {
        let name = format!("user{round}@example.com");
        let fields = json!({ "ClientId": CLIENT, "Password": PASSWORD, "Username": name });
        call(&emulator, "SignUp", &fields);
        let code = emulator.inbox().latest_code(&name);
        let fields = json!({ "ClientId": CLIENT, "ConfirmationCode": code, "Username": name });
        let exceptions = ["NotAuthorizedException"];
        succeeds_once(&emulator, "ConfirmSignUp", &fields, &exceptions);

        let fields = json!({ "ClientId": CLIENT, "Username": name });
        call(&emulator, "ForgotPassword", &fields);
        let fields = json!({
            "ClientId": CLIENT,
            "ConfirmationCode": emulator.inbox().latest_code(&name),
            "Password": "EvenBetter456!",
            "Username": name,
        });
        let exceptions = ["ExpiredCodeException", "CodeMismatchException"];
        succeeds_once(&emulator, "ConfirmForgotPassword", &fields, &exceptions);
    }
}

#[test]
fn name_is_registered_once() {
    let emulator = emulator(|pool| pool);
    for round in 0..ROUNDS {
        let name = format!("user{round}@example.com");
        let fields = json!({ "ClientId": CLIENT, "Password": PASSWORD, "Username": name });
        succeeds_once(&emulator, "SignUp", &fields, &["UsernameExistsException"]);
        assert_eq!(emulator.inbox().messages(&name).len(), 1);
    }
}
