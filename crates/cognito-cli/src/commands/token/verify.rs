//! The command `cognito token verify`: verifies a token and explains the result.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clap::Args;
use cognito::clock::{Clock, SystemClock};
use cognito::verifier::{
    Check, CognitoVerifier, CognitoVerifierBuilder, FileJwks, Reason, VerifyError,
    decode_unverified,
};
use serde::Serialize;

use crate::commands::token::advice::{advice, message};
use crate::commands::token::explain::{self, Line};
use crate::commands::token::facts::Facts;
use crate::commands::token::input::{Input, TokenKind};
use crate::commands::token::times;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::global::Format;
use crate::output;

/// Verify a token of the pool. If the token is rejected, show why.
///
/// The exit code is 1 if the token is rejected, or if the keys of the pool are unavailable. Without
/// --id, an ID token is rejected. Without --jwks, the command fetches the keys.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito token verify @token.txt --explain --jwks jwks.json")]
pub(crate) struct Verify {
    #[command(flatten)]
    input: Input,
    /// Show each check in order, with its result.
    #[arg(long)]
    explain: bool,
    /// Read the keys of the pool (JWKS) from this file. Then no network is needed.
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// The issuer of the tokens, such as an emulator. Default: COGNITO_ISSUER, else the pool.
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// Use this time as the current time: RFC 3339, or seconds since 1970.
    #[arg(long, value_name = "TIME", value_parser = times::parse)]
    at: Option<SystemTime>,
    /// The allowed difference between the clocks of Cognito and this host, such as 30s.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "0s")]
    leeway: Duration,
    /// Accept tokens of all app clients.
    #[arg(long)]
    any_client: bool,
    /// Require this group. If the option is repeated, one of the groups is enough.
    #[arg(long, value_name = "NAME")]
    group: Vec<String>,
    /// Require this scope. If the option is repeated, one of the scopes is enough.
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// Require this audience (aud) in the access token, such as the URL of an API.
    #[arg(long, value_name = "RESOURCE")]
    audience: Option<String>,
    /// The maximum time since the sign-in, such as 12h.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    max_age: Option<Duration>,
}

/// The result of a verification.
#[derive(Serialize)]
struct Report {
    result: &'static str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection: Option<Rejection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Vec<Line>>,
}

#[derive(Serialize)]
struct Rejection {
    reason: &'static str,
    check: &'static str,
    message: String,
    advice: &'static str,
}

/// A clock that returns the time of `--at`. Without `--at`, it returns the time of the operating
/// system.
#[derive(Debug)]
struct Moment {
    fixed: Option<SystemTime>,
    system: SystemClock,
}

impl Clock for Moment {
    fn now(&self) -> SystemTime {
        self.fixed.unwrap_or_else(|| self.system.now())
    }

    fn monotonic(&self) -> Duration {
        self.system.monotonic()
    }
}

impl Verify {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        if self.any_client && context.global.client.is_some() {
            return Err(Failure::usage(
                "--any-client and --client exclude each other",
            ));
        }
        let token = self.input.read()?;
        let content = decode_unverified(&token).ok();
        let kind = self.input.kind();
        if kind == TokenKind::Id && (self.audience.is_some() || !self.scope.is_empty()) {
            return Err(Failure::usage(
                "--scope and --audience apply to access tokens only, not with --id",
            ));
        }
        let clock = Arc::new(Moment {
            fixed: self.at,
            system: SystemClock::new(),
        });
        let facts = Facts {
            token: &token,
            content: content.as_ref(),
            kind,
            now: times::unix_seconds(clock.now())?,
            reveal: context.global.reveal,
        };
        let verifier = self.verifier(context).await?.clock(clock).build();
        let verifier = verifier.map_err(|error| Failure::usage(error.to_string()))?;
        let verified = match kind {
            TokenKind::Access => verifier.verify_access(&token).await.map(drop),
            TokenKind::Id => verifier.verify_id(&token).await.map(drop),
        };
        let error = verified.err();
        let message = error.as_ref().map(|error| message(error, &verifier));
        let lines = self.explain.then(|| {
            let message = message.as_deref().unwrap_or_default();
            explain::lines(error.as_ref(), message, &facts, |check| self.skipped(check))
        });
        report(context, kind, error.as_ref().zip(message), lines)
    }

    async fn verifier(&self, context: &Context) -> Outcome<CognitoVerifierBuilder> {
        let config = context.settings(!self.any_client).await?;
        let mut verifier = CognitoVerifier::builder(config.user_pool_id.clone());
        verifier = if self.any_client {
            verifier.danger_any_client()
        } else {
            verifier.client_id(&config.client_id)
        };
        if let Some(issuer) = self.issuer.as_ref().or(config.issuer.as_ref()) {
            verifier = verifier.issuer(issuer);
        }
        if let Some(uri) = &config.jwks_uri {
            verifier = verifier.jwks_uri(uri);
        }
        if let Some(file) = &self.jwks {
            verifier = verifier.jwks_source(FileJwks::new(file));
        }
        if !self.group.is_empty() {
            verifier = verifier.require_any_group(&self.group);
        }
        if !self.scope.is_empty() {
            verifier = verifier.require_any_scope(&self.scope);
        }
        if let Some(audience) = &self.audience {
            verifier = verifier.expected_audience(audience);
        }
        if let Some(age) = self.max_age {
            verifier = verifier.max_age(age);
        }
        Ok(verifier.leeway(self.leeway))
    }

    /// Returns the reason why the command skips a check. Returns `None` if it runs the check.
    fn skipped(&self, check: Check) -> Option<&'static str> {
        match check {
            Check::Client if self.any_client => Some("--any-client accepts all app clients"),
            Check::Audience if self.audience.is_none() => Some("add --audience to check it"),
            Check::SignInAge if self.max_age.is_none() => Some("add --max-age to check it"),
            Check::Groups if self.group.is_empty() => Some("add --group to check it"),
            Check::Scopes if self.scope.is_empty() => Some("add --scope to check it"),
            Check::SignInStrength | Check::Actor | Check::Custom => {
                Some("an application can require it, this command cannot")
            }
            Check::Revocation => Some("only a service with a revocation list checks it"),
            Check::Nonce | Check::AccessTokenHash => {
                Some("only the service that started the sign-in checks it")
            }
            _ => None,
        }
    }
}

/// Writes the result of the verification, and returns the exit code.
fn report(
    context: &Context,
    kind: TokenKind,
    error: Option<(&VerifyError, String)>,
    lines: Option<Vec<Line>>,
) -> Outcome {
    let is_undecided = |reason| {
        matches!(
            reason,
            Reason::KeysUnavailable | Reason::RevocationsUnavailable
        )
    };
    let result = match &error {
        None => "valid",
        Some((error, _)) if is_undecided(error.reason()) => "undecided",
        Some(_) => "rejected",
    };
    let rejection = error.map(|(error, message)| Rejection {
        reason: error.reason().name(),
        check: error.check().name(),
        message,
        advice: advice(error.reason()),
    });
    let exit = match rejection {
        None => Exit::Done,
        Some(_) => Exit::Failed,
    };
    let report = Report {
        result,
        kind: kind.name(),
        rejection,
        checks: lines,
    };
    match (&report.checks, context.global.output) {
        (Some(lines), format @ (Format::Table | Format::Csv)) => {
            output::rows(format, lines)?;
            context.message(&report.in_words());
        }
        (_, format) => output::record(format, &report, &report.fields())?,
    }
    Ok(exit)
}

impl Report {
    fn fields(&self) -> Vec<(String, String)> {
        let mut fields = vec![("result", self.result), ("kind", self.kind)];
        if let Some(rejection) = &self.rejection {
            fields.extend([
                ("reason", rejection.reason),
                ("check", rejection.check),
                ("message", rejection.message.as_str()),
                ("advice", rejection.advice),
            ]);
        }
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        fields.into_iter().map(owned).collect()
    }

    fn in_words(&self) -> String {
        match &self.rejection {
            None => format!("{}: the token passed all checks", self.result),
            Some(Rejection {
                message, advice, ..
            }) => format!("{}: {message}; {advice}", self.result),
        }
    }
}
