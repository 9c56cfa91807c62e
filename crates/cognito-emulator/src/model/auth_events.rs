//! The authentication events that threat protection records for a user ([`AuthEvents`]).

use std::collections::VecDeque;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::model::named::named;
use crate::model::time::timestamp;

/// The maximum number of events per user. If a user has more, the oldest event is removed.
pub(crate) const CAPACITY: usize = 1000;

/// The authentication events of one user, newest first.
#[derive(Clone, Default)]
pub(crate) struct AuthEvents(pub(crate) VecDeque<AuthEvent>);

/// An authentication event of a user (`AuthEventType`), such as a sign-in.
#[derive(Clone)]
pub(crate) struct AuthEvent {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) response: Response,
    /// The factors that the user used, in this order. The boolean is `true` if the user's response
    /// was right.
    pub(crate) proofs: Vec<(Proof, bool)>,
    /// The IP address from which the user sent the request that caused the event.
    pub(crate) address: String,
    pub(crate) created: SystemTime,
    /// The feedback of an operator (`FeedbackValue`) and its time. `None` without feedback.
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

    /// The outcome of an event (`EventResponse`).
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

impl AuthEvent {
    /// Returns `true` for the event of a sign-in with the right password that is not completed yet.
    /// Another factor can complete the sign-in.
    pub(crate) fn may_go_on(&self) -> bool {
        self.kind == Kind::SignIn
            && self.response != Response::Pass
            && self.proofs.first() == Some(&(Proof::Password, true))
    }

    /// Returns the event in the form of `AuthEventType`.
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
            // The city and the country of an address are unknown.
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
