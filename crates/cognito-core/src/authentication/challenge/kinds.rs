//! What each kind of challenge says, and with what it is answered.

use crate::authentication::challenge::{
    Answer, ChallengeAnswer, ChallengeName, CustomChallenge, EmailOtp, IntoAnswerText, MfaSetup,
    NewPasswordRequired, PasswordChallenge, PasswordSrp, SelectChallenge, SelectMfaType, SmsMfa,
    SmsOtp, SoftwareTokenMfa,
};
use crate::authentication::sign_in::FirstFactor;
use crate::id::{DeviceName, EmailAddress};
use crate::input::InvalidInput;
use crate::secret::{ConfirmationCode, Password, Session, TotpCode, TotpSecret};
use crate::user::Attributes;

macro_rules! code_by_message {
    ($($challenge:ident),*) => {$(
        impl $challenge {
            /// Where the code was sent, masked by Cognito.
            #[must_use]
            pub fn destination(&self) -> Option<&str> {
                self.step.parameter("CODE_DELIVERY_DESTINATION")
            }

            /// Answers with the code that was sent.
            pub fn code(self, code: impl IntoAnswerText) -> ChallengeAnswer {
                let answer = ConfirmationCode::new(code.into_text()).map(Answer::Code);
                self.answered(answer)
            }
        }
    )*};
}

code_by_message!(EmailOtp, SmsMfa, SmsOtp);

macro_rules! password {
    ($($challenge:ident)*) => {$(
        impl $challenge {
            /// Answers with the password.
            pub fn password(self, password: impl IntoAnswerText) -> ChallengeAnswer {
                let answer = Password::new(password.into_text()).map(Answer::Password);
                self.answered(answer)
            }
        }
    )*};
}

password!(PasswordChallenge PasswordSrp);

impl SelectChallenge {
    /// What the person can sign in with: `PASSWORD`, `PASSWORD_SRP`, `EMAIL_OTP`, `SMS_OTP`,
    /// `WEB_AUTHN`.
    #[must_use]
    pub fn options(&self) -> &[ChallengeName] {
        self.step.available()
    }

    /// Answers with what the person signs in with; its challenge follows, or what comes after it.
    pub fn choose(self, factor: FirstFactor) -> ChallengeAnswer {
        self.answered(Ok(Answer::FirstFactor(factor)))
    }
}

impl SoftwareTokenMfa {
    /// What the person called the authenticator when they set it up.
    #[must_use]
    pub fn device_name(&self) -> Option<&str> {
        self.step.parameter("FRIENDLY_DEVICE_NAME")
    }

    /// Answers with the six digits that the authenticator app shows.
    pub fn code(self, code: impl IntoAnswerText) -> ChallengeAnswer {
        let answer = TotpCode::new(code.into_text()).map(Answer::TotpCode);
        self.answered(answer)
    }
}

impl NewPasswordRequired {
    /// The attributes that must be given with the new password, without the `userAttributes.`
    /// prefix that Cognito writes before them.
    #[must_use]
    pub fn required_attributes(&self) -> Vec<String> {
        self.step
            .list("requiredAttributes")
            .into_iter()
            .map(|name| match name.strip_prefix("userAttributes.") {
                Some(bare) => bare.to_owned(),
                None => name,
            })
            .collect()
    }

    /// Sets an attribute together with the new password. Give the
    /// [required](Self::required_attributes) ones and those that the person may change; Cognito
    /// refuses to see the others again.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        let set = if name.ends_with("_verified") {
            Err(InvalidInput::new(
                "attribute name",
                "must not be email_verified or phone_number_verified: only Cognito sets these",
            ))
        } else {
            self.attributes.set(name, value)
        };
        self.refused = self.refused.or_else(|| set.err());
        self
    }

    /// Answers with the password that the person chose.
    pub fn new_password(self, password: impl IntoAnswerText) -> ChallengeAnswer {
        let answer = Password::new(password.into_text()).map(|password| Answer::NewPassword {
            password,
            attributes: Attributes::new(),
        });
        self.answered(answer)
    }
}

impl SelectMfaType {
    /// The factors to choose from: `SMS_MFA`, `SOFTWARE_TOKEN_MFA`, `EMAIL_OTP`.
    #[must_use]
    pub fn options(&self) -> Vec<ChallengeName> {
        self.step.names("MFAS_CAN_CHOOSE")
    }

    /// Answers with the factor that the person chose; its challenge follows.
    pub fn choose(self, factor: &ChallengeName) -> ChallengeAnswer {
        self.answered(Ok(Answer::Choice(factor.clone())))
    }
}

impl MfaSetup {
    /// The factors that can be set up: `SMS_MFA`, `SOFTWARE_TOKEN_MFA`, `EMAIL_OTP`.
    ///
    /// An authenticator app is set up with
    /// [`enroll_totp`](crate::Authentication::enroll_totp) and
    /// [`totp_code`](Self::totp_code), codes by e-mail with [`email`](Self::email). For codes by SMS the person needs a phone
    /// number first, which an operator can set; the sign-in then starts anew.
    #[must_use]
    pub fn options(&self) -> Vec<ChallengeName> {
        self.step.names("MFAS_CAN_SETUP")
    }

    /// The same set-up, one step on: `AssociateSoftwareToken` gives a session to go on with.
    #[must_use]
    pub fn with_session(mut self, session: Session) -> Self {
        self.step.session = Some(session);
        self
    }

    /// Answers with the first code that the person's authenticator app shows, once the app has
    /// the secret.
    ///
    /// It is proven with `VerifySoftwareToken`, and the sign-in goes on with the session that this
    /// gives. A wrong code leaves the set-up open.
    pub fn totp_code(self, code: impl IntoAnswerText) -> ChallengeAnswer {
        let answer = TotpCode::new(code.into_text()).map(Answer::totp_setup);
        self.answered(answer)
    }

    /// As [`totp_code`](Self::totp_code), with what the person calls the device: `My iPhone`.
    pub fn totp_code_of(
        self,
        device_name: impl Into<String>,
        code: impl IntoAnswerText,
    ) -> ChallengeAnswer {
        let answer = DeviceName::new(device_name).and_then(|name| {
            Ok(Answer::TotpSetup {
                code: TotpCode::new(code.into_text())?,
                device_name: Some(name),
            })
        });
        self.answered(answer)
    }

    /// Answers with the e-mail address that codes shall go to. The challenge
    /// [`EmailOtp`](crate::Challenge::EmailOtp) follows, with a code that was sent there.
    pub fn email(self, address: impl Into<String>) -> ChallengeAnswer {
        let answer = EmailAddress::new(address).map(|address| {
            Answer::Parameters([("EMAIL".to_owned(), address.as_str().to_owned())].into())
        });
        self.answered(answer)
    }
}

/// What `AssociateSoftwareToken` gives during a sign-in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TotpAssociation {
    /// The secret for the authenticator app.
    pub secret: TotpSecret,
    /// The session to go on with; `None` if the one that was sent stays in force.
    pub session: Option<Session>,
}

impl TotpAssociation {
    /// With this secret.
    #[must_use]
    pub const fn new(secret: TotpSecret, session: Option<Session>) -> Self {
        Self { secret, session }
    }
}

impl CustomChallenge {
    /// What the trigger shows to the person (`publicChallengeParameters`), by name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.step.parameter(name)
    }

    /// Answers with what the pool's Lambda triggers expect.
    pub fn answer(self, answer: impl IntoAnswerText) -> ChallengeAnswer {
        self.answer_with([("ANSWER", answer.into_text())])
    }
}
