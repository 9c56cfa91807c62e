//! Compares the emulator with recorded responses of AWS.
//!
//! Each row of the table contains a scenario, or the reason why the emulator cannot return the
//! response.

mod own;
mod settings;
mod shared;
mod sign_in;
mod sign_up;
// A link to a file of `cognito-testkit`. With a dependency on `cognito-testkit`, a change in almost
// any crate would compile all tests of the emulator again.
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the file has its public API in another crate"
)]
mod table;

use table::{RecordedResponse, recorded};

use crate::browser::parameters;
use crate::support::Reply;

/// A response: status, exception, message.
type Seen = (u16, String, String);

async fn run(row: &RecordedResponse, scenario: &str) -> Option<Reply> {
    if let Some(reply) = shared::reply(scenario, row.operation).await {
        return Some(reply);
    }
    if let Some(reply) = sign_in::reply(scenario).await {
        return Some(reply);
    }
    if let Some(reply) = sign_up::reply(scenario).await {
        return Some(reply);
    }
    if let Some(reply) = own::reply(scenario).await {
        return Some(reply);
    }
    settings::reply(scenario).await
}

fn seen(row: &RecordedResponse, reply: &Reply) -> Seen {
    let text = |name: &str| reply.body[name].as_str().unwrap_or_default().to_owned();
    if row.operation == "oauth2/authorize" {
        let mut back = parameters(&reply.header("location").replace('#', "?"));
        let mut take = |name: &str| back.remove(name).unwrap_or_default();
        return (reply.status, take("error"), take("error_description"));
    }
    if row.operation.starts_with("oauth2/") {
        return (reply.status, text("error"), text("error_description"));
    }
    (reply.status, text("__type"), text("message"))
}

#[tokio::test]
async fn returns_every_recorded_response_it_can() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in recorded() {
        let Ok(scenario) = row.emulator else {
            continue;
        };
        let Some(reply) = run(row, scenario).await else {
            wrong.push(format!("{}: no scenario {scenario}", row.id));
            continue;
        };
        let (status, exception, message) = seen(row, &reply);
        let is_right =
            exception == row.exception && status == row.status && row.matches_message(&message);
        if !is_right {
            wrong.push(format!("{}: {status} {exception}: {message}", row.id));
        }
        count += 1;
    }
    assert!(
        wrong.is_empty(),
        "{} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count >= 150, "{count}");
}
