//! The command `cognito token inspect`: shows the content of a token.

use std::collections::BTreeMap;

use clap::Args;
use cognito::clock::{Clock, SystemClock};
use cognito::verifier::decode_unverified;
use serde::Serialize;
use serde_json::Value;

use crate::commands::token::facts::{shown, text};
use crate::commands::token::input::Input;
use crate::commands::token::times;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::output;

/// Show the header and the claims of a token, without verifying it.
///
/// Times are shown as seconds and as a date. The signature is not shown. Personal data is masked,
/// unless --reveal is set.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito token inspect @token.txt --output json --reveal")]
pub(crate) struct Inspect {
    #[command(flatten)]
    input: Input,
}

/// The claims that are times.
const TIMES: &[&str] = &["auth_time", "exp", "iat", "nbf"];

/// The content of a token that is not verified.
#[derive(Serialize)]
struct Content {
    header: BTreeMap<String, Value>,
    claims: BTreeMap<String, Value>,
    /// The claims that are times, each with its date and its difference from the current time.
    times: BTreeMap<String, String>,
}

impl Inspect {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        let token = self.input.read()?;
        let decoded = decode_unverified(&token);
        let token = decoded.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
        let now = SystemClock::new().unix_seconds();
        let masked = |(name, value): (&String, &Value)| {
            let value = shown(name, value, context.global.reveal);
            (name.clone(), value)
        };
        let time = |name: &&str| {
            let seconds = token.claim(name)?.as_u64()?;
            Some(((*name).to_owned(), times::in_words(seconds, now)))
        };
        let content = Content {
            header: token.header().iter().map(masked).collect(),
            claims: token.claims().iter().map(masked).collect(),
            times: TIMES.iter().filter_map(time).collect(),
        };
        output::record(context.global.output, &content, &content.fields())?;
        context.message("the token is not verified: anyone may have written it");
        Ok(Exit::Done)
    }
}

impl Content {
    fn fields(&self) -> Vec<(String, String)> {
        let header = self.header.iter();
        let header = header.map(|(name, value)| (format!("header {name}"), text(value)));
        let claims = self.claims.iter().map(|(name, value)| {
            let words = self.times.get(name).map(|words| format!(" ({words})"));
            let value = format!("{}{}", text(value), words.unwrap_or_default());
            (name.clone(), value)
        });
        header.chain(claims).collect()
    }
}
