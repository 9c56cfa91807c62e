//! Pages of lists.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::time::seconds;
use crate::state::call::Call;

/// The lifetime of a page token (AWS: one hour).
const VALIDITY: Duration = Duration::from_secs(3600);

/// The number of entries on a page of most lists. Default and maximum: 60.
const SIZE: usize = 60;

/// The page of a list that a request asks for.
pub(crate) struct Page<'a> {
    pub(crate) call: &'a Call<'a>,
    size: usize,
    /// The member of request and response with the page token.
    token: &'static str,
    /// The key of the last entry of the previous page.
    pub(crate) after: Option<String>,
}

impl<'a> Page<'a> {
    /// Reads the page of a request, which has these members for the size and the token. A size of
    /// zero means the default.
    pub(crate) fn read(
        call: &'a Call<'a>,
        size: &str,
        token: &'static str,
    ) -> Result<Self, Failure> {
        let size = call.fields.get(size).and_then(Value::as_u64);
        let size = size.and_then(|size| usize::try_from(size).ok());
        Ok(Self {
            call,
            size: size.filter(|size| *size > 0).unwrap_or(SIZE),
            token,
            after: call
                .text(token)
                .map(|word| opened(call, word))
                .transpose()?,
        })
    }

    /// Limits the size of the page.
    pub(crate) fn at_most(mut self, size: usize) -> Self {
        self.size = self.size.min(size);
        self
    }

    /// Returns `true` if a key is after the previous page.
    pub(crate) fn is_after(&self, key: &str) -> bool {
        self.after.as_deref().is_none_or(|after| key > after)
    }

    /// Returns the response: a list with the first of these entries, and the token of the next page
    /// if there are more. The entries are those after the previous page.
    pub(crate) fn answer<T>(
        &self,
        list: &str,
        entries: impl IntoIterator<Item = T>,
        key: impl FnOnce(&T) -> String,
        describe: impl Fn(&T) -> Value,
    ) -> Answer {
        let mut entries = entries.into_iter().peekable();
        let shown: Vec<T> = entries.by_ref().take(self.size).collect();
        let mut answer = json!({ list: shown.iter().map(describe).collect::<Value>() });
        if let (Some(last), true) = (shown.last(), entries.peek().is_some()) {
            let (now, service) = (self.call.now, self.call.service);
            let expires = seconds(now) + VALIDITY.as_secs();
            let text = format!("{expires} {}", key(last));
            answer[self.token] = json!(service.tokens.seal.seal_text(&text, &service.random));
        }
        Ok(answer)
    }
}

/// Returns the key in a page token.
fn opened(call: &Call<'_>, token: &str) -> Result<String, Failure> {
    let read = || {
        let text = call.service.tokens.seal.open_text(token)?;
        let (expires, last) = text.split_once(' ')?;
        let is_valid = expires.parse::<u64>().ok()? > seconds(call.now);
        is_valid.then(|| last.to_owned())
    };
    read().ok_or_else(bad_token)
}

/// Returns the error for a page token that is not valid.
pub(crate) fn bad_token() -> Failure {
    Failure::invalid_parameter("Invalid pagination token.")
}
