//! Finds out when a user has last signed in. Threat protection records the sign-ins.

use std::time::{Duration, SystemTime};

use cognito::administration::UserDetails;
use cognito::administration::auth_events::{AuthEvent, EventResponse, EventType};
use cognito::{ErrorKind, Operation};

use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Returns `true` if the user exists for longer than `age`, and has not signed in during this time.
/// A failed sign-in does not count, because everyone can try to sign in as the user.
pub(super) async fn is_inactive(
    context: &Context,
    user: &UserDetails,
    now: SystemTime,
    age: Duration,
) -> Outcome<bool> {
    let Some(since) = now.checked_sub(age) else {
        return Ok(false);
    };
    if user.created.is_some_and(|created| created > since) {
        return Ok(false);
    }
    let user = context
        .cognito()
        .await?
        .admin()
        .user(user.username.as_str());
    let mut page = user.auth_events();
    loop {
        let operation = Operation::AdminListUserAuthEvents;
        let list = match context.send(operation, page).await {
            Ok(list) => list,
            // The user was deleted after the page with the user was read.
            Err(error) if error.kind() == ErrorKind::UserNotFound => return Ok(false),
            Err(error) => {
                let is_off = error.kind() == ErrorKind::NotEnabled;
                let mut failure = Failure::from(error);
                if is_off {
                    failure
                        .message
                        .push_str("; --inactive needs threat protection");
                }
                return Err(failure);
            }
        };
        let is_newer = |event: &&AuthEvent| event.created.is_none_or(|time| time > since);
        let is_sign_in = |event: &AuthEvent| {
            event.event_type == EventType::SignIn && event.event_response == EventResponse::Pass
        };
        let mut newer = list.auth_events.iter().filter(is_newer).peekable();
        // The newest event is first, so all further events are older, too.
        let is_end = newer.peek().is_none();
        if newer.any(is_sign_in) {
            return Ok(false);
        }
        match list.next_token {
            Some(token) if !is_end => page = user.auth_events().page_token(token),
            _ => return Ok(true),
        }
    }
}
