//! Groups and their members.

use std::collections::BTreeSet;

use cognito::ErrorKind;
use cognito::administration::{Group, GroupDescription, Precedence};

use crate::fixture::{EMAIL, Fixture, PASSWORD, refused};

fn names(groups: &[Group]) -> BTreeSet<&str> {
    groups.iter().map(|group| group.name.as_str()).collect()
}

pub async fn a_group_is_created_looked_up_and_deleted(fixture: Fixture) {
    let admin = fixture.cognito.admin();
    let created = admin
        .create_group("admins")
        .description("Who may")
        .precedence(7)
        .await
        .unwrap();
    let group = admin.group("admins");
    let details = group.details().await.unwrap();
    for seen in [&created, &details] {
        assert_eq!(seen.name.as_str(), "admins");
        let description = seen.description.as_ref().map(GroupDescription::as_str);
        assert_eq!(description, Some("Who may"));
        assert_eq!(seen.precedence.map(Precedence::as_i32), Some(7));
    }
    assert!(details.created.is_some());
    assert!(group.delete().await.unwrap().success);
    assert_eq!(refused(group.details().await), ErrorKind::NotFound);
}

pub async fn a_change_of_a_group_leaves_what_it_does_not_name(fixture: Fixture) {
    let admin = fixture.cognito.admin();
    let create = admin.create_group("admins").description("Who may");
    create.precedence(7).await.unwrap();
    let group = admin.group("admins");
    let changed = group.update().precedence(0).await.unwrap();
    let details = group.details().await.unwrap();
    for seen in [changed, details] {
        assert_eq!(seen.precedence.map(Precedence::as_i32), Some(0));
        let description = seen.description.as_ref().map(GroupDescription::as_str);
        assert_eq!(description, Some("Who may"));
    }
}

pub async fn a_group_that_exists_is_refused(fixture: Fixture) {
    let admin = fixture.cognito.admin();
    admin.create_group("admins").await.unwrap();
    let again = admin.create_group("admins").await;
    assert_eq!(refused(again), ErrorKind::AlreadyExists);
}

pub async fn a_group_that_is_not_there_is_not_found(fixture: Fixture) {
    fixture.confirmed_user(EMAIL).await;
    let group = fixture.cognito.admin().group("nothing");
    assert_eq!(refused(group.details().await), ErrorKind::NotFound);
    let update = group.update().description("Something").await;
    assert_eq!(refused(update), ErrorKind::NotFound);
    assert_eq!(refused(group.delete().await), ErrorKind::NotFound);
    assert_eq!(refused(group.users().await), ErrorKind::NotFound);
    assert_eq!(refused(group.add_user(EMAIL).await), ErrorKind::NotFound);
}

pub async fn groups_are_listed_page_by_page_and_as_a_stream(fixture: Fixture) {
    let admin = fixture.cognito.admin();
    let expected: BTreeSet<_> = (0..7).map(|number| format!("group{number}")).collect();
    for name in &expected {
        admin.create_group(name).await.unwrap();
    }
    let first = admin.groups().limit(3).await.unwrap();
    assert_eq!(first.groups.len(), 3);
    let token = first.next_token.expect("there are more pages");
    let second = admin.groups().limit(3).page_token(token.as_str());
    let second = second.await.unwrap();
    assert_eq!(second.groups.len(), 3);
    assert!(names(&first.groups).is_disjoint(&names(&second.groups)));

    let mut seen = BTreeSet::new();
    let mut all = admin.groups().limit(2).stream();
    while let Some(group) = all.next().await {
        seen.insert(group.unwrap().name.as_str().to_owned());
    }
    assert_eq!(seen, expected);
}

pub async fn members_are_added_listed_and_removed(fixture: Fixture) {
    let admin = fixture.cognito.admin();
    for name in ["admins", "readers"] {
        admin.create_group(name).await.unwrap();
    }
    for number in 0..3 {
        let email = format!("member{number}@example.com");
        let user = admin.create_user(&email).temporary_password(PASSWORD);
        user.without_invitation().await.unwrap();
        admin.group("admins").add_user(&email).await.unwrap();
    }
    let (admins, member) = (admin.group("admins"), admin.user("member0@example.com"));
    // Adding the user again is not an error.
    admins.add_user("member0@example.com").await.unwrap();
    let readers = admin.group("readers");
    readers.add_user("member0@example.com").await.unwrap();

    let mut seen = BTreeSet::new();
    let mut users = admins.users().limit(2).stream();
    while let Some(user) = users.next().await {
        let email = user.unwrap().attributes.value("email").map(str::to_owned);
        seen.extend(email);
    }
    let expected = [
        "member0@example.com",
        "member1@example.com",
        "member2@example.com",
    ];
    assert!(seen.iter().eq(expected), "{seen:?}");
    let page = member.groups().await.unwrap();
    assert_eq!(names(&page.groups), BTreeSet::from(["admins", "readers"]));

    admins.remove_user("member0@example.com").await.unwrap();
    let page = member.groups().await.unwrap();
    assert_eq!(names(&page.groups), BTreeSet::from(["readers"]));
    assert_eq!(admins.users().await.unwrap().users.len(), 2);

    // A deleted user is in no group, and a deleted group has no members.
    admin.user("member1@example.com").delete().await.unwrap();
    assert_eq!(admins.users().await.unwrap().users.len(), 1);
    readers.delete().await.unwrap();
    assert!(member.groups().await.unwrap().groups.is_empty());

    let nobody = admins.add_user("nobody@example.com").await;
    assert_eq!(refused(nobody), ErrorKind::UserNotFound);
    let nobody = admin.user("nobody@example.com").groups().await;
    assert_eq!(refused(nobody), ErrorKind::UserNotFound);
}

pub async fn tokens_name_the_groups_of_their_user(fixture: Fixture) {
    let cognito = &fixture.cognito;
    let admin = cognito.admin();
    admin.create_group("admins").await.unwrap();
    fixture.confirmed_user(EMAIL).await;
    admin.group("admins").add_user(EMAIL).await.unwrap();
    let tokens = fixture.login().await;
    let access = tokens.access_token.expose();
    let claims = cognito.verify_access_token(access).await.unwrap();
    assert!(claims.has_group("admins"));
    let id = tokens.id_token.expose();
    let claims = cognito.verify_id_token(id).await.unwrap();
    assert!(claims.has_group("admins"));

    admin.group("admins").remove_user(EMAIL).await.unwrap();
    let tokens = fixture.login().await;
    let access = tokens.access_token.expose();
    let claims = cognito.verify_access_token(access).await.unwrap();
    assert!(!claims.has_group("admins"));
}
