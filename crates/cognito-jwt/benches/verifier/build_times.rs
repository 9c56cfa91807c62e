//! Measures clean release builds of empty programs. Each program has one dependency, a verifier
//! library. The results are the build time and the number of crates.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};

use crate::peers::{quietly, sources};
use crate::{Result, root, target, tools};

/// The measured programs: the name, and the line of the manifest with the dependency. `{ours}` is
/// replaced by the folder of cognito-jwt.
const PROGRAMS: &[(&str, &str)] = &[
    (
        "cognito-jwt, no features",
        r#"cognito-jwt = { path = "{ours}", default-features = false }"#,
    ),
    ("cognito-jwt, http", r#"cognito-jwt = { path = "{ours}" }"#),
    (
        "jsonwebtoken",
        r#"jsonwebtoken = { version = "11.1", features = ["aws_lc_rs"] }"#,
    ),
    ("jwt-simple", r#"jwt-simple = "0.15""#),
    ("jwt-authorizer", r#"jwt-authorizer = "0.15""#),
    ("axum-jwks", r#"axum-jwks = "0.12""#),
    ("aliri_oauth2", r#"aliri_oauth2 = "0.10.2""#),
    (
        "jsonwebtokens-cognito",
        r#"jsonwebtokens-cognito = "0.1.1""#,
    ),
    ("jwtk", r#"jwtk = "0.5""#),
    ("jwt-verify", r#"jwt-verify = "0.1.3""#),
];

/// Builds and measures the programs whose names contain one of the words, or all programs if there
/// are no words. Prints a table and writes `target/bench/verifier-build.json`.
pub(crate) fn run(words: &[&String]) -> Result<()> {
    let folder = target().join("bench-build");
    let tools = tools::find_or_install(&target().join("bench-peers/tools"));
    let mut cases = Vec::new();
    println!("{:26} {:>8} {:>8} {:>7}", "", "wall s", "CPU s", "crates");
    for (name, dependency) in PROGRAMS {
        if !words.is_empty() && !words.iter().any(|word| name.contains(word.as_str())) {
            continue;
        }
        let program = Program::write(&folder, name, dependency)?;
        match program.build(&tools) {
            Ok(Build { wall, cpu, crates }) => {
                println!("{name:26} {wall:8.1} {cpu:8.1} {crates:7}");
                cases.push(json!({
                    "name": name, "unit": "s CPU", "median": cpu, "wall": wall, "crates": crates,
                }));
            }
            Err(reason) => {
                println!("{name:26} not run: {reason}");
                cases.push(json!({ "name": name, "not_run": reason.to_string() }));
            }
        }
    }
    write(&cases)
}

/// The measured build time of a program that uses one verifier. Times are in seconds.
struct Build {
    wall: f64,
    /// The CPU time of all processes of the build, in user and system mode.
    cpu: f64,
    /// The number of crates that the measured program consists of: the verifier and its
    /// dependencies, without build dependencies and dev-dependencies.
    crates: usize,
}

struct Program {
    folder: std::path::PathBuf,
    /// The lock file that the build starts with. The builds of cognito-jwt and jsonwebtoken use the
    /// lock file of this workspace. The builds of the other libraries use the lock file of
    /// `benches/peers`.
    lock: std::path::PathBuf,
}

impl Program {
    fn write(folder: &Path, name: &str, dependency: &str) -> Result<Self> {
        let plain = name.replace([' ', ','], "-");
        let ours = Path::new(env!("CARGO_MANIFEST_DIR"));
        let dependency = dependency.replace("{ours}", &ours.display().to_string());
        let folder = folder.join(&plain);
        fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[workspace]\n[package]\nname = \"empty-{plain}\"\nedition = \"2024\"\n\
             [dependencies]\n{dependency}\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("src/main.rs"), "fn main() {}\n")?;
        let lock = if name.starts_with("cognito-jwt") || name.starts_with("jsonwebtoken") {
            root().join("Cargo.lock")
        } else {
            sources().join("Cargo.lock")
        };
        Ok(Self { folder, lock })
    }

    fn build(&self, tools: &[(&'static str, std::ffi::OsString)]) -> Result<Build> {
        // Cargo keeps the versions of the lock file that apply, so all programs use the same
        // versions.
        fs::copy(&self.lock, self.folder.join("Cargo.lock"))?;
        // Downloads are not measured.
        quietly(&mut self.cargo(&["fetch"]))?;
        let crates = self.crates()?;
        let output = self.folder.join("target");
        if output.is_dir() {
            fs::remove_dir_all(&output)?;
        }
        let mut command = self.cargo(&["build", "--release", "--offline", "--target-dir"]);
        command
            .arg(&output)
            .envs(tools.iter().map(|(name, value)| (name, value)));
        let (start, before) = (Instant::now(), children_cpu()?);
        quietly(&mut command)?;
        let (wall, cpu) = (start.elapsed().as_secs_f64(), children_cpu()? - before);
        fs::remove_dir_all(&output)?;
        Ok(Build { wall, cpu, crates })
    }

    fn crates(&self) -> Result<usize> {
        let output = self
            .cargo(&["tree", "--edges", "normal", "--prefix", "none"])
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        let names: std::collections::BTreeSet<_> = text
            .lines()
            .map(|line| line.trim_end_matches(" (*)"))
            .filter(|line| !line.is_empty() && !line.starts_with("empty-"))
            .collect();
        Ok(names.len())
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.folder);
        command
    }
}

/// Returns the CPU time of all child processes that have ended, in seconds. The time of the
/// child processes of these is included (`cutime` and `cstime` of `proc_pid_stat(5)`).
fn children_cpu() -> Result<f64> {
    /// The number of clock ticks per second (`USER_HZ`). It is 100 on all supported hosts.
    const TICKS: f64 = 100.0;
    let text = fs::read_to_string("/proc/self/stat")?;
    // The second field is a name in parentheses. `cutime` and `cstime` are the 14th and 15th fields
    // after it.
    let (_, fields) = text.rsplit_once(')').ok_or("no name in stat")?;
    let fields = fields.split_whitespace().skip(13).take(2);
    let ticks = fields
        .map(str::parse::<f64>)
        .sum::<std::result::Result<f64, _>>()?;
    Ok(ticks / TICKS)
}

/// Writes the results to `target/bench/verifier-build.json`, which `cargo xtask bench` reads.
fn write(cases: &[Value]) -> Result<()> {
    let folder = target().join("bench");
    fs::create_dir_all(&folder)?;
    let text = serde_json::to_string_pretty(&json!({ "cases": cases }))?;
    Ok(fs::write(folder.join("verifier-build.json"), text)?)
}
