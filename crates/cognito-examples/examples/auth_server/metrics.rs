//! The page with the metrics and the health of the service.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use cognito::clock::rfc3339;
use cognito::observe::{Health, HealthStatus, MetricsSnapshot};
use maud::{Markup, html};

use crate::site::problem::Problem;
use crate::site::session::Session;
use crate::site::sessions::in_words;
use crate::site::signed_in::to_the_login;
use crate::site::visit::Visit;

pub(super) async fn page(visit: Visit) -> Response {
    if !visit.may_operate() {
        return for_operators(&visit);
    }
    let is_live = !visit.says("live=off");
    let main = html! {
        h1 { "Metrics and health" }
        p.lead { "The counters of this process since its start. No label contains user input." }
        p.row {
            @if is_live {
                span.tag.good { "live" } span.soft { "Updated every two seconds." }
                a.button.plain.small href="/metrics?live=off" { "Pause" }
            } @else {
                span.tag { "paused" } a.button.plain.small href="/metrics" { "Continue" }
            }
        }
        div #now.stack hx-get=[is_live.then_some("/metrics/now")] hx-trigger=[is_live.then_some("every 2s")]
            hx-swap=[is_live.then_some("innerHTML")] {
            (current(&visit))
        }
    };
    visit.page("Metrics and health", main).into_response()
}

/// Renders the current metrics and the health, which the page requests every two seconds. Each
/// element that can have the focus has an id, so that the focus stays when htmx replaces the
/// element.
pub(super) async fn now(visit: Visit) -> Response {
    if !visit.may_operate() {
        return match visit.session {
            Session::Ended | Session::Nobody => to_the_login(&visit),
            // The numbers must not look current. The page explains why there are none.
            _ => (StatusCode::FORBIDDEN, [("hx-redirect", "/metrics")]).into_response(),
        };
    }
    Html(current(&visit).0).into_response()
}

fn for_operators(visit: &Visit) -> Response {
    let text = "Only members of the group admins can see the state of the service.";
    let problem = Problem::forbidden(text);
    visit.failed(&problem)
}

fn current(visit: &Visit) -> Markup {
    let (metrics, health) = (visit.app.cognito.metrics(), visit.app.cognito.health());
    html! {
        (state(&health))
        (figures(&metrics))
        (operations(&metrics))
        div.columns {
            (errors(&metrics))
            (background(&metrics))
            @if visit.app.is_sharing { (shared(visit, &metrics)) }
        }
    }
}

fn state(health: &Health) -> Markup {
    let (word, class) = match health.status {
        HealthStatus::Healthy => ("healthy", "tag good"),
        HealthStatus::Degraded => ("degraded", "tag note"),
        _ => ("unhealthy", "tag bad"),
    };
    html! {
        section.card.stack.tight aria-labelledby="health" {
            h2 #health { "Health" }
            p.row {
                span class=(class) { (word) }
                span.soft { "Pool " (health.config.user_pool_id) " in " (health.config.region.as_str())
                    ", at " (health.timestamp[..19].replace('T', " ")) " UTC" }
            }
            @if !health.problems.is_empty() {
                ul { @for problem in &health.problems { li { (problem) } } }
            }
            @if !health.faults.is_empty() {
                ul #faults { @for fault in &health.faults {
                    li { (fault.operation) ": " (fault.exception) ", since " (fault.since) }
                } }
            }
            p.soft.small { "For probes: " a #livez href="/livez" { "/livez" } " and " a #readyz href="/readyz" { "/readyz" } "." }
        }
    }
}

fn figures(metrics: &MetricsSnapshot) -> Markup {
    let figure = |name: &str, value: &str| html! { div.figure { dt { (name) } dd { (value) } } };
    html! {
        dl.figures {
            (figure("Operations", &metrics.total_requests.to_string()))
            (figure("Failed", &metrics.total_errors.to_string()))
            (figure("Error rate", &format!("{:.1}%", metrics.error_rate)))
            (figure("Average time", &milliseconds(metrics.average_request_time)))
            (figure("Revocations", &metrics.security.revoked_tokens.to_string()))
            (figure("Locked accounts", &metrics.security.locked_accounts.to_string()))
        }
    }
}

fn operations(metrics: &MetricsSnapshot) -> Markup {
    html! {
        div.card.scroll #operations-table tabindex="0" role="region" aria-labelledby="operations" {
            table {
                caption #operations { "Operations" }
                thead { tr {
                    th scope="col" { "Name" }
                    th.number scope="col" { "Count" }
                    th.number scope="col" { "Failed" }
                    th.number scope="col" { "Median" }
                    th.number scope="col" { "99% within" }
                } }
                tbody {
                    @for (name, operation) in &metrics.operations {
                        tr {
                            th scope="row" { (name) }
                            td.number { (operation.count) }
                            td.number { (operation.errors) }
                            td.number { (milliseconds(operation.p50)) }
                            td.number { (milliseconds(operation.p99)) }
                        }
                    }
                }
            }
            @if metrics.operations.is_empty() { p.soft { "None yet." } }
        }
    }
}

fn errors(metrics: &MetricsSnapshot) -> Markup {
    html! {
        section.card.stack.tight aria-labelledby="errors" {
            h2 #errors { "Errors by type" }
            @if metrics.errors_by_type.is_empty() { p.soft { "None." } }
            dl.facts {
                @for (name, count) in &metrics.errors_by_type { dt { code { (name) } } dd { (count) } }
            }
            @if let Some(last) = &metrics.last_error {
                p.soft.small { "Last error: " (last.error_type) " at " (rfc3339(last.time)[11..19]) " UTC." }
            }
        }
    }
}

fn background(metrics: &MetricsSnapshot) -> Markup {
    let (refreshes, security) = (metrics.refreshes, metrics.security);
    html! {
        section.card.stack.tight aria-labelledby="background" {
            h2 #background { "In the background" }
            dl.facts {
                dt { "Signing keys" } dd { (refreshes.keys) " fetched, " (refreshes.keys_failed) " failed" }
                dt { "Settings" } dd { (refreshes.config) " read, " (refreshes.config_failed) " failed" }
                dt { "Attempts" } dd { (security.refused_attempts) " rejected before a request to Cognito" }
                dt { "Secret hashes" } dd { (metrics.cache.secret_hash_cache_size) " cached" }
            }
        }
    }
}

/// Renders the metrics about the state that instances share.
fn shared(visit: &Visit, metrics: &MetricsSnapshot) -> Markup {
    let (cache, security) = (metrics.cache, metrics.security);
    let age = cache.revocations_age.map(|age| match age.as_secs() {
        0..=9 => format!("{} ago", milliseconds(age)),
        seconds => format!("{} ago", in_words(seconds)),
    });
    html! {
        section.card.stack.tight aria-labelledby="shared" {
            h2 #shared { "Shared with other instances" }
            dl.facts {
                @if let Some(instance) = &visit.app.instance {
                    dt { "This instance" } dd { "on port " (instance.port) }
                }
                dt { "Known revocations" } dd #view-size { (cache.token_blacklist_size) }
                dt { "Last update of the view" } dd #view-age { (age.as_deref().unwrap_or("never")) }
                dt { "Not written yet" } dd #view-pending { (cache.revocations_pending_writes) }
                dt { "Tokens while stale" }
                dd { (security.admitted_unchecked) " accepted, " (security.refused_unchecked) " rejected" }
            }
            p.soft.small { "This instance rejects all tokens that any instance had revoked at the time of the last update. \
                            If the view is older than two seconds, it is stale." }
        }
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
