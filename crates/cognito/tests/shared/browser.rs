//! A minimal browser for managed login: cookies, redirects, forms.

use std::collections::BTreeMap;

use cognito_emulator::{Emulator, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fixture::Fixture;

/// The browser of one user. It stores the cookies of one server.
pub struct Browser<'a> {
    cookies: BTreeMap<String, String>,
    /// The emulator that receives the requests in memory. If it is `None`, the browser uses a socket.
    emulator: Option<&'a Emulator>,
}

/// The status, the headers and the body of a response.
type Reply = (u16, Vec<(String, String)>, String);

/// The response of a server.
pub struct Page {
    pub status: u16,
    pub html: String,
    location: Option<String>,
    url: String,
}

impl<'a> Browser<'a> {
    /// Creates a browser without cookies. It sends requests in the same way as the facade of the
    /// fixture: in memory or over a socket.
    pub fn of(fixture: &'a Fixture) -> Self {
        Self {
            cookies: BTreeMap::new(),
            emulator: fixture.emulator_in_memory(),
        }
    }

    /// Requests a URL of a server on this host and follows redirects. Ends at a page, or at a URL
    /// elsewhere: that of the application.
    pub async fn go(&mut self, url: &str) -> Result<Page, String> {
        let page = self.send("GET", url, "").await;
        self.follow(page).await
    }

    /// Fills in the form of a page and sends it.
    pub async fn submit(&mut self, page: &Page, filled: &[(&str, &str)]) -> Result<Page, String> {
        let mut fields = inputs(&page.html);
        for (name, value) in filled {
            fields.insert((*name).to_owned(), (*value).to_owned());
        }
        let pairs: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let action = between(&page.html, "action=\"", "\"").expect("a form");
        let url = absolute(&page.url, &unescaped(action));
        let pairs = pairs.join("&");
        let page = match between(&page.html, "<form method=\"", "\"") {
            Some("get") => self.send("GET", &format!("{url}?{pairs}"), "").await,
            _ => self.send("POST", &url, &pairs).await,
        };
        self.follow(page).await
    }

    /// Signs a user in. Returns the URL at which the browser returns to the application.
    pub async fn signed_in(&mut self, url: &str, name: &str, password: &str) -> String {
        let page = match self.go(url).await {
            Ok(page) => page,
            Err(back) => return back,
        };
        assert_eq!(page.status, 200, "{}", page.html);
        let filled = [("username", name), ("password", password)];
        match self.submit(&page, &filled).await {
            Ok(page) => panic!("the browser did not come back: {}", page.html),
            Err(back) => back,
        }
    }

    async fn follow(&mut self, mut page: Page) -> Result<Page, String> {
        while let Some(location) = page.location.take() {
            let next = absolute(&page.url, &location);
            if origin(&next) != origin(&page.url) {
                return Err(next);
            }
            page = self.send("GET", &next, "").await;
        }
        Ok(page)
    }

    async fn send(&mut self, method: &str, url: &str, body: &str) -> Page {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let headers = [
            ("Cookie", cookies.join("; ")),
            (
                "Content-Type",
                "application/x-www-form-urlencoded".to_owned(),
            ),
        ];
        let reply = match self.emulator {
            Some(emulator) => in_memory(emulator, method, url, &headers, body).await,
            None => over_socket(method, url, &headers, body).await,
        };
        let (status, headers, html) = reply;
        let mut page = Page {
            status,
            html,
            location: None,
            url: url.to_owned(),
        };
        for (name, value) in headers {
            match name.to_ascii_lowercase().as_str() {
                "location" => page.location = Some(value),
                "set-cookie" => self.keep(&value),
                _ => {}
            }
        }
        page
    }

    fn keep(&mut self, cookie: &str) {
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        if value.is_empty() {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

async fn in_memory(
    emulator: &Emulator,
    method: &str,
    url: &str,
    headers: &[(&str, String)],
    body: &str,
) -> Reply {
    let request = headers
        .iter()
        .fold(Request::new(method, url), |request, (name, value)| {
            request.header(name, value)
        });
    let response = emulator.respond(request.body(body)).await.unwrap();
    let headers = response.headers();
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let (status, headers) = (response.status(), headers.collect());
    let html = String::from_utf8(response.into_body()).unwrap();
    (status, headers, html)
}

async fn over_socket(method: &str, url: &str, headers: &[(&str, String)], body: &str) -> Reply {
    let host = origin(url).trim_start_matches("http://");
    let target = &url[origin(url).len()..];
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{}\
         Content-Length: {}\r\n\r\n{body}",
        headers.concat(),
        body.len(),
    );
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    let response = String::from_utf8(response).unwrap();
    let (head, html) = response.split_once("\r\n\r\n").unwrap();
    let (status_line, headers) = head.split_once("\r\n").unwrap();
    let status = status_line.split(' ').nth(1).unwrap().parse().unwrap();
    let pairs = headers.lines().map(|line| line.split_once(": ").unwrap());
    let headers = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    (status, headers.collect(), html.to_owned())
}

/// Returns a decoded parameter of a URL.
pub fn parameter(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(known, _)| *known == name)?;
    let value = percent_encoding::percent_decode_str(value)
        .decode_utf8()
        .unwrap();
    Some(value.into_owned())
}

/// Returns the URL with another value of a parameter, or without it.
pub fn with_parameter(url: &str, name: &str, value: Option<&str>) -> String {
    let (base, query) = url.split_once('?').unwrap();
    let mut pairs: Vec<_> = query
        .split('&')
        .filter(|pair| pair.split_once('=').is_none_or(|(known, _)| known != name))
        .map(ToOwned::to_owned)
        .collect();
    pairs.extend(value.map(|value| format!("{name}={}", encoded(value))));
    format!("{base}?{}", pairs.join("&"))
}

pub fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |place| place + 3);
    let end = url[start..]
        .find(['/', '?'])
        .map_or(url.len(), |end| start + end);
    &url[..end]
}

fn absolute(base: &str, url: &str) -> String {
    if url.starts_with('/') {
        return format!("{}{url}", origin(base));
    }
    url.to_owned()
}

/// Returns the names and values of the input fields of a page.
pub fn inputs(html: &str) -> BTreeMap<String, String> {
    let inputs = html.split("<input").skip(1);
    inputs
        .filter_map(|input| {
            let tag = input.split_once('>')?.0;
            let name = between(tag, "name=\"", "\"")?;
            let value = between(tag, "value=\"", "\"").unwrap_or_default();
            Some((name.to_owned(), unescaped(value)))
        })
        .collect()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1.split_once(end)?.0)
}

fn unescaped(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (escaped, c)| {
        text.replace(escaped, c)
    })
}
