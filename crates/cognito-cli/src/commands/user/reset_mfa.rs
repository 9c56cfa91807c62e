//! The command `cognito user reset-mfa`: removes the second factors of a user.

use clap::Args;
use cognito::Operation;
use cognito::account::{FactorChange, MfaPreference};

use crate::context::Context;
use crate::failure::{Exit, Outcome};

/// Remove the second factors of a user who has lost a phone, so that the user can set up others.
///
/// The command turns off the authenticator app, SMS codes and e-mail codes, and deletes the set-up
/// of the app. First check who asks you for this: an attacker would ask for the same.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito user reset-mfa ann@example.com")]
pub(crate) struct ResetMfa {
    /// The user name, the sub, or an alias such as the e-mail address.
    user: String,
}

impl ResetMfa {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let user = context.cognito().await?.admin().user(&self.user);
        let factors = context.send(Operation::AdminGetUserAuthFactors, user.auth_factors());
        let factors = factors.await?.mfa_factors;
        if factors.is_empty() {
            context.message("the user has no second factor");
            return Ok(Exit::Done);
        }
        if !context.confirm(&format!(
            "removes the second factors {}",
            factors.join(", ")
        ))? {
            return Ok(Exit::Done);
        }
        let has = |name: &str| factors.iter().any(|factor| factor == name);
        let mut off = MfaPreference::new();
        if has("SOFTWARE_TOKEN_MFA") {
            off = off.totp(FactorChange::Off);
        }
        if has("SMS_MFA") {
            off = off.sms(FactorChange::Off);
        }
        if has("EMAIL_OTP") {
            off = off.email(FactorChange::Off);
        }
        let call = user.set_mfa_preference(off);
        context
            .send(Operation::AdminSetUserMfaPreference, call)
            .await?;
        if has("SOFTWARE_TOKEN_MFA") {
            let call = user.delete_totp();
            context
                .send(Operation::AdminDeleteSoftwareToken, call)
                .await?;
        }
        context.message(&format!("removed {}", factors.join(", ")));
        Ok(Exit::Done)
    }
}
