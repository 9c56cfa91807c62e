//! The list of operations, compared with AWS's model and with the documentation.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::pool;

fn names(list: &Value) -> BTreeSet<String> {
    let list = list.as_array().expect("a list");
    let text = |name: &Value| name.as_str().expect("a name").to_owned();
    list.iter().map(text).collect()
}

#[tokio::test]
async fn every_operation_of_the_model_is_classified() {
    let model: Value =
        serde_json::from_str(include_str!("../../data/cognito-idp.json")).expect("a model");
    let model = model["operations"].as_object().expect("operations");
    let model: BTreeSet<String> = model.keys().cloned().collect();
    let page = pool().await.get("/_emulator/operations").await.body;

    let [emulated, unknown] = ["emulated", "unknown"].map(|class| names(&page[class]));

    assert_eq!(emulated.len() + unknown.len(), model.len());
    assert_eq!(&emulated | &unknown, model);
    assert!(emulated.contains("SignUp") && emulated.contains("CreateTerms"));
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[tokio::test]
async fn the_documentation_names_every_operation() {
    let documentation = include_str!("../../src/lib.rs");
    let page = pool().await.get("/_emulator/operations").await.body;
    for name in names(&page["emulated"]) {
        assert!(documentation.contains(&format!("`{name}`")), "{name}");
    }
}
