//! Measures this emulator with many users in one pool: the memory of each user, `ListUsers` with
//! filters, and the start with a state file.

use std::fs;
use std::path::Path;
use std::time::Instant;

use cognito_emulator::Emulator;
use serde_json::json;

use crate::load::{Call, Connection};
use crate::report::Report;
use crate::server::{Kind, MANY_USERS, POOL, Server, memory_of};
use crate::{Result, target};

/// The number of `ListUsers` requests that are measured for each filter.
const REQUESTS: usize = 200;
/// The number of times that the emulator is started with the state file, to measure the duration of
/// a start.
const STARTS: usize = 3;
/// The interval of the users with the attribute `name`: each user whose number is a multiple of
/// this constant has the attribute.
const NAMED: u32 = 1_000;

/// Creates `users` users, and measures the emulator with them. With one thread, this takes minutes
/// for a million users.
pub(crate) fn measure(users: u32, report: &mut Report) -> Result<()> {
    let before = memory_of("self")?;
    let emulator = Emulator::builder().build()?;
    create(&emulator, users)?;
    let each = |end: f64, start: f64| (end - start) * 1024.0 * 1024.0 / f64::from(users);
    let memory = vec![each(memory_of("self")?, before)];
    report.at_most("memory per user", "B", memory, 1_000.0);
    drop(emulator);

    let folder = target().join("bench");
    fs::create_dir_all(&folder)?;
    let file = folder.join(MANY_USERS);
    remove(&file);
    let emulator = Emulator::builder().state(&file).build()?;
    create(&emulator, users)?;
    drop(emulator);
    let (mut started, mut server) = (Vec::new(), None);
    for _ in 0..STARTS {
        // Only one server can use the file.
        drop(server.take());
        let next = Server::start(Kind::Many, &target())?;
        started.push(next.started_in.as_secs_f64() * 1e3);
        server = Some(next);
    }
    let server = server.ok_or("no server was started")?;
    report.at_most("start with the state", "ms", started, 3_000.0);
    let memory = vec![each(server.memory()?, 0.0)];
    report.add("memory per user, with the state", "B", memory);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(list(&server, users, report))?;
    let memory = vec![each(server.memory()?, 0.0)];
    report.add("memory per user, after all filters", "B", memory);
    drop(server);
    remove(&file);
    Ok(())
}

fn remove(file: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        let _ = fs::remove_file(name);
    }
}

fn email(number: u32) -> String {
    format!("user{number:07}@example.com")
}

fn create(emulator: &Emulator, users: u32) -> Result<()> {
    for number in 0..users {
        let email = email(number);
        let name = format!("Name {number:07}");
        let mut attributes = vec![("email", email.as_str())];
        if number.is_multiple_of(NAMED) {
            attributes.push(("name", &name));
        }
        emulator.create_user(&email, "SecurePass123!", &attributes)?;
    }
    Ok(())
}

/// Measures `ListUsers` with each kind of filter, with and without hits.
async fn list(server: &Server, users: u32, report: &mut Report) -> Result<()> {
    let mut connection = Connection::open(server.address()).await?;
    let middle = email(users / 2);
    let request = json!({ "UserPoolId": POOL, "Username": middle });
    let found = connection.ask(&Call::new("AdminGetUser", &request)).await?;
    let found: serde_json::Value = serde_json::from_slice(&found)?;
    let sub = found["UserAttributes"][0]["Value"].as_str();
    let sub = sub.ok_or("the user has no sub")?;
    let start = |text: &str, length: usize| text.chars().take(length).collect::<String>();
    let (mut all, mut first) = (Vec::new(), Vec::new());
    for filter in [
        format!("email = \"{middle}\""),
        "email = \"nobody@example.com\"".to_owned(),
        format!("email ^= \"{}\"", start(&middle, 8)),
        "email ^= \"user\"".to_owned(),
        "email ^= \"nobody\"".to_owned(),
        format!("username = \"{middle}\""),
        "username = \"nobody\"".to_owned(),
        format!("username ^= \"{}\"", start(&middle, 9)),
        format!("sub = \"{sub}\""),
        "sub = \"00000000-0000-4000-8000-000000000000\"".to_owned(),
        format!("sub ^= \"{}\"", start(sub, 3)),
        "name ^= \"name\"".to_owned(),
        "name ^= \"nobody\"".to_owned(),
        "cognito:user_status = \"CONFIRMED\"".to_owned(),
        "cognito:user_status = \"UNCONFIRMED\"".to_owned(),
        "status = \"Enabled\"".to_owned(),
        "status = \"Disabled\"".to_owned(),
    ] {
        let call = Call::new(
            "ListUsers",
            &json!({ "UserPoolId": POOL, "Filter": filter }),
        );
        let mut times = Vec::new();
        for _ in 0..=REQUESTS {
            let start = Instant::now();
            connection.ask(&call).await?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        // The first request with an attribute can build an index.
        first.push(times.remove(0));
        times.sort_by(f64::total_cmp);
        let p99 = times.get(REQUESTS * 99 / 100).copied();
        report.add(format!("p99, {filter}"), "ms", p99.into_iter().collect());
        all.append(&mut times);
    }
    all.sort_by(f64::total_cmp);
    let percentile = |percent: usize| {
        let time = all.get(all.len() * percent / 100).copied();
        time.into_iter().collect()
    };
    report.add("ListUsers with a filter, p50", "ms", percentile(50));
    let p99 = percentile(99);
    report.at_most("ListUsers with a filter, p99", "ms", p99, 20.0);
    report.add("ListUsers with a filter, first request", "ms", first);
    Ok(())
}
