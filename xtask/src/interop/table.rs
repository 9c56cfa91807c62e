//! What each client could do, as one table.

use serde_json::Value;

use crate::{Result, table};

/// Clients that speak the same language.
struct Grid {
    /// The columns: what the scripts call a client, and what people do.
    clients: &'static [(&'static str, &'static str)],
    rows: &'static [&'static str],
}

/// AWS's own API, and OpenID Connect.
const GRIDS: [Grid; 2] = [
    Grid {
        clients: &[
            ("pycognito", "pycognito"),
            ("boto3", "boto3"),
            ("identityjs", "amazon-cognito-identity-js"),
            ("awssdk", "@aws-sdk client"),
        ],
        rows: &ROWS,
    },
    Grid {
        clients: &[("openidclient", "openid-client")],
        rows: &[
            "discovery",
            "code with PKCE, state and nonce",
            "another state refused",
            "another nonce refused",
            "another verifier refused",
            "code used twice refused",
            "unregistered scope refused",
            "userInfo",
            "refresh with the scopes",
            "revocation",
            "client credentials",
        ],
    },
];

const ROWS: [&str; 9] = [
    "SRP without secret",
    "SRP with secret",
    "wrong password refused",
    "TOTP",
    "new password",
    "refresh",
    "rotation",
    "global sign-out",
    "tokens accepted by aws-jwt-verify",
];

/// What a client does not have, by client and row. Nothing else may be left out.
const NOT_OFFERED: [(&str, &str); 3] = [
    ("identityjs", "SRP with secret"),
    ("identityjs", "rotation"),
    ("pycognito", "rotation"),
];

/// What came of one row at one client.
#[derive(Debug)]
pub(super) struct Cell {
    client: String,
    row: String,
    outcome: String,
    reason: String,
}

/// Reads what a script printed.
///
/// # Errors
///
/// When that is no list of cells.
pub(super) fn cells(text: &[u8]) -> Result<Vec<Cell>> {
    let value: Value =
        serde_json::from_slice(text).map_err(|error| format!("printed no JSON: {error}"))?;
    let list = value.as_array().ok_or("printed no list")?;
    let read = |item: &Value| {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        Cell {
            client: text("client"),
            row: text("row"),
            outcome: text("outcome"),
            reason: text("reason"),
        }
    };
    Ok(list.iter().map(read).collect())
}

/// All cells.
#[derive(Debug)]
pub(super) struct Table(Vec<Cell>);

impl Table {
    pub(super) const fn new(cells: Vec<Cell>) -> Self {
        Self(cells)
    }

    /// The table, and below it why what was refused was refused.
    pub(super) fn text(&self) -> String {
        let grids = GRIDS.iter().map(|grid| self.grid(grid));
        let mut text = grids.collect::<Vec<_>>().join("\n");
        for (client, row, reason) in self.refused() {
            text.push_str(&format!("{row}, {client}: {reason}\n"));
        }
        text
    }

    fn grid(&self, grid: &Grid) -> String {
        let mut header = vec!["what"];
        header.extend(grid.clients.iter().map(|(_, name)| name));
        let rows = grid.rows.iter().map(|row| {
            let clients = grid.clients.iter();
            let outcomes = clients.map(|(client, _)| self.outcome(client, row).0);
            std::iter::once(*row)
                .chain(outcomes)
                .map(ToOwned::to_owned)
                .collect()
        });
        table::layout(&header, &rows.collect::<Vec<Vec<String>>>())
    }

    /// # Errors
    ///
    /// Names the cells that are neither good nor left out for a reason.
    pub(super) fn verdict(&self) -> Result {
        let refused: Vec<String> = self
            .refused()
            .map(|(client, row, _)| format!("{row} ({client})"))
            .collect();
        if refused.is_empty() {
            Ok(())
        } else {
            Err(format!("the emulator refused: {}", refused.join("; ")))
        }
    }

    fn refused(&self) -> impl Iterator<Item = (&'static str, &'static str, String)> {
        each().filter_map(move |(row, (client, name))| {
            let (outcome, reason) = self.outcome(client, row);
            (outcome == "refused").then_some((name, row, reason))
        })
    }

    /// What is shown for a cell, and why if it is not good.
    fn outcome(&self, client: &str, row: &str) -> (&'static str, String) {
        let found = self
            .0
            .iter()
            .find(|cell| cell.client == client && cell.row == row);
        let Some(cell) = found else {
            return ("refused", "no result".to_owned());
        };
        match cell.outcome.as_str() {
            "ok" => ("ok", String::new()),
            "not offered" if NOT_OFFERED.contains(&(client, row)) => ("not offered", String::new()),
            "not offered" => ("refused", "left out, although it is offered".to_owned()),
            _ => ("refused", cell.reason.clone()),
        }
    }
}

/// Each cell: its row, and what a client is called.
fn each() -> impl Iterator<Item = (&'static str, (&'static str, &'static str))> {
    GRIDS.iter().flat_map(|grid| {
        let rows = grid.rows.iter();
        rows.flat_map(|row| grid.clients.iter().map(|client| (*row, *client)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table in which everything is as it should be, but for one cell.
    fn table(client: &str, row: &str, outcome: &str) -> Table {
        let mut cells = Vec::new();
        for (name, (other, _)) in each() {
            let is_that = (other, name) == (client, row);
            let outcome = match (is_that, NOT_OFFERED.contains(&(other, name))) {
                (true, _) => outcome,
                (false, true) => "not offered",
                (false, false) => "ok",
            };
            cells.push(Cell {
                client: other.to_owned(),
                row: name.to_owned(),
                outcome: outcome.to_owned(),
                reason: "because".to_owned(),
            });
        }
        Table(cells)
    }

    #[test]
    fn good_cells_and_those_that_are_left_out_for_a_reason_pass() {
        let table = table("", "", "");
        assert_eq!(table.verdict(), Ok(()));
        let text = table.text();
        assert_eq!(text.matches("not offered").count(), NOT_OFFERED.len());
        let rows: usize = GRIDS.iter().map(|grid| 2 + grid.rows.len()).sum();
        assert_eq!(text.lines().count(), rows + GRIDS.len() - 1);
    }

    #[test]
    fn a_refusal_a_silent_gap_and_a_missing_cell_fail_and_are_named() {
        for (outcome, reason) in [
            ("refused", "because"),
            ("not offered", "left out, although it is offered"),
        ] {
            let table = table("boto3", "TOTP", outcome);
            assert_eq!(
                table.verdict(),
                Err("the emulator refused: TOTP (boto3)".to_owned())
            );
            assert!(table.text().ends_with(&format!("TOTP, boto3: {reason}\n")));
        }
        let mut table = table("", "", "");
        table.0.retain(|cell| cell.client != "awssdk");
        assert!(table.verdict().is_err());
        assert!(table.text().contains("refresh, @aws-sdk client: no result"));
    }

    #[test]
    fn what_a_script_prints_is_read() {
        let text =
            br#"[{ "client": "boto3", "row": "TOTP", "outcome": "refused", "reason": "x" }]"#;
        let read = cells(text).unwrap();
        assert_eq!((read.len(), read[0].reason.as_str()), (1, "x"));
        assert!(cells(b"Traceback").is_err());
        assert!(cells(b"{}").is_err());
    }
}
