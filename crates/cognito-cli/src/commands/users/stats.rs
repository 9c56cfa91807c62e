//! The command `cognito users stats`: counts the users of a pool by their properties.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use cognito::administration::UserDetails;
use cognito::clock::rfc3339;
use maud::{Markup, html};
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Exit, Outcome};
use crate::global::Format;
use crate::output::{self, Row, count_of};
use crate::{html, user_list};

/// The width of the longest bar, in characters.
const WIDTH: u64 = 40;

/// Count the users of the pool by status, verified addresses and month of the sign-up.
///
/// By default, the result is a bar chart. The other formats have one row for each bar.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito users stats --html users.html")]
pub(crate) struct Stats {
    /// Write the charts to this file as an HTML page, too.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Bar {
    property: &'static str,
    value: String,
    users: u64,
}

impl Bar {
    fn for_page(&self) -> html::Bar<'_> {
        html::Bar {
            label: &self.value,
            count: self.users,
            class: "",
        }
    }
}

impl Row for Bar {
    const COLUMNS: &'static [&'static str] = &["property", "value", "users"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.property.to_owned(),
            self.value.clone(),
            self.users.to_string(),
        ]
    }
}

/// The number of users by property and value.
type Counts = BTreeMap<(&'static str, String), u64>;

impl Stats {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let counts = RefCell::new(Counts::new());
        user_list::each(context, None, async |user| {
            count(&mut counts.borrow_mut(), &user);
            Ok(())
        })
        .await?;
        let bars = counts.into_inner().into_iter();
        let bars: Vec<Bar> = bars
            .map(|((property, value), users)| Bar {
                property,
                value,
                users,
            })
            .collect();
        match context.global.output {
            Format::Table => chart(&bars)?,
            format => output::rows(format, &bars)?,
        }
        if let Some(path) = &self.html {
            let pool = context.settings(false).await?.user_pool_id;
            let title = format!("Users of the pool {pool}");
            html::write(path, &html::page(&title, &charts(&bars)))?;
        }
        Ok(Exit::Done)
    }
}

fn count(counts: &mut Counts, user: &UserDetails) {
    let value = |name| user.attributes.value(name).unwrap_or_default();
    let address = |name, verified| match (value(name), value(verified)) {
        ("", _) => "none",
        (_, "true") => "verified",
        _ => "not verified",
    };
    let month = user.created.map(rfc3339);
    let month = month.and_then(|time| time.get(..7).map(str::to_owned));
    for (property, value) in [
        ("status", user.status.as_str().to_owned()),
        ("enabled", user.enabled.to_string()),
        ("e-mail", address("email", "email_verified").to_owned()),
        (
            "phone",
            address("phone_number", "phone_number_verified").to_owned(),
        ),
        ("created", month.unwrap_or_else(|| "unknown".to_owned())),
    ] {
        *counts.entry((property, value)).or_default() += 1;
    }
}

/// Returns the number of all users.
fn total(bars: &[Bar]) -> u64 {
    let each = bars.iter().filter(|bar| bar.property == "enabled");
    each.map(|bar| bar.users).sum()
}

/// Returns a chart for each property, for an HTML page.
fn charts(bars: &[Bar]) -> Markup {
    let total = total(bars);
    html! {
        p.note { (count_of(total, "user")) }
        @for bars in bars.chunk_by(|one, other| one.property == other.property) {
            h2 { (bars[0].property) }
            @let bars: Vec<html::Bar<'_>> = bars.iter().map(Bar::for_page).collect();
            (html::chart(&bars, total))
        }
    }
}

fn chart(bars: &[Bar]) -> Outcome<()> {
    let total = total(bars);
    let mut out = io::stdout().lock();
    writeln!(out, "{}", count_of(total, "user"))?;
    for (at, bar) in bars.iter().enumerate() {
        if at == 0 || bars[at - 1].property != bar.property {
            writeln!(out, "\n{}", bar.property)?;
        }
        let length = usize::try_from((bar.users * WIDTH).div_ceil(total.max(1))).unwrap_or(0);
        let percent = bar.users * 100 / total.max(1);
        let line = "█".repeat(length);
        writeln!(
            out,
            "  {:<22} {:>8} {percent:>3}% {line}",
            output::printable(&bar.value),
            bar.users
        )?;
    }
    Ok(())
}
