//! Completes the import of a user who has been created: disables the user, sets a password and adds
//! the user to groups. All these requests are idempotent.

use aws_lc_rs::rand;
use cognito::{Call, Error, ErrorKind, Operation, Password};

use super::journal::Plan;
use super::row::ImportRow;
use super::schema::Schema;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};

/// The length of a random password, unless the pool requires a longer one.
const PASSWORD_LENGTH: usize = 32;

/// Gives a new user with this `sub` the state, password and groups that the row requires. A user to
/// disable is disabled first, so that the user cannot sign in during the other steps.
pub(super) async fn finish(
    context: &Context,
    plan: &Plan,
    schema: &Schema,
    row: &ImportRow,
    sub: &str,
) -> Outcome<()> {
    let user = context.cognito().await?.admin().user(sub);
    if row.is_disabled {
        // The facade reads the user first, for the `sub`.
        context.turn(Operation::AdminGetUser).await;
        let call = user.disable();
        context.send(Operation::AdminDisableUser, call).await?;
    }
    if plan.confirms && row.is_confirmed() {
        let call = || {
            let password = random_password(schema.min_password)?;
            Ok(user.set_permanent_password(password))
        };
        repeated(context, Operation::AdminSetUserPassword, call).await?;
    }
    add_to_groups(context, row, sub).await
}

/// Adds a user to the groups of the row.
pub(super) async fn add_to_groups(context: &Context, row: &ImportRow, user: &str) -> Outcome<()> {
    for name in &row.groups {
        let group = context.cognito().await?.admin().group(name);
        let call = group.add_user(user);
        context.send(Operation::AdminAddUserToGroup, call).await?;
    }
    Ok(())
}

/// Sends a request, and repeats it if the response is lost. The request can then take effect twice.
/// Therefore use this function only if two requests have the same effect as one. `call` creates
/// each request.
pub(super) async fn repeated<R, T>(
    context: &Context,
    operation: Operation,
    call: impl Fn() -> Outcome<Call<R, T>>,
) -> Outcome<T>
where
    R: Clone + Send + 'static,
    T: Send + 'static,
{
    let mut attempt = 0;
    loop {
        match context.send(operation, call()?).await {
            Err(error) if is_lost(&error) && attempt < context.global.max_retries => {
                context.back_off(attempt).await;
                attempt += 1;
            }
            result => return Ok(result?),
        }
    }
}

/// Returns `true` if the response to a request is lost, or if AWS has an internal error: the
/// request may have taken effect.
pub(super) fn is_lost(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ReplyLost | ErrorKind::Timeout | ErrorKind::Upstream
    )
}

/// Returns a random password with upper-case and lower-case letters, digits and symbols.
fn random_password(least: usize) -> Outcome<Password> {
    const CLASSES: [&[u8]; 4] = [
        b"ABCDEFGHJKLMNPQRSTUVWXYZ",
        b"abcdefghijkmnopqrstuvwxyz",
        b"23456789",
        b"!#%+-.=?@^_~",
    ];
    let length = PASSWORD_LENGTH.max(least);
    let mut bytes = vec![0; length];
    let filled = rand::fill(&mut bytes);
    filled.map_err(|_| Failure::new(Exit::Failed, "the system has no random numbers"))?;
    let classes = CLASSES.iter().cycle();
    let characters = bytes.iter().zip(classes);
    let password: String = characters
        .map(|(byte, class)| char::from(class[usize::from(*byte) % class.len()]))
        .collect();
    Ok(Password::new(password)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_password_has_all_classes() {
        for least in [0, 99] {
            let password = random_password(least).unwrap();
            let text = password.expose();
            assert_eq!(text.len(), least.max(32));
            for class in [
                char::is_uppercase,
                char::is_lowercase,
                |c: char| c.is_ascii_digit(),
                |c: char| c.is_ascii_punctuation(),
            ] {
                assert!(text.contains(class), "{}", text.len());
            }
        }
    }
}
