//! The command `cognito doctor`: finds faults in the settings, credentials, network and
//! permissions.

mod client;
mod local;
mod network;
mod permissions;
mod probe;
mod terminal;

use clap::Args;
use cognito::config::PoolConfig;
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Exit, Outcome};
use crate::global::Format;
use crate::output::{self, Row, count_of};

/// Check the settings, the credentials, the network, the app client and the IAM permissions.
///
/// Works with no settings at all, and then says what is missing. Changes nothing, and sends no
/// message to a user. With an app client, it tries a sign-in of an unknown user, which is a failed
/// sign-in in the events of the pool. The exit code is 1 if something is wrong.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito doctor --output json")]
pub(crate) struct Doctor {}

/// The result of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    /// A result that can be intended or a mistake. The operator must decide.
    Note,
    NotTried,
    Problem,
}

impl Status {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::NotTried => "not tried",
            Self::Problem => "PROBLEM",
        }
    }
}

/// The result of one check, and the remedy if there is a problem.
#[derive(Debug, Serialize)]
struct Finding {
    check: String,
    status: Status,
    result: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Row for Finding {
    const COLUMNS: &'static [&'static str] = &["check", "status", "result", "fix"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.check.clone(),
            self.status.name().to_owned(),
            self.result.clone(),
            self.fix.clone().unwrap_or_default(),
        ]
    }
}

/// The findings so far.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, check: &str, status: Status, result: impl Into<String>, fix: &str) {
        self.0.push(Finding {
            check: check.to_owned(),
            status,
            result: result.into(),
            fix: Some(fix.to_owned()).filter(|fix| !fix.is_empty()),
        });
    }

    fn ok(&mut self, check: &str, result: impl Into<String>) {
        self.add(check, Status::Ok, result, "");
    }

    fn note(&mut self, check: &str, result: impl Into<String>, fix: &str) {
        self.add(check, Status::Note, result, fix);
    }

    fn problem(&mut self, check: &str, result: impl Into<String>, fix: &str) {
        self.add(check, Status::Problem, result, fix);
    }

    fn not_tried(&mut self, check: &str, result: impl Into<String>) {
        self.add(check, Status::NotTried, result, "");
    }
}

impl Doctor {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let mut findings = Findings::default();
        local::settings(context, &mut findings).await;
        // A wrong setting is a finding already.
        let config = context.settings(false).await.ok();
        let has_credentials = local::credentials(context, config.as_ref(), &mut findings).await;
        match &config {
            Some(config) => examine(context, config, has_credentials, &mut findings).await?,
            None => {
                for check in ["endpoint", "clock", "JWKS", "app client", "IAM"] {
                    findings.not_tried(check, "needs the user pool");
                }
            }
        }
        match context.global.output {
            Format::Table => terminal::write(&findings.0)?,
            format => output::rows(format, &findings.0)?,
        }
        let findings = findings.0.iter();
        let problems = findings.filter(|finding| finding.status == Status::Problem);
        let count = problems.count();
        if count == 0 {
            return Ok(Exit::Done);
        }
        context.message(&format!(
            "{}; see the fix of each",
            count_of(count, "problem")
        ));
        Ok(Exit::Failed)
    }
}

/// Runs the checks that need the user pool.
async fn examine(
    context: &Context,
    config: &PoolConfig,
    has_credentials: bool,
    findings: &mut Findings,
) -> Outcome<()> {
    let is_reachable = network::endpoint(context, config, findings).await;
    network::keys(config, findings).await;
    if !is_reachable {
        findings.not_tried("app client", "needs the endpoint");
        findings.not_tried("IAM", "needs the endpoint");
        return Ok(());
    }
    client::secret(context, findings).await?;
    if !has_credentials {
        findings.not_tried("app client: settings", "needs AWS credentials");
        findings.not_tried("IAM", "needs AWS credentials");
        return Ok(());
    }
    client::settings(context, config, findings).await?;
    permissions::try_reads(context, findings).await
}
