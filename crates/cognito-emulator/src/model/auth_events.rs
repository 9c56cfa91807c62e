//! The authentication events that threat protection records for a user ([`AuthEvents`]).

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::json::{Name, name};
use crate::model::named::named;
use crate::model::risk::{Decision, Risk};
use crate::model::thin::Empty;
use crate::model::time::timestamp;

/// The maximum number of events per user. If a user has more, the oldest event is removed.
pub(crate) const CAPACITY: usize = 1000;

/// The authentication events of one user, newest first.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct AuthEvents(pub(crate) VecDeque<AuthEvent>);

/// The IP addresses from which a user has signed in, newest first.
///
/// Security: the addresses are stored separately from the events ([`AuthEvents`]), because an
/// attacker can remove old events by failed attempts. Only a successful sign-in of the user adds or
/// removes an address.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Addresses(VecDeque<IpAddr>);

impl Empty for Addresses {
    const EMPTY: &'static Self = &Self(VecDeque::new());
}

impl Addresses {
    /// The maximum number of IP addresses that are stored for a user. If there are more, the least
    /// recently used address is removed.
    const CAPACITY: usize = 100;

    /// Adds the address of a successful sign-in.
    pub(crate) fn add(&mut self, address: IpAddr) {
        let address = address.to_canonical();
        self.0.retain(|known| *known != address);
        self.0.push_front(address);
        self.0.truncate(Self::CAPACITY);
    }

    /// Returns `true` if the user has signed in before, but not from this address.
    pub(crate) fn is_new(&self, address: IpAddr) -> bool {
        !self.0.is_empty() && !self.0.contains(&address.to_canonical())
    }
}

impl Empty for AuthEvents {
    const EMPTY: &'static Self = &Self(VecDeque::new());
}

/// An authentication event of a user (`AuthEventType`), such as a sign-in.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AuthEvent {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) response: Response,
    /// The factors that the user tried, in the order of the requests. The boolean is `true` if the
    /// password or code was right.
    pub(crate) proofs: Vec<(Proof, bool)>,
    /// `true` if the user has proven the first factor. This cannot be seen from `proofs` if the
    /// factor is a passkey: AWS's `ChallengeName` has no value for passkeys.
    pub(crate) has_first_factor: bool,
    /// The IP address from which the user sent the request that caused the event.
    pub(crate) address: IpAddr,
    pub(crate) created: SystemTime,
    pub(crate) risk: Risk,
    /// The token in the message to the user about the event, with which the user can send feedback.
    /// `None` if no message was sent.
    pub(crate) token: Option<String>,
    /// The feedback about the event. `None` if there is no feedback.
    pub(crate) feedback: Option<Feedback>,
}

/// The feedback about an event (`EventFeedbackType`).
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Feedback {
    /// The feedback itself (`FeedbackValue`): `Valid` or `Invalid`.
    pub(crate) value: String,
    /// The sender of the feedback (`Provider`): `Admin` or `User`.
    #[serde(deserialize_with = "name")]
    pub(crate) provider: Name,
    pub(crate) sent: SystemTime,
}

named! {
    /// The type of an authentication event (`EventType`).
    pub(crate) enum Kind {
        ForgotPassword,
        PasswordChange,
        ResendCode,
        SignIn,
        SignUp,
    }

    /// The outcome of an authentication event (`EventResponse`).
    pub(crate) enum Response {
        Fail,
        InProgress,
        Pass,
    }

    /// A factor that a user proved, or failed to prove, in an event (`ChallengeName`).
    pub(crate) enum Proof {
        Mfa,
        Password,
    }
}

impl Kind {
    /// Returns the name of the type in logs, such as `SIGN_IN`.
    pub(crate) const fn log_name(self) -> &'static str {
        match self {
            Self::ForgotPassword => "FORGOT_PASSWORD",
            Self::PasswordChange => "PASSWORD_CHANGE",
            Self::ResendCode => "RESEND_CODE",
            Self::SignIn => "SIGN_IN",
            Self::SignUp => "SIGN_UP",
        }
    }
}

impl AuthEvent {
    /// Returns `true` if the event is a sign-in that another factor can complete. The first factor
    /// of this sign-in was right, the sign-in is not complete, and threat protection has not
    /// blocked it.
    pub(crate) fn may_go_on(&self) -> bool {
        self.kind == Kind::SignIn
            && self.response != Response::Pass
            && self.risk.decision != Decision::Block
            && self.has_first_factor
    }

    /// Returns the event as AWS's `AuthEventType`.
    pub(crate) fn describe(&self) -> Value {
        let proofs = self.proofs.iter().map(|(proof, right)| {
            let outcome = if *right { "Success" } else { "Failure" };
            json!({ "ChallengeName": proof.name(), "ChallengeResponse": outcome })
        });
        let mut described = json!({
            "EventId": self.id,
            "EventType": self.kind.name(),
            "CreationDate": timestamp(self.created),
            "EventResponse": self.response.name(),
            "EventRisk": {
                "RiskDecision": self.risk.decision.name(),
                "CompromisedCredentialsDetected": self.risk.is_compromised,
            },
            "ChallengeResponses": proofs.collect::<Value>(),
            // The city and the country of an address are unknown.
            "EventContextData": { "IpAddress": self.address, "City": "null", "Country": "null" },
        });
        if let Some(level) = self.risk.level {
            described["EventRisk"]["RiskLevel"] = json!(level.name());
        }
        if let Some(feedback) = &self.feedback {
            described["EventFeedback"] = json!({
                "FeedbackValue": feedback.value,
                "Provider": feedback.provider,
                "FeedbackDate": timestamp(feedback.sent),
            });
        }
        described
    }
}
