//! Sign-in with a user name: the first factor, and the challenges that follow.

use std::io::{self, IsTerminal};

use cognito::authentication::FirstFactor;
use cognito::challenge::{MfaSetup, NewPasswordRequired, SelectChallenge, SelectMfaType};
use cognito::{Challenge, ChallengeAnswer, ChallengeName, Cognito, Password, SignIn, Tokens};

use crate::commands::login::Factor;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::prompt::{ask, ask_secret};

/// The maximum number of responses to one challenge.
const ATTEMPTS: u8 = 3;

/// Signs a user in. Asks for the password, codes and other values that Cognito requires.
pub(super) async fn sign_in(
    context: &Context,
    cognito: &Cognito,
    user: &str,
    factor: Factor,
) -> Outcome<Tokens> {
    let mut signed_in = match factor {
        Factor::Password => cognito.login(user, ask_secret("Password")?).await?,
        Factor::Email => {
            let choice = cognito.login_by_choice(user);
            choice.prefer(FirstFactor::EmailOtp).await?
        }
        Factor::Sms => {
            let choice = cognito.login_by_choice(user);
            choice.prefer(FirstFactor::SmsOtp).await?
        }
        Factor::Choose => cognito.login_by_choice(user).await?,
    };
    loop {
        signed_in = match signed_in {
            SignIn::Complete(tokens) => return Ok(tokens),
            SignIn::Challenge(challenge) => respond(context, cognito, challenge).await?,
        };
    }
}

/// Asks the user for the response to a challenge, and sends it to Cognito. If Cognito rejects the
/// response but allows another one, asks again.
async fn respond(
    context: &Context,
    cognito: &Cognito,
    mut challenge: Challenge,
) -> Outcome<SignIn> {
    let mut attempt = 1;
    loop {
        let answer = match challenge {
            Challenge::MfaSetup(setup) => set_up(context, cognito, setup).await?,
            other => answer(other)?,
        };
        let rejected = match cognito.respond(answer).await {
            Ok(signed_in) => return Ok(signed_in),
            Err(rejected) => rejected,
        };
        let message = rejected.to_string();
        let failure = Failure::from(rejected.error().clone());
        match rejected.into_challenge() {
            Some(same) if attempt < ATTEMPTS => challenge = same,
            _ => return Err(failure),
        }
        context.message(&format!("{message}; try again"));
        attempt += 1;
    }
}

/// Asks the user for the response to a challenge. Does not send it.
fn answer(challenge: Challenge) -> Outcome<ChallengeAnswer> {
    Ok(match challenge {
        Challenge::EmailOtp(sent) => {
            let code = ask(&sent_to("e-mail", sent.destination()))?;
            sent.code(code)
        }
        Challenge::SmsMfa(sent) => {
            let code = ask(&sent_to("SMS", sent.destination()))?;
            sent.code(code)
        }
        Challenge::SmsOtp(sent) => {
            let code = ask(&sent_to("SMS", sent.destination()))?;
            sent.code(code)
        }
        Challenge::SoftwareTokenMfa(app) => app.code(ask("Code of the authenticator app")?),
        Challenge::SelectMfaType(select) => second_factor(select)?,
        Challenge::SelectChallenge(select) => first_factor(select)?,
        Challenge::NewPasswordRequired(step) => new_password(step)?,
        Challenge::PasswordChallenge(step) => step.password(ask_secret("Password")?),
        Challenge::PasswordSrp(step) => step.password(ask_secret("Password")?),
        Challenge::CustomChallenge(custom) => {
            custom.answer(ask_secret("Answer to the custom challenge")?)
        }
        other => return Err(unsupported(other.name().as_str())),
    })
}

fn unsupported(name: &str) -> Failure {
    let message = format!("Cognito requires {name}, which a terminal cannot do: use --hosted");
    Failure::new(Exit::Failed, message)
}

fn sent_to(medium: &str, destination: Option<&str>) -> String {
    match destination {
        Some(destination) => format!("Code that was sent by {medium} to {destination}"),
        None => format!("Code that was sent by {medium}"),
    }
}

fn new_password(mut step: NewPasswordRequired) -> Outcome<ChallengeAnswer> {
    for name in step.required_attributes() {
        let value = ask(&format!("Required attribute {name}"))?;
        step = step.attribute(name, value);
    }
    Ok(step.new_password(ask_secret("New password")?))
}

fn second_factor(select: SelectMfaType) -> Outcome<ChallengeAnswer> {
    let chosen = choose(&select.options())?;
    Ok(select.choose(&chosen))
}

fn first_factor(select: SelectChallenge) -> Outcome<ChallengeAnswer> {
    let factor = match choose(select.options())? {
        ChallengeName::EmailOtp => FirstFactor::EmailOtp,
        ChallengeName::SmsOtp => FirstFactor::SmsOtp,
        ChallengeName::PasswordChallenge => FirstFactor::Password(password()?),
        ChallengeName::PasswordSrp => FirstFactor::PasswordSrp(password()?),
        other => return Err(unsupported(other.as_str())),
    };
    Ok(select.choose(factor))
}

fn password() -> Outcome<Password> {
    Ok(Password::new(ask_secret("Password")?)?)
}

/// Asks the user to choose one of the factors with these names.
fn choose(names: &[ChallengeName]) -> Outcome<ChallengeName> {
    let list: Vec<_> = names.iter().map(ChallengeName::as_str).collect();
    let chosen = ask(&format!("Factor ({})", list.join(", ")))?;
    let found = names.iter().find(|name| name.as_str() == chosen);
    found
        .cloned()
        .ok_or_else(|| Failure::usage(format!("the factor must be one of: {}", list.join(", "))))
}

/// Asks the user to set up a second factor: an authenticator app if the pool allows it, otherwise
/// codes by e-mail. Returns the challenge response.
///
/// An app is set up only in a terminal. Without a terminal, the secret of the app could be written
/// to a log, and no user could enter the first code.
async fn set_up(context: &Context, cognito: &Cognito, setup: MfaSetup) -> Outcome<ChallengeAnswer> {
    if !setup.options().contains(&ChallengeName::SoftwareTokenMfa) {
        return Ok(setup.email(ask("E-mail address for codes")?));
    }
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Failure::new(
            Exit::Failed,
            "Cognito requires the set-up of an authenticator app: run the command in a terminal",
        ));
    }
    let user = setup.step().username().as_str().to_owned();
    let enrollment = cognito.enroll_totp(setup).await;
    let enrollment = enrollment.map_err(|rejected| Failure::from(rejected.error().clone()))?;
    let url = enrollment.setup.otpauth_url("Cognito", &user);
    context.error(&format!("add this account to an authenticator app: {url}"));
    let code = ask("First code of the app")?;
    Ok(enrollment.challenge.totp_code(code))
}
