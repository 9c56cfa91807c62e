//! A load test. It sends valid and invalid tokens over many connections for some time. It checks
//! the responses, the memory of the server, and the number of its file descriptors.

use std::time::{Duration, Instant};

use cognito_testkit::samples::USERS;

use crate::client::{Connection, Exchange, Load, load};
use crate::report::Report;
use crate::server::Server;
use crate::{Result, tokens};

const CONNECTIONS: usize = 256;
/// The number of measurements of memory and file descriptors.
const LOOKS: u32 = 12;

/// Returns the requests of the benchmark with their expected responses, in groups of four. Three
/// requests of a group have a valid token, and one has an invalid token. The invalid tokens differ.
fn exchanges() -> &'static [Exchange] {
    let good = |number: usize| Exchange {
        request: tokens::request("/ours", &tokens::token(number % 2)),
        status: 200,
        body: USERS[number % 2],
    };
    let mut exchanges = Vec::new();
    for (number, bad) in tokens::bad_tokens().iter().enumerate() {
        exchanges.extend((0..3).map(|good_one| good(number + good_one)));
        exchanges.push(Exchange {
            request: tokens::request("/ours", bad),
            status: 401,
            body: "",
        });
    }
    exchanges.leak()
}

/// The resources that the measured server uses: kilobytes of memory, and open file descriptors.
type Look = (u64, usize);

fn look(server: &Server) -> Result<Look> {
    Ok((server.memory()?, server.descriptors()?))
}

pub(crate) async fn measure(time: Duration, report: &mut Report) -> Result<()> {
    let server = Server::ours("--serve-all-cores")?;
    let exchanges = exchanges();
    let before = look(&server)?;
    let mut connections = Connection::open_all(server.address(), CONNECTIONS).await?;
    let mut all = Load::default();
    let mut looks = Vec::new();
    for _ in 0..LOOKS {
        let part;
        (part, connections) = load(connections, exchanges, time / LOOKS).await?;
        all.seconds += part.seconds;
        all.add(part);
        looks.push(look(&server)?);
    }
    all.latencies.sort_unstable();
    drop(connections);
    let after = closed(&server, before.1).await?;
    tell(&all, before, &looks, after, report);
    if all.wrong > 0 {
        return Err(format!("{} wrong results", all.wrong).into());
    }
    Ok(())
}

/// Waits until the measured server has closed its connections, but for at most five seconds. Then
/// returns the resources that the server uses. If the server has at most `descriptors` open file
/// descriptors, all its connections count as closed.
async fn closed(server: &Server, descriptors: usize) -> Result<Look> {
    let start = Instant::now();
    while server.descriptors()? > descriptors && start.elapsed() < Duration::from_secs(5) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    look(server)
}

fn tell(load: &Load, before: Look, looks: &[Look], after: Look, report: &mut Report) {
    let mut one = |name: &str, unit: &'static str, value: f64| {
        report.add(format!("load: {name}"), unit, vec![value]);
    };
    let mb = |look: Look| look.0 as f64 / 1_000.0;
    let first = looks.first().copied().unwrap_or(before);
    let last = looks.last().copied().unwrap_or(before);
    one("responses", "1/s", load.rate());
    one("p50", "ms", load.percentile(50));
    one("p99", "ms", load.percentile(99));
    one("accepted", "", load.let_in as f64);
    one("rejected", "", load.rejected as f64);
    one("memory before", "MB", mb(before));
    one("memory after a twelfth of the time", "MB", mb(first));
    one("memory at the end", "MB", mb(last));
    one("memory after the connections", "MB", mb(after));
    one("descriptors before", "", before.1 as f64);
    one(
        "descriptors after a twelfth of the time",
        "",
        first.1 as f64,
    );
    one("descriptors at the end", "", last.1 as f64);
    one("descriptors after the connections", "", after.1 as f64);
    let descriptors = last.1 as f64 - first.1 as f64;
    report.add("load: wrong results", "", vec![load.wrong as f64]);
    report.at_most(0.0);
    report.add("load: memory growth", "MB", vec![mb(last) - mb(first)]);
    report.at_most((mb(first) * 0.05).max(1.0));
    report.add("load: descriptors growth", "", vec![descriptors]);
    report.at_most(0.0);
    report.add(
        "load: descriptors not closed",
        "",
        vec![after.1 as f64 - before.1 as f64],
    );
    report.at_most(0.0);
}
