//! The alert rules for Prometheus and the dashboard for Grafana in `docs/reference/monitoring`. They
//! are generated here, so they name only metrics that exist.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too
#![cfg(feature = "metrics")]

use std::fs;
use std::path::{Path, PathBuf};

use cognito_core::ErrorKind;
use cognito_core::error::{Exception, exceptions};
use cognito_metrics::{MetricKind, MetricName, MetricsBridge};
use serde_json::{Value, json};

/// An alert: its name, its expression, how long the expression must be true, and what it means.
struct Alert {
    name: &'static str,
    expression: &'static str,
    minutes: u32,
    severity: &'static str,
    summary: &'static str,
}

const ALERTS: &[Alert] = &[
    Alert {
        name: "CognitoOrConfigurationFails",
        expression: "sum(rate(cognito_operations_total{outcome=~\"Configuration|AccessDeniedException|Credentials|Upstream|InternalErrorException|Network|Timeout\"}[5m])) > 0",
        minutes: 5,
        severity: "critical",
        summary: "Operations fail because of a setting, a permission, the network or AWS: see the WARN lines of the log",
    },
    Alert {
        name: "CognitoTokensNotChecked",
        expression: "sum(rate(cognito_revocations_stale_total[5m])) > 0",
        minutes: 0,
        severity: "critical",
        summary: "Redis is unavailable: tokens are rejected, or accepted without the revocation list",
    },
    Alert {
        name: "CognitoKeysCannotBeFetched",
        expression: "increase(cognito_refreshes_total{what=\"keys\",outcome=\"failed\"}[15m]) > 2",
        minutes: 0,
        severity: "warning",
        summary: "The signing keys cannot be fetched: cached keys are used for a day",
    },
    Alert {
        name: "CognitoSettingsCannotBeRead",
        expression: "increase(cognito_refreshes_total{what=\"config\",outcome=\"failed\"}[30m]) > 2",
        minutes: 0,
        severity: "warning",
        summary: "The settings cannot be renewed: the last valid settings are used",
    },
    Alert {
        name: "CognitoQuotaNearlyUsedUp",
        expression: "sum by (category) (rate(cognito_quota_requests_total[1m])) > 0.8 * max by (category) (cognito_quota_default_rate)",
        minutes: 2,
        severity: "warning",
        summary: "Requests of one category reach 80 % of AWS's default quota: request a higher quota, or set a rate limiter",
    },
    Alert {
        name: "CognitoThrottled",
        expression: "sum by (category) (rate(cognito_quota_throttled_total[5m])) > 0",
        minutes: 5,
        severity: "warning",
        summary: "AWS rejects requests because a quota is used up",
    },
    Alert {
        name: "CognitoGuessing",
        expression: "sum(rate(cognito_attempts_refused_total[5m])) > 1",
        minutes: 0,
        severity: "warning",
        summary: "The attempt guard rejects many attempts: somebody guesses passwords or codes",
    },
    Alert {
        name: "CognitoRequestsRejected",
        expression: "sum(rate(cognito_requests_rejected_total{error=\"TokenInvalid\"}[5m])) > 1",
        minutes: 10,
        severity: "warning",
        summary: "Many requests have invalid tokens: a client has a wrong client id or pool, or tokens are forged",
    },
    Alert {
        name: "CognitoRevocationListFills",
        expression: "cognito_revocations_live / cognito_revocations_capacity > 0.8",
        minutes: 0,
        severity: "warning",
        summary: "The revocation list is nearly full: raise its capacity",
    },
    Alert {
        name: "CognitoRevocationsNotWritten",
        expression: "cognito_revocations_pending_writes > 0",
        minutes: 2,
        severity: "critical",
        summary: "Other instances do not know revocations of this instance",
    },
    Alert {
        name: "CognitoClockIsWrong",
        expression: "increase(cognito_tokens_from_future_total[15m]) > 0",
        minutes: 0,
        severity: "warning",
        summary: "The clock of an instance is behind Cognito's clock",
    },
];

fn alerts() -> String {
    let mut text = "# Alert rules for Prometheus. Adjust the thresholds to your traffic.\n\
                    groups:\n  - name: cognito\n    rules:\n"
        .to_owned();
    for alert in ALERTS {
        text += &format!(
            "      - alert: {}\n        expr: {}\n",
            alert.name, alert.expression
        );
        if alert.minutes > 0 {
            text += &format!("        for: {}m\n", alert.minutes);
        }
        text += &format!(
            "        labels:\n          severity: {}\n        annotations:\n          summary: \"{}\"\n",
            alert.severity, alert.summary
        );
    }
    text
}

/// Returns the query of the panel for a metric.
fn query(metric: &MetricName) -> String {
    let by = match metric.labels {
        [] => String::new(),
        labels => format!(" by ({})", labels.join(", ")),
    };
    let name = metric.name;
    match metric.kind {
        MetricKind::Counter => format!("sum{by} (rate({name}[$__rate_interval]))"),
        MetricKind::Gauge => format!("max{by} ({name})"),
        _ => format!(
            "histogram_quantile(0.99, sum by (le, {}) (rate({name}_bucket[$__rate_interval])))",
            metric.labels.join(", ")
        ),
    }
}

fn panel(index: usize, metric: &MetricName) -> Value {
    let (column, row) = (index % 2, index / 2);
    let legend: Vec<_> = metric
        .labels
        .iter()
        .map(|label| format!("{{{{{label}}}}}"))
        .collect();
    let unit = match (metric.kind, metric.name.ends_with("_seconds")) {
        (_, true) => "s",
        (MetricKind::Counter, _) => "reqps",
        _ => "short",
    };
    json!({
        "id": index + 1,
        "type": "timeseries",
        "title": metric.description,
        "description": metric.name,
        "datasource": { "type": "prometheus", "uid": "${datasource}" },
        "gridPos": { "x": column * 12, "y": row * 8, "w": 12, "h": 8 },
        "fieldConfig": { "defaults": { "unit": unit, "min": 0 }, "overrides": [] },
        "targets": [{
            "refId": "A",
            "expr": query(metric),
            "legendFormat": match legend.is_empty() {
                true => "{{instance}}".to_owned(),
                false => legend.join(" "),
            },
        }],
    })
}

fn dashboard() -> String {
    let panels = MetricsBridge::NAMES.iter().enumerate();
    let panels: Vec<_> = panels.map(|(index, metric)| panel(index, metric)).collect();
    let dashboard = json!({
        "title": "Cognito",
        "uid": "cognito-rust",
        "schemaVersion": 39,
        "editable": true,
        "refresh": "30s",
        "time": { "from": "now-6h", "to": "now" },
        "templating": { "list": [{
            "name": "datasource",
            "type": "datasource",
            "query": "prometheus",
            "label": "Data source",
        }] },
        "panels": panels,
    });
    let mut text = serde_json::to_string_pretty(&dashboard).unwrap();
    text.push('\n');
    text
}

fn file(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("../../docs/reference/monitoring").join(name)
}

#[test]
fn files_are_up_to_date() {
    let command =
        "cargo test -p cognito-metrics --all-features -- --ignored write_monitoring_files";
    for (name, text) in [("alerts.yml", alerts()), ("dashboard.json", dashboard())] {
        let found = fs::read_to_string(file(name)).unwrap_or_default();
        assert!(found == text, "{name} is old: run `{command}`");
    }
}

#[test]
#[ignore = "it writes the files; see `files_are_up_to_date`"]
fn write_monitoring_files() {
    fs::write(file("alerts.yml"), alerts()).unwrap();
    fs::write(file("dashboard.json"), dashboard()).unwrap();
}

/// Returns the words in an expression that begin with `cognito_`.
fn metrics_in(expression: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = expression.split(move |c| !is_part(c));
    words.filter(|word| word.starts_with("cognito_"))
}

/// Returns the label matchers in an expression: the label, and the values that are matched.
fn matchers(expression: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    let matched = expression.split('{').skip(1);
    let matched = matched.filter_map(|rest| rest.split_once('}').map(|(matchers, _)| matchers));
    matched
        .flat_map(|matchers| matchers.split(','))
        .map(|matcher| {
            let (label, values) = matcher.split_once('=').unwrap();
            let values = values.trim_start_matches('~').trim_matches('"');
            (label, values.split('|').collect())
        })
}

#[test]
fn alerts_name_only_metrics_that_exist() {
    let find = |name: &str| {
        MetricsBridge::NAMES
            .iter()
            .find(|metric| metric.name == name)
    };
    let kinds: Vec<_> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
    let codes: Vec<_> = exceptions()
        .map(|exception: &Exception| exception.code)
        .collect();
    for alert in ALERTS {
        let metrics: Vec<_> = metrics_in(alert.expression).collect();
        assert!(!metrics.is_empty(), "{}", alert.name);
        for name in &metrics {
            assert!(find(name).is_some(), "{}: {name}", alert.name);
        }
        for (label, values) in matchers(alert.expression) {
            let metric = find(metrics[0]).unwrap();
            assert!(metric.labels.contains(&label), "{}: {label}", alert.name);
            for value in values
                .iter()
                .filter(|_| metric.name == "cognito_operations_total")
            {
                let exists = kinds.contains(value) || codes.contains(value);
                assert!(exists, "{}: {value}", alert.name);
            }
        }
    }
}

#[test]
fn reference_explains_every_metric() {
    let page = fs::read_to_string(file("../metrics.md")).unwrap();
    for metric in MetricsBridge::NAMES {
        assert!(
            page.contains(&format!("`{}`", metric.name)),
            "{}",
            metric.name
        );
    }
}
