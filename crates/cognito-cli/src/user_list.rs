//! Splits the users of a pool into several lists and reads the lists at the same time. A single
//! list is slow, because Cognito returns at most 60 users per request.

use cognito::administration::{Filter, UserDetails, UserPage};
use cognito::{Error, ErrorKind, Operation};
use futures_util::stream::{self, TryStreamExt};

use crate::context::Context;
use crate::failure::Outcome;

/// A list of the users that match one filter.
pub(crate) struct UserList {
    pub(crate) name: String,
    filter: Filter,
}

impl UserList {
    /// Returns lists that together contain all users of the pool: one list for each first digit of
    /// the `sub`, which is a UUID. Each list needs a filter for the digit, and Cognito accepts only
    /// one filter. Therefore, if `filter` is set, returns a single list of the users that match it.
    pub(crate) fn all(filter: Option<&Filter>) -> Vec<Self> {
        if let Some(filter) = filter {
            return vec![Self {
                name: "users".to_owned(),
                filter: filter.clone(),
            }];
        }
        let digits = "0123456789abcdef".chars().map(String::from);
        let lists = digits.map(|digit| Self {
            filter: Filter::sub().starts_with(&digit),
            name: format!("users-{digit}"),
        });
        lists.collect()
    }

    /// Reads the page with the page token `token`, or the first page if `token` is `None`. An error
    /// of Cognito is returned as the inner `Err`, so that the caller can handle an expired page
    /// token.
    pub(crate) async fn page(
        &self,
        context: &Context,
        token: Option<&str>,
    ) -> Outcome<Result<UserPage, Error>> {
        let list = context.cognito().await?.admin().users();
        let list = list.filter(self.filter.clone());
        let list = match token {
            Some(token) => list.page_token(token),
            None => list,
        };
        Ok(context.send(Operation::ListUsers, list).await)
    }
}

/// Calls `act` with each user of the pool, or with each user that matches the filter.
pub(crate) async fn each(
    context: &Context,
    filter: Option<&Filter>,
    act: impl AsyncFn(UserDetails) -> Outcome<()>,
) -> Outcome<()> {
    let (lists, act) = (UserList::all(filter), &act);
    let concurrency = usize::from(context.global.concurrency);
    stream::iter(lists.iter().map(Ok))
        .try_for_each_concurrent(concurrency, |list| async move {
            let mut token: Option<String> = None;
            loop {
                let page = list.page(context, token.as_deref()).await??;
                for user in page.users {
                    act(user).await?;
                }
                match page.next_token {
                    Some(next) => token = Some(next.into()),
                    None => return Ok(()),
                }
            }
        })
        .await
}

/// Returns the enabled second factors of a user that a [`UserList`] returned. Returns `None` if the
/// user was deleted after that.
pub(crate) async fn mfa_factors(
    context: &Context,
    user: &UserDetails,
) -> Outcome<Option<Vec<String>>> {
    let user = context
        .cognito()
        .await?
        .admin()
        .user(user.username.as_str());
    let factors = context.send(Operation::AdminGetUserAuthFactors, user.auth_factors());
    match factors.await {
        Ok(factors) => Ok(Some(factors.mfa_factors)),
        Err(error) if error.kind() == ErrorKind::UserNotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
