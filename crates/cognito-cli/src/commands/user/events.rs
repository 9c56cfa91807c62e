//! The command `cognito user events`: lists the sign-in events of a user.

use clap::Args;
use cognito::Operation;
use cognito::administration::auth_events::AuthEvent;
use cognito::clock::rfc3339;
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Exit, Outcome};
use crate::output::{self, Row};

/// List the sign-ins and password changes of a user, the newest first.
///
/// The user pool needs threat protection. IP addresses and devices are shown only with --reveal.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito user events ann@example.com --limit 20 --reveal")]
pub(crate) struct Events {
    /// The user name, the sub, or an alias such as the e-mail address.
    user: String,
    /// The maximum number of events.
    #[arg(long, value_name = "N", default_value_t = 60)]
    limit: usize,
}

#[derive(Debug, Serialize)]
struct Event {
    id: String,
    time: Option<String>,
    action: String,
    outcome: String,
    risk: Option<String>,
    decision: Option<String>,
    country: Option<String>,
    address: Option<String>,
    device: Option<String>,
}

impl Event {
    fn new(event: &AuthEvent, reveal: bool) -> Self {
        let place = &event.event_context_data;
        let shown = |value: &Option<String>| value.clone().filter(|_| reveal);
        let risk = &event.event_risk;
        Self {
            id: event.event_id.as_str().to_owned(),
            time: event.created.map(rfc3339),
            action: event.event_type.as_str().to_owned(),
            outcome: event.event_response.as_str().to_owned(),
            risk: risk
                .risk_level
                .as_ref()
                .map(|level| level.as_str().to_owned()),
            decision: risk.risk_decision.as_ref().map(|it| it.as_str().to_owned()),
            country: place.country.clone(),
            address: shown(&place.ip_address),
            device: shown(&place.device_name),
        }
    }
}

impl Row for Event {
    const COLUMNS: &'static [&'static str] = &[
        "id", "time", "action", "outcome", "risk", "decision", "country", "address", "device",
    ];

    fn cells(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        vec![
            self.id.clone(),
            text(&self.time),
            self.action.clone(),
            self.outcome.clone(),
            text(&self.risk),
            text(&self.decision),
            text(&self.country),
            text(&self.address),
            text(&self.device),
        ]
    }
}

impl Events {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let user = context.cognito().await?.admin().user(&self.user);
        let mut events = Vec::new();
        let (operation, first) = (Operation::AdminListUserAuthEvents, user.auth_events());
        let listed = context.send_pages(operation, first, |page| {
            let found = page.auth_events.iter();
            events.extend(found.map(|event| Event::new(event, context.global.reveal)));
            let token = page.next_token.filter(|_| events.len() < self.limit);
            Some(user.auth_events().page_token(token?))
        });
        listed.await?;
        events.truncate(self.limit);
        output::rows(context.global.output, &events)?;
        Ok(Exit::Done)
    }
}
