//! The command line: which arguments are accepted and which are not.

use cognito::revocation::WhenStale;

use crate::arguments::Arguments;

const SECRET: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
const REDIS: &str = "redis://127.0.0.1:6379";

fn read(line: &str, variables: &[(&str, &str)]) -> Result<Arguments, String> {
    let words = line.split_whitespace().map(str::to_owned);
    let variable = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Arguments::read(words, variable).map_err(|failure| failure.to_string())
}

#[test]
fn standalone_instance_uses_its_own_keys() {
    let arguments = read("", &[]).expect("nothing is needed");
    assert_eq!((arguments.port, arguments.instances), (3000, 1));
    assert!(!arguments.own_pool && !arguments.test_clock);
    assert!(arguments.settings.sharing.is_none() && arguments.settings.secret.is_none());
}

#[test]
fn own_pool_requests_level_only_on_request() {
    for (line, requests_level) in [("--pool env", false), ("--pool env --levels", true)] {
        let arguments = read(line, &[]).expect("nothing else is needed");
        assert_eq!(arguments.settings.requests_level, requests_level, "{line}");
    }
}

#[test]
fn redis_setup_has_two_instances_and_needs_it() {
    let arguments = read(&format!("--redis {REDIS}"), &[]).expect("nothing else is needed");
    let sharing = arguments.settings.sharing.expect("it is shared");
    assert_eq!(arguments.instances, 2);
    assert_eq!(sharing.when_stale, WhenStale::FailClosed);
    assert!(arguments.settings.secret.is_some());
    let line = format!("--redis {REDIS} --instances 3 --when-stale open");
    let arguments = read(&line, &[]).expect("it is understood");
    let sharing = arguments.settings.sharing.expect("it is shared");
    assert_eq!(arguments.instances, 3);
    assert_eq!(sharing.when_stale, WhenStale::FailOpen);
}

#[test]
fn shared_pool_requires_shared_secret() {
    let line = format!("--pool env --redis {REDIS}");
    let refused = read(&line, &[]).unwrap_err();
    assert!(refused.contains("openssl rand -hex 32"), "{refused}");
    let arguments = read(&line, &[("AUTH_SERVER_SECRET", SECRET)]).expect("it has one");
    assert_eq!(arguments.instances, 1);
    for bad in [
        "",
        "00",
        &SECRET[1..],
        &format!("{SECRET}00"),
        &SECRET.replace('1', "+"),
    ] {
        let refused = read(&line, &[("AUTH_SERVER_SECRET", bad)]).unwrap_err();
        assert!(refused.contains("64 hexadecimal digits"), "{refused}");
    }
}

#[test]
fn redis_password_can_stay_hidden() {
    let url = [("REDIS_URL", "redis://:hunter2@127.0.0.1:6379")];
    let arguments = read("--redis env", &url).expect("it is in the environment");
    assert!(!format!("{arguments:?}").contains("hunter2"));
    let refused = read("--redis env", &[]).unwrap_err();
    assert!(refused.contains("REDIS_URL"), "{refused}");
    let refused = read("--redis http://:hunter2@127.0.0.1", &[]).unwrap_err();
    assert!(!refused.contains("hunter2"), "{refused}");
}

#[test]
fn rejects_contradicting_arguments() {
    for line in [
        "--instances 2",
        "--when-stale open",
        "--instances 0",
        "--redis redis://127.0.0.1 --instances 17",
        "--redis redis://127.0.0.1 --when-stale never",
        "--redis",
        "--port 70000",
        "--pool other",
        "--pool env --test-clock",
        "--pool env --redis redis://127.0.0.1 --instances 2",
        "--unknown",
    ] {
        let refused = read(line, &[("AUTH_SERVER_SECRET", SECRET)]);
        assert!(refused.is_err(), "{line}");
    }
}
