//! Compares the results of the clients with the expected results, and formats the results as
//! tables.

use serde_json::Value;

use crate::{Result, table};

/// The columns and rows that a results table must have.
#[derive(Debug)]
pub(super) struct Plan {
    /// The clients that have a column in the table. Each pair has the name of a client in the
    /// scripts, and its display name.
    pub(super) clients: &'static [(&'static str, &'static str)],
    pub(super) rows: &'static [&'static str],
    /// The cells of the table that may be `not offered`, because a client does not support the
    /// operation. Each pair has the client and the row of a cell.
    pub(super) not_offered: &'static [(&'static str, &'static str)],
}

impl Plan {
    /// Returns `true` if the client of a cell has a column in this table.
    fn holds(&self, cell: &Cell) -> bool {
        self.clients
            .iter()
            .any(|(client, _)| *client == cell.client)
    }
}

/// The result of one client in one row of a results table.
#[derive(Debug)]
pub(super) struct Cell {
    client: String,
    row: String,
    outcome: String,
    reason: String,
}

/// Parses the results that a script prints as JSON.
///
/// # Errors
///
/// Fails if the output is not a JSON list.
pub(super) fn cells(text: &[u8]) -> Result<Vec<Cell>> {
    let value: Value =
        serde_json::from_slice(text).map_err(|error| format!("did not print JSON: {error}"))?;
    let list = value.as_array().ok_or("did not print a list")?;
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

/// A table with the results of clients. Its [`Plan`] lists the rows and columns that it must have.
#[derive(Debug)]
pub(super) struct Table {
    plan: &'static Plan,
    cells: Vec<Cell>,
}

impl Table {
    /// Returns one table for each plan. A plan lists clients, one for each column. Its table
    /// contains the cells of these clients.
    pub(super) fn of_plans(plans: &[&'static Plan], mut cells: Vec<Cell>) -> Vec<Self> {
        let table = |plan: &&'static Plan| {
            let others = std::mem::take(&mut cells);
            let (of_plan, others) = others.into_iter().partition(|cell| plan.holds(cell));
            cells = others;
            Self::new(plan, of_plan)
        };
        plans.iter().map(table).collect()
    }

    const fn new(plan: &'static Plan, cells: Vec<Cell>) -> Self {
        Self { plan, cells }
    }

    /// Formats this table, followed by the reasons of the failures.
    pub(super) fn text(&self) -> String {
        let mut header = vec!["what"];
        let clients = self.plan.clients;
        header.extend(clients.iter().map(|(_, name)| *name));
        let rows: Vec<Vec<String>> = self
            .plan
            .rows
            .iter()
            .map(|row| {
                let outcomes = clients
                    .iter()
                    .map(|(client, _)| self.outcome(client, row).0);
                std::iter::once(*row)
                    .chain(outcomes)
                    .map(ToOwned::to_owned)
                    .collect()
            })
            .collect();
        let mut text = table::layout(&header, &rows);
        for (client, row, reason) in self.refused() {
            text.push_str(&format!("{row}, {client}: {reason}\n"));
        }
        text
    }

    /// Checks that each cell of this results table has an accepted result.
    ///
    /// # Errors
    ///
    /// Fails if the result of a cell is a failure or is missing, or if it is `not offered` and the
    /// list `not_offered` of the [`Plan`] does not contain the cell. The error message names these
    /// cells.
    pub(super) fn result(&self) -> Result {
        let refused: Vec<String> = self
            .refused()
            .map(|(client, row, _)| format!("{row} ({client})"))
            .collect();
        if refused.is_empty() {
            Ok(())
        } else {
            Err(format!("these checks failed: {}", refused.join("; ")))
        }
    }

    fn refused(&self) -> impl Iterator<Item = (&'static str, &'static str, String)> {
        let plan = self.plan;
        plan.rows.iter().flat_map(move |row| {
            plan.clients.iter().filter_map(move |(client, name)| {
                let (outcome, reason) = self.outcome(client, row);
                (outcome == "refused").then_some((*name, *row, reason))
            })
        })
    }

    /// Returns the outcome of the cell of `client` and `row`, and the reason if the cell failed. A
    /// missing cell counts as failed, even if `not offered` is an accepted outcome for it.
    /// Otherwise a script that stops early would pass.
    fn outcome(&self, client: &str, row: &str) -> (&'static str, String) {
        let found = self
            .cells
            .iter()
            .find(|cell| cell.client == client && cell.row == row);
        let Some(cell) = found else {
            return ("refused", "the script reported no result".to_owned());
        };
        match cell.outcome.as_str() {
            "ok" => ("ok", String::new()),
            "not offered" if self.plan.not_offered.contains(&(client, row)) => {
                ("not offered", String::new())
            }
            "not offered" => (
                "refused",
                "the script skipped it, although the client supports it".to_owned(),
            ),
            _ => ("refused", cell.reason.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::plans::PASSWORDS;

    /// Returns a table in which every cell has the expected result, except one: the cell of
    /// `client` and `row` has `outcome`.
    fn table(client: &str, row: &str, outcome: &str) -> Table {
        let mut cells = Vec::new();
        for name in PASSWORDS.rows {
            for (other, _) in PASSWORDS.clients {
                let is_that = (*other, *name) == (client, row);
                let outcome = match (is_that, PASSWORDS.not_offered.contains(&(*other, *name))) {
                    (true, _) => outcome,
                    (false, true) => "not offered",
                    (false, false) => "ok",
                };
                cells.push(Cell {
                    client: (*other).to_owned(),
                    row: (*name).to_owned(),
                    outcome: outcome.to_owned(),
                    reason: "because".to_owned(),
                });
            }
        }
        Table::new(&PASSWORDS, cells)
    }

    #[test]
    fn passing_and_excused_cells_pass() {
        let table = table("", "", "");
        assert_eq!(table.result(), Ok(()));
        let text = table.text();
        assert_eq!(
            text.matches("not offered").count(),
            PASSWORDS.not_offered.len()
        );
        assert_eq!(text.lines().count(), 2 + PASSWORDS.rows.len());
    }

    #[test]
    fn failed_unexplained_and_missing_cells_fail() {
        for (outcome, reason) in [
            ("refused", "because"),
            (
                "not offered",
                "the script skipped it, although the client supports it",
            ),
        ] {
            let table = table("boto3", "TOTP", outcome);
            assert_eq!(
                table.result(),
                Err("these checks failed: TOTP (boto3)".to_owned())
            );
            assert!(table.text().ends_with(&format!("TOTP, boto3: {reason}\n")));
        }
        let mut short = table("", "", "");
        short.cells.retain(|cell| cell.outcome != "not offered");
        assert_eq!(short.refused().count(), PASSWORDS.not_offered.len());
        let mut table = table("", "", "");
        table.cells.retain(|cell| cell.client != "awssdk");
        assert!(table.result().is_err());
        assert!(
            table
                .text()
                .contains("refresh, @aws-sdk client: the script reported no result")
        );
    }

    #[test]
    fn parses_script_output() {
        let text =
            br#"[{ "client": "boto3", "row": "TOTP", "outcome": "refused", "reason": "x" }]"#;
        let read = cells(text).unwrap();
        assert_eq!((read.len(), read[0].reason.as_str()), (1, "x"));
        assert!(cells(b"Traceback").is_err());
        assert!(cells(b"{}").is_err());
    }
}
