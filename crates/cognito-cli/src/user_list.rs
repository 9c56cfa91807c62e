//! Lists of users that are read at the same time, because Cognito returns at most 60 users at once.

use cognito::administration::{Filter, UserDetails, UserPage};
use cognito::{Error, Operation};
use futures_util::stream::{self, TryStreamExt};

use crate::context::Context;
use crate::failure::Outcome;

/// A list of users with one filter.
pub(crate) struct UserList {
    pub(crate) name: String,
    filter: Filter,
}

impl UserList {
    /// Returns the lists that have all users together: users by the first digit of their `sub`, which
    /// is a UUID. Cognito accepts one filter, so with a `filter` of the caller there is one list.
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

    /// Reads the first page, or the page that `token` names.
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
