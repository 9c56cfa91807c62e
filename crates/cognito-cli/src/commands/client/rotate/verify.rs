//! Checks that Cognito accepts a client secret, with a request that changes nothing and sends no
//! message.

use cognito::hosted_login::LoginDomain;
use cognito::{Error, ErrorKind, Operation, SignInFlow};
use serde_json::{Value, json};

use super::secrets;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::pool_settings::read::send;

/// The sign-in flows that can check a secret, in the order in which they are tried. `USER_SRP_AUTH`
/// is the first, because it is the only one that does not call the Lambda trigger `UserMigration`.
const FLOWS: [SignInFlow; 3] = [
    SignInFlow::UserSrp,
    SignInFlow::UserPassword,
    SignInFlow::AdminUserPassword,
];

/// The maximum number of requests until a new secret is accepted. AWS does not document how soon
/// all its servers know a new secret.
const ATTEMPTS: u32 = 5;

/// The result of a check of a secret.
pub(super) enum Checked {
    Accepted,
    /// Cognito rejects the secret.
    Rejected(Failure),
    /// No request has checked the secret: the app client allows none, or each has failed for
    /// another reason.
    Unknown(Option<Failure>),
}

/// Checks whether Cognito accepts the secret. If a request fails with an error that says nothing
/// about the secret, sends the next kind of request.
pub(super) async fn verify(context: &Context, client: &Value, id: &str, secret: &str) -> Checked {
    let allows = |list: &str, name: &str| {
        let list = client[list].as_array();
        list.is_some_and(|list| list.iter().any(|item| item == name))
    };
    let mut methods = Vec::new();
    let mut last = None;
    if allows("AllowedOAuthFlows", "client_credentials") {
        match domain(context).await {
            Ok(domain) => methods.extend(domain.map(Method::Token)),
            Err(failure) => last = Some(failure),
        }
    }
    let flows = FLOWS.into_iter();
    let flows = flows.filter(|flow| allows("ExplicitAuthFlows", flow.required_setting()));
    methods.extend(flows.map(Method::SignIn));
    for method in methods {
        match method.repeat(context, id, secret).await {
            Checked::Unknown(failure) => last = failure,
            checked => return checked,
        }
    }
    Checked::Unknown(last)
}

/// A request that checks a secret.
enum Method {
    Token(LoginDomain),
    SignIn(SignInFlow),
}

impl Method {
    /// Sends the request. Repeats it while Cognito rejects the secret.
    async fn repeat(&self, context: &Context, id: &str, secret: &str) -> Checked {
        let mut attempt = 0;
        loop {
            let sent = match self {
                Self::Token(domain) => by_token(context, id, secret, domain.clone()).await,
                Self::SignIn(flow) => by_sign_in(context, id, secret, *flow).await,
            };
            attempt += 1;
            match sent {
                Ok(Ok(())) => return Checked::Accepted,
                Ok(Err(error)) if !is_wrong_secret(&error) => {
                    return Checked::Unknown(Some(error.into()));
                }
                Ok(Err(error)) if attempt >= ATTEMPTS => return Checked::Rejected(error.into()),
                Ok(Err(_)) => context.back_off(attempt).await,
                Err(failure) => return Checked::Unknown(Some(failure)),
            }
        }
    }
}

/// Returns `true` if the error means that the secret of the app client is wrong. After any other
/// error, it is unknown whether the secret is right.
fn is_wrong_secret(error: &Error) -> bool {
    match error.kind() {
        // `unauthorized_client` says that the app client does not have the grant.
        ErrorKind::ClientAuth => error.code() != Some("unauthorized_client"),
        ErrorKind::Configuration => {
            let message = error.aws_message().unwrap_or_default();
            let message = message.to_ascii_lowercase();
            message.contains("secret hash") || message.contains("secrethash")
        }
        _ => false,
    }
}

/// Requests a token of the grant `client_credentials`.
async fn by_token(
    context: &Context,
    id: &str,
    secret: &str,
    domain: LoginDomain,
) -> Outcome<Result<(), Error>> {
    let cognito = context.with_client(id, secret, Some(domain)).await?;
    let call = cognito.hosted_login().client_credentials();
    let sent = context.send(Operation::OAuthClientCredentials, call).await;
    Ok(sent.map(drop))
}

/// Starts a sign-in with a user name that does not exist. Cognito checks the secret first, and
/// rejects the user name only if the secret is right.
async fn by_sign_in(
    context: &Context,
    id: &str,
    secret: &str,
    flow: SignInFlow,
) -> Outcome<Result<(), Error>> {
    let cognito = context.with_client(id, secret, None).await?;
    let user = format!("nobody-{}", secrets::generate()?);
    let password = format!("aA1-{}", secrets::generate()?);
    let call = cognito.login(user, password).flow(flow);
    let operation = match flow {
        SignInFlow::AdminUserPassword => Operation::AdminInitiateAuth,
        _ => Operation::InitiateAuth,
    };
    Ok(match context.send(operation, call).await {
        Ok(_) => Ok(()),
        Err(error) => match error.kind() {
            ErrorKind::InvalidCredentials | ErrorKind::UserNotFound => Ok(()),
            _ => Err(error),
        },
    })
}

/// Returns the domain of the pool, or `None` if the pool has none.
async fn domain(context: &Context) -> Outcome<Option<LoginDomain>> {
    let config = context.settings(false).await?;
    if config.login_domain.is_some() {
        return Ok(config.login_domain);
    }
    let described = send(context, Operation::DescribeUserPool, json!({})).await?;
    let pool = &described["UserPool"];
    let region = config.user_pool_id.region();
    let custom = pool["CustomDomain"].as_str().map(str::to_owned);
    let prefix = pool["Domain"].as_str();
    let prefix = prefix.map(|prefix| format!("{prefix}.auth.{region}.amazoncognito.com"));
    let host = custom.or(prefix);
    Ok(host.and_then(|host| LoginDomain::new(format!("https://{host}")).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wrong_secret_is_final() {
        assert!(is_wrong_secret(&Error::new(ErrorKind::ClientAuth)));
        for kind in [
            ErrorKind::Configuration,
            ErrorKind::FlowNotEnabled,
            ErrorKind::Network,
            ErrorKind::Throttled,
            ErrorKind::Upstream,
        ] {
            assert!(!is_wrong_secret(&Error::new(kind)), "{kind:?}");
        }
    }
}
