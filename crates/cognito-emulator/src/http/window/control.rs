//! The page of the emulator's window (its web interface) with the controls of the clock and of
//! injected faults.

use std::time::Duration;

use cognito_core::Clock;
use http::StatusCode;
use maud::{Markup, html};

use super::frame::{Frame, Section, field, redirect, table};
use super::visit::{Visit, link};
use crate::http::fault::Fault;
use crate::http::page::Page;
use crate::http::traffic::names;
use crate::model::time::iso8601;

/// The maximum number of injected faults. If it is reached, the page adds no further fault.
const MOST_FAULTS: usize = 100;

/// The maximum delay that the page can inject: one minute, in milliseconds.
const MOST_DELAY_MILLIS: u64 = 60_000;

/// The kinds of faults that the page offers: the value in the form, and the label.
const KINDS: [(&str, &str); 6] = [
    ("throttle", "Throttle: TooManyRequestsException"),
    ("delay", "Delay the call"),
    ("error", "Return an exception"),
    ("status", "Return an HTTP status without an exception"),
    ("cut", "Run the call, then close the connection"),
    ("refuse", "Close the connection before the call"),
];

/// Returns the page with the clock and the faults.
pub(super) fn page(visit: &Visit<'_>) -> Page {
    let frame = Frame::new(Section::Control, "Clock and faults");
    frame.page(&content(visit))
}

fn content(visit: &Visit<'_>) -> Markup {
    html! { (clock(visit)) (faults(visit)) }
}

fn clock(visit: &Visit<'_>) -> Markup {
    let clock = &visit.instance.pools.steered_clock;
    let steering = clock.steering();
    html! {
        section {
            h2 { "Clock" }
            dl {
                dt { "Time of the emulator" } dd { (iso8601(clock.now())) }
                dt { "Ahead of the system" } dd { (steering.ahead.as_secs()) " seconds" }
                dt { "State" } dd { @if steering.is_frozen() { "frozen" } @else { "runs" } }
            }
            div.row {
                @if steering.is_frozen() {
                    (window_form("/clock", &html! { button name="do" value="resume" { "Let the clock run" } }))
                } @else {
                    (window_form("/clock", &html! { button name="do" value="freeze" { "Freeze the clock" } }))
                }
                @for (seconds, label) in [(60, "1 minute"), (3600, "1 hour"), (86_400, "1 day")] {
                    (window_form("/clock", &html! {
                        input type="hidden" name="do" value="advance";
                        button name="seconds" value=(seconds) { "Advance " (label) }
                    }))
                }
            }
            (window_form("/clock", &html! {
                input type="hidden" name="do" value="advance";
                div.row { (field("Seconds", "seconds", "number", true)) button { "Advance" } }
            }))
            p.soft { "The clock cannot be set back. A reset of the emulator does not change it." }
        }
    }
}

fn faults(visit: &Visit<'_>) -> Markup {
    let faults = visit.instance.traffic.faults.all();
    let rows = html! {
        @for fault in &faults {
            tr {
                th scope="row" { (fault.operation) }
                td { (fault.summary()) }
                td { @match fault.remaining() { Some(calls) => (calls), None => "all" } }
            }
        }
    };
    html! {
        section {
            h2 { "Faults" }
            @if faults.is_empty() { p { "There is no fault." } } @else {
                (table("Active faults", &["Operation", "Fault", "Calls"], &rows))
                (window_form("/faults/clear", &html! { button { "Remove all faults" } }))
            }
            h3 { "Inject a fault" }
            (window_form("/faults", &html! {
                label {
                    span { "Operation or endpoint" }
                    input name="operation" list="operations" required autocomplete="off";
                }
                datalist id="operations" { @for name in names() { option value=(name) {} } }
                label {
                    span { "Fault" }
                    select name="kind" data-kinds { @for (kind, label) in KINDS { option value=(kind) { (label) } } }
                }
                (kind_fields("delay", &field("Delay in milliseconds", "delay", "number", false)))
                (kind_fields("error", &html! {
                    (field("Code of the exception", "code", "text", false))
                    (field("Message of the exception", "message", "text", false))
                }))
                (kind_fields("status", &field("HTTP status", "status", "number", false)))
                (field("Number of calls (empty: all)", "times", "number", false))
                p.soft {
                    "Amplify and the AWS SDKs usually repeat a throttled or failed call, three calls in all. "
                    "To see the error in an application, enter 3 or more."
                }
                button { "Inject the fault" }
            }))
        }
    }
}

/// Returns fields that only one kind of fault uses. The script of the window hides them while another
/// kind is selected.
fn kind_fields(kind: &str, fields: &Markup) -> Markup {
    html! { div data-kind=(kind) { (fields) } }
}

/// Returns an HTML form that is sent to the path `page` below [`PATH`](super::PATH).
fn window_form(page: &str, content: &Markup) -> Markup {
    html! { form method="post" action=(link(page, &[])) data-call { (content) } }
}

/// Handles the forms that freeze, resume and advance the clock.
pub(super) fn steer_clock(visit: &Visit<'_>) -> Page {
    let clock = &visit.instance.pools.steered_clock;
    match visit.parameter("do") {
        "freeze" => clock.freeze(),
        "resume" => clock.resume(),
        "advance" => {
            let seconds = visit.parameter("seconds").trim().parse().ok();
            let is_advanced = seconds.is_some_and(|it| clock.advance(Duration::from_secs(it)));
            if !is_advanced {
                return rejected(visit, "enter a number of seconds, at most 100 years in all");
            }
        }
        _ => return rejected(visit, "the parameter do must be freeze, resume or advance"),
    }
    to_control_page()
}

/// Handles the form that injects a fault.
pub(super) fn inject_fault(visit: &Visit<'_>) -> Page {
    if visit.instance.traffic.faults.len() >= MOST_FAULTS {
        return rejected(visit, "there are 100 faults: remove them first");
    }
    match fault(visit).map(|fault| visit.instance.traffic.inject(fault)) {
        Ok(Ok(())) => to_control_page(),
        Ok(Err(error)) => rejected(visit, &error.to_string()),
        Err(message) => rejected(visit, message),
    }
}

/// Returns the fault that a form describes. The name of the operation may be in upper or lower
/// case. Fails if a value is missing or invalid.
fn fault(visit: &Visit<'_>) -> Result<Fault, &'static str> {
    let typed = visit.parameter("operation").trim();
    let known = names().find(|name| name.eq_ignore_ascii_case(typed));
    let operation = known.unwrap_or(typed);
    let number = |name| visit.parameter(name).trim().parse::<u64>().ok();
    let fault = match visit.parameter("kind") {
        "throttle" => Fault::error(operation, "TooManyRequestsException", "Rate exceeded"),
        "delay" => {
            let delay = number("delay").filter(|delay| *delay <= MOST_DELAY_MILLIS);
            let delay = delay.ok_or("enter a delay of at most 60000 milliseconds")?;
            Fault::delay(operation, Duration::from_millis(delay))
        }
        "error" if visit.parameter("code").is_empty() => {
            return Err("enter the code of the exception");
        }
        "error" => Fault::error(
            operation,
            visit.parameter("code"),
            visit.parameter("message"),
        ),
        "status" => {
            let status = number("status").and_then(|status| u16::try_from(status).ok());
            let status = status.filter(|status| (200..=599).contains(status));
            Fault::status(
                operation,
                status.ok_or("enter an HTTP status from 200 to 599")?,
            )
        }
        "cut" => Fault::cut(operation),
        "refuse" => Fault::refuse(operation),
        _ => return Err("choose a fault"),
    };
    match (visit.parameter("times").trim(), number("times")) {
        ("", _) => Ok(fault),
        (_, Some(times)) if times > 0 => Ok(fault.times(times)),
        _ => Err("enter a number of calls, or leave it empty"),
    }
}

/// Handles the form that removes all faults.
pub(super) fn clear_faults(visit: &Visit<'_>) -> Page {
    visit.instance.traffic.faults.clear();
    to_control_page()
}

fn to_control_page() -> Page {
    redirect(&link("/control", &[]))
}

fn rejected(visit: &Visit<'_>, message: &str) -> Page {
    let frame = Frame::new(Section::Control, "Clock and faults");
    frame.with_status(StatusCode::BAD_REQUEST).page(&html! {
        p role="alert" { (message) }
        (content(visit))
    })
}
