//! Paged lists: the page size and the page token of a request, and the response with one page.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::time::seconds;
use crate::state::call::Call;

/// The lifetime of a page token: one hour, as in AWS.
const VALIDITY: Duration = Duration::from_secs(3600);

/// The default page size of list operations. It is also the maximum of most of these operations in
/// AWS's model.
const SIZE: usize = 60;

/// The requested page of a list.
pub(crate) struct Page<'a> {
    call: &'a Call<'a>,
    pub(crate) size: usize,
    /// The name of the member that contains the page token, in the request and in the response.
    token: &'static str,
    /// The key of the last entry of the previous page. `None` for the first page.
    pub(crate) after: Option<String>,
}

impl<'a> Page<'a> {
    /// Reads the page size and the page token from the members `size` and `token` of a request. The
    /// page size is 60 if it is missing or zero. Fails if the page token is invalid or has expired.
    pub(crate) fn read(
        call: &'a Call<'a>,
        size: &str,
        token: &'static str,
    ) -> Result<Self, Failure> {
        let size = call.fields.get(size).and_then(Value::as_u64);
        let size = size.and_then(|size| usize::try_from(size).ok());
        let after = call.text(token).map(|token| key_in(call, token));
        Ok(Self {
            call,
            size: size.filter(|size| *size > 0).unwrap_or(SIZE),
            token,
            after: after.transpose()?,
        })
    }

    /// Returns the requested page of `items` in the member `list`. `describe` returns the description
    /// of an item from its key and value. The request has the members `MaxResults` and `NextToken`.
    pub(crate) fn of_items<T>(
        call: &Call<'_>,
        list: &str,
        items: &BTreeMap<String, T>,
        describe: impl Fn(&str, &T) -> Value,
    ) -> Answer {
        let page = Page::read(call, "MaxResults", "NextToken")?;
        let rest = items.iter().filter(|(key, _)| page.is_after(key));
        page.answer(list, rest.map(|(key, item)| (key, describe(key, item))))
    }

    pub(crate) fn at_most(mut self, size: usize) -> Self {
        self.size = self.size.min(size);
        self
    }

    pub(crate) fn is_after(&self, key: &str) -> bool {
        self.after.as_deref().is_none_or(|after| key > after)
    }

    /// Returns a response with one page of a list. `list` is the name of the member for the page.
    /// `entries` contains all entries that earlier pages did not return, each with its key and its
    /// description. If `entries` does not fit on the page, the response has a token for the next
    /// page.
    pub(crate) fn answer<K: Display>(
        &self,
        list: &str,
        mut entries: impl Iterator<Item = (K, Value)>,
    ) -> Answer {
        let shown = entries.by_ref().take(self.size);
        let (mut keys, shown): (Vec<K>, Vec<Value>) = shown.unzip();
        let mut answer = json!({ list: shown });
        if let (Some(last), true) = (keys.pop(), entries.next().is_some()) {
            let service = self.call.service;
            let expires = seconds(self.call.now) + VALIDITY.as_secs();
            let text = format!("{expires} {last}");
            answer[self.token] = json!(service.tokens.seal.seal_text(&text, &service.random));
        }
        Ok(answer)
    }
}

fn key_in(call: &Call<'_>, token: &str) -> Result<String, Failure> {
    let read = || {
        let text = call.service.tokens.seal.open_text(token)?;
        let (expires, last) = text.split_once(' ')?;
        let is_valid = expires.parse::<u64>().ok()? > seconds(call.now);
        is_valid.then(|| last.to_owned())
    };
    read().ok_or_else(bad_token)
}

pub(crate) fn bad_token() -> Failure {
    Failure::invalid_parameter("Invalid pagination token.")
}
