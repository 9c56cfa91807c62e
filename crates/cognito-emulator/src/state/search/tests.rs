//! Tests of the search for users.

use std::time::UNIX_EPOCH;

use super::*;
use crate::model::options::Usernames;
use crate::model::settings::Names;
use crate::model::user::Status;
use crate::state::entries::marks::Scope;
use crate::state::users::Users;

fn add(users: &mut Users, number: usize, name: &str) {
    let (username, sub) = (
        format!("User{number:05}"),
        format!("{:x}-sub", number * 7919),
    );
    let mut user = User::new(username, sub, Status::Confirmed, UNIX_EPOCH);
    user.attributes
        .insert("email", &format!("{}@example.com", number * 31 % 5_000));
    user.attributes.insert("name", name);
    user.enabled = !number.is_multiple_of(3);
    users.insert(user);
}

/// Returns the names of the users whom a filter admits, from searches of pages and from a comparison
/// with every user.
fn both(users: &mut Users, filter: &Filter, size: usize) -> (Vec<String>, Vec<String>) {
    let all = users.after(None).filter(|user| filter.admits(user));
    let expected = all.map(|user| user.username.clone()).collect();
    let mut found: Vec<String> = Vec::new();
    loop {
        let page = users.search(filter, found.last().cloned().as_deref(), size);
        let page: Vec<_> = page.into_iter().map(|user| user.username.clone()).collect();
        let is_last = page.len() < size;
        found.extend(page);
        if is_last {
            return (found, expected);
        }
    }
}

fn check_all(users: &mut Users) {
    for (attribute, value) in [
        ("email", "31@EXAMPLE.com"),
        ("email", "4"),
        ("email", "nobody"),
        ("name", "ann"),
        ("name", "B"),
        ("sub", "1eef-SUB"),
        ("sub", "1e"),
        ("sub", "nobody"),
        ("username", "User02000"),
        ("username", "User029"),
        ("username", "user029"),
        ("username", "Userä"),
        ("username", ""),
        ("status", "Disabled"),
        ("status", "D"),
        ("status", "d"),
        ("cognito:user_status", "confirmed"),
        ("cognito:user_status", "UNCONFIRMED"),
    ] {
        for starts_with in [false, true] {
            let filter = Filter::new(attribute, starts_with, value).expect("a filter");
            let (found, expected) = both(users, &filter, 61);
            assert!(found == expected, "{filter:?}: {} users", found.len());
        }
    }
}

#[test]
fn finds_the_same_users_as_a_comparison() {
    for is_case_sensitive in [false, true] {
        let rules = Names {
            usernames: Usernames::Plain,
            attributes: ["email"].into(),
            case_sensitive: is_case_sensitive,
        };
        let mut users = Users::new(rules, Scope::default());
        for number in 0..3_000 {
            let name = if number < 2_500 { "Ann" } else { "Bob" };
            add(&mut users, number, name);
            if number == 900 {
                check_all(&mut users);
            }
        }
        check_all(&mut users);
        // Each kind of change.
        for name in ["User00001", "User02900"] {
            let user = users.find_mut(name).expect("a user");
            user.attributes.insert("name", "Berta");
            user.attributes.insert("email", "4@example.com");
            user.status = Status::Unconfirmed;
        }
        users.remove("User02901");
        add(&mut users, 2_902, "Ann");
        add(&mut users, 3_000, "Bert");
        for user in users.matching_mut(|user| user.username.ends_with("77")) {
            user.enabled = !user.enabled;
        }
        check_all(&mut users);
        let user = users.find_mut("User00001").expect("a user");
        user.attributes.remove("name");
        check_all(&mut users);
    }
}
