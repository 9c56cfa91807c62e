//! The page of a user in the emulator's window (its web interface), with the actions of an
//! operator.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::frame::{Frame, Section, copyable, deletion_form, field, form, operation_failed, table};
use super::visit::{Visit, link, moment, text};
use crate::http::page::Page;
use crate::model::failure::Answer;

/// The user that a page shows: the pool, the user name and the URL of the page.
struct ShownUser<'a> {
    pool: &'a str,
    name: &'a str,
    url: String,
}

impl ShownUser<'_> {
    /// Returns a form that calls an operation for the user.
    fn form(&self, operation: &str, more: &[(&str, &str)], content: &Markup) -> Markup {
        let user = [("UserPoolId", self.pool), ("Username", self.name)];
        form(operation, &[&user, more].concat(), &self.url, content)
    }

    /// Returns a form that has only a button and calls an operation for the user.
    fn button(&self, operation: &str, more: &[(&str, &str)], label: &str) -> Markup {
        self.form(operation, more, &html! { button { (label) } })
    }
}

/// Returns the page of the user that the parameters `pool` and `user` identify.
pub(super) async fn page(visit: &Visit<'_>) -> Page {
    let user = match call(visit, "AdminGetUser").await {
        Ok(user) => user,
        Err(failure) => {
            let back = link("/users", &[("pool", visit.parameter("pool"))]);
            return operation_failed(Section::Users, "User", &failure, &back);
        }
    };
    let pool = visit.parameter("pool");
    let name = text(&user["Username"]);
    let url = link("/user", &[("pool", pool), ("user", name)]);
    let shown = ShownUser { pool, name, url };
    let all = visit.call_for_pool("ListGroups", pool, json!({})).await;
    let own = call(visit, "AdminListGroupsForUser").await;
    let factors = call(visit, "AdminGetUserAuthFactors").await;
    let devices = call(visit, "AdminListDevices").await;
    let sessions = call(visit, "AdminListUserSessions").await;
    let frame = Frame::new(Section::Users, name).with_done(visit.done_operation());
    frame.page(&html! {
        p { a href=(link("/users", &[("pool", pool)])) { "All users of the pool" } }
        (summary(&user))
        (actions(&shown, &user))
        (attributes(&shown, &user))
        (groups(&shown, &own, &all))
        (factors_of(&shown, &factors))
        (devices_of(&shown, &devices))
        (sessions_of(&shown, &sessions))
        section {
            h2 { "Delete the user" }
            @let users = link("/users", &[("pool", pool)]);
            @let user = [("UserPoolId", pool), ("Username", name)];
            (deletion_form("Delete the user", &form(
                "AdminDeleteUser", &user, &users, &html! { button.danger { "Delete " (name) } },
            )))
        }
    })
}

/// Calls an operation for the user that the parameters `pool` and `user` identify.
async fn call(visit: &Visit<'_>, operation: &str) -> Answer {
    let fields = json!({ "Username": visit.parameter("user") });
    visit
        .call_for_pool(operation, visit.parameter("pool"), fields)
        .await
}

fn summary(user: &Value) -> Markup {
    html! {
        dl {
            dt { "User name" } dd { (copyable("the user name", text(&user["Username"]))) }
            dt { "Status" } dd { (text(&user["UserStatus"])) }
            dt { "Enabled" }
            dd { @if user["Enabled"] == true { "yes" } @else { span.bad { "no" } } }
            dt { "Created" } dd { (moment(&user["UserCreateDate"])) }
            dt { "Changed" } dd { (moment(&user["UserLastModifiedDate"])) }
        }
    }
}

fn actions(shown: &ShownUser<'_>, user: &Value) -> Markup {
    html! {
        section {
            h2 { "Actions" }
            div.row {
                @if user["UserStatus"] == "UNCONFIRMED" {
                    (shown.button("AdminConfirmSignUp", &[], "Confirm the sign-up"))
                }
                @if user["Enabled"] == true {
                    (shown.button("AdminDisableUser", &[], "Disable"))
                } @else {
                    (shown.button("AdminEnableUser", &[], "Enable"))
                }
                (shown.button("AdminUserGlobalSignOut", &[], "Sign out everywhere"))
                (shown.button("AdminResetUserPassword", &[], "Reset the password"))
            }
            h3 { "Set a password" }
            (shown.form("AdminSetUserPassword", &[], &html! {
                (field("New password", "Password", "password", true))
                label.option {
                    input type="checkbox" name="Permanent" value="true" checked;
                    " The password is permanent"
                }
                button { "Set the password" }
            }))
        }
    }
}

fn attributes(shown: &ShownUser<'_>, user: &Value) -> Markup {
    let rows = html! {
        @for attribute in items(&user["UserAttributes"]) {
            @let name = text(&attribute["Name"]);
            tr {
                th scope="row" { (name) }
                td { (copyable(name, text(&attribute["Value"]))) }
            }
        }
    };
    html! {
        section {
            h2 { "Attributes" }
            (table("Attributes", &["Name", "Value"], &rows))
            h3 { "Change an attribute" }
            (shown.form("AdminUpdateUserAttributes", &[], &html! {
                div.row {
                    (field("Attribute", "UserAttributes.member.1.Name", "text", true))
                    (field("New value", "UserAttributes.member.1.Value", "text", true))
                    button { "Change" }
                }
            }))
        }
    }
}

fn groups(shown: &ShownUser<'_>, own: &Answer, all: &Answer) -> Markup {
    let own: Vec<_> = listed(own, "Groups")
        .iter()
        .map(|group| text(&group["GroupName"]))
        .collect();
    let others = listed(all, "Groups")
        .iter()
        .map(|group| text(&group["GroupName"]));
    let others: Vec<_> = others.filter(|name| !own.contains(name)).collect();
    html! {
        section {
            h2 { "Groups" }
            @if own.is_empty() { p { "The user is in no group." } }
            ul.plain {
                @for name in &own {
                    li.row {
                        span { (name) }
                        (shown.button(
                            "AdminRemoveUserFromGroup", &[("GroupName", name)],
                            &format!("Remove from {name}"),
                        ))
                    }
                }
            }
            @if !others.is_empty() {
                (shown.form("AdminAddUserToGroup", &[], &html! {
                    div.row {
                        label {
                            span { "Group" }
                            select name="GroupName" {
                                @for name in &others { option { (name) } }
                            }
                        }
                        button { "Add to the group" }
                    }
                }))
            }
            h3 { "Create a group" }
            (form("CreateGroup", &[("UserPoolId", shown.pool)], &shown.url, &html! {
                div.row { (field("Group name", "GroupName", "text", true)) button { "Create" } }
            }))
        }
    }
}

fn factors_of(shown: &ShownUser<'_>, factors: &Answer) -> Markup {
    let list = |name| {
        listed(factors, name)
            .iter()
            .map(text)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mfa = list("UserMFASettingList");
    html! {
        section {
            h2 { "Factors" }
            (error_of(factors))
            dl {
                dt { "First factors" } dd { (list("ConfiguredUserAuthFactors")) }
                dt { "Second factors" }
                dd { @if mfa.is_empty() { "none" } @else { (mfa) } }
            }
            @if mfa.contains("SOFTWARE_TOKEN_MFA") {
                (shown.button("AdminDeleteSoftwareToken", &[], "Delete the authenticator app"))
            }
        }
    }
}

fn devices_of(shown: &ShownUser<'_>, devices: &Answer) -> Markup {
    let rows = html! {
        @for device in listed(devices, "Devices") {
            @let key = text(&device["DeviceKey"]);
            tr {
                th scope="row" { code { (key) } }
                td { (moment(&device["DeviceLastAuthenticatedDate"])) }
                td { (shown.button("AdminForgetDevice", &[("DeviceKey", key)], "Forget")) }
            }
        }
    };
    let columns = ["Device key", "Last sign-in", "Action"];
    list_section("Devices", devices, &columns, &rows)
}

fn sessions_of(shown: &ShownUser<'_>, sessions: &Answer) -> Markup {
    let rows = html! {
        @for session in listed(sessions, "Sessions") {
            @let id = text(&session["SessionId"]);
            tr {
                th scope="row" { code { (id) } }
                td { code { (text(&session["ClientId"])) } }
                td { (moment(&session["LastActiveDate"])) }
                td { (text(&session["LastIPAddress"])) }
                td { (shown.button("AdminRevokeUserSession", &[("SessionId", id)], "Revoke")) }
            }
        }
    };
    let columns = [
        "Session id",
        "App client",
        "Last active",
        "Address",
        "Action",
    ];
    list_section("Sessions", sessions, &columns, &rows)
}

/// Returns a section that shows a list of the operation's response `answer`, such as the list
/// `Devices`. `title` is the title of the section and the name of the list in the response. If the
/// operation failed, the section shows its error.
fn list_section(title: &str, answer: &Answer, columns: &[&str], rows: &Markup) -> Markup {
    html! {
        section {
            h2 { (title) }
            (error_of(answer))
            @if !listed(answer, title).is_empty() { (table(title, columns, rows)) }
            @else if answer.is_ok() { p { "There are none." } }
        }
    }
}

/// Returns a paragraph with the error of an operation. Returns nothing if the operation succeeded.
fn error_of(answer: &Answer) -> Markup {
    html! {
        @if let Err(failure) = answer {
            p.soft { "Not available: " (failure.code()) ": " (failure.message()) }
        }
    }
}

/// Returns the list with the name `list` in a response. Returns an empty list if the operation
/// failed.
fn listed<'a>(answer: &'a Answer, list: &str) -> &'a [Value] {
    answer.as_ref().map_or(&[], |answer| items(&answer[list]))
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
