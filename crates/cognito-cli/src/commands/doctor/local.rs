//! Checks of this host: the settings, and whether there are AWS credentials.

use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials;
use cognito::config::{EnvConfigSource, PoolConfig, Setting};
use tokio::time::timeout;

use crate::commands::doctor::Findings;
use crate::context::Context;

/// The time in which the credentials must be found.
const DEADLINE: Duration = Duration::from_secs(10);

/// Shows each setting and where it comes from. Security: the client secret is never shown.
pub(super) async fn settings(context: &Context, findings: &mut Findings) {
    let source = EnvConfigSource::new();
    let settings = match context.with_origins(&source).await {
        Ok(settings) => settings,
        Err(failure) => {
            let fix = "correct the environment variable";
            return findings.problem("settings", failure.message, fix);
        }
    };
    for setting in Setting::ALL {
        let name = setting.name();
        match (settings.value(*setting), settings.origin(*setting)) {
            (Some(value), origin) => {
                let value = match setting {
                    Setting::ClientSecret | Setting::PreviousClientSecret => "set",
                    _ => value,
                };
                let origin = origin.unwrap_or_default();
                findings.ok(name, format!("{value} (from {origin})"));
            }
            (None, _) => missing(*setting, findings),
        }
    }
    match &context.global.endpoint_url {
        Some(url) => findings.note(
            "endpoint URL",
            url.clone(),
            "remove --endpoint-url and AWS_ENDPOINT_URL to use AWS",
        ),
        None => findings.ok("endpoint URL", "AWS"),
    }
    if settings.value(Setting::UserPoolId).is_some()
        && let Err(failure) = context.settings(false).await
    {
        findings.problem("settings", failure.message, "correct the setting");
    }
}

fn missing(setting: Setting, findings: &mut Findings) {
    let name = setting.name();
    let (reason, fix) = match setting {
        Setting::UserPoolId => {
            let fix = "add --pool ID, or set AWS_COGNITO_USER_POOL_ID";
            return findings.problem(name, "not set", fix);
        }
        Setting::Region => return findings.ok(name, "from the user pool id"),
        Setting::ClientId => (
            "login and token verify need it",
            "add --client ID, or set AWS_COGNITO_CLIENT_ID",
        ),
        Setting::ClientSecret => (
            "an app client with a secret needs it",
            "set AWS_COGNITO_CLIENT_SECRET_FILE",
        ),
        Setting::LoginDomain => ("login --hosted needs it", "set AWS_COGNITO_DOMAIN"),
        _ => return findings.ok(name, "default"),
    };
    findings.note(name, format!("not set; {reason}"), fix);
}

/// Returns `true` if there are AWS credentials. Security: shows neither a part of the credentials
/// nor the error of their source.
pub(super) async fn credentials(
    context: &Context,
    config: Option<&PoolConfig>,
    findings: &mut Findings,
) -> bool {
    let region = config.map(|config| config.user_pool_id.region().as_str().to_owned());
    let found = timeout(DEADLINE, async {
        let provider = context.aws(region).await.credentials_provider()?;
        provider.provide_credentials().await.ok()
    });
    let name = "AWS credentials";
    match found.await {
        Ok(Some(credentials)) => {
            let kind = match (credentials.session_token(), credentials.expiry()) {
                (None, None) => "found: a permanent access key",
                _ => "found: temporary credentials",
            };
            findings.ok(name, kind);
            true
        }
        Ok(None) | Err(_) => {
            let fix = "set AWS_PROFILE or --profile, sign in with `aws sso login`, or give the host \
                       a role; token inspect and login need no credentials";
            findings.problem(name, "not found", fix);
            false
        }
    }
}
