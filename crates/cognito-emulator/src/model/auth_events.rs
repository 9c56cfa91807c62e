//! The events that threat protection records for a user.

use std::collections::VecDeque;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::model::named::named;
use crate::model::time::timestamp;

/// The maximum number of events of one user. If it is reached, the oldest event is removed.
pub(crate) const CAPACITY: usize = 1000;

/// The events of one user, newest first.
#[derive(Clone, Default)]
pub(crate) struct AuthEvents(pub(crate) VecDeque<AuthEvent>);

/// An event of a user (`AuthEventType`).
#[derive(Clone)]
pub(crate) struct AuthEvent {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) response: Response,
    /// The factors that the user used, each with `true` if the response was right.
    pub(crate) proofs: Vec<(Proof, bool)>,
    /// The IP address of the user.
    pub(crate) address: String,
    pub(crate) created: SystemTime,
    /// The feedback of an operator, and its time.
    pub(crate) feedback: Option<(String, SystemTime)>,
}

named! {
    /// The type of an event (`EventType`).
    pub(crate) enum Kind {
        ForgotPassword,
        PasswordChange,
        ResendCode,
        SignIn,
        SignUp,
    }

    /// The result of an event (`EventResponse`).
    pub(crate) enum Response {
        Fail,
        InProgress,
        Pass,
    }

    /// A factor in an event (`ChallengeName`).
    pub(crate) enum Proof {
        Mfa,
        Password,
    }
}

impl AuthEvent {
    /// Returns `true` for a sign-in whose password was right but which is not complete.
    pub(crate) fn may_go_on(&self) -> bool {
        self.kind == Kind::SignIn
            && self.response != Response::Pass
            && self.proofs.first() == Some(&(Proof::Password, true))
    }

    /// Returns `AuthEventType`.
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
            "EventRisk": { "RiskDecision": "NoRisk", "CompromisedCredentialsDetected": false },
            "ChallengeResponses": proofs.collect::<Value>(),
            // The location of an address is not looked up.
            "EventContextData": { "IpAddress": self.address, "City": "null", "Country": "null" },
        });
        if let Some((value, date)) = &self.feedback {
            described["EventFeedback"] = json!({
                "FeedbackValue": value,
                "Provider": "Admin",
                "FeedbackDate": timestamp(*date),
            });
        }
        described
    }
}
