//! `cognito users import --update-existing`: which users are updated, and with which attributes.

use serde_json::json;

use crate::import::{check, groups, import, plain, results, user, write};
use crate::pool_fixture::started;
use crate::support::{Folder, PASSWORD, Pool};

/// Everyone can sign up with a name or an address: only the `sub` or a verified address shows that it
/// is the same user. A row without the flag has an address that is not verified.
#[tokio::test(flavor = "multi_thread")]
async fn update_needs_sub_or_verified_address() {
    let (pool, folder) = (plain().await, Folder::new("same"));
    for name in ["ann", "bob", "cat", "dan", "eve", "fay"] {
        let email = format!("{name}@example.com");
        let attributes = [("email", &*email), ("nickname", "old")];
        pool.emulator
            .create_user(name, PASSWORD, &attributes)
            .unwrap();
    }
    let sub = user(&pool, "cat").await["sub"].as_str().unwrap().to_owned();
    let text = format!(
        "username,sub,email,email_verified,nickname\n\
         ann,,,,new\n\
         bob,{sub},,,new\n\
         cat,{sub},,,new\n\
         dan,,dan@example.com,false,new\n\
         eve,,EVE@example.com,true,new\n\
         fay,,fay@example.com,,new\n"
    );
    let file = write(&folder, "users.csv", &text);
    let ran = pool.run(&import(&file, &["--update-existing"])).await;
    check(&ran, 1, &[("updated", 2), ("conflict", 4)]);
    for (name, nickname) in [
        ("ann", "old"),
        ("bob", "old"),
        ("cat", "new"),
        ("dan", "old"),
        ("eve", "new"),
        ("fay", "old"),
    ] {
        assert_eq!(user(&pool, name).await["nickname"], nickname, "{name}");
    }
    let error = results(&file)[0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("add one of them to the row"), "{error}");
}

/// In the old pool, everyone could choose a user name that is the address of another user.
#[tokio::test(flavor = "multi_thread")]
async fn user_name_is_no_verified_address() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("name"));
    for (at, row) in [",", "true,"].iter().enumerate() {
        let text = format!("username,email_verified,nickname\nann@example.com,{row}new\n");
        let file = write(&folder, &format!("{at}.csv"), &text);
        let ran = pool.run(&import(&file, &["--update-existing"])).await;
        check(&ran, 1, &[("conflict", 1)]);
    }
    assert_eq!(
        user(&pool, "ann@example.com").await["nickname"],
        json!(null)
    );
}

/// In the old pool, Eve has signed up with Ann's address, and has verified only her own phone.
#[tokio::test(flavor = "multi_thread")]
async fn update_gives_strangers_no_groups() {
    let (pool, folder) = (plain().await, Folder::new("strangers"));
    for (name, email) in [
        ("ann", "eve@example.com"),
        ("bob", "bob@example.com"),
        ("cat", "cat@example.com"),
    ] {
        let email = [("email", email), ("nickname", "old")];
        pool.emulator.create_user(name, PASSWORD, &email).unwrap();
    }
    pool.emulator.create_group("g");
    let text = "username,email,email_verified,phone_number,phone_number_verified,nickname,groups\n\
                ann,ann@example.com,true,,,new,g\n\
                bob,bob@example.com,true,,,new,g\n\
                cat,cat@example.com,,+4930123456,true,new,g\n";
    let file = write(&folder, "users.csv", text);
    let ran = pool.run(&import(&file, &["--update-existing"])).await;
    check(&ran, 1, &[("updated", 1), ("conflict", 2)]);
    let ann = user(&pool, "ann").await;
    assert_eq!(
        (&ann["nickname"], &ann["email"]),
        (&json!("old"), &json!("eve@example.com"))
    );
    assert_eq!(user(&pool, "cat").await["phone_number"], json!(null));
    for name in ["ann", "cat"] {
        assert!(groups(&pool, name).await.is_empty());
    }
    let error = results(&file)[0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("may be another user"), "{error}");
}

/// The flag of the row is of the address in the row, not of another address that the user has.
#[tokio::test(flavor = "multi_thread")]
async fn update_verifies_no_other_address() {
    let folder = Folder::new("flag");
    let email = json!({ "Name": "email", "AttributeDataType": "String", "Mutable": false });
    let settings = json!({ "PoolName": "shop", "Schema": [email] });
    let seed = json!({ "pools": [{ "id": "eu-west-1_Prod00001", "settings": settings }] });
    let pool = started(&seed).await;
    let mut subs = Vec::new();
    for (name, email) in [("ann", "eve@example.com"), ("bob", "bob@example.com")] {
        let email = json!([{ "Name": "email", "Value": email }]);
        let create = json!({ "Username": name, "UserAttributes": email });
        pool.operator("AdminCreateUser", create).await;
        subs.push(user(&pool, name).await["sub"].as_str().unwrap().to_owned());
    }
    let text = format!(
        "username,sub,email,email_verified,nickname\n\
         ann,{},ann@example.com,true,new\n\
         bob,{},bob@example.com,true,new\n",
        subs[0], subs[1]
    );
    let file = write(&folder, "users.csv", &text);
    let ran = pool.run(&import(&file, &["--update-existing"])).await;
    check(&ran, 0, &[("updated", 2)]);
    let ann = user(&pool, "ann").await;
    assert_eq!(
        (&ann["nickname"], &ann["email"]),
        (&json!("new"), &json!("eve@example.com"))
    );
    assert_ne!(ann["email_verified"], "true");
    assert_eq!(user(&pool, "bob").await["email_verified"], "true");
    let note = results(&file)[0]["error"].as_str().unwrap().to_owned();
    assert!(note.contains("does not allow to change email"), "{note}");
}
