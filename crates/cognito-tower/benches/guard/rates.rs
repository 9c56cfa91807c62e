//! Measures the requests per second of one route, behind each guard and without a guard.

use std::time::Duration;

use cognito_testkit::samples::USERS;

use crate::client::{Connection, Exchange, load};
use crate::report::{Report, paired};
use crate::server::Server;
use crate::{Effort, Result, tokens};

const CONNECTIONS: usize = 32;

/// A route of a server, with the results of each round.
#[derive(Debug)]
struct Contestant<'a> {
    name: &'static str,
    server: &'a Server,
    exchanges: &'static [Exchange],
    rates: Vec<f64>,
    cpu: Vec<f64>,
}

impl<'a> Contestant<'a> {
    fn new(name: &'static str, server: &'a Server, path: &str) -> Self {
        // The exchanges are shared by tasks, and there are few of them.
        let exchanges = Box::leak(Box::new([Exchange {
            request: tokens::request(path, &tokens::token(0)),
            status: 200,
            body: USERS[0],
        }]));
        Self {
            name,
            server,
            exchanges,
            rates: Vec::new(),
            cpu: Vec::new(),
        }
    }

    async fn turn(&mut self, time: Duration) -> Result<()> {
        let connections = Connection::open_all(self.server.address(), CONNECTIONS).await?;
        let cpu = self.server.cpu()?;
        let (load, _) = load(connections, self.exchanges, time).await?;
        let cpu = self.server.cpu()? - cpu;
        if load.wrong > 0 {
            return Err(format!("{}: a good token was rejected", self.name).into());
        }
        self.rates.push(load.rate());
        self.cpu.push(cpu / 1_000.0 / load.latencies.len() as f64);
        Ok(())
    }
}

pub(crate) async fn measure(
    effort: Effort,
    ours: &Server,
    peer: Option<&Server>,
    report: &mut Report,
) -> Result<()> {
    let mut contestants = vec![
        Contestant::new("no guard", ours, "/open"),
        Contestant::new("ours", ours, "/ours"),
        Contestant::new("ours, token cache", ours, "/cached"),
        Contestant::new("jsonwebtoken by hand", ours, "/jsonwebtoken"),
    ];
    if let Some(peer) = peer {
        contestants.push(Contestant::new("no guard, axum 0.7", peer, "/open"));
        contestants.push(Contestant::new(
            "jwt-authorizer, axum 0.7",
            peer,
            "/guarded",
        ));
    }
    for contestant in &mut contestants {
        contestant.turn(effort.turn).await?;
        contestant.rates.clear();
        contestant.cpu.clear();
    }
    for round in 0..effort.rounds {
        // The host may be cooler after a light route, so the first route changes from round to
        // round.
        let first = round % contestants.len();
        for place in 0..contestants.len() {
            let place = (first + place) % contestants.len();
            contestants[place].turn(effort.turn).await?;
        }
    }
    tell(&contestants, report);
    Ok(())
}

fn tell(contestants: &[Contestant<'_>], report: &mut Report) {
    for contestant in contestants {
        report.add(contestant.name, "1/s", contestant.rates.clone());
        let name = format!("{}: CPU of the server", contestant.name);
        report.add(name, "us", contestant.cpu.clone());
    }
    let of = |name: &str| contestants.iter().find(|one| one.name == name);
    for contestant in contestants {
        // Each route is compared with the same service without a guard.
        let is_07 = contestant.name.ends_with("axum 0.7");
        let open = of(if is_07 {
            "no guard, axum 0.7"
        } else {
            "no guard"
        });
        let Some(open) = open.filter(|open| open.name != contestant.name) else {
            continue;
        };
        let name = format!("{} / {}", contestant.name, open.name);
        report.add(name, "x", paired(&contestant.rates, &open.rates));
    }
    for other in ["jsonwebtoken by hand", "jwt-authorizer, axum 0.7"] {
        if let (Some(ours), Some(other)) = (of("ours"), of(other)) {
            let name = format!("ours / {}", other.name);
            report.add(name, "x", paired(&ours.rates, &other.rates));
            report.at_least(1.0);
        }
    }
}
