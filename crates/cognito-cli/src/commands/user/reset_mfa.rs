//! The command `cognito user reset-mfa`: removes the second factors of a user.

use clap::Args;
use cognito::account::{FactorChange, MfaPreference};
use cognito::authentication::AuthFactor;
use cognito::{ErrorKind, Operation};

use crate::context::Context;
use crate::failure::{Exit, Outcome};

/// Remove the second factors of a user who has lost a phone, so that the user can set up others.
///
/// The command turns off the authenticator app, SMS codes and e-mail codes, and deletes the set-up
/// of the app. Passkeys and remembered devices are not changed. Verify the identity of the user
/// first: an attacker could ask you to remove the second factors, too.
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
        let factors = factors.await?;
        let (off, names) = turned_off(&factors.mfa_factors);
        let turns_off = match &*names {
            [] => "no second factor is turned on".to_owned(),
            names => format!("turns off {}", names.join(", ")),
        };
        if !context.confirm(&format!(
            "{turns_off}; deletes the set-up of an authenticator app"
        ))? {
            return Ok(Exit::Done);
        }
        if names.is_empty() {
            context.message("no second factor was turned on");
        } else {
            let call = user.set_mfa_preference(off);
            context
                .send(Operation::AdminSetUserMfaPreference, call)
                .await?;
            context.message(&format!("turned off {}", names.join(", ")));
        }
        // The app can be set up although it is turned off, and no operation shows that.
        let call = user.delete_totp();
        let deleted = context.send(Operation::AdminDeleteSoftwareToken, call);
        match deleted.await {
            Err(error) if error.kind() != ErrorKind::MfaNotSetUp => return Err(error.into()),
            _ => context.message("the set-up of an authenticator app is deleted, if there was one"),
        }
        if factors.factors.contains(&AuthFactor::WebAuthn) {
            context.message("the user still has a passkey, which only the user can delete");
        }
        context.message(
            "remembered devices are not changed: they can sign in without the second factor",
        );
        Ok(Exit::Done)
    }
}

/// Returns the change that turns second factors off, and the names of the factors that it turns
/// off. Ignores unknown names in `factors`.
fn turned_off(factors: &[String]) -> (MfaPreference, Vec<&str>) {
    let mut off = MfaPreference::new();
    let mut names = Vec::new();
    for name in factors {
        off = match name.as_str() {
            "SOFTWARE_TOKEN_MFA" => off.totp(FactorChange::Off),
            "SMS_MFA" => off.sms(FactorChange::Off),
            "EMAIL_OTP" => off.email(FactorChange::Off),
            _ => continue,
        };
        names.push(name.as_str());
    }
    (off, names)
}
