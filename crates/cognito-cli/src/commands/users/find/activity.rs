//! Checks whether a user is inactive, with the sign-ins that threat protection has recorded.

use std::time::{Duration, SystemTime};

use cognito::administration::UserDetails;
use cognito::administration::auth_events::{AuthEvent, EventResponse, EventType};
use cognito::{ErrorKind, Operation};

use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Returns `true` if the user was created more than `age` ago, and has not signed in during this
/// time. A failed sign-in does not count, because anyone can try to sign in as the user.
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
        let is_newer = |event: &&AuthEvent| is_newer(event.created, since);
        let is_sign_in = |event: &AuthEvent| {
            event.event_type == EventType::SignIn && event.event_response == EventResponse::Pass
        };
        if list.auth_events.iter().filter(is_newer).any(is_sign_in) {
            return Ok(false);
        }
        let is_end = is_end(list.auth_events.iter().map(|event| event.created), since);
        match list.next_token {
            Some(token) if !is_end => page = user.auth_events().page_token(token),
            _ => return Ok(true),
        }
    }
}

/// Returns `true` if the event is newer than `since`, or if its time is unknown.
fn is_newer(created: Option<SystemTime>, since: SystemTime) -> bool {
    created.is_none_or(|time| time > since)
}

/// Returns `true` if no later page has an event that is newer than `since`. Cognito lists the
/// newest event first. So if a page has only older events, all later events are older, too. If a
/// page has no events, a later page can still have events.
fn is_end(page: impl Iterator<Item = Option<SystemTime>>, since: SystemTime) -> bool {
    let mut page = page.peekable();
    page.peek().is_some() && !page.any(|created| is_newer(created, since))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn only_older_events_end_search() {
        let at = |seconds| Some(UNIX_EPOCH + Duration::from_secs(seconds));
        let since = UNIX_EPOCH + Duration::from_secs(10);
        for (page, expected) in [
            (&[][..], false),
            (&[at(11), at(9)], false),
            (&[None], false),
            (&[at(10), at(9)], true),
        ] {
            assert_eq!(is_end(page.iter().copied(), since), expected, "{page:?}");
        }
    }
}
