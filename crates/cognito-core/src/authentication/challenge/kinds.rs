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
            /// Returns the destination of the code in masked form, such as `u***@e***`. Returns
            /// `None` if Cognito did not return it.
            pub fn destination(&self) -> Option<&str> {
                self.step.parameter("CODE_DELIVERY_DESTINATION")
            }

            /// Creates the response with the code that Cognito sent.
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
            /// Creates the response with the user's password.
            pub fn password(self, password: impl IntoAnswerText) -> ChallengeAnswer {
                let answer = Password::new(password.into_text()).map(Answer::Password);
                self.answered(answer)
            }
        }
    )*};
}

password!(PasswordChallenge PasswordSrp);

impl SelectChallenge {
    /// Returns the factors from which the user can choose, such as `PASSWORD`, `PASSWORD_SRP`,
    /// `EMAIL_OTP`, `SMS_OTP` or `WEB_AUTHN`.
    pub fn options(&self) -> &[ChallengeName] {
        self.step.available()
    }

    /// Creates the response with the factor that the user chose. If `factor` contains a password,
    /// Cognito then returns the next step of the sign-in. Otherwise it returns the challenge of
    /// this factor.
    pub fn choose(self, factor: FirstFactor) -> ChallengeAnswer {
        self.answered(Ok(Answer::FirstFactor(factor)))
    }
}

impl SoftwareTokenMfa {
    /// Returns the name of the authenticator app, or `None` if the user chose no name.
    pub fn device_name(&self) -> Option<&str> {
        self.step.parameter("FRIENDLY_DEVICE_NAME")
    }

    /// Creates the response with the six-digit code that the authenticator app shows.
    pub fn code(self, code: impl IntoAnswerText) -> ChallengeAnswer {
        let answer = TotpCode::new(code.into_text()).map(Answer::TotpCode);
        self.answered(answer)
    }
}

impl NewPasswordRequired {
    /// Returns the names of the attributes that must be set with the new password, without
    /// Cognito's prefix `userAttributes.`. The list is empty if no attribute must be set.
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

    /// Sets an attribute together with the new password. Call this method for each attribute in
    /// [`required_attributes`](Self::required_attributes). The pool requires these attributes, and
    /// the user has no value for them yet. If the user already has a value for a required
    /// attribute, do not set this attribute: Cognito rejects the response. All other attributes are
    /// optional.
    ///
    /// Sending the response fails if the attribute is invalid, or if its name ends with
    /// `_verified`.
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

    /// Creates the response with the new password that the user chose.
    pub fn new_password(self, password: impl IntoAnswerText) -> ChallengeAnswer {
        let answer = Password::new(password.into_text()).map(|password| Answer::NewPassword {
            password,
            attributes: Attributes::new(),
        });
        self.answered(answer)
    }
}

impl SelectMfaType {
    /// Returns the second factors from which the user can choose, such as `SMS_MFA`,
    /// `SOFTWARE_TOKEN_MFA` or `EMAIL_OTP`.
    pub fn options(&self) -> Vec<ChallengeName> {
        self.step.names("MFAS_CAN_CHOOSE")
    }

    /// Creates the response with the second factor that the user chose. Cognito then returns the
    /// challenge of this factor.
    pub fn choose(self, factor: &ChallengeName) -> ChallengeAnswer {
        self.answered(Ok(Answer::Choice(factor.clone())))
    }
}

impl MfaSetup {
    /// Returns the second factors that the user can set up, such as `SMS_MFA`, `SOFTWARE_TOKEN_MFA`
    /// or `EMAIL_OTP`.
    ///
    /// - For an authenticator app, call [`enroll_totp`](crate::ports::Authentication::enroll_totp),
    ///   and then [`totp_code`](Self::totp_code).
    /// - For codes by e-mail, call [`email`](Self::email).
    /// - For codes by SMS, the user first needs a phone number. An operator can set it. Then the
    ///   sign-in must start again.
    pub fn options(&self) -> Vec<ChallengeName> {
        self.step.names("MFAS_CAN_SETUP")
    }

    /// Replaces the session of the challenge with the session that `AssociateSoftwareToken`
    /// returned ([`TotpAssociation::session`]). The response must contain that session.
    pub fn with_session(mut self, session: Session) -> Self {
        self.step.session = Some(session);
        self
    }

    /// Creates the response with the first code of the authenticator app. The app must have the
    /// secret that `AssociateSoftwareToken` returned.
    ///
    /// The code is sent with `VerifySoftwareToken`, and the sign-in continues with the session that
    /// this operation returns. After a wrong code, another code can be sent.
    pub fn totp_code(self, code: impl IntoAnswerText) -> ChallengeAnswer {
        let answer = TotpCode::new(code.into_text()).map(Answer::totp_setup);
        self.answered(answer)
    }

    /// Creates the response like [`totp_code`](Self::totp_code), and also sets the name of the
    /// authenticator app, such as `My iPhone`.
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

    /// Creates the response with the e-mail address to which Cognito will send codes. Cognito sends
    /// a first code to it and returns the challenge [`EmailOtp`](crate::Challenge::EmailOtp).
    pub fn email(self, address: impl Into<String>) -> ChallengeAnswer {
        let answer = EmailAddress::new(address).map(|address| {
            Answer::Parameters([("EMAIL".to_owned(), address.as_str().to_owned())].into())
        });
        self.answered(answer)
    }
}

/// The result of `AssociateSoftwareToken`. This operation starts the set-up of an authenticator app
/// during a sign-in.
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct TotpAssociation {
    /// The secret for the authenticator app.
    pub secret: TotpSecret,
    /// The session for the next step ([`MfaSetup::with_session`]). `None` if the current session
    /// stays valid.
    pub session: Option<Session>,
}

impl CustomChallenge {
    /// Returns a public parameter that a Lambda trigger of the pool set
    /// (`publicChallengeParameters`), or `None` if the trigger did not set it. The value can be
    /// shown to the user.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.step.parameter(name)
    }

    /// Creates the response to this custom challenge from the user's answer (`ANSWER`), a string
    /// that the pool's Lambda triggers verify.
    pub fn answer(self, answer: impl IntoAnswerText) -> ChallengeAnswer {
        self.answer_with([("ANSWER", answer.into_text())])
    }
}

impl WebAuthn {
    /// Returns the options for `navigator.credentials.get()` in the browser. Returns `None` if
    /// Cognito sent no options, or if the options are not a JSON object.
    pub fn request_options(&self) -> Option<PasskeyRequestOptions> {
        let options = self.step.parameter("CREDENTIAL_REQUEST_OPTIONS")?;
        PasskeyRequestOptions::new(serde_json::from_str(options).ok()?).ok()
    }

    /// Creates the response with the credential of a passkey: the result of
    /// `navigator.credentials.get()`, converted with `toJSON()`.
    pub fn credential(
        self,
        credential: impl TryInto<PasskeyAssertion, Error: Into<InvalidInput>>,
    ) -> ChallengeAnswer {
        let answer = credential.try_into().map(Answer::Passkey);
        self.answered(answer.map_err(Into::into))
    }
}
