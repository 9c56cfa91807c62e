//! The parameters of each kind of challenge, and the responses that it allows.

use derive_new::new;

use crate::account::passkeys::{PasskeyAssertion, PasskeyRequestOptions};
use crate::authentication::challenge::{
    Answer, ChallengeAnswer, ChallengeName, CustomChallenge, EmailOtp, IntoAnswerText, MfaSetup,
    NewPasswordRequired, PasswordChallenge, PasswordSrp, SelectChallenge, SelectMfaType, SmsMfa,
    SmsOtp, SoftwareTokenMfa, WebAuthn,
};
use crate::authentication::sign_in::FirstFactor;
use crate::id::{DeviceName, EmailAddress};
use crate::input::InvalidInput;
use crate::secret::{ConfirmationCode, Password, Session, TotpCode, TotpSecret};
use crate::user::Attributes;

macro_rules! code_by_message {
    ($($challenge:ident),*) => {$(
        impl $challenge {
            /// Returns the destination of the code, masked by Cognito, or `None` if Cognito did not
            /// send it.
            pub fn destination(&self) -> Option<&str> {
                self.step.parameter("CODE_DELIVERY_DESTINATION")
            }

            /// Responds with the code that Cognito sent.
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
            /// Responds with the password.
            pub fn password(self, password: impl IntoAnswerText) -> ChallengeAnswer {
                let answer = Password::new(password.into_text()).map(Answer::Password);
                self.answered(answer)
            }
        }
    )*};
}

password!(PasswordChallenge PasswordSrp);

impl SelectChallenge {
    /// Returns the factors to choose from: `PASSWORD`, `PASSWORD_SRP`, `EMAIL_OTP`, `SMS_OTP`,
    /// `WEB_AUTHN`.
    pub fn options(&self) -> &[ChallengeName] {
        self.step.available()
    }

    /// Responds with the chosen factor. Cognito then returns the factor's challenge or the next
    /// step of the sign-in.
    pub fn choose(self, factor: FirstFactor) -> ChallengeAnswer {
        self.answered(Ok(Answer::FirstFactor(factor)))
    }
}

impl SoftwareTokenMfa {
    /// Returns the name that the user chose for the authenticator app, or `None` if it has no name.
    pub fn device_name(&self) -> Option<&str> {
        self.step.parameter("FRIENDLY_DEVICE_NAME")
    }

    /// Responds with the six-digit code of the authenticator app.
    pub fn code(self, code: impl IntoAnswerText) -> ChallengeAnswer {
        let answer = TotpCode::new(code.into_text()).map(Answer::TotpCode);
        self.answered(answer)
    }
}

impl NewPasswordRequired {
    /// Returns the attributes that must be set with the new password, without Cognito's prefix
    /// `userAttributes.`.
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

    /// Sets an attribute together with the new password. Set all
    /// [required](Self::required_attributes) attributes. Cognito rejects an attribute that is not
    /// required and already has a value.
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

    /// Responds with the password that the user chose.
    pub fn new_password(self, password: impl IntoAnswerText) -> ChallengeAnswer {
        let answer = Password::new(password.into_text()).map(|password| Answer::NewPassword {
            password,
            attributes: Attributes::new(),
        });
        self.answered(answer)
    }
}

impl SelectMfaType {
    /// Returns the factors to choose from: `SMS_MFA`, `SOFTWARE_TOKEN_MFA`, `EMAIL_OTP`.
    pub fn options(&self) -> Vec<ChallengeName> {
        self.step.names("MFAS_CAN_CHOOSE")
    }

    /// Responds with the chosen factor. Cognito then returns the factor's challenge.
    pub fn choose(self, factor: &ChallengeName) -> ChallengeAnswer {
        self.answered(Ok(Answer::Choice(factor.clone())))
    }
}

impl MfaSetup {
    /// Returns the factors that can be set up: `SMS_MFA`, `SOFTWARE_TOKEN_MFA`, `EMAIL_OTP`.
    ///
    /// An authenticator app is set up with
    /// [`enroll_totp`](crate::ports::Authentication::enroll_totp) and
    /// [`totp_code`](Self::totp_code), codes by e-mail with [`email`](Self::email). For codes by
    /// SMS the user first needs a phone number, which an operator can set; the sign-in must then
    /// start again.
    pub fn options(&self) -> Vec<ChallengeName> {
        self.step.names("MFAS_CAN_SETUP")
    }

    /// Replaces the session with the one that `AssociateSoftwareToken` returned
    /// ([`TotpAssociation::session`]).
    pub fn with_session(mut self, session: Session) -> Self {
        self.step.session = Some(session);
        self
    }

    /// Responds with the first code of the authenticator app. The app must have the secret.
    ///
    /// The response is sent with `VerifySoftwareToken`. The sign-in continues with the session that
    /// this operation returns. After a wrong code, another code can be sent.
    pub fn totp_code(self, code: impl IntoAnswerText) -> ChallengeAnswer {
        let answer = TotpCode::new(code.into_text()).map(Answer::totp_setup);
        self.answered(answer)
    }

    /// Responds like [`totp_code`](Self::totp_code), and sets the name that the user chose for the
    /// device, such as `My iPhone`.
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

    /// Responds with the e-mail address for codes. Cognito sends a code to it, and the challenge
    /// [`EmailOtp`](crate::Challenge::EmailOtp) follows.
    pub fn email(self, address: impl Into<String>) -> ChallengeAnswer {
        let answer = EmailAddress::new(address).map(|address| {
            Answer::Parameters([("EMAIL".to_owned(), address.as_str().to_owned())].into())
        });
        self.answered(answer)
    }
}

/// The result of `AssociateSoftwareToken` during a sign-in.
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct TotpAssociation {
    /// The secret for the authenticator app.
    pub secret: TotpSecret,
    /// The session of the next step. `None` if the current session stays valid.
    pub session: Option<Session>,
}

impl CustomChallenge {
    /// Returns a public parameter of the trigger (`publicChallengeParameters`), or `None` if the
    /// trigger did not set it. The value can be shown to the user.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.step.parameter(name)
    }

    /// Responds with the string that the pool's Lambda triggers expect.
    pub fn answer(self, answer: impl IntoAnswerText) -> ChallengeAnswer {
        self.answer_with([("ANSWER", answer.into_text())])
    }
}

impl WebAuthn {
    /// Returns the options for `navigator.credentials.get()` in the browser. Returns `None` if
    /// Cognito did not send them in a known format.
    pub fn request_options(&self) -> Option<PasskeyRequestOptions> {
        let options = self.step.parameter("CREDENTIAL_REQUEST_OPTIONS")?;
        PasskeyRequestOptions::new(serde_json::from_str(options).ok()?).ok()
    }

    /// Responds with the JSON of a passkey: the `toJSON()` of the result of
    /// `navigator.credentials.get()`.
    pub fn credential(
        self,
        credential: impl TryInto<PasskeyAssertion, Error: Into<InvalidInput>>,
    ) -> ChallengeAnswer {
        let answer = credential.try_into().map(Answer::Passkey);
        self.answered(answer.map_err(Into::into))
    }
}
