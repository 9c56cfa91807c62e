//! The endpoints for threat protection. `/_emulator/risk` sets the risk of a user's sign-ins.
//! `/_emulator/feedback` handles the links in messages to users.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::http::admin::parameter;
use crate::http::page::Page;
use crate::http::wire::document;
use crate::model::aws;
use crate::model::failure::{Answer, Failure};
use crate::model::risk::RiskLevel;
use crate::operations::administration::auth_events;
use crate::state::call::Call;
use crate::state::pools::Pools;

/// Handles `POST /_emulator/risk?pool=…&username=…&level=…`. The level is `low`, `medium`, `high` or
/// `none`.
pub(super) fn set_risk(pools: &Pools, query: Option<&str>) -> Page {
    page(set(pools, query))
}

fn set(pools: &Pools, query: Option<&str>) -> Answer {
    let level = parameter(query, "level").unwrap_or_default();
    let is_named = |known: &&RiskLevel| known.name().eq_ignore_ascii_case(&level);
    let risk = RiskLevel::ALL.iter().find(is_named).copied();
    if risk.is_none() && level != "none" {
        let message = "level must be low, medium, high or none";
        return Err(Failure::invalid_parameter(message));
    }
    let pool = pools.get(&parameter(query, "pool").unwrap_or_default())?;
    let username = parameter(query, "username").unwrap_or_default();
    pool.state.lock().users.expect(&username)?.risk = risk;
    Ok(json!({ "status": "ok" }))
}

/// Handles `GET /_emulator/feedback?…`, the link in a message to a user. Runs
/// `UpdateAuthEventFeedback` with the parameters of the link: pool, user name, event, feedback
/// token and feedback value.
pub(super) fn feedback(pools: &Pools, query: Option<&str>) -> Page {
    let value = |name| Value::from(parameter(query, name).unwrap_or_default());
    let fields: Map<_, _> = [
        ("UserPoolId", value("pool")),
        ("Username", value("username")),
        ("EventId", value("event")),
        ("FeedbackToken", value("token")),
        ("FeedbackValue", value("value")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    let id = parameter(query, "pool").unwrap_or_default();
    let answer = pools.get(&id).and_then(|pool| {
        const OPERATION: &str = "UpdateAuthEventFeedback";
        aws::validate(OPERATION, &fields)?;
        auth_events::feedback_by_token(&Call::new(pools, &pool, &fields, OPERATION))
    });
    page(answer.map(|_| json!({ "status": "ok" })))
}

fn page(answer: Answer) -> Page {
    match answer {
        Ok(answer) => document(StatusCode::OK, &answer),
        Err(failure) => {
            let body = json!({ "message": failure.message() });
            document(StatusCode::BAD_REQUEST, &body)
        }
    }
}
