//! Checks of the app client: whether Cognito accepts its secret, its flows and its redirect URIs.

use aws_lc_rs::rand;
use cognito::config::PoolConfig;
use cognito::{Cognito, Error, ErrorKind, Operation};
use serde_json::{Value, json};

use crate::commands::doctor::Findings;
use crate::context::Context;
use crate::document;
use crate::failure::{Failure, Outcome};

const NAME: &str = "app client";

/// A password for a user who does not exist. Each password policy accepts it.
const PASSWORD: &str = "Doctor-0-does-not-exist";

/// Checks the app client and its secret: starts a sign-in for a user who cannot exist. The error
/// shows whether Cognito accepts the client and the secret.
///
/// No password is sent (SRP), and Cognito sends no message. AWS may record a failed sign-in. If the
/// pool has the pre authentication trigger, AWS may call it, with `userNotFound`.
///
/// If there are two secrets, the current one is checked alone. With both of them, the client would
/// use the previous one if Cognito rejects the current one.
pub(super) async fn secret(context: &Context, findings: &mut Findings) -> Outcome<()> {
    let Ok(config) = context.settings(true).await else {
        findings.not_tried(NAME, "needs the app client: --client ID");
        return Ok(());
    };
    let current = config.client_secret.as_ref();
    let previous = config.previous_client_secret.as_ref();
    let (Some(current), Some(previous)) = (current, previous) else {
        let cognito = context.cognito().await?;
        add(&sign_in(context, cognito).await?, findings);
        return Ok(());
    };
    let id = config.client_id.as_str();
    let result = {
        let cognito = context.with_client(id, current.expose(), None).await?;
        sign_in(context, &cognito).await?
    };
    if result.as_ref().is_err_and(Error::rejects_client_secret) {
        let cognito = context.with_client(id, previous.expose(), None).await?;
        let other = sign_in(context, &cognito).await?;
        if other.as_ref().map_or_else(proves_secret, |()| true) {
            findings.problem(
                NAME,
                "Cognito rejects the client secret, and accepts only the previous one",
                "set AWS_COGNITO_CLIENT_SECRET to the current secret of the app client: services \
                 with these settings fail when the previous one is deleted",
            );
            return Ok(());
        }
    }
    add(&result, findings);
    Ok(())
}

/// Starts a sign-in for a user who cannot exist.
async fn sign_in(context: &Context, cognito: &Cognito) -> Outcome<Result<(), Error>> {
    let call = cognito.login(random_name()?, PASSWORD);
    Ok(context.send(Operation::InitiateAuth, call).await.map(drop))
}

/// Adds a finding for the result of the sign-in.
fn add(result: &Result<(), Error>, findings: &mut Findings) {
    match result {
        Ok(()) => findings.ok(NAME, "Cognito accepts the client"),
        Err(error) => add_error(error, findings),
    }
}

/// Returns `true` if Cognito has checked the client secret before it returned this error.
fn proves_secret(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::InvalidCredentials
            | ErrorKind::UserNotFound
            | ErrorKind::NotAuthorized
            | ErrorKind::TriggerRejected
    )
}

/// Returns a user name with 128 random bits, so that no user has this name.
pub(super) fn random_name() -> Outcome<String> {
    let mut random = [0; 16];
    rand::fill(&mut random).map_err(|_| Failure::usage("no random numbers"))?;
    let name = format!("cognito-doctor-{:032x}", u128::from_be_bytes(random));
    Ok(name)
}

/// Adds a finding that states what the error of the test sign-in shows about the app client.
fn add_error(error: &Error, findings: &mut Findings) {
    let text = match error.operator_message() {
        Some(message) => format!("{error}: {message}"),
        None => error.to_string(),
    };
    match error.kind() {
        ErrorKind::InvalidCredentials | ErrorKind::UserNotFound | ErrorKind::NotAuthorized => {
            findings.ok(
                NAME,
                "Cognito accepts the client and its secret, if it has one",
            );
        }
        // Cognito checks the client and its secret before it calls a trigger.
        ErrorKind::TriggerRejected => findings.note(
            NAME,
            "Cognito accepts the client and its secret; a Lambda trigger rejected the sign-in",
            "nothing, if the trigger rejects unknown users",
        ),
        ErrorKind::FlowNotEnabled => findings.note(
            NAME,
            "the client does not allow SRP, so its secret could not be checked",
            "add ALLOW_USER_SRP_AUTH to ExplicitAuthFlows, if users sign in with passwords",
        ),
        ErrorKind::Configuration | ErrorKind::ClientAuth => findings.problem(
            NAME,
            text,
            "compare the client id and the client secret (AWS_COGNITO_CLIENT_SECRET) with the app \
             client; a client without a secret needs none",
        ),
        ErrorKind::NotFound => findings.problem(
            NAME,
            text,
            "use the id of an app client of this pool, in the region of the pool",
        ),
        _ => findings.problem(NAME, text, "see the error catalogue of the documentation"),
    }
}

/// Shows the flows and the redirect URIs of the app client.
pub(super) async fn settings(
    context: &Context,
    config: &PoolConfig,
    findings: &mut Findings,
) -> Outcome<()> {
    if context.settings(true).await.is_err() {
        return Ok(());
    }
    let members = json!({ "ClientId": config.client_id.as_str() });
    let operation = Operation::DescribeUserPoolClient;
    let client = match document::send(context, operation, members).await? {
        Ok(mut response) => response["UserPoolClient"].take(),
        Err(error) => {
            let code = error.code().unwrap_or_else(|| error.kind().name());
            let text = format!("cannot be read: {code}");
            findings.not_tried("app client: settings", text);
            return Ok(());
        }
    };
    flows(&client, findings);
    redirects(&client, findings);
    let members = ["ClientSecret", "ClientSecretArn"];
    let has_secret = members.iter().any(|member| client[member].is_string());
    match (has_secret, &config.client_secret) {
        (true, None) => findings.problem(
            "app client: secret",
            "the client has a secret, which is not set here",
            "set AWS_COGNITO_CLIENT_SECRET_FILE",
        ),
        (false, Some(_)) => findings.problem(
            "app client: secret",
            "a secret is set here, and the client has none",
            "remove AWS_COGNITO_CLIENT_SECRET",
        ),
        (true, Some(_)) => findings.ok(
            "app client: secret",
            "the client has one, and one is set here",
        ),
        (false, None) => findings.ok(
            "app client: secret",
            "the client has none, and none is set here",
        ),
    }
    Ok(())
}

fn list(client: &Value, name: &str) -> Vec<String> {
    let items = client[name].as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn flows(client: &Value, findings: &mut Findings) {
    let name = "app client: flows";
    let flows = list(client, "ExplicitAuthFlows");
    let text = flows.join(", ");
    let default = "none are set: Cognito allows SRP, custom challenges and refresh".to_owned();
    let text = if flows.is_empty() { default } else { text };
    let can_sign_in = flows.is_empty() || flows.iter().any(|flow| flow == "ALLOW_USER_SRP_AUTH");
    if can_sign_in {
        findings.ok(name, text);
    } else {
        let fix =
            "add ALLOW_USER_SRP_AUTH to ExplicitAuthFlows for `cognito login` with a password";
        findings.note(name, text, fix);
    }
}

/// The redirect URI of `cognito login --hosted`.
const REDIRECT: &str = "http://127.0.0.1:8976/callback";

fn redirects(client: &Value, findings: &mut Findings) {
    let name = "app client: redirect URIs";
    let uris = list(client, "CallbackURLs");
    let has_code = list(client, "AllowedOAuthFlows")
        .iter()
        .any(|flow| flow == "code");
    let uses_oauth = client["AllowedOAuthFlowsUserPoolClient"] == true;
    if !uses_oauth {
        return findings.note(
            name,
            "the client does not use managed login",
            "for `cognito login --hosted`: AllowedOAuthFlowsUserPoolClient true, AllowedOAuthFlows \
             code",
        );
    }
    let text = uris.join(", ");
    if !has_code || !uris.iter().any(|uri| uri == REDIRECT) {
        let fix = format!(
            "for `cognito login --hosted`: add {REDIRECT} to CallbackURLs, with the flow code"
        );
        return findings.note(name, text, &fix);
    }
    findings.ok(name, text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::Status;

    #[test]
    fn rejection_by_trigger_is_note() {
        for (kind, expected) in [
            (ErrorKind::UserNotFound, Status::Ok),
            (ErrorKind::TriggerRejected, Status::Note),
            (ErrorKind::ClientAuth, Status::Problem),
        ] {
            let mut findings = Findings::default();
            add_error(&Error::new(kind), &mut findings);
            assert_eq!(findings.0[0].status, expected, "{kind:?}");
        }
    }
}
