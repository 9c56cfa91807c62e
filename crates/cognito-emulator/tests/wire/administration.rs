//! Operations of administrators: users, groups, lists, the pool itself.

use std::time::Duration;

use cognito_emulator::{Client, MfaMode, Purpose, Usernames};
use serde_json::{Value, json};

use crate::support::{CLIENT, EMAIL, PASSWORD, PHONE, Pool, START, attribute, pool, pool_with};

fn named(username: &str) -> Value {
    json!({ "Username": username })
}

#[tokio::test]
async fn signed_operations_need_a_signature() {
    let pool = pool().await;
    for operation in [
        "AdminGetUser",
        "ListUsers",
        "DescribeUserPool",
        "CreateGroup",
    ] {
        pool.call(operation, json!({})).await.fails(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        );
    }
    let headers = [
        (
            "x-amz-target",
            "AWSCognitoIdentityProviderService.ListUsers",
        ),
        ("authorization", "Bearer abc"),
    ];
    let reply = pool.send("POST", "/", &headers, "{}").await;
    assert_eq!(reply.body["__type"], "IncompleteSignatureException");
    let mut fields = named(EMAIL);
    fields["UserPoolId"] = json!("us-east-1_Other");
    pool.admin("AdminGetUser", fields.clone()).await.fails(
        "ResourceNotFoundException",
        "User pool us-east-1_Other does not exist.",
    );
    fields["UserPoolId"] = json!("nonsense");
    pool.admin("AdminGetUser", fields).await.invalid_parameter(
        "1 validation error detected: Value 'nonsense' at 'userPoolId' failed to satisfy constraint: Member \
         must satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+",
    );
}

#[tokio::test]
async fn user_is_created_and_invited() {
    let pool = pool().await;
    let fields = json!({
        "Username": EMAIL,
        "UserAttributes": [{ "Name": "email_verified", "Value": "true" }],
    });
    let answer = pool.admin("AdminCreateUser", fields.clone()).await.ok();
    let user = &answer["User"];
    assert_eq!(user["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(user["Enabled"], true);
    assert_eq!(user["UserCreateDate"], json!(START as f64));
    assert_eq!(attribute(&user["Attributes"], "email"), Some(EMAIL));
    let message = pool.emulator.inbox().latest(EMAIL).expect("an invitation");
    assert_eq!(message.purpose, Purpose::Invitation);
    let challenge = pool.sign_in(EMAIL, &message.code).await.ok();
    assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    pool.admin("AdminCreateUser", fields.clone())
        .await
        .fails("UsernameExistsException", "User account already exists");

    let mut again = fields;
    again["MessageAction"] = json!("RESEND");
    pool.admin("AdminCreateUser", again.clone()).await.ok();
    let second = pool.code(EMAIL);
    assert_ne!(second, message.code);
    pool.sign_in(EMAIL, &second).await.ok();
    let set = json!({ "Username": EMAIL, "Password": PASSWORD, "Permanent": true });
    pool.admin("AdminSetUserPassword", set).await.ok();
    let sub = user["Username"].as_str().expect("a name");
    pool.admin("AdminCreateUser", again.clone()).await.fails(
        "UnsupportedUserStateException",
        &format!("Resend not possible. {sub} status is not FORCE_CHANGE_PASSWORD"),
    );
    again["Username"] = json!("nobody@example.com");
    pool.admin("AdminCreateUser", again)
        .await
        .fails("UserNotFoundException", "User does not exist.");
}

#[tokio::test]
async fn invitation_can_be_suppressed_or_sent_by_sms() {
    let pool = pool().await;
    let fields = json!({
        "Username": EMAIL,
        "TemporaryPassword": PASSWORD,
        "MessageAction": "SUPPRESS",
    });
    pool.admin("AdminCreateUser", fields).await.ok();
    assert!(pool.emulator.inbox().is_empty());
    let fields = json!({
        "Username": "other@example.com",
        "DesiredDeliveryMediums": ["SMS"],
        "UserAttributes": [{ "Name": "phone_number", "Value": PHONE }],
    });
    pool.admin("AdminCreateUser", fields).await.ok();
    assert!(pool.emulator.inbox().latest_code(PHONE).is_some());
    let fields = json!({ "Username": "third@example.com", "TemporaryPassword": "weak" });
    pool.admin("AdminCreateUser", fields).await.fails(
        "InvalidPasswordException",
        "Password did not conform with policy: Password not long enough",
    );
    let fields = json!({ "Username": "third@example.com", "MessageAction": "SHOUT" });
    pool.admin("AdminCreateUser", fields)
        .await
        .invalid_parameter(
            "1 validation error detected: Value 'SHOUT' at 'messageAction' failed to satisfy constraint: \
         Member must satisfy enum value set: [RESEND, SUPPRESS]",
        );
}

#[tokio::test]
async fn user_is_read_changed_and_deleted() {
    let pool = pool().await;
    let sub = pool.person();
    let user = pool.admin("AdminGetUser", named(EMAIL)).await.ok();
    assert_eq!(user["Username"], json!(sub));
    assert_eq!(user["UserStatus"], "CONFIRMED");
    assert_eq!(
        attribute(&user["UserAttributes"], "sub"),
        Some(sub.as_str())
    );
    pool.advance(Duration::from_millis(1500));
    let fields = json!({ "Username": sub, "UserAttributes": [
        { "Name": "email", "Value": "other@example.com" },
        { "Name": "email_verified", "Value": "true" },
        { "Name": "name", "Value": "" },
    ] });
    pool.admin("AdminUpdateUserAttributes", fields).await.ok();
    let user = pool
        .admin("AdminGetUser", named("other@example.com"))
        .await
        .ok();
    assert_eq!(user["UserLastModifiedDate"], json!(START as f64 + 1.5));
    assert_eq!(attribute(&user["UserAttributes"], "name"), None);
    assert_eq!(
        attribute(&user["UserAttributes"], "email_verified"),
        Some("true")
    );
    assert!(pool.emulator.inbox().is_empty());
    let fields = json!({ "Username": sub, "UserAttributeNames": ["email"] });
    pool.admin("AdminDeleteUserAttributes", fields).await.ok();
    pool.admin("AdminGetUser", named("other@example.com"))
        .await
        .fails("UserNotFoundException", "User does not exist.");
    assert_eq!(
        pool.admin("AdminDeleteUser", named(&sub)).await.ok(),
        Value::Null
    );
    for operation in [
        "AdminConfirmSignUp",
        "AdminDeleteUser",
        "AdminDisableUser",
        "AdminEnableUser",
        "AdminGetUser",
        "AdminListGroupsForUser",
        "AdminResetUserPassword",
        "AdminSetUserMFAPreference",
        "AdminUserGlobalSignOut",
    ] {
        pool.admin(operation, named(&sub))
            .await
            .fails("UserNotFoundException", "User does not exist.");
    }
}

#[tokio::test]
async fn an_operator_confirms_a_sign_up() {
    let pool = pool().await;
    let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD });
    pool.call("SignUp", fields).await.ok();
    pool.admin("AdminConfirmSignUp", named(EMAIL)).await.ok();
    pool.tokens().await;
    let user = pool.admin("AdminGetUser", named(EMAIL)).await.ok();
    assert_eq!(attribute(&user["UserAttributes"], "email_verified"), None);
    pool.admin("AdminConfirmSignUp", named(EMAIL))
        .await
        .not_authorized("User cannot be confirmed. Current status is CONFIRMED");
}

async fn people(count: usize) -> Pool {
    let pool = pool_with(|builder| builder.usernames(Usernames::Plain)).await;
    for number in 0..count {
        let family = if number % 2 == 0 { "Even" } else { "O\"dd" };
        pool.emulator
            .create_user(
                &format!("person{number:03}"),
                PASSWORD,
                &[("family_name", family), ("name", "Name")],
            )
            .expect("a person");
    }
    pool
}

#[tokio::test]
async fn create_user_takes_no_alias() {
    let pool = pool_with(|builder| builder.usernames(Usernames::Plain)).await;
    let create = |name: &str, email: &str| {
        let attributes = [("email", email)];
        pool.emulator.create_user(name, PASSWORD, &attributes)
    };
    create("first", EMAIL).expect("a free alias");
    let error = create("second", &EMAIL.to_uppercase()).expect_err("a used alias");
    assert_eq!(error.code(), "UsernameExistsException");
    assert_eq!(error.message(), "An account with the email already exists.");
    pool.admin("AdminGetUser", named("second"))
        .await
        .fails("UserNotFoundException", "User does not exist.");
    let owner = pool.admin("AdminGetUser", named(EMAIL)).await.ok();
    assert_eq!(owner["Username"], "first");
    create("second", "other@example.com").expect("another alias");
}

fn names(answer: &Value) -> Vec<&str> {
    let users = answer["Users"].as_array().expect("a list");
    users
        .iter()
        .map(|user| user["Username"].as_str().expect("a name"))
        .collect()
}

#[tokio::test]
async fn lists_have_pages() {
    let pool = people(65).await;
    let first = pool.admin("ListUsers", json!({})).await.ok();
    assert_eq!(names(&first).len(), 60);
    let token = &first["PaginationToken"];
    let second = pool
        .admin("ListUsers", json!({ "PaginationToken": token }))
        .await
        .ok();
    assert_eq!(
        names(&second),
        [
            "person060",
            "person061",
            "person062",
            "person063",
            "person064"
        ]
    );
    assert!(second.get("PaginationToken").is_none());
    let three = pool.admin("ListUsers", json!({ "Limit": 3 })).await.ok();
    assert_eq!(names(&three), ["person000", "person001", "person002"]);
    for (limit, bound) in [
        (61, "less than or equal to 60"),
        (-1, "greater than or equal to 0"),
    ] {
        pool.admin("ListUsers", json!({ "Limit": limit }))
            .await
            .invalid_parameter(&format!(
                "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: \
                 Member must have value {bound}"
            ));
    }
    pool.admin("ListUsers", json!({ "PaginationToken": "made-up" }))
        .await
        .invalid_parameter("Invalid pagination token.");
    pool.advance(Duration::from_secs(3600));
    pool.admin("ListUsers", json!({ "PaginationToken": token }))
        .await
        .invalid_parameter("Invalid pagination token.");
}

#[tokio::test]
async fn lists_have_filters() {
    let pool = people(6).await;
    pool.admin("AdminDisableUser", named("person000"))
        .await
        .ok();
    for (filter, expected) in [
        ("username = \"person003\"", vec!["person003"]),
        (
            "family_name = \"O\\\"dd\"",
            vec!["person001", "person003", "person005"],
        ),
        (
            "family_name ^= \"ev\"",
            vec!["person000", "person002", "person004"],
        ),
        ("status = \"Disabled\"", vec!["person000"]),
        // These values are case-sensitive (API reference of `ListUsers`).
        ("status = \"disabled\"", vec![]),
        ("username = \"PERSON003\"", vec![]),
        ("username ^= \"Person\"", vec![]),
        (
            "family_name ^= \"EV\"",
            vec!["person000", "person002", "person004"],
        ),
        ("cognito:user_status = \"UNCONFIRMED\"", vec![]),
        ("email = \"x@y.zz\"", vec![]),
        (
            "",
            vec![
                "person000",
                "person001",
                "person002",
                "person003",
                "person004",
                "person005",
            ],
        ),
    ] {
        let answer = pool
            .admin("ListUsers", json!({ "Filter": filter }))
            .await
            .ok();
        assert_eq!(names(&answer), expected, "{filter}");
    }
    pool.admin("ListUsers", json!({ "Filter": "name > 5" }))
        .await
        .invalid_parameter("Error while parsing filter.");
    pool.admin("ListUsers", json!({ "Filter": "gender = \"x\"" }))
        .await
        .invalid_parameter("One or more search attributes are not supported.");
    let fields = json!({ "Limit": 1, "AttributesToGet": ["name"] });
    let answer = pool.admin("ListUsers", fields).await.ok();
    assert_eq!(
        answer["Users"][0]["Attributes"],
        json!([{ "Name": "name", "Value": "Name" }])
    );
}

#[tokio::test]
async fn groups_have_members() {
    let pool = people(3).await;
    fill_groups(&pool).await;
    let mut page = named("person000");
    page["Limit"] = json!(1);
    let answer = pool
        .admin("AdminListGroupsForUser", page.clone())
        .await
        .ok();
    assert_eq!(answer["Groups"][0]["GroupName"], "admins");
    page["NextToken"] = answer["NextToken"].clone();
    let answer = pool.admin("AdminListGroupsForUser", page).await.ok();
    assert_eq!(answer["Groups"][0]["GroupName"], "readers");
    assert!(answer.get("NextToken").is_none());
    let answer = pool.admin("ListGroups", json!({})).await.ok();
    assert_eq!(answer["Groups"].as_array().map(Vec::len), Some(2));
    let admins = json!({ "GroupName": "admins" });
    let answer = pool.admin("ListUsersInGroup", admins.clone()).await.ok();
    assert_eq!(names(&answer), ["person000", "person002"]);
    pool.admin("AdminRemoveUserFromGroup", join("person002", "admins"))
        .await
        .ok();
    let answer = pool.admin("ListUsersInGroup", admins.clone()).await.ok();
    assert_eq!(names(&answer), ["person000"]);
    pool.admin("DeleteGroup", admins.clone()).await.ok();
    pool.admin("GetGroup", admins)
        .await
        .fails("ResourceNotFoundException", "Group not found.");
    let answer = pool
        .admin("AdminListGroupsForUser", named("person000"))
        .await
        .ok();
    assert_eq!(answer["Groups"].as_array().map(Vec::len), Some(1));
    let joined = pool.emulator.add_user_to_group("person000", "admins");
    assert!(joined.is_err());
}

fn join(user: &str, group: &str) -> Value {
    json!({ "Username": user, "GroupName": group })
}

/// Creates two groups with members. Also checks that a group cannot be created twice.
async fn fill_groups(pool: &Pool) {
    let group = json!({ "GroupName": "admins", "Description": "Who may", "Precedence": 1 });
    let created = pool.admin("CreateGroup", group.clone()).await.ok();
    assert_eq!(created["Group"]["Precedence"], 1);
    pool.admin("CreateGroup", group).await.fails(
        "GroupExistsException",
        "A group with the name already exists.",
    );
    pool.emulator.create_group("readers");
    for (user, group) in [
        ("person000", "admins"),
        ("person002", "admins"),
        ("person000", "readers"),
    ] {
        pool.admin("AdminAddUserToGroup", join(user, group))
            .await
            .ok();
    }
    pool.admin("AdminAddUserToGroup", join("person000", "none"))
        .await
        .fails("ResourceNotFoundException", "Group not found.");
    pool.admin("AdminAddUserToGroup", join("nobody", "admins"))
        .await
        .fails("UserNotFoundException", "User does not exist.");
}

#[tokio::test]
async fn the_pool_describes_itself() {
    let pool = pool_with(|builder| {
        builder
            .client(
                Client::new(CLIENT)
                    .secret("shh")
                    .prevent_user_existence_errors(true),
            )
            .client(Client::new("another"))
            .mfa(MfaMode::On)
    })
    .await;
    pool.person();
    let answer = pool.admin("DescribeUserPool", json!({})).await.ok();
    let described = &answer["UserPool"];
    assert_eq!(described["Id"], json!(pool.emulator.user_pool_id()));
    assert_eq!(described["MfaConfiguration"], "ON");
    assert_eq!(
        described["UsernameAttributes"],
        json!(["email", "phone_number"])
    );
    assert_eq!(described["EstimatedNumberOfUsers"], 1);
    let answer = pool
        .admin("DescribeUserPoolClient", json!({ "ClientId": CLIENT }))
        .await
        .ok();
    let client = &answer["UserPoolClient"];
    assert_eq!(client["ClientSecret"], "shh");
    assert_eq!(client["PreventUserExistenceErrors"], "ENABLED");
    assert_eq!(client["AccessTokenValidity"], 3600);
    pool.admin("DescribeUserPoolClient", json!({ "ClientId": "none" }))
        .await
        .fails(
            "ResourceNotFoundException",
            "User pool client none does not exist.",
        );
    let answer = pool.admin("ListUserPoolClients", json!({})).await.ok();
    assert_eq!(answer["UserPoolClients"].as_array().map(Vec::len), Some(2));
    let answer = pool.admin("GetUserPoolMfaConfig", json!({})).await.ok();
    assert_eq!(answer["MfaConfiguration"], "ON");
}
