//! The facade over HTTP with two other emulators: ministack and moto.
//!
//! Our library and our emulator have the same authors, who can make the same mistake in both. The
//! authors of these two emulators do not know this library, so a test that passes here has three
//! independent interpretations of AWS. Neither is Amazon Cognito: if they differ from us, the
//! comments in the tables below say which one is right according to AWS's documentation.
//! `docs/contributing/emulators.md` has an overview.
//!
//! `cargo xtask test` installs and starts both. Without them each test prints that it was skipped.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too
#![allow(unreachable_pub, reason = "other tests share some of these modules")]

#[path = "../shared/browser.rs"]
#[allow(
    dead_code,
    reason = "what only the tests against our own emulator look at is not used here"
)]
mod browser;
#[path = "../shared/scenarios.rs"]
#[allow(
    dead_code,
    reason = "a scenario that no foreign emulator can do is not used here"
)]
mod scenarios;
#[path = "../shared/stage.rs"]
#[allow(
    dead_code,
    reason = "the part that starts our own emulator is not used here"
)]
mod stage;

mod backend;
mod ministack;
mod missing_operations;
mod moto;
#[cfg(feature = "ssm")]
mod parameters;
mod secret_hash;

/// Runs each scenario of a table as a test for each client of the list, with a separate pool.
macro_rules! table {
    ($emulator:ident as $clients:tt $($area:ident: $($scenario:ident)*;)*) => {
        $(mod $area {
            $(mod $scenario {
                crate::table!(@tests $emulator $clients $area $scenario);
            })*
        })*
    };
    (@tests $emulator:ident [$($client:ident)*] $area:ident $scenario:ident) => {
        $(#[tokio::test]
        async fn $client() {
            if let Some(stage) = crate::$emulator::$client().await {
                crate::scenarios::$area::$scenario(stage).await;
            }
        })*
    };
}
use table;

/// Scenarios that are left out are not supported; the comments say so, and which emulator is right.
/// Scenarios that pass only because a check is missing are listed in `docs/contributing/emulators.md`.
mod with_ministack {
    table! {
        ministack as [public_client client_with_a_secret operator]
        sign_up:
            sign_up_confirm_and_log_in
            an_existing_user_is_refused
            a_weak_password_is_refused
            an_unconfirmed_user_cannot_log_in
            a_wrong_code_does_not_confirm
            an_unknown_user_cannot_be_confirmed
            another_code_can_be_sent;
        sign_in:
            both_tokens_verify_and_speak_of_the_same_person
            a_wrong_password_is_refused
            an_unknown_user_is_not_found
            an_operator_s_flow_signs_in_too
            a_refresh_token_buys_new_tokens
            a_made_up_refresh_token_is_refused
            sign_out_everywhere_kills_refresh_token_and_access_token
            a_revoked_refresh_token_is_dead;
        password:
            a_forgotten_password_is_reset_with_the_code
            a_wrong_reset_code_changes_nothing
            a_password_can_be_changed
            changing_needs_the_old_password;
        mfa:
            an_authenticator_app_is_asked_for_once_it_is_confirmed
            a_server_that_keeps_nothing_answers_from_the_parts
            a_wrong_totp_code_hands_the_challenge_back
            an_operator_s_user_chooses_a_password_at_the_first_login;
        account:
            attributes_can_be_set_and_read
            one_can_delete_oneself
            a_made_up_access_token_is_refused;
        // Not `account::attributes_can_be_deleted` and not
        // `administration::attributes_of_a_user_can_be_deleted`: ministack has neither
        // DeleteUserAttributes nor AdminDeleteUserAttributes. AWS has both (API reference).
        // Not `an_invitation_can_be_sent_again`: ministack sends the old temporary password once
        // more, whatever password the request names. AWS sets a new one (API reference,
        // AdminCreateUser, MessageAction), as we do.
        administration:
            a_user_can_be_created_and_looked_up
            an_unknown_user_is_not_found
            a_user_can_be_confirmed_without_a_code
            a_password_can_be_set_for_good
            a_temporary_password_must_be_replaced
            a_disabled_user_is_kept_out_until_enabled
            attributes_of_a_user_can_be_set
            a_deleted_user_is_gone
            users_are_listed_page_by_page_and_as_a_stream
            a_filter_finds_whom_it_should
            a_reset_password_must_be_chosen_anew
            an_operator_turns_a_second_factor_off
            an_operator_signs_a_user_out_everywhere
            an_account_at_a_provider_is_linked_and_unlinked;
        // Not `a_change_of_a_group_leaves_what_it_does_not_name`: ministack has no UpdateGroup. AWS
        // has one (API reference, UpdateGroup).
        groups:
            a_group_is_created_looked_up_and_deleted
            a_group_that_exists_is_refused
            a_group_that_is_not_there_is_not_found
            groups_are_listed_page_by_page_and_as_a_stream
            members_are_added_listed_and_removed
            tokens_name_the_groups_of_their_user;
    }
}

/// Managed login with a browser, with ministack's own endpoints. `/oauth2/revoke` is missing there,
/// but AWS has it (developer guide, "The token revocation endpoint").
mod managed_login_of_ministack {
    table! {
        ministack as [hosted_client hosted_client_with_a_secret]
        hosted_login:
            a_browser_signs_in_and_its_tokens_verify
            a_code_is_good_once
            the_answer_to_another_sign_in_is_refused
            a_token_of_another_sign_in_is_refused
            a_code_that_was_stolen_is_of_no_use_without_its_verifier
            a_scope_that_nobody_registered_is_refused
            a_browser_is_not_sent_where_nobody_registered;
    }
}

mod machines_of_ministack {
    table! {
        ministack as [machine]
        hosted_login:
            a_machine_gets_a_token_of_its_scopes;
    }
}

/// Scenarios that are left out are not supported; the comments say so, and which emulator is right.
mod with_moto {
    table! {
        moto as [public_client]
        // Not `a_wrong_code_does_not_confirm`: moto confirms with any code. AWS responds
        // CodeMismatchException (API reference, ConfirmSignUp, Errors), as ministack and we do. Not
        // `another_code_can_be_sent`: moto has no ResendConfirmationCode. AWS has it (API
        // reference, ResendConfirmationCode).
        sign_up:
            sign_up_confirm_and_log_in
            an_existing_user_is_refused
            a_weak_password_is_refused
            an_unconfirmed_user_cannot_log_in
            an_unknown_user_cannot_be_confirmed;
        // Not `a_refresh_token_buys_new_tokens`, `a_made_up_refresh_token_is_refused` and
        // `sign_out_everywhere_kills_refresh_token_and_access_token`: moto has no
        // GetTokensFromRefreshToken. AWS has had it since 2025 (API reference,
        // GetTokensFromRefreshToken).
        // Not `a_revoked_refresh_token_is_dead`: moto has no RevokeToken. AWS has one (API
        // reference, RevokeToken).
        sign_in:
            both_tokens_verify_and_speak_of_the_same_person
            a_wrong_password_is_refused
            an_unknown_user_is_not_found
            an_operator_s_flow_signs_in_too;
        // Not `a_wrong_reset_code_changes_nothing`: moto compares the code only if it begins like
        // its own codes, `moto-confirmation-code:`, and accepts any other. AWS responds
        // CodeMismatchException (API reference, ConfirmForgotPassword, Errors). Not
        // `changing_needs_the_old_password`: moto returns the right exception,
        // NotAuthorizedException, but with the user's name as its message. The library recognizes a
        // wrong password by the message `Incorrect username or password.`, which ministack returns
        // here and which was recorded from AWS (amazon-archives/amazon-cognito-identity-js#506).
        password:
            a_forgotten_password_is_reset_with_the_code
            a_password_can_be_changed;
        // Not the three with an authenticator app: the secret of moto is the constant
        // `asdfasdfasdf`, of 12 characters and no valid base32. AWS's have 16 at least (API
        // reference, AssociateSoftwareToken, SecretCode), as RFC 4226 (section 4, R6) demands.
        mfa:
            an_operator_s_user_chooses_a_password_at_the_first_login;
        account:
            attributes_can_be_set_and_read
            a_made_up_access_token_is_refused;
        // Not `a_reset_password_must_be_chosen_anew`: with moto a user who has confirmed the
        // sign-up with the code has no verified address, and a password cannot be reset without
        // one. With AWS the address is then verified (API reference, ConfirmSignUp). Not
        // `an_invitation_can_be_sent_again`: moto creates a second user with the same name. AWS
        // keeps the existing user and sets a new temporary password (API reference,
        // AdminCreateUser, MessageAction). Not `an_operator_turns_a_second_factor_off`: it needs an
        // authenticator app, see above. Not `an_operator_signs_a_user_out_everywhere`: moto rejects
        // the access token with the right exception, NotAuthorizedException, but with the message
        // `Invalid token`. AWS's is `Access Token has been revoked` (API reference, GlobalSignOut).
        // Not `an_account_at_a_provider_is_linked_and_unlinked`: moto has neither
        // AdminLinkProviderForUser nor AdminDisableProviderForUser. AWS has both (API reference,
        // under these names).
        administration:
            a_user_can_be_created_and_looked_up
            an_unknown_user_is_not_found
            a_user_can_be_confirmed_without_a_code
            a_password_can_be_set_for_good
            a_temporary_password_must_be_replaced
            a_disabled_user_is_kept_out_until_enabled
            attributes_of_a_user_can_be_set
            a_deleted_user_is_gone
            users_are_listed_page_by_page_and_as_a_stream
            a_filter_finds_whom_it_should
            attributes_of_a_user_can_be_deleted;
        groups:
            a_group_is_created_looked_up_and_deleted
            a_change_of_a_group_leaves_what_it_does_not_name
            a_group_that_exists_is_refused
            a_group_that_is_not_there_is_not_found
            groups_are_listed_page_by_page_and_as_a_stream
            members_are_added_listed_and_removed
            tokens_name_the_groups_of_their_user;
    }
}
