//! The command `cognito users find`: lists users by properties that Cognito cannot filter by.

mod activity;

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use clap::{ArgGroup, Args};
use cognito::administration::{UserDetails, UserStatus};
use cognito::clock::{Clock, SystemClock};
use cognito::{ErrorKind, Operation};

use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{self, Row, count_of};
use crate::user_list;
use crate::user_record::UserRecord;

/// List the users that have all the given properties. Their number is written to stderr.
///
/// Cognito cannot filter by these properties, so the command reads all users of the pool.
#[derive(Args, Debug)]
#[command(
    group = ArgGroup::new("properties").multiple(true).required(true),
    after_help = "Example:\n  cognito users find --unconfirmed-older-than 30d --output ndjson"
)]
pub(crate) struct Find {
    /// The user has an e-mail address that is not verified.
    #[arg(long, group = "properties")]
    unverified_email: bool,
    /// The user has no second factor. This needs one more request for each user.
    #[arg(long, group = "properties")]
    no_mfa: bool,
    /// The user signed up longer than AGE ago, such as 30d, and has not confirmed the sign-up.
    #[arg(long, group = "properties", value_name = "AGE", value_parser = humantime::parse_duration)]
    unconfirmed_older_than: Option<Duration>,
    /// The user is disabled.
    #[arg(long, group = "properties")]
    disabled: bool,
    /// The user is a member of the group.
    #[arg(long, group = "properties", value_name = "GROUP")]
    in_group: Option<String>,
    /// An account at an identity provider is linked to the user.
    #[arg(long, group = "properties")]
    linked: bool,
    /// The user and another user with the given properties have the same e-mail address. Case is
    /// ignored.
    #[arg(long, group = "properties")]
    duplicate_email: bool,
    /// The user has not signed in for AGE, such as 90d. Needs threat protection, and a request per user.
    #[arg(long, group = "properties", value_name = "AGE", value_parser = humantime::parse_duration)]
    inactive: Option<Duration>,
}

impl Row for UserRecord {
    const COLUMNS: &'static [&'static str] = &[
        "username", "sub", "status", "enabled", "created", "modified", "email",
    ];

    fn cells(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        vec![
            self.username.clone(),
            self.sub.clone(),
            self.status.clone(),
            self.enabled.to_string(),
            text(&self.created),
            text(&self.modified),
            self.attributes.get("email").cloned().unwrap_or_default(),
        ]
    }
}

impl Find {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let now = SystemClock::new().now();
        let found = RefCell::new(Vec::new());
        let check = async |user: UserDetails| {
            let is_found = self.matches(&user, now)
                && (!self.no_mfa || has_no_mfa(context, &user).await?)
                && match self.inactive {
                    Some(age) => activity::is_inactive(context, &user, now, age).await?,
                    None => true,
                };
            if is_found {
                found.borrow_mut().push(UserRecord::new(&user));
            }
            Ok::<_, Failure>(())
        };
        match &self.in_group {
            Some(group) => members(context, group, check).await?,
            None => user_list::each(context, None, check).await?,
        }
        let mut found = found.into_inner();
        if self.duplicate_email {
            found = duplicates(found);
        }
        found.sort_by(|a, b| a.sub.cmp(&b.sub));
        let count = found.len();
        if !context.global.reveal {
            found = found.into_iter().map(UserRecord::masked).collect();
        }
        output::rows(context.global.output, &found)?;
        context.message(&format!("{} found", count_of(count, "user")));
        Ok(Exit::Done)
    }

    /// Returns `true` if the user has the given properties that are visible in `user`. Second
    /// factors, groups, duplicate e-mail addresses and sign-ins are checked elsewhere.
    fn matches(&self, user: &UserDetails, now: SystemTime) -> bool {
        let value = |name| user.attributes.value(name);
        let is_unverified = || {
            value("email").is_some_and(|email| !email.is_empty())
                && value("email_verified") != Some("true")
        };
        let is_old = |age| {
            let created = user
                .created
                .and_then(|created| now.duration_since(created).ok());
            user.status == UserStatus::Unconfirmed && created.is_some_and(|created| created >= age)
        };
        let is_linked = || {
            user.status != UserStatus::ExternalProvider
                && value("identities").is_some_and(|linked| !matches!(linked, "" | "[]"))
        };
        (!self.unverified_email || is_unverified())
            && self.unconfirmed_older_than.is_none_or(is_old)
            && (!self.disabled || !user.enabled)
            && (!self.linked || is_linked())
    }
}

/// Calls `act` with each member of the group.
pub(super) async fn members(
    context: &Context,
    group: &str,
    act: impl AsyncFn(UserDetails) -> Outcome<()>,
) -> Outcome<()> {
    let group = context.cognito().await?.admin().group(group);
    let mut list = group.users();
    loop {
        let page = context.send(Operation::ListUsersInGroup, list).await;
        let page = page.map_err(|error| match error.kind() {
            ErrorKind::NotFound => Failure::new(
                Exit::Failed,
                "the group or the pool does not exist: correct the name of the group, or --pool",
            ),
            _ => error.into(),
        })?;
        for user in page.users {
            act(user).await?;
        }
        match page.next_token {
            Some(token) => list = group.users().page_token(token),
            None => return Ok(()),
        }
    }
}

async fn has_no_mfa(context: &Context, user: &UserDetails) -> Outcome<bool> {
    let factors = user_list::mfa_factors(context, user).await?;
    Ok(factors.is_some_and(|factors| factors.is_empty()))
}

/// Returns the users that share their e-mail address with another user in `users`. Ignores case.
fn duplicates(users: Vec<UserRecord>) -> Vec<UserRecord> {
    let email = |user: &UserRecord| {
        let email = user.attributes.get("email");
        email
            .map(|email| email.to_lowercase())
            .filter(|email| !email.is_empty())
    };
    let mut counts: HashMap<String, u32> = HashMap::new();
    for email in users.iter().filter_map(email) {
        *counts.entry(email).or_default() += 1;
    }
    let is_shared = |user: &UserRecord| {
        email(user)
            .and_then(|email| counts.get(&email))
            .is_some_and(|count| *count > 1)
    };
    users.into_iter().filter(is_shared).collect()
}
