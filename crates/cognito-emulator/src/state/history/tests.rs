//! Tests of the history of user data.

use std::collections::BTreeSet;
use std::time::UNIX_EPOCH;

use super::*;
use crate::model::options::Usernames;
use crate::model::settings::Names;
use crate::model::user::Status;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn state() -> State {
    State::new(
        Names {
            usernames: Usernames::Plain,
            attributes: BTreeSet::new(),
            case_sensitive: true,
        },
        Scope::default(),
    )
}

/// Sets the name of the user `u` at a time. Creates the user first if there is none.
fn rename(state: &mut State, seconds: u64, name: &str) {
    rename_user(state, seconds, "u", name);
}

fn rename_user(state: &mut State, seconds: u64, username: &str, name: &str) {
    let now = at(seconds);
    state.begin(now);
    if state.users.find(username).is_none() {
        let sub = format!("sub of {username}");
        let user = User::new(username.to_owned(), sub, Status::Confirmed, now);
        state.users.insert(user);
    }
    let user = state.users.find_mut(username).expect("a user");
    user.attributes.insert("name", name);
}

#[test]
fn each_earlier_time_has_its_data() {
    let mut state = state();
    for (seconds, name) in [(10, "a"), (20, "b"), (30, "b"), (40, "c")] {
        rename(&mut state, seconds, name);
    }
    state.begin(at(50));
    assert_eq!(
        state.users.history.users["u"].changes.len(),
        2,
        "the creation is not stored, and one operation changed nothing"
    );
    for (seconds, expected) in [(9, None), (10, Some("a")), (19, Some("a")), (39, Some("b"))] {
        let past = state.past(at(seconds));
        let user = past.users["u"].as_deref();
        assert_eq!(user.and_then(|user| user.attribute("name")), expected);
    }
    assert!(state.past(at(40)).users.is_empty());
}

/// Returns the name of a user at a time, `missing` if the user did not exist, or `unchanged` if the
/// user did not change later.
fn name_at(state: &State, seconds: u64, username: &str) -> String {
    let past = state.past(at(seconds));
    let name = match past.users.get(username) {
        None => "unchanged",
        Some(None) => "missing",
        Some(Some(user)) => user.attribute("name").unwrap_or_default(),
    };
    name.to_owned()
}

#[test]
fn one_user_keeps_history_of_others() {
    let mut state = state();
    rename_user(&mut state, 1, "other", "a");
    let most = MOST_CHANGES as u64;
    for number in 1..most + 10 {
        rename(&mut state, number, &number.to_string());
    }
    state.begin(at(most + 10));
    let history = &state.users.history;
    assert_eq!(history.users["u"].changes.len(), MOST_CHANGES);
    assert!(!history.users.contains_key("other"));
    assert!(history.is_known(at(0)));
    assert_eq!(name_at(&state, 0, "other"), "missing");
    for (seconds, expected) in [(8, "unchanged"), (9, "9"), (70, "70")] {
        assert_eq!(name_at(&state, seconds, "u"), expected);
    }
}

#[test]
fn recovery_removes_users_created_later() {
    let mut state = state();
    rename(&mut state, 10, "a");
    rename_user(&mut state, 20, "deleted", "b");
    state.begin(at(30));
    state.users.remove("deleted");
    state.begin(at(40));
    assert!(!state.users.history.users.contains_key("u"));
    let past = state.past(at(10));
    state.restore(past, at(50));
    assert!(state.users.find("u").is_some());
    state.begin(at(60));
    let past = state.past(at(25));
    state.restore(past, at(60));
    state.begin(at(70));
    let expected = [
        (9, "missing"),
        (25, "b"),
        (35, "missing"),
        (65, "unchanged"),
    ];
    for (seconds, expected) in expected {
        assert_eq!(name_at(&state, seconds, "deleted"), expected);
    }
    let past = state.past(at(9));
    state.restore(past, at(80));
    assert_eq!(state.users.len(), 0);
}

/// Strangers with many accounts change their data as often as they can. Another user keeps all
/// changes.
#[test]
fn many_users_keep_history_of_others() {
    let mut state = state();
    for (seconds, name) in [(1, "a"), (2, "b"), (3, "c")] {
        rename_user(&mut state, seconds, "other", name);
    }
    for number in 10..25_000 {
        let username = format!("u{}", number % 12_000);
        rename_user(&mut state, number, &username, &number.to_string());
    }
    state.begin(at(25_000));
    assert!(state.users.history.is_known(at(0)));
    for (seconds, expected) in [(0, "missing"), (1, "a"), (2, "b"), (3, "unchanged")] {
        assert_eq!(name_at(&state, seconds, "other"), expected);
    }
}

/// A user with large data loses only its own changes, and keeps the last one.
#[test]
fn large_changes_keep_history_of_others() {
    let mut state = state();
    rename_user(&mut state, 1, "other", "a");
    for number in 2..20 {
        let name = number.to_string().repeat(1024 * 300);
        rename(&mut state, number, &name);
    }
    state.begin(at(20));
    let history = &state.users.history;
    let changes = &history.users["u"];
    assert_eq!(changes.changes.len(), 1);
    assert_eq!(changes.bytes, changes.changes[0].bytes);
    assert_eq!(name_at(&state, 0, "other"), "missing");
}

/// Otherwise a recovery would keep the account of a stranger, or create it again.
#[test]
fn user_created_after_the_point_is_removed() {
    let mut state = state();
    for number in 10..500 {
        rename(&mut state, number, &number.to_string());
    }
    state.begin(at(500));
    let first = state.users.history.users["u"].changes[0].at;
    assert!(first > at(10), "the creation is no longer stored");
    assert_eq!(name_at(&state, 9, "u"), "missing");
    assert_eq!(name_at(&state, 10, "u"), "unchanged");
}

#[test]
fn old_changes_are_removed() {
    let mut state = state();
    for number in 0..100 {
        rename_user(&mut state, 0, &format!("u{number}"), "a");
    }
    for number in 0..100 {
        rename_user(&mut state, number, &format!("u{number}"), "b");
    }
    let later = LONGEST.as_secs() + 50;
    rename(&mut state, later, "b");
    state.begin(at(later));
    let users = &state.users.history.users;
    assert_eq!(users.len(), 50);
    assert!(users.contains_key("u50") && !users.contains_key("u49"));
    // A new history begins when all users are removed.
    let mut history = History::new(&Scope::default());
    history.begin_at(at(later));
    assert!(history.is_known(at(later)) && !history.is_known(at(later - 1)));
}
