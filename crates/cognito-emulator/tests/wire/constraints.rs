//! Sends values at and beyond the bounds of AWS's model to every operation.

use std::collections::BTreeSet;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;

use crate::support::{Pool, pool};

/// The number of bytes from which a request counts as very long.
const LONG: usize = 50_000;

#[tokio::test]
async fn requests_are_held_to_the_model() {
    let pool = pool().await;
    let model = Model::read();
    let mut wire = Wire::to(&pool).await;
    let (mut sent, mut found) = (0, BTreeSet::new());
    let mut long = BTreeSet::new();
    for (name, operation) in model.operations() {
        let mut probes = Vec::new();
        if let Some(input) = operation["input"].as_str() {
            model.structure(input, "", &|value| value, &mut probes);
        }
        for mut probe in probes {
            let id = &mut probe.request["UserPoolId"];
            if id == "1_11" && !name.starts_with("Delete") {
                *id = json!(pool.emulator.user_pool_id());
            }
            let body = probe.request.to_string();
            // Very long requests are slow and the same for every operation: once is enough.
            if body.len() > LONG && !long.insert(probe.kind.clone()) {
                continue;
            }
            let answer = wire.send(name, body).await;
            let code = answer["__type"].as_str().unwrap_or_default();
            if code == "UnknownOperationException" {
                break;
            }
            sent += 1;
            if !probe.agrees(&answer) {
                found.insert(probe.kind);
            }
            let errors = operation["errors"].as_array().into_iter().flatten();
            if !code.is_empty()
                && code != "SerializationException"
                && errors.clone().all(|known| known != code)
            {
                found.insert(format!("{name} does not have {code}"));
            }
        }
    }
    assert!(sent > 2_000, "{sent} requests");
    assert_eq!(found, BTreeSet::new(), "{sent} requests");
}

/// A request that the model accepts or rejects.
struct Probe {
    kind: String,
    path: String,
    is_valid: bool,
    request: Value,
}

impl Probe {
    /// Returns `true` if the response about the member matches the model. Other errors do not
    /// concern the model.
    fn agrees(&self, answer: &Value) -> bool {
        let message = answer["message"].as_str().unwrap_or_default();
        let is_named = message.contains(&format!(" at '{}' failed", self.path));
        let is_faulty = answer["__type"] == "InvalidParameterException"
            && message.contains("validation error")
            && is_named;
        if self.is_valid {
            !is_faulty && answer["__type"] != "SerializationException"
        } else {
            is_faulty
        }
    }
}

/// Puts the value of a member into a whole request.
type Place<'a> = &'a dyn Fn(Value) -> Value;

struct Model(Value);

impl Model {
    fn read() -> Self {
        let table = include_str!("../../data/cognito-idp.json");
        Self(serde_json::from_str(table).expect("a table"))
    }

    fn operations(&self) -> &Map<String, Value> {
        self.0["operations"].as_object().expect("operations")
    }

    fn structure(&self, name: &str, path: &str, place: Place<'_>, probes: &mut Vec<Probe>) {
        let shape = &self.0["shapes"][name];
        let base = self.sample(name);
        for (member, member_shape) in shape["members"].as_object().expect("members") {
            let path = join(path, member);
            let with = |value: Value| {
                let mut fields = base.clone();
                fields[member] = value;
                place(fields)
            };
            let is_required = shape["required"]
                .as_array()
                .is_some_and(|required| required.contains(&json!(member)));
            if is_required {
                push(probes, "required member", &path, false, with(Value::Null));
            }
            let member_shape = member_shape.as_str().expect("a shape");
            self.value(member_shape, &path, &with, probes);
        }
    }

    fn value(&self, name: &str, path: &str, place: Place<'_>, probes: &mut Vec<Probe>) {
        let shape = &self.0["shapes"][name];
        let (min, max) = (shape["min"].as_i64(), shape["max"].as_i64());
        let mut probe = |what: &str, is_valid, value| {
            push(
                probes,
                &format!("{name}: {what}"),
                path,
                is_valid,
                place(value),
            );
        };
        let is_document = shape["document"] == true;
        match shape["type"].as_str().expect("a type") {
            "integer" => {
                if let Some(min) = min {
                    probe("minimum", true, json!(min));
                    probe("below minimum", false, json!(min - 1));
                }
                if let Some(max) = max {
                    probe("maximum", true, json!(max));
                    probe("above maximum", false, json!(max + 1));
                }
            }
            "string" => strings(shape, &mut probe),
            "list" => {
                let member = shape["member"].as_str().expect("a shape");
                let list = |count: i64| (0..count).map(|_| self.sample(member)).collect::<Value>();
                if let Some(min) = min {
                    probe("minimum", true, list(min));
                    if min > 0 {
                        probe("below minimum", false, list(min - 1));
                    }
                }
                if let Some(max) = max {
                    probe("maximum", true, list(max));
                    probe("above maximum", false, list(max + 1));
                }
                let alone = |value| place(json!([value]));
                self.part(member, path, "1.member", &alone, probes);
            }
            "map" => {
                let (keys, values) = (shape["key"].as_str(), shape["value"].as_str());
                let (keys, values) = (keys.expect("a shape"), values.expect("a shape"));
                let key = self.sample(keys);
                let key = key.as_str().expect("a key");
                let with_key = |key: Value| {
                    place(json!({ key.as_str().expect("a key"): self.sample(values) }))
                };
                self.part(keys, path, "", &with_key, probes);
                let with_value = |value| place(json!({ key: value }));
                self.part(values, path, &format!("{key}.value"), &with_value, probes);
            }
            "structure" if !is_document => self.structure(name, path, place, probes),
            _ => {}
        }
    }

    /// Probes a part of a list or map. Errors of simple parts are reported for the whole list or
    /// map.
    fn part(&self, name: &str, path: &str, step: &str, place: Place<'_>, probes: &mut Vec<Probe>) {
        let kind = self.0["shapes"][name]["type"].as_str();
        if matches!(kind, Some("structure" | "list" | "map")) {
            self.value(name, &format!("{path}.{step}"), place, probes);
        } else {
            self.value(name, path, place, probes);
        }
    }

    /// Returns a value that the model accepts, with required members only.
    fn sample(&self, name: &str) -> Value {
        let shape = &self.0["shapes"][name];
        let min = shape["min"].as_i64().unwrap_or_default();
        match shape["type"].as_str().expect("a type") {
            "boolean" => json!(true),
            "integer" | "long" => json!(min),
            "timestamp" => json!(1_700_000_000),
            "list" => {
                let member = shape["member"].as_str().expect("a shape");
                (0..min).map(|_| self.sample(member)).collect()
            }
            "map" => json!({}),
            "structure" => {
                let required = shape["required"].as_array().into_iter().flatten();
                let required = required.filter_map(Value::as_str);
                let member = |name: &str| {
                    let shape = shape["members"][name].as_str().expect("a shape");
                    (name.to_owned(), self.sample(shape))
                };
                Value::Object(required.map(member).collect())
            }
            _ => match shape["enum"].as_array().and_then(|values| values.first()) {
                Some(value) => value.clone(),
                None => json!(Text::of(shape).of_length(min.max(2))),
            },
        }
    }
}

/// Probes the constraints of a string.
fn strings(shape: &Value, probe: &mut dyn FnMut(&str, bool, Value)) {
    for value in shape["enum"].as_array().into_iter().flatten() {
        probe("value", true, value.clone());
    }
    if shape["enum"].is_array() {
        probe("another value", false, json!("NO_SUCH_VALUE"));
    }
    let (min, max) = (shape["min"].as_i64(), shape["max"].as_i64());
    let text = Text::of(shape);
    if let Some(min) = min {
        probe("minimum", true, json!(text.of_length(min)));
    }
    if let Some(min) = min.filter(|min| *min > 0) {
        probe("below minimum", false, json!(text.exactly(min - 1)));
    }
    if let Some(max) = max {
        probe("maximum", true, json!(text.of_length(max)));
        probe("above maximum", false, json!(text.exactly(max + 1)));
    }
    if let Some(broken) = text.broken {
        let length = usize::try_from(min.unwrap_or(1).max(1)).expect("a length");
        let broken = broken.to_string().repeat(length);
        probe("another pattern", false, json!(broken));
    }
}

/// Returns strings that a pattern accepts and rejects.
struct Text {
    prefix: &'static str,
    suffix: &'static str,
    broken: Option<char>,
    is_fixed: bool,
}

impl Text {
    fn of(shape: &Value) -> Self {
        let pattern = shape["pattern"].as_str().unwrap_or_default();
        let (prefix, suffix, broken) = match pattern {
            "" | "(?s).*" => ("", "", None),
            r"[\S]+" => ("", "", Some(' ')),
            "Level[1-4]" => ("Level1", "", Some('a')),
            text if text.contains(":::") => ("arn:a:b:::", "", Some('a')),
            text if text.starts_with("[^_") => ("11", "", Some('_')),
            text if text.contains("arn:") => ("arn:a:b::1:", "", Some('a')),
            text if text.contains("####") => ("{####}", "", Some('a')),
            text if text.contains("##") => ("{##", "##}", Some('a')),
            text if text.contains("]+_[") => ("1_", "", Some('-')),
            text if text.contains('@') && text.contains("}]+@") => ("a@", "", Some('a')),
            _ => ("", "", Some('\u{1}')),
        };
        Self {
            prefix,
            suffix,
            broken,
            is_fixed: pattern == "Level[1-4]",
        }
    }

    /// Returns a string of the length, or of the shortest length that the pattern allows.
    fn of_length(&self, length: i64) -> String {
        let length = usize::try_from(length).expect("a length");
        let around = self.prefix.len() + self.suffix.len();
        if length == 0 {
            return String::new();
        }
        let least = usize::from(!self.prefix.is_empty() && self.suffix.is_empty());
        let least = if self.prefix.ends_with('}') || self.is_fixed {
            0
        } else {
            least
        };
        let fill = if self.is_fixed {
            0
        } else {
            length.saturating_sub(around).max(least)
        };
        format!("{}{}{}", self.prefix, "1".repeat(fill), self.suffix)
    }

    /// Returns a string of the length, for any pattern.
    fn exactly(&self, length: i64) -> String {
        let text = self.of_length(length);
        let length = usize::try_from(length).expect("a length");
        if text.len() == length {
            text
        } else {
            "1".repeat(length)
        }
    }
}

fn push(probes: &mut Vec<Probe>, kind: &str, path: &str, is_valid: bool, request: Value) {
    let kind = if kind == "required member" {
        format!("{path}: {kind}")
    } else {
        kind.to_owned()
    };
    probes.push(Probe {
        kind,
        path: path.to_owned(),
        is_valid,
        request,
    });
}

/// Returns the path of a member as in error messages.
fn join(path: &str, member: &str) -> String {
    let (first, rest) = member.split_at(1);
    let name = format!("{}{rest}", first.to_lowercase());
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}

/// One connection for all requests.
struct Wire {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Wire {
    async fn to(pool: &Pool) -> Self {
        let host = pool
            .emulator
            .endpoint()
            .trim_start_matches("http://")
            .to_owned();
        let stream = TcpStream::connect(&host).await.expect("connects");
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
        tokio::spawn(connection);
        Self { sender, host }
    }

    async fn send(&mut self, operation: &str, body: String) -> Value {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let request = Request::post("/")
            .header("host", &self.host)
            .header("x-amz-target", target)
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=a/b/us-east-1/c/aws4_request",
            )
            .body(Full::new(Bytes::from(body)))
            .expect("a request");
        self.sender.ready().await.expect("a connection");
        let response = self.sender.send_request(request).await.expect("an answer");
        let body = response
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        serde_json::from_slice(&body).unwrap_or_default()
    }
}
