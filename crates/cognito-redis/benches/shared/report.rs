//! Prints the results of this crate's benchmarks, and writes them to files in `target/bench`.

use std::path::Path;

use serde_json::{Value, json};

use crate::server::Server;

/// Returns a row of the results table: the median, the minimum, the maximum and the 99th percentile
/// of `values`. `values` must not be empty.
pub(crate) fn case(name: &str, unit: &str, mut values: Vec<f64>) -> Value {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
    json!({
        "name": name,
        "unit": unit,
        "median": at(0.5),
        "min": at(0.0),
        "max": at(1.0),
        "p99": at(0.99),
    })
}

/// Prints each measurement in `cases`. If `measured` is `true`, also writes them to the file `name`
/// in `target/bench`.
pub(crate) fn report(name: &str, cases: &[Value], measured: bool) -> std::io::Result<()> {
    for case in cases {
        println!("{case}");
    }
    if !measured {
        return Ok(());
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench");
    std::fs::create_dir_all(&folder)?;
    let table = json!({ "cases": cases });
    std::fs::write(folder.join(name), table.to_string())
}

/// Returns the memory that the Redis server uses, in bytes.
pub(crate) async fn server_memory(server: &Server) -> f64 {
    let info = server.text(&["INFO", "memory"]).await;
    let used = info
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"));
    used.unwrap().trim().parse().unwrap()
}
