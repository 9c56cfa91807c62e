//! The start of a sign-in: the operations `InitiateAuth` and `AdminInitiateAuth`.

use aws_sdk_cognitoidentityprovider::types::AuthFlowType;
use cognito_core::authentication::sign_in::{
    ChallengeApi, FirstFactor, SignInFlow, SignInMethod, SignInRequest,
};
use cognito_core::{Error, ErrorKind, Password, Result, SignIn};

use crate::AwsCognito;
use crate::authentication::device;
use crate::authentication::srp::StartedProof;
use crate::authentication::turn::{Parameters, Turn};
use crate::server_date::ServerDate;

pub(crate) async fn sign_in(aws: &AwsCognito, request: SignInRequest) -> Result<SignIn> {
    check_api(&request)?;
    let turn = Turn::new(aws, request.api, &request.client_metadata, &request.context)?;
    let turn = turn.on(request.device.as_ref(), None);
    match attempt(&turn, &request).await {
        // The first attempt had no effect, so the sign-in is started again without the device.
        Err(error) if turn.has_lost_device(&error) => attempt(&turn, &request).await,
        other => other,
    }
}

/// Sends the requests of one attempt to sign in, until Cognito returns tokens or a challenge that
/// the user must respond to.
async fn attempt(turn: &Turn<'_>, request: &SignInRequest) -> Result<SignIn> {
    let next = match to_prove(&request.method) {
        Some(password) => with_proof(turn, request, password).await?,
        None => {
            let parameters = parameters(turn, request);
            initiate(turn, request, parameters, None).await?
        }
    };
    device::respond(turn, next).await
}

/// Starts a sign-in with `SRP_A`, and sends the SRP proof of the password.
///
/// Security: the unsigned API (`InitiateAuth`) can return an error that reveals whether the account
/// exists. After such an error, a simulated proof is sent, so that the duration of the sign-in
/// reveals nothing.
async fn with_proof(
    turn: &Turn<'_>,
    request: &SignInRequest,
    password: &Password,
) -> Result<SignIn> {
    let proof = StartedProof::new(&turn.aws.computations).await?;
    let mut parameters = parameters(turn, request);
    parameters.insert("SRP_A".to_owned(), proof.srp_a());
    match initiate(turn, request, parameters, Some(proof.date())).await {
        Ok(next) => proof.respond(turn, next, password).await,
        Err(error) => {
            let error = error.with_operation(request.api.initiate_operation());
            if request.api == ChallengeApi::Public && error.reveals_account() {
                proof.simulate(turn, &request.username, password).await;
            }
            Err(error)
        }
    }
}

/// Sends `InitiateAuth` or `AdminInitiateAuth`. If the flow is not enabled, the error names the
/// setting that enables it.
async fn initiate(
    turn: &Turn<'_>,
    request: &SignInRequest,
    parameters: Parameters,
    date: Option<&ServerDate>,
) -> Result<SignIn> {
    let session = match &request.method {
        SignInMethod::Choice { session, .. } => session.as_ref(),
        _ => None,
    };
    let flow = flow(&request.method)?;
    turn.initiate(flow, &request.username, session, parameters, date)
        .await
        .map_err(|error| name_the_setting(error, &request.method))
}

/// Fails if the flow does not work with the selected API. `AdminUserPassword` requires the signed
/// API (`AdminInitiateAuth`), and `UserPassword` requires the unsigned API (`InitiateAuth`).
fn check_api(request: &SignInRequest) -> Result<()> {
    let fits = match (&request.method, request.api) {
        (SignInMethod::Password { flow, .. }, api) if *flow != SignInFlow::UserSrp => {
            api == flow.api()
        }
        (_, api) => matches!(api, ChallengeApi::Admin | ChallengeApi::Public),
    };
    fits.then_some(()).ok_or_else(|| {
        Error::new(ErrorKind::Misuse).with_detail("this sign-in flow needs another API: AdminUserPassword needs Admin, UserPassword needs Public")
    })
}

/// Returns the password in `method` if the method needs an SRP proof, otherwise `None`.
const fn to_prove(method: &SignInMethod) -> Option<&Password> {
    match method {
        SignInMethod::Password {
            password,
            flow: SignInFlow::UserSrp,
            ..
        }
        | SignInMethod::Choice {
            preferred: Some(FirstFactor::PasswordSrp(password)),
            ..
        } => Some(password),
        SignInMethod::Custom { password, .. } => password.as_ref(),
        _ => None,
    }
}

/// Returns the AWS flow for a sign-in method. Fails if this crate does not support the method.
fn flow(method: &SignInMethod) -> Result<AuthFlowType> {
    Ok(match method {
        SignInMethod::Choice { .. } => AuthFlowType::UserAuth,
        SignInMethod::Custom { .. } => AuthFlowType::CustomAuth,
        SignInMethod::Password { flow, .. } => match flow {
            SignInFlow::AdminUserPassword => AuthFlowType::AdminUserPasswordAuth,
            SignInFlow::UserPassword => AuthFlowType::UserPasswordAuth,
            SignInFlow::UserSrp => AuthFlowType::UserSrpAuth,
            _ => return Err(not_supported()),
        },
        _ => return Err(not_supported()),
    })
}

fn not_supported() -> Error {
    Error::new(ErrorKind::Misuse)
        .with_detail("this sign-in method is not supported: use Password, Choice or Custom")
}

/// Returns the parameters of the request (`AuthParameters` of `InitiateAuth`), without `SRP_A`.
fn parameters(turn: &Turn<'_>, request: &SignInRequest) -> Parameters {
    let mut parameters = turn.named(&request.username);
    let mut add = |name: &str, value: &str| parameters.insert(name.to_owned(), value.to_owned());
    match &request.method {
        SignInMethod::Choice {
            preferred,
            step_up,
            access_token,
            ..
        } => {
            if let Some(factor) = preferred {
                add("PREFERRED_CHALLENGE", factor.challenge_name().as_str());
                if let FirstFactor::Password(password) = factor {
                    add("PASSWORD", password.expose());
                }
            }
            if let Some(levels) = step_up.acr_values() {
                add("TARGET_ACR_VALUES", &levels);
            }
            if let Some(token) = access_token {
                add("ACCESS_TOKEN", token.expose());
                // Without an access token, every sign-in is new.
                if let Some(age) = step_up.max_age {
                    add("MAX_AGE", &age.as_secs().to_string());
                }
            }
        }
        SignInMethod::Custom {
            password: Some(_), ..
        } => {
            add("CHALLENGE_NAME", "SRP_A");
        }
        SignInMethod::Password { password, flow, .. } if *flow != SignInFlow::UserSrp => {
            add("PASSWORD", password.expose());
        }
        _ => {}
    }
    parameters
}

/// If the error reports that a flow is not enabled, adds the name of the setting that enables the
/// flow. AWS does not return this name. Returns other errors unchanged.
fn name_the_setting(error: Error, method: &SignInMethod) -> Error {
    if error.kind() == ErrorKind::FlowNotEnabled {
        let setting = method.required_setting();
        error.with_detail(format!("enable {setting} in the app client's settings"))
    } else {
        error
    }
}
