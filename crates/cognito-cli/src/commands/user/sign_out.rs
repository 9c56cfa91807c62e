//! The commands `cognito user sign-out` and `cognito user reset-password`.

use clap::Args;
use cognito::Operation;

use crate::context::Context;
use crate::failure::{Exit, Outcome};

/// Sign a user out everywhere: Cognito rejects the user's refresh tokens and access tokens.
///
/// Services that verify tokens offline accept the user's tokens until the tokens expire. The user's
/// passwords, passkeys and remembered devices are not changed.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito user sign-out ann@example.com --yes")]
pub(crate) struct SignOut {
    /// The user name, the sub, or an alias such as the e-mail address.
    user: String,
}

impl SignOut {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let user = context.cognito().await?.admin().user(&self.user);
        if context.confirm("signs the user out everywhere")? {
            let call = user.sign_out_everywhere();
            context
                .send(Operation::AdminUserGlobalSignOut, call)
                .await?;
            context.message("the user is signed out");
        }
        Ok(Exit::Done)
    }
}

/// Reset the password of a user: Cognito sends a code, with which the user sets a new password.
///
/// The user needs a verified e-mail address or phone number. The user's sessions stay valid. To end
/// them, also run `cognito user sign-out`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito user reset-password ann@example.com --yes")]
pub(crate) struct ResetPassword {
    /// The user name, the sub, or an alias such as the e-mail address.
    user: String,
}

impl ResetPassword {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let user = context.cognito().await?.admin().user(&self.user);
        if context.confirm("makes the password invalid and sends a code to the user")? {
            let call = user.reset_password();
            context
                .send(Operation::AdminResetUserPassword, call)
                .await?;
            context.message("the password is reset, and the code is sent");
        }
        Ok(Exit::Done)
    }
}
