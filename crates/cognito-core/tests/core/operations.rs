//! Compares the table of operations with AWS's documentation. `tests/service_model.rs` compares the
//! table with AWS's service model.

use std::collections::BTreeSet;

use cognito_core::Operation;
use cognito_core::operations::{Access, QuotaCategory};

/// Returns the operations of the API of user pools: all operations except those at the endpoints of a
/// pool's domain and those that send nothing.
fn of_the_api() -> impl Iterator<Item = Operation> {
    let all = Operation::ALL.iter().copied();
    all.filter(|operation| !matches!(operation.access(), Access::Domain | Access::Process))
}

#[test]
fn index_is_position_in_list() {
    for (index, operation) in Operation::ALL.iter().enumerate() {
        assert_eq!(operation.index(), index, "{}", operation.name());
    }
}

#[test]
fn public_operations_need_no_token() {
    // A server sends these operations for users who are not signed in.
    let for_others = [
        "AdminInitiateAuth",
        "AdminRespondToAuthChallenge",
        "OAuthExchangeCode",
        "OAuthRefresh",
        "OAuthRevoke",
    ];
    for operation in Operation::ALL {
        let expected =
            operation.access() == Access::Public || for_others.contains(&operation.name());
        assert_eq!(operation.is_public(), expected, "{}", operation.name());
    }
}

#[test]
fn reading_operations_are_idempotent() {
    // These operations use up a refresh token, send a code, or may use up a SAML assertion.
    let not_reading = [
        "GetDerivedToken",
        "GetTokensFromRefreshToken",
        "GetUserAttributeVerificationCode",
    ];
    for operation in of_the_api() {
        let name = operation.name().trim_start_matches("Admin");
        let reads = name.starts_with("Get") || name.starts_with("List");
        if reads && !not_reading.contains(&name) {
            assert!(operation.is_idempotent(), "{name}");
        }
    }
}

#[test]
fn creating_operations_are_sent_once() {
    for operation in of_the_api() {
        let name = operation.name().trim_start_matches("Admin");
        let prefixes = [
            "Create", "SignUp", "Delete", "Confirm", "Respond", "Initiate",
        ];
        if prefixes.iter().any(|prefix| name.starts_with(prefix)) {
            assert!(!operation.is_idempotent(), "{name}");
        }
    }
}

#[test]
fn categories_are_those_of_developer_guide() {
    // "Quotas in Amazon Cognito" lists the operations of these two categories.
    for (category, names) in [
        (
            QuotaCategory::UserCreation,
            vec![
                "AdminConfirmSignUp",
                "AdminCreateUser",
                "ConfirmSignUp",
                "SignUp",
            ],
        ),
        (
            QuotaCategory::UserAuthentication,
            vec!["AdminInitiateAuth", "InitiateAuth"],
        ),
        (
            QuotaCategory::UserAuthenticationResponse,
            vec!["AdminRespondToAuthChallenge", "RespondToAuthChallenge"],
        ),
    ] {
        let of_category = Operation::ALL
            .iter()
            .filter(|operation| operation.category() == Some(category));
        let found: BTreeSet<_> = of_category.map(|operation| operation.name()).collect();
        assert_eq!(found, names.into_iter().collect());
    }
}

#[test]
fn only_token_verification_sends_nothing() {
    for operation in Operation::ALL {
        let sends = *operation != Operation::VerifyToken;
        assert_eq!(operation.category().is_some(), sends, "{operation:?}");
    }
}

#[test]
fn category_index_is_position_in_list() {
    for (index, category) in QuotaCategory::ALL.iter().enumerate() {
        assert_eq!(category.index(), index, "{}", category.name());
        assert!(category.default_rate() > 0);
    }
}
