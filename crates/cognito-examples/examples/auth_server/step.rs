//! The page with the current challenge of a sign-in.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use cognito::authentication::FirstFactor;
use cognito::{Challenge, ChallengeAnswer, ChallengeName, Error, ErrorKind};
use cognito_axum::{ClientAddress, CookieChanges};
use maud::html;

use crate::site::fields::Fields;
use crate::site::notes::Note;
use crate::site::problem::Problem;
use crate::site::step_view::{self, Step};
use crate::site::visit::{Done, Visit};
use crate::site::{login, session};

pub(super) async fn page(visit: Visit) -> Response {
    match open(&visit) {
        Ok(challenge) => show(&visit, &challenge, None),
        Err(error) => over(&visit, &error),
    }
}

/// Sends the content of the form to Cognito, as the response to the challenge. The result is
/// tokens, the next challenge, the same challenge again after an error, or the end of the sign-in.
pub(super) async fn submit(
    visit: Visit,
    ClientAddress(from): ClientAddress,
    fields: Fields,
) -> Response {
    let challenge = match open(&visit) {
        Ok(challenge) => challenge,
        Err(error) => return over(&visit, &error),
    };
    if let Err(problem) = check(&challenge, &fields) {
        return show(&visit, &challenge, Some(&problem));
    }
    let name = challenge.name().as_str().to_owned();
    let field = match fields.has("email") {
        true => "email",
        false => "code",
    };
    let answered = visit
        .app
        .cognito
        .respond(answer(challenge, &fields))
        .client_address(from)
        .await;
    match answered {
        Ok(next) => {
            let trail = Note::Trail.read(&visit.headers).unwrap_or_default();
            let before = trail.split('.').filter(|name| !name.is_empty());
            let answered: Vec<&str> = before.chain([name.as_str()]).collect();
            login::go_on(&visit, next, &answered).await
        }
        Err(refused) => {
            let error = refused.error().clone();
            match refused.into_challenge() {
                Some(challenge) => again(&visit, &challenge, &error, field),
                None => over(&visit, &error),
            }
        }
    }
}

/// Starts the set-up of an authenticator app during the sign-in, and shows the secret of the app.
/// No other page shows this secret.
pub(super) async fn enroll(visit: Visit, ClientAddress(from): ClientAddress) -> Response {
    let setup = match open(&visit) {
        Ok(Challenge::MfaSetup(setup)) => setup,
        Ok(_) => return Redirect::to("/login/step").into_response(),
        Err(error) => return over(&visit, &error),
    };
    let enroll = visit.app.cognito.enroll_totp(setup).client_address(from);
    let enrollment = match enroll.await {
        Ok(enrollment) => enrollment,
        Err(refused) => return over(&visit, refused.error()),
    };
    let challenge = enrollment.challenge.into();
    let kept = match seal(&visit, &challenge) {
        Ok(kept) => kept,
        Err(error) => return over(&visit, &error),
    };
    let trail = Note::Trail.read(&visit.headers).unwrap_or_default();
    let mut step = Step::new(&challenge, &trail, None);
    step.totp = Some(&enrollment.setup);
    let mut response = step_view::page(&visit, &step);
    session::append(&mut response, &kept);
    response
}

/// Cancels the sign-in. If it was a step-up, the user stays signed in.
pub(super) async fn cancel(visit: Visit) -> Response {
    let mut response = match visit.person() {
        Some(_) => Done::StepUpCancelled.at("/"),
        None => Redirect::to("/login").into_response(),
    };
    forget(&visit, &mut response);
    response
}

/// Deletes the challenge of a sign-in that has ended. If the user is signed in, also deletes the path
/// of the page that required the step-up.
fn forget(visit: &Visit, response: &mut Response) {
    let cookies = &visit.app.cookies;
    session::append(response, &cookies.clear_challenge(&visit.headers));
    Note::Trail.erase(&visit.app, response);
    if visit.person().is_some() {
        Note::Next.erase(&visit.app, response);
    }
}

fn open(visit: &Visit) -> Result<Challenge, Error> {
    let state = visit.app.cookies.challenge_state(&visit.headers)?;
    let state = state.ok_or_else(|| Error::new(ErrorKind::ChallengeExpired))?;
    visit.app.cognito.challenge_from_state(&state)
}

/// Encrypts the challenge, and returns the cookies with it.
pub(crate) fn seal(visit: &Visit, challenge: &Challenge) -> Result<CookieChanges, Error> {
    let state = visit.app.cognito.challenge_to_state(challenge)?;
    Ok(visit.app.cookies.challenge(&state, &visit.headers)?)
}

fn show(visit: &Visit, challenge: &Challenge, problem: Option<&Problem>) -> Response {
    let trail = Note::Trail.read(&visit.headers).unwrap_or_default();
    step_view::page(visit, &Step::new(challenge, &trail, problem))
}

/// Shows the challenge again, with an error message at this field. Cognito allows a further
/// attempt.
fn again(visit: &Visit, challenge: &Challenge, error: &Error, field: &'static str) -> Response {
    let codes = [
        ErrorKind::CodeMismatch,
        ErrorKind::CodeExpired,
        ErrorKind::InvalidParameter,
    ];
    let passwords = [ErrorKind::PasswordPolicy, ErrorKind::PasswordHistory];
    let problem = Problem::of(error)
        .at_field(field, &codes)
        .at_field("new_password", &passwords);
    let mut response = show(visit, challenge, Some(&problem));
    if let Ok(kept) = seal(visit, challenge) {
        session::append(&mut response, &kept);
    }
    response
}

/// Shows the error of a sign-in that cannot continue, and deletes the challenge of this sign-in.
fn over(visit: &Visit, error: &Error) -> Response {
    let mut problem = Problem::of(error);
    // A challenge that another service sealed, or that is for another pool, is shown to the user as
    // expired.
    if matches!(error.kind(), ErrorKind::InvalidParameter) {
        problem = problem.saying("This sign-in has expired. Start again.");
        problem.status = StatusCode::UNAUTHORIZED;
    }
    let is_expired = matches!(
        error.kind(),
        ErrorKind::ChallengeExpired | ErrorKind::InvalidParameter
    );
    let main = html! {
        h1 { @if is_expired { "This sign-in has expired" } @else { "This sign-in has ended" } }
        p.lead {
            "A step of a sign-in is valid for a few minutes. Start again"
            @if visit.person().is_none() { " with your e-mail address" }
            "."
        }
        @match visit.person() {
            Some(person) => {
                p { "You are still signed in as " strong { (person.name) } "." }
                p { a.button href="/" { "Start page" } }
            },
            None => p { a.button href="/login" { "Back to the sign-in" } },
        }
    };
    let page = visit
        .page("Sign-in ended", main)
        .narrow()
        .problem(Some(&problem));
    let mut response = page.into_response();
    forget(visit, &mut response);
    response
}

/// Fails if the form does not contain a response to the challenge.
fn check(challenge: &Challenge, fields: &Fields) -> Result<(), Problem> {
    let (field, missing) = match challenge {
        Challenge::EmailOtp(_) | Challenge::SmsMfa(_) | Challenge::SmsOtp(_) => {
            ("code", "Enter the code that was sent to you.")
        }
        Challenge::SoftwareTokenMfa(_) => ("code", "Enter the code that your app shows."),
        Challenge::MfaSetup(_) if fields.has("email") => {
            ("email", "Enter the address for the codes.")
        }
        Challenge::MfaSetup(_) => ("code", "Enter the code that your app shows."),
        Challenge::NewPasswordRequired(_) => ("new_password", "Choose a new password."),
        Challenge::PasswordChallenge(_) | Challenge::PasswordSrp(_) => {
            ("password", "Enter your password.")
        }
        Challenge::SelectChallenge(_) | Challenge::SelectMfaType(_) => {
            ("choice", "Choose an option.")
        }
        Challenge::WebAuthn(_) => ("credential", "The browser has not used a passkey."),
        _ => ("answer", "Enter a response."),
    };
    if fields.exactly(field).is_empty() {
        return Err(Problem::at(field, missing));
    }
    if field == "choice" && asks_for_password(fields) && fields.exactly("password").is_empty() {
        return Err(Problem::at("password", "Enter your password."));
    }
    Ok(())
}

fn asks_for_password(fields: &Fields) -> bool {
    matches!(fields.text("choice"), "PASSWORD" | "PASSWORD_SRP")
}

fn answer(challenge: Challenge, fields: &Fields) -> ChallengeAnswer {
    let code = fields.code("code");
    match challenge {
        Challenge::EmailOtp(step) => step.code(code.as_str()),
        Challenge::SmsMfa(step) => step.code(code.as_str()),
        Challenge::SmsOtp(step) => step.code(code.as_str()),
        Challenge::SoftwareTokenMfa(step) => step.code(code.as_str()),
        Challenge::MfaSetup(step) if fields.has("email") => step.email(fields.text("email")),
        Challenge::MfaSetup(step) => step.totp_code(code.as_str()),
        Challenge::NewPasswordRequired(mut step) => {
            for name in step.required_attributes() {
                let value = fields.text(&format!("attribute.{name}")).to_owned();
                step = step.attribute(name, value);
            }
            step.new_password(fields.exactly("new_password"))
        }
        Challenge::PasswordChallenge(step) => step.password(fields.exactly("password")),
        Challenge::PasswordSrp(step) => step.password(fields.exactly("password")),
        Challenge::SelectMfaType(step) => step.choose(&ChallengeName::from(fields.text("choice"))),
        Challenge::SelectChallenge(step) => match factor(fields) {
            Some(factor) => step.choose(factor),
            None => step.answer_with([("ANSWER", fields.text("choice"))]),
        },
        Challenge::WebAuthn(step) => step.credential(fields.exactly("credential")),
        Challenge::CustomChallenge(step) => step.answer(fields.exactly("answer")),
        other => other.answer_with([("ANSWER", fields.exactly("answer"))]),
    }
}

/// Returns the factor that the user chose. Returns `None` if the factor is unknown, or if it needs
/// a password and the form contains no valid password.
fn factor(fields: &Fields) -> Option<FirstFactor> {
    let password = || fields.exactly("password").parse().ok();
    Some(match fields.text("choice") {
        "EMAIL_OTP" => FirstFactor::EmailOtp,
        "PASSWORD" => FirstFactor::Password(password()?),
        "PASSWORD_SRP" => FirstFactor::PasswordSrp(password()?),
        "SMS_OTP" => FirstFactor::SmsOtp,
        "WEB_AUTHN" => FirstFactor::WebAuthn,
        _ => return None,
    })
}
