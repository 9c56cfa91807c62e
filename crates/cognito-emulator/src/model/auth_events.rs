//! The events of a user that threat protection recorded.

use std::collections::VecDeque;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::model::named::named;
use crate::model::time::timestamp;

/// The maximum number of events of one user. Older events are dropped.
pub(crate) const CAPACITY: usize = 1000;

/// The events of one user, newest first.
#[derive(Clone, Default)]
pub(crate) struct AuthEvents(pub(crate) VecDeque<AuthEvent>);

#[derive(Clone)]
pub(crate) struct AuthEvent {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) response: Response,
    pub(crate) proofs: Vec<(Proof, bool)>,
    pub(crate) address: String,
    pub(crate) created: SystemTime,
    pub(crate) feedback: Option<(String, SystemTime)>,
}

named! {
    /// `EventType`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Kind {
        ForgotPassword = "ForgotPassword",
        PasswordChange = "PasswordChange",
        ResendCode = "ResendCode",
        SignIn = "SignIn",
        SignUp = "SignUp",
    }

    /// `EventResponse`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Response {
        Fail = "Fail",
        InProgress = "InProgress",
        Pass = "Pass",
    }

    /// `ChallengeName` of an event.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Proof {
        Mfa = "Mfa",
        Password = "Password",
    }
}

impl AuthEvent {
    /// Returns `true` for a sign-in with a right password that is not complete yet.
    pub(crate) fn may_go_on(&self) -> bool {
        self.kind == Kind::SignIn
            && self.response != Response::Pass
            && self.proofs.first() == Some(&(Proof::Password, true))
    }

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
