//! Checks that Cognito accepts a client secret, with a request that changes nothing and sends no
//! message.

use cognito::hosted_login::LoginDomain;
use cognito::{ErrorKind, Operation, SignInFlow};
use serde_json::{Value, json};

use super::secrets;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::pool_settings::read::send;

/// The sign-in flows with which a secret can be checked. Only `USER_SRP_AUTH` does not call the
/// Lambda trigger for the migration of users.
const FLOWS: [SignInFlow; 3] = [
    SignInFlow::UserSrp,
    SignInFlow::UserPassword,
    SignInFlow::AdminUserPassword,
];

/// The maximum number of requests until a new secret is accepted. AWS does not document how soon
/// all its servers know a new secret.
const ATTEMPTS: u32 = 5;

/// Returns `true` if Cognito accepts the secret. Returns `false` if the app client allows no request
/// that checks it.
///
/// # Errors
///
/// Fails if Cognito rejects the secret.
pub(super) async fn verify(
    context: &Context,
    client: &Value,
    id: &str,
    secret: &str,
) -> Outcome<bool> {
    let allows = |list: &str, name: &str| {
        let list = client[list].as_array();
        list.is_some_and(|list| list.iter().any(|item| item == name))
    };
    let domain = if allows("AllowedOAuthFlows", "client_credentials") {
        domain(context).await?
    } else {
        None
    };
    let mut flows = FLOWS.into_iter();
    let flow = flows.find(|flow| allows("ExplicitAuthFlows", flow.required_setting()));
    let mut attempt = 0;
    loop {
        let outcome = match (&domain, flow) {
            (Some(domain), _) => by_token(context, id, secret, domain.clone()).await,
            (None, Some(flow)) => by_sign_in(context, id, secret, flow).await,
            (None, None) => return Ok(false),
        };
        attempt += 1;
        match outcome {
            Ok(()) => return Ok(true),
            Err(failure) if failure.exit != Exit::Failed || attempt >= ATTEMPTS => {
                return Err(failure);
            }
            Err(_) => context.back_off(attempt).await,
        }
    }
}

/// Requests a token of the grant `client_credentials`.
async fn by_token(context: &Context, id: &str, secret: &str, domain: LoginDomain) -> Outcome<()> {
    let cognito = context.with_client(id, secret, Some(domain)).await?;
    let call = cognito.hosted_login().client_credentials();
    let operation = Operation::OAuthClientCredentials;
    context.send(operation, call).await?;
    Ok(())
}

/// Starts a sign-in with a user name that does not exist. Cognito checks the secret first, and
/// rejects the user name only if the secret is right.
async fn by_sign_in(context: &Context, id: &str, secret: &str, flow: SignInFlow) -> Outcome<()> {
    let cognito = context.with_client(id, secret, None).await?;
    let user = format!("nobody-{}", secrets::generate()?);
    let password = format!("aA1-{}", secrets::generate()?);
    let call = cognito.login(user, password).flow(flow);
    let operation = match flow {
        SignInFlow::AdminUserPassword => Operation::AdminInitiateAuth,
        _ => Operation::InitiateAuth,
    };
    match context.send(operation, call).await {
        Ok(_) => Ok(()),
        Err(error) => match error.kind() {
            ErrorKind::InvalidCredentials | ErrorKind::UserNotFound => Ok(()),
            _ => {
                let failure = Failure::from(error);
                let message = format!("the new secret is not verified: {}", failure.message);
                Err(Failure::new(failure.exit, message))
            }
        },
    }
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
