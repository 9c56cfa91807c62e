//! The claims in the payload of a token. They borrow from the payload. The checks copy the values
//! that they need.
//!
//! The names and types of the claims are documented in Cognito's developer guide, "Understanding
//! the access token" and "Understanding the identity (ID) token".

use std::borrow::Cow;

use cognito_core::claims::Actor;

use crate::checks::Check;
use crate::date::Date;
use crate::error::{Reason, VerifyError};
use crate::json::{self, Json, JsonError, Members};
use crate::jws;

type Result<T> = std::result::Result<T, VerifyError>;

macro_rules! claims {
    (
        read { $($field:ident $name:literal,)* }
        passed_over { $($other:ident $other_name:literal,)* }
    ) => {
        /// The claims that this crate reads, not decoded yet. Other claims are only checked for
        /// valid JSON.
        #[derive(Default)]
        pub(crate) struct Claims<'a> {
            $($field: Option<Json<'a>>,)*
            // Every token has these claims. With fields for them, the parser needs no list of other
            // names.
            $($other: Option<Json<'a>>,)*
        }

        impl<'a> Claims<'a> {
            $(
                pub(crate) fn $field(&self) -> Claim<'a> {
                    Claim { name: $name, value: self.$field }
                }
            )*
        }

        impl<'a> Members<'a> for Claims<'a> {
            fn field(&mut self, name: &str) -> Option<&mut Option<Json<'a>>> {
                match name {
                    $($name => Some(&mut self.$field),)*
                    $($other_name => Some(&mut self.$other),)*
                    _ => None,
                }
            }
        }
    };
}

claims! {
    read {
        acr "acr",
        act "act",
        amr "amr",
        at_hash "at_hash",
        aud "aud",
        auth_time "auth_time",
        client_id "client_id",
        cognito_groups "cognito:groups",
        cognito_preferred_role "cognito:preferred_role",
        cognito_roles "cognito:roles",
        cognito_username "cognito:username",
        device_key "device_key",
        email "email",
        email_verified "email_verified",
        exp "exp",
        iat "iat",
        iss "iss",
        jti "jti",
        nbf "nbf",
        nonce "nonce",
        origin_jti "origin_jti",
        phone_number "phone_number",
        phone_number_verified "phone_number_verified",
        scope "scope",
        sub "sub",
        token_use "token_use",
        username "username",
    }
    passed_over {
        event_id "event_id",
        version "version",
    }
}

impl<'a> Claims<'a> {
    pub(crate) fn read(payload: &'a str) -> Result<Self> {
        json::read(payload).map_err(|error| match error {
            JsonError::NumberOutOfRange => VerifyError::new(Reason::InvalidClaim),
            error => jws::verify_error(error).at(Check::Payload),
        })
    }
}

/// A claim that may be missing. The methods that return a `Result` fail if the claim has the wrong
/// type.
#[derive(Clone, Copy)]
pub(crate) struct Claim<'a> {
    name: &'static str,
    value: Option<Json<'a>>,
}

impl<'a> Claim<'a> {
    pub(crate) fn name(self) -> &'static str {
        self.name
    }

    fn invalid(self) -> VerifyError {
        VerifyError::claim_at_fault(Reason::InvalidClaim, self.name)
    }

    /// Returns the result of `read`, or `None` if the claim is missing. Fails if `read` returns
    /// `None`.
    fn read<T>(self, read: impl FnOnce(Json<'a>) -> Option<T>) -> Result<Option<T>> {
        match self.value {
            None => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| self.invalid()),
        }
    }

    /// Returns the string, or `None` if the claim is missing or is not a string.
    pub(crate) fn if_text(self) -> Option<Cow<'a, str>> {
        self.value?.text()
    }

    pub(crate) fn text(self) -> Result<Option<String>> {
        self.read(|value| value.text().map(Cow::into_owned))
    }

    pub(crate) fn texts(self) -> Result<Vec<String>> {
        Ok(self.read(texts)?.unwrap_or_default())
    }

    /// Returns the strings in a claim such as `aud`, whose value is one string or a list of
    /// strings. The result is empty if the claim is missing.
    pub(crate) fn text_or_texts(self) -> Result<Vec<String>> {
        match self.if_text() {
            Some(text) => Ok(vec![text.into_owned()]),
            None => self.texts(),
        }
    }

    /// Splits a string such as `scope` at its spaces (RFC 8693 section 4.2), and returns the words.
    /// The result is empty if the claim is missing.
    pub(crate) fn words(self) -> Result<Vec<String>> {
        let words = self.read(|value| {
            let text = value.text()?;
            let words = text.split(' ').filter(|word| !word.is_empty());
            Some(words.map(str::to_owned).collect())
        })?;
        Ok(words.unwrap_or_default())
    }

    /// Returns a boolean, or `None` if the claim is missing. The strings `true` and `false` are
    /// also accepted, because some identity providers write them.
    pub(crate) fn flag(self) -> Result<Option<bool>> {
        self.read(|value| match value.text().as_deref() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => value.flag(),
        })
    }

    pub(crate) fn date(self) -> Result<Option<Date>> {
        self.read(|value| Date::parse(value.number()?))
    }

    /// Returns the actor in `act`, or `None` if the claim is missing. An actor is an object with a
    /// `sub` and an optional `client_id`.
    pub(crate) fn actor(self) -> Result<Option<Actor>> {
        self.read(|value| {
            let members = json::members(value.object()?).ok()?;
            let sub = members.get("sub")?.text().filter(|sub| !sub.is_empty())?;
            let mut actor = Actor::new(sub);
            if let Some(client_id) = members.get("client_id") {
                actor.client_id = Some(client_id.text()?.into_owned());
            }
            Some(actor)
        })
    }
}

fn texts(value: Json<'_>) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    value.each_element(|element| {
        texts.push(element.text()?.into_owned());
        Some(())
    })?;
    Some(texts)
}
