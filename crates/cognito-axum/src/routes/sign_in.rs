//! The routes of a sign-in: `login`, `verify-mfa`, `setup-mfa` and `new-password`.

use cognito::RespondError;
use cognito_core::authentication::sign_in::FirstFactor;
use cognito_core::{
    Challenge, ChallengeAnswer, ChallengeName, Error, ErrorKind, InvalidInput, SignIn,
};
use http::HeaderMap;

use crate::routes::attributes::SetBy;
use crate::routes::body::{Login, NewPassword, SetupMfa, VerifyMfa};
use crate::routes::call::Call;
use crate::routes::caller::{Caller, from_address, from_caller};
use crate::routes::failure::{Failure, RouteResult};
use crate::routes::hooks::SignInMethod;
use crate::routes::shared::Shared;

pub(super) async fn login(Call(routes, caller, request): Call<Login>) -> RouteResult {
    let device = routes.remembered_device(&request.email, &caller.headers);
    let login = routes.cognito.login(request.email, request.password);
    let login = match &device {
        Some(device) => login.device(device),
        None => login,
    };
    let signed_in = from_caller!(login, caller).await;
    let step = signed_in.map_err(|error| routes.error(error))?;
    routes
        .signed_in(step, SignInMethod::Password, &caller)
        .await
}

pub(super) async fn verify_mfa(Call(routes, caller, request): Call<VerifyMfa>) -> RouteResult {
    let challenge = routes.opened(request.session, &caller.headers)?;
    let method = SignInMethod::Challenge(challenge.step().name().clone());
    let answer = challenge_answer(challenge, request.code).map_err(|error| routes.error(error))?;
    respond(&routes, &caller, answer, method).await
}

pub(super) async fn new_password(Call(routes, caller, request): Call<NewPassword>) -> RouteResult {
    routes.check_attributes(&request.attributes, SetBy::LaterChange)?;
    let Challenge::NewPasswordRequired(step) = routes.opened(request.session, &caller.headers)?
    else {
        return Err(routes
            .error(another(
                "must not be a new password: the challenge does not require one",
            ))
            .into());
    };
    let attributes = request.attributes.into_iter();
    let step = attributes.fold(step, |step, (name, value)| step.attribute(name, value));
    let method = SignInMethod::Challenge(ChallengeName::NewPasswordRequired);
    let answer = step.new_password(request.new_password);
    respond(&routes, &caller, answer, method).await
}

pub(super) async fn setup_mfa(Call(routes, caller, request): Call<SetupMfa>) -> RouteResult {
    let Challenge::MfaSetup(setup) = routes.opened(request.session, &caller.headers)? else {
        return Err(routes
            .error(another(
                "must not be a set-up: the challenge does not require a new second factor",
            ))
            .into());
    };
    let enroll = routes.cognito.enroll_totp(setup);
    let enrolled = from_address!(enroll, caller.address).await;
    let enrollment = enrolled.map_err(|error| routes.over(error, &caller.headers))?;
    let mut body = serde_json::Map::new();
    let secret = enrollment.setup.secret.expose();
    body.insert("secretCode".to_owned(), secret.into());
    let challenge = Challenge::from(enrollment.challenge);
    let response = routes.challenge(&challenge, body, &caller.headers);
    response.map_err(|error| routes.error(error).into())
}

pub(super) async fn respond(
    routes: &Shared,
    caller: &Caller,
    answer: ChallengeAnswer,
    method: SignInMethod,
) -> RouteResult {
    let respond = routes.cognito.respond(answer);
    let step: Result<SignIn, RespondError> = from_caller!(respond, caller).await;
    let step = step.map_err(|error| routes.over(error, &caller.headers))?;
    routes.signed_in(step, method, caller).await
}

impl Shared {
    /// Returns the challenge that a request responds to. Fails if the challenge is missing, expired
    /// or not encrypted with a key of this service. The failure also deletes the cookie of the
    /// challenge.
    pub(super) fn opened(
        &self,
        session: Option<String>,
        request: &HeaderMap,
    ) -> Result<Challenge, Failure> {
        let state = self.delivery.challenge_state(session, request);
        let challenge = state.and_then(|state| self.cognito.challenge_from_state(&state));
        challenge.map_err(|error| {
            let over = self.delivery.clear_challenge(request);
            Failure::from(self.error(error)).with(over)
        })
    }

    /// Returns the failure for a rejected response to a challenge. If the challenge cannot be used
    /// again, the failure also deletes the cookie of the challenge.
    fn over(&self, error: RespondError, request: &HeaderMap) -> Failure {
        let failure = Failure::from(self.error(error.error().clone()));
        match error.into_challenge() {
            Some(_) => failure,
            None => failure.with(self.delivery.clear_challenge(request)),
        }
    }
}

/// Returns the response to a challenge. For most challenges, `code` is the code that the user
/// entered. For two challenges, it is the user's choice: `EMAIL_OTP` or `SMS_OTP` for
/// `SELECT_CHALLENGE`, and an option of the challenge for `SELECT_MFA_TYPE`. Fails for any other
/// choice. Also fails for a challenge that accepts neither a code nor a choice.
fn challenge_answer(challenge: Challenge, code: String) -> Result<ChallengeAnswer, Error> {
    Ok(match challenge {
        Challenge::CustomChallenge(custom) => custom.answer(code),
        Challenge::EmailOtp(otp) => otp.code(code),
        Challenge::MfaSetup(setup) => setup.totp_code(code),
        Challenge::SelectChallenge(select) => match code.as_str() {
            "EMAIL_OTP" => select.choose(FirstFactor::EmailOtp),
            "SMS_OTP" => select.choose(FirstFactor::SmsOtp),
            _ => return Err(another("must be EMAIL_OTP or SMS_OTP")),
        },
        Challenge::SelectMfaType(select) => {
            let chosen = ChallengeName::from(code);
            if !select.options().contains(&chosen) {
                return Err(another("must be one of the options of the challenge"));
            }
            select.choose(&chosen)
        }
        Challenge::SmsMfa(otp) => otp.code(code),
        Challenge::SmsOtp(otp) => otp.code(code),
        Challenge::SoftwareTokenMfa(totp) => totp.code(code),
        _ => return Err(another("this challenge takes no code")),
    })
}

pub(super) fn another(rule: &'static str) -> Error {
    let error = Error::from(InvalidInput::new("response", rule));
    error.with_kind(ErrorKind::InvalidParameter)
}
