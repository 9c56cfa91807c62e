//! The facade over HTTP with the emulator: every operation, valid and invalid.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too
#![allow(unreachable_pub, reason = "modules shared with other test programs")]

#[path = "../shared/browser.rs"]
mod browser;
#[path = "../../examples/quickstart/browser.rs"]
mod passkey_browser;
#[path = "../shared/scenarios.rs"]
mod scenarios;
#[path = "../shared/stage.rs"]
mod stage;

mod abuse;
mod administering;
mod calls;
mod challenge_state;
mod choice;
mod client_credentials;
mod configuration;
mod device_handling;
mod devices;
mod ending;
mod extending;
mod factors;
mod guarding;
mod hidden_accounts;
mod hosted_login;
mod input;
mod known;
mod large_tokens;
mod logs;
mod monitoring;
mod passkeys;
mod rates;
mod recorded;
mod refreshing;
mod response_step;
mod revocations;
mod sessions;
mod shapes;
mod srp;
mod traps;
mod triggers;

use stage::Stage;

/// Runs each scenario as a test with a separate pool, for a public client and for a client with a
/// secret.
macro_rules! scenarios {
    ($($area:ident: $($scenario:ident)*;)*) => {
        $(mod $area {
            $(mod $scenario {
                use crate::Stage;

                #[tokio::test]
                async fn public_client() {
                    crate::scenarios::$area::$scenario(Stage::ours().await).await;
                }

                #[tokio::test]
                async fn client_with_a_secret() {
                    crate::scenarios::$area::$scenario(Stage::ours_with_secret().await).await;
                }
            })*
        })*
    };
}

scenarios! {
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
        attributes_can_be_deleted
        one_can_delete_oneself
        a_made_up_access_token_is_refused;
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
        an_invitation_can_be_sent_again
        attributes_of_a_user_can_be_deleted
        an_operator_turns_a_second_factor_off
        an_operator_signs_a_user_out_everywhere
        an_account_at_a_provider_is_linked_and_unlinked;
    groups:
        a_group_is_created_looked_up_and_deleted
        a_change_of_a_group_leaves_what_it_does_not_name
        a_group_that_exists_is_refused
        a_group_that_is_not_there_is_not_found
        groups_are_listed_page_by_page_and_as_a_stream
        members_are_added_listed_and_removed
        tokens_name_the_groups_of_their_user;
}

/// Runs the scenarios of managed login, with clients that have it.
macro_rules! hosted_scenarios {
    ($($client:ident: $($scenario:ident)*;)*) => {
        mod managed_login {
            $($(mod $scenario {
                #[tokio::test]
                async fn $client() {
                    let stage = crate::$client().await;
                    crate::scenarios::hosted_login::$scenario(stage).await;
                }
            })*)*
        }
    };
}

async fn hosted_client() -> Stage {
    hosted_login::stage(hosted_login::web()).await
}

async fn machine() -> Stage {
    hosted_login::stage(client_credentials::machine()).await
}

hosted_scenarios! {
    hosted_client:
        a_browser_signs_in_and_its_tokens_verify
        a_code_is_good_once
        the_answer_to_another_sign_in_is_refused
        a_token_of_another_sign_in_is_refused
        a_code_that_was_stolen_is_of_no_use_without_its_verifier
        a_scope_that_nobody_registered_is_refused
        a_browser_is_not_sent_where_nobody_registered;
    machine:
        a_machine_gets_a_token_of_its_scopes;
}
