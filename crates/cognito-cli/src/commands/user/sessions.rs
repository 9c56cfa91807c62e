//! The commands `cognito user sessions` and `cognito user revoke-session`: list and end the sessions
//! of a user.

use clap::Args;
use cognito::account::SessionDescription;
use cognito::clock::rfc3339;
use cognito::{Error, ErrorKind, Operation};
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{self, Row};

/// List the sessions of a user: each sign-in that has not ended, with its app client and its times.
///
/// The user pool must track sessions (UserSessionTracking), which needs the feature plan Essentials
/// or Plus. IP addresses, devices and cities are shown only with --reveal.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito user sessions ann@example.com --reveal")]
pub(crate) struct Sessions {
    /// The user name, the sub, or an alias such as the e-mail address.
    user: String,
}

#[derive(Debug, Serialize)]
struct Session {
    id: String,
    /// The type of the session. `SSO`: the sign-in of a browser at managed login. `TOKEN`: the
    /// tokens of an app client.
    kind: Option<String>,
    client: Option<String>,
    created: Option<String>,
    active: Option<String>,
    country: Option<String>,
    city: Option<String>,
    address: Option<String>,
    device: Option<String>,
    /// The session from which this session was started.
    origin: Option<String>,
}

impl Session {
    fn new(session: SessionDescription, reveal: bool) -> Self {
        let shown = |value: Option<String>| value.filter(|_| reveal);
        Self {
            id: session.session_id.to_string(),
            kind: session.session_type.map(|kind| kind.as_str().to_owned()),
            client: session.client_id.map(|client| client.to_string()),
            created: session.created.map(rfc3339),
            active: session.last_active.map(rfc3339),
            country: session.country,
            city: shown(session.city),
            address: shown(session.ip_address),
            device: shown(session.device),
            origin: session.origin_session_id.map(|origin| origin.to_string()),
        }
    }
}

impl Row for Session {
    const COLUMNS: &'static [&'static str] = &[
        "id", "kind", "client", "created", "active", "country", "city", "address", "device",
        "origin",
    ];

    fn cells(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        vec![
            self.id.clone(),
            text(&self.kind),
            text(&self.client),
            text(&self.created),
            text(&self.active),
            text(&self.country),
            text(&self.city),
            text(&self.address),
            text(&self.device),
            text(&self.origin),
        ]
    }
}

impl Sessions {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let sessions = list(context, &self.user).await?;
        output::rows(context.global.output, &sessions)?;
        if sessions.is_empty() {
            context.message(
                "no sessions: the user is not signed in, or the pool does not track sessions \
                 (UserSessionTracking)",
            );
        }
        Ok(Exit::Done)
    }
}

/// Returns all sessions of a user.
///
/// Security: a response that cannot be read is an error. If it was read as an empty list, the
/// operator would not see the session of an attacker.
async fn list(context: &Context, user: &str) -> Outcome<Vec<Session>> {
    let user = context.cognito().await?.admin().user(user);
    let mut sessions = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let call = user.sessions();
        let call = match &token {
            Some(token) => call.page_token(token),
            None => call,
        };
        let page = context.send(Operation::AdminListUserSessions, call).await?;
        let listed = page.sessions.into_iter();
        sessions.extend(listed.map(|session| Session::new(session, context.global.reveal)));
        let next = page.next_token.map(String::from);
        if next.is_none() {
            return Ok(sessions);
        }
        if next == token {
            let text = "the list of sessions has no end: a page has its own token as the next one";
            return Err(Failure::new(Exit::Failed, text));
        }
        token = next;
    }
}

/// End one session of a user: Cognito rejects the tokens of the session.
///
/// Services that verify tokens offline accept the access token of the session until it expires. To
/// end all sessions at app clients, run `cognito user sign-out`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  cognito user revoke-session ann@example.com tkn0123456789abcdefghijklmno"
)]
pub(crate) struct RevokeSession {
    /// The user name, the sub, or an alias such as the e-mail address.
    user: String,
    /// The id of the session, as in `cognito user sessions`.
    #[arg(value_parser = session_id)]
    session: String,
    /// Also end the sessions that are linked to the session, such as the session of the browser at
    /// managed login. Without this option, that browser gets new tokens without a password.
    #[arg(long)]
    linked: bool,
}

/// Checks that a session id has the form that AWS's service model defines.
fn session_id(text: &str) -> Result<String, String> {
    let rest = text
        .strip_prefix("tkn")
        .or_else(|| text.strip_prefix("sso"));
    let is_valid = rest.is_some_and(|rest| {
        let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        rest.len() == 25 && rest.bytes().all(is_part)
    });
    if is_valid {
        return Ok(text.to_owned());
    }
    Err("must be tkn or sso, and 25 lower-case letters or digits".to_owned())
}

impl RevokeSession {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        // Reads the settings, so that the question contains the pool.
        let user = context.cognito().await?.admin().user(&self.user);
        let linked = if self.linked {
            " and its linked sessions"
        } else {
            ""
        };
        if !context.confirm(&format!("ends the session {}{linked}", self.session))? {
            return Ok(Exit::Done);
        }
        let mut call = user.revoke_session(self.session.as_str());
        if self.linked {
            call = call.with_linked_sessions();
        }
        let is_lost =
            |error: &Error| matches!(error.kind(), ErrorKind::ReplyLost | ErrorKind::Timeout);
        let operation = Operation::AdminRevokeUserSession;
        let was_listed = list(context, &self.user)
            .await
            .is_ok_and(|sessions| sessions.iter().any(|session| session.id == self.session));
        let mut sent = context.send(operation, call.clone()).await;
        // The request can have taken effect although its response is lost.
        let is_second = sent.as_ref().is_err_and(is_lost);
        if is_second {
            sent = context.send(operation, call).await;
        }
        match sent {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound && is_second && was_listed => {}
            Err(error) if is_second && (is_lost(&error) || error.kind() == ErrorKind::NotFound) => {
                let text = "unknown whether the session has ended: the response was lost; see \
                            `cognito user sessions`";
                return Err(Failure::new(Exit::Failed, text));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let text = "the user has no such session: it has ended, or is of another user";
                return Err(Failure::new(Exit::Failed, text));
            }
            Err(error) => return Err(error.into()),
        }
        context.message("the session has ended");
        Ok(Exit::Done)
    }
}
