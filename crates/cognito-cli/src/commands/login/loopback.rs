//! Sign-in at managed login, in the browser. At the end, managed login redirects the browser to a
//! server of this command on 127.0.0.1 (RFC 8252 section 7.3). The server stops after this request.

use std::collections::VecDeque;
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use cognito::{Cognito, Tokens};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::commands::login::Login;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::mask;

/// The time in which the user must sign in at managed login.
const SIGN_IN: Duration = Duration::from_secs(10 * 60);
/// The timeout for reading one request of the browser, and for writing the response.
const REQUEST: Duration = Duration::from_secs(10);
/// The maximum length of a request line and its headers. The headers can be long, because a browser
/// also sends the cookies that servers on other ports of 127.0.0.1 have set.
const MAX_REQUEST: usize = 64 * 1024;
/// The maximum number of connections at the same time.
const MAX_CONNECTIONS: usize = 32;

pub(super) async fn sign_in(
    context: &Context,
    cognito: &Cognito,
    options: &Login,
) -> Outcome<Tokens> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await;
    let listener = listener.map_err(|error| {
        let port = options.port;
        Failure::usage(format!(
            "cannot listen on 127.0.0.1:{port}: {error}; set --port"
        ))
    })?;
    let port = listener.local_addr()?.port();
    let login = cognito.hosted_login();
    let mut start = login.sign_in(format!("http://127.0.0.1:{port}/callback").as_str());
    for scope in &options.scope {
        start = start.scope(scope.as_str());
    }
    let start = start.start()?;
    // Without the URL, the user cannot sign in, so --quiet does not suppress it.
    context.error(&format!("sign in with the browser: {}", start.url));
    let returned = timeout(SIGN_IN, returned(&listener, start.pending.state()));
    let (query, mut browser) = returned
        .await
        .map_err(|_| Failure::new(Exit::Failed, "no sign-in within 10 minutes: start again"))??;
    let signed_in = login.finish(start.pending, &query).await;
    let page = match signed_in {
        Ok(_) => "You are signed in. You can close this window.",
        Err(_) => "The sign-in failed. The terminal shows the reason.",
    };
    // The sign-in does not depend on whether the browser receives the page.
    let _ = timeout(REQUEST, respond(&mut browser, "200 OK", page)).await;
    let signed_in = signed_in?;
    // Another user of the host who has seen the URL can sign in with it first, as someone else. So
    // --quiet does not suppress this, either.
    let sub = &signed_in.claims.sub;
    let (email, name) = (&signed_in.claims.email, &signed_in.claims.username);
    let name = email.as_deref().or(name.as_deref()).unwrap_or_default();
    let name = if context.global.reveal {
        name.to_owned()
    } else {
        mask::user_name(name)
    };
    context.error(&format!("signed in as {name} (sub {sub})"));
    Ok(signed_in.tokens)
}

/// Waits until managed login redirects the browser to this server. Returns the query of the
/// browser's request, and the connection for the response. Rejects other requests, which another
/// process or website could send. Reads several connections at the same time, because browsers also
/// open connections on which they send no request yet. If there are too many, the oldest one is
/// closed.
async fn returned(listener: &TcpListener, state: &str) -> io::Result<(String, TcpStream)> {
    let mut requests = JoinSet::new();
    let mut waiting = VecDeque::new();
    loop {
        let (target, mut browser) = tokio::select! {
            accepted = listener.accept() => {
                waiting.push_back(requests.spawn(request(accepted?.0)));
                if waiting.len() > MAX_CONNECTIONS
                    && let Some(oldest) = waiting.pop_front()
                {
                    oldest.abort();
                }
                continue;
            }
            Some(read) = requests.join_next() => match read {
                Ok(Some(read)) => read,
                _ => continue,
            },
        };
        let status = match query(&target) {
            Some(query) if has_state(query, state) => return Ok((query.to_owned(), browser)),
            Some(_) => "400 Bad Request",
            None => "404 Not Found",
        };
        let page = "This is not the response to the sign-in of this terminal.";
        let _ = timeout(REQUEST, respond(&mut browser, status, page)).await;
    }
}

/// Reads a request. Returns its target and the connection. Returns `None` if the request is invalid
/// or the timeout has passed.
async fn request(mut browser: TcpStream) -> Option<(String, TcpStream)> {
    let target = timeout(REQUEST, target(&mut browser)).await.ok()?.ok()?;
    Some((target, browser))
}

/// Reads a request and returns its target, such as `/callback?code=1`. Fails if the request is not
/// a `GET` request or is too long.
async fn target(browser: &mut TcpStream) -> io::Result<String> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        if request.len() > MAX_REQUEST || browser.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    let line = request
        .split(|byte| *byte == b'\r')
        .next()
        .unwrap_or_default();
    let mut words = line.split(|byte| *byte == b' ');
    match (words.next(), words.next().map(std::str::from_utf8)) {
        (Some(b"GET"), Some(Ok(target))) => Ok(target.to_owned()),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Returns the query of a request to the callback path. Returns `None` if the request is for
/// another path or has no query.
fn query(target: &str) -> Option<&str> {
    target.strip_prefix("/callback?")
}

/// Returns `true` if the query contains the state of this sign-in. The query is not decoded,
/// because a state has no characters that must be escaped.
fn has_state(query: &str, state: &str) -> bool {
    let mut parameters = query.split('&');
    parameters.any(|parameter| parameter.strip_prefix("state=") == Some(state))
}

async fn respond(browser: &mut TcpStream, status: &str, page: &str) -> io::Result<()> {
    let length = page.len();
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {length}\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{page}"
    );
    browser.write_all(response.as_bytes()).await?;
    browser.shutdown().await
}
