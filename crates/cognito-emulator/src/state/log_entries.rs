//! The entries of the logs that a pool delivers (`SetLogDeliveryConfiguration`).

use serde_json::{Value, json};

use crate::model::auth_events::AuthEvent;
use crate::model::time::{date_text, milliseconds};
use crate::model::user::User;
use crate::state::call::Call;

/// A kind of log entry.
struct Source {
    /// The event source and the log level in `SetLogDeliveryConfiguration`.
    configured: (&'static str, &'static str),
    /// The event source in a log entry.
    name: &'static str,
}

const EVENTS: Source = Source {
    configured: ("userAuthEvents", "INFO"),
    name: "USER_AUTH_EVENTS",
};

const NOTIFICATIONS: Source = Source {
    configured: ("userNotification", "ERROR"),
    name: "USER_NOTIFICATION",
};

impl Source {
    /// Returns the ARNs of the pool's log destinations for which the emulator has a file or a URL.
    fn destinations<'a>(&'a self, call: &'a Call<'_>) -> impl Iterator<Item = &'a str> {
        const MEMBERS: [(&str, &str); 3] = [
            ("CloudWatchLogsConfiguration", "LogGroupArn"),
            ("FirehoseConfiguration", "StreamArn"),
            ("S3Configuration", "BucketArn"),
        ];
        let (source, level) = self.configured;
        let logs = call.service.settings.stored.logs.iter();
        logs.filter(move |log| log["EventSource"] == source && log["LogLevel"] == level)
            .flat_map(|log| {
                MEMBERS
                    .iter()
                    .filter_map(|(one, arn)| log[one][arn].as_str())
            })
            .filter(|arn| call.pools.logs.has(arn))
    }

    /// Sends a log entry to all log destinations of the pool. If there are none, `message` is not
    /// called.
    fn send(&self, call: &Call<'_>, message: impl FnOnce() -> Value) {
        let mut destinations = self.destinations(call).peekable();
        if destinations.peek().is_none() {
            return;
        }
        let pool = &call.service.settings.pool_id;
        let entry = json!({
            "eventTimestamp": milliseconds(call.now).to_string(),
            "eventSource": self.name,
            "logLevel": self.configured.1,
            "message": message(),
            "logSourceId": { "userPoolId": pool },
        });
        let entry = entry.to_string();
        for arn in destinations {
            call.pools.logs.send(arn, pool, entry.clone());
        }
    }
}

/// Sends an entry about an authentication event. Call this function when the event is recorded, and
/// each time it changes.
pub(crate) fn on_event(call: &Call<'_>, user: &User, event: &AuthEvent) {
    EVENTS.send(call, || {
        let client = call.client_id().map(ToOwned::to_owned);
        let client = client.or_else(|| Some(call.access_token().ok()?.client_id));
        let challenges = event.proofs.iter().map(|(proof, right)| {
            let outcome = if *right { "Success" } else { "Failure" };
            format!("{}:{outcome}", proof.name().to_uppercase())
        });
        let level = event.risk.level.map(|level| level.name().to_uppercase());
        let feedback = event.feedback.as_ref();
        json!({
            "version": "1",
            "eventId": event.id,
            "eventType": event.kind.log_name(),
            "userSub": user.sub,
            "userName": user.username,
            "userPoolId": call.service.settings.pool_id,
            "clientId": client.unwrap_or_default(),
            "creationDate": date_text(event.created),
            "eventResponse": event.response.name(),
            "riskLevel": level.unwrap_or_default(),
            "riskDecision": event.risk.decision.log_name(),
            "challenges": challenges.collect::<Vec<_>>(),
            "deviceName": "unknown",
            "ipAddress": event.address,
            "requestId": call.request_id,
            "idpName": "",
            "compromisedCredentialDetected": event.risk.is_compromised.to_string(),
            "city": "unknown",
            "country": "unknown",
            "eventFeedbackValue": feedback.map_or("", |feedback| feedback.value.as_str()),
            "eventFeedbackDate": feedback.map(|it| date_text(it.sent)).unwrap_or_default(),
            "eventFeedbackProvider": feedback.map_or("", |feedback| feedback.provider),
            "hasContextData": call.has_context_data().to_string(),
        })
    });
}

/// Sends a log entry about a message that could not be delivered to a user. `details` contains no
/// data of users.
pub(crate) fn on_lost_message(call: &Call<'_>, details: &str) {
    NOTIFICATIONS.send(call, || json!({ "details": details }));
}
