//! Tests of the reader of pool settings.

use super::*;

#[test]
fn missing_member_is_not_read() {
    for response in [
        json!({}),
        json!({ "UserPool": null }),
        json!({ "UserPool": {} }),
        json!({ "UserPool": "x" }),
    ] {
        assert_eq!(taken(response.clone(), "UserPool"), None, "{response}");
    }
    let response = json!({ "UserPool": { "Id": "a" } });
    assert_eq!(taken(response.clone(), ""), Some(response.clone()));
    assert_eq!(taken(response, "UserPool"), Some(json!({ "Id": "a" })));
}

#[test]
fn only_objects_of_pool_are_absent() {
    assert!(names_object(&json!({ "ClientId": "a" })));
    for members in [json!({}), json!({ "MaxResults": 60 })] {
        assert!(!names_object(&members), "{members}");
    }
}

#[test]
fn region_without_operation_has_no_policies() {
    let error = Error::from_aws("UnknownOperationException", "");
    assert!(is_absent(Operation::ListCimdPolicies, false, &error));
    assert!(!is_absent(Operation::ListUserPoolClients, false, &error));
}
