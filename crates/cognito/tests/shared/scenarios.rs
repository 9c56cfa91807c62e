//! Scenarios that must work with every user pool, of this emulator and of other emulators.

#[path = "scenarios/account.rs"]
pub mod account;
#[path = "scenarios/administration.rs"]
pub mod administration;
#[path = "scenarios/groups.rs"]
pub mod groups;
#[path = "scenarios/hosted_login.rs"]
pub mod hosted_login;
#[path = "scenarios/mfa.rs"]
pub mod mfa;
#[path = "scenarios/password.rs"]
pub mod password;
#[path = "scenarios/sign_in.rs"]
pub mod sign_in;
#[path = "scenarios/sign_up.rs"]
pub mod sign_up;

/// Passes the table of the scenarios to the macro `$run`. Our emulator supports all of them. The
/// brackets name the other emulators that support a scenario, and the comments explain which
/// emulator is right. Scenarios that pass only because a check is missing are listed in
/// `docs/contributing/emulators.md`.
macro_rules! scenarios {
    ($run:ident) => {
        $run! {
            sign_up:
                sign_up_confirm_and_log_in [ministack moto]
                an_existing_user_is_refused [ministack moto]
                a_weak_password_is_refused [ministack moto]
                an_unconfirmed_user_cannot_log_in [ministack moto]
                // Not moto, which confirms with any code. AWS responds CodeMismatchException (API
                // reference, ConfirmSignUp, Errors), as ministack and we do.
                a_wrong_code_does_not_confirm [ministack]
                an_unknown_user_cannot_be_confirmed [ministack moto]
                // Not moto, which has no ResendConfirmationCode. AWS has it (API reference,
                // ResendConfirmationCode).
                another_code_can_be_sent [ministack];
            sign_in:
                both_tokens_verify_and_speak_of_the_same_person [ministack moto]
                a_wrong_password_is_refused [ministack moto]
                an_unknown_user_is_not_found [ministack moto]
                an_operator_s_flow_signs_in_too [ministack moto]
                // Not moto for these three: it has no GetTokensFromRefreshToken. AWS has had it
                // since 2025 (API reference, GetTokensFromRefreshToken).
                a_refresh_token_buys_new_tokens [ministack]
                a_made_up_refresh_token_is_refused [ministack]
                sign_out_everywhere_kills_refresh_token_and_access_token [ministack]
                // Not moto, which has no RevokeToken. AWS has one (API reference, RevokeToken).
                a_revoked_refresh_token_is_dead [ministack];
            password:
                a_forgotten_password_is_reset_with_the_code [ministack moto]
                // Not moto: it compares the code only if it begins like its own codes,
                // `moto-confirmation-code:`, and accepts any other. AWS responds
                // CodeMismatchException (API reference, ConfirmForgotPassword, Errors).
                a_wrong_reset_code_changes_nothing [ministack]
                a_password_can_be_changed [ministack moto]
                // Not moto: it returns the right exception, NotAuthorizedException, but with the
                // user's name as its message. The library recognizes a wrong password by the
                // message `Incorrect username or password.`, which ministack returns here and which
                // was recorded from AWS (amazon-archives/amazon-cognito-identity-js#506).
                changing_needs_the_old_password [ministack];
            mfa:
                // Not moto for the three with an authenticator app: its secret is the constant
                // `asdfasdfasdf`, which has 12 characters and is not valid base32. AWS's have at
                // least 16 (API reference, AssociateSoftwareToken, SecretCode), as RFC 4226
                // (section 4, R6) requires.
                an_authenticator_app_is_asked_for_once_it_is_confirmed [ministack]
                a_server_that_keeps_nothing_answers_from_the_parts [ministack]
                a_wrong_totp_code_hands_the_challenge_back [ministack]
                an_operator_s_user_chooses_a_password_at_the_first_login [ministack moto];
            account:
                attributes_can_be_set_and_read [ministack moto]
                // Not ministack, which has neither DeleteUserAttributes nor
                // AdminDeleteUserAttributes. AWS has both (API reference).
                attributes_can_be_deleted []
                one_can_delete_oneself [ministack]
                a_made_up_access_token_is_refused [ministack moto];
            administration:
                a_user_can_be_created_and_looked_up [ministack moto]
                an_unknown_user_is_not_found [ministack moto]
                a_user_can_be_confirmed_without_a_code [ministack moto]
                a_password_can_be_set_for_good [ministack moto]
                a_temporary_password_must_be_replaced [ministack moto]
                a_disabled_user_is_kept_out_until_enabled [ministack moto]
                attributes_of_a_user_can_be_set [ministack moto]
                a_deleted_user_is_gone [ministack moto]
                users_are_listed_page_by_page_and_as_a_stream [ministack moto]
                a_filter_finds_whom_it_should [ministack moto]
                // Not moto: a user who has confirmed the sign-up with the code has no verified
                // address there, and a password cannot be reset without one. With AWS the address
                // is then verified (API reference, ConfirmSignUp).
                a_reset_password_must_be_chosen_anew [ministack]
                // Not ministack, which sends the old temporary password again, whatever password
                // the request names. AWS sets a new one (API reference, AdminCreateUser,
                // MessageAction), as we do. Not moto, which creates a second user with the same
                // name.
                an_invitation_can_be_sent_again []
                // Not ministack: see `attributes_can_be_deleted`.
                attributes_of_a_user_can_be_deleted [moto]
                // Not moto: it needs an authenticator app, see above.
                an_operator_turns_a_second_factor_off [ministack]
                // Not moto: it rejects the access token with the right exception,
                // NotAuthorizedException, but with the message `Invalid token`. AWS's is `Access
                // Token has been revoked` (API reference, GlobalSignOut).
                an_operator_signs_a_user_out_everywhere [ministack]
                // Not moto, which has neither AdminLinkProviderForUser nor
                // AdminDisableProviderForUser. AWS has both (API reference, under these names).
                an_account_at_a_provider_is_linked_and_unlinked [ministack];
            groups:
                a_group_is_created_looked_up_and_deleted [ministack moto]
                // Not ministack, which has no UpdateGroup. AWS has one (API reference,
                // UpdateGroup).
                a_change_of_a_group_leaves_what_it_does_not_name [moto]
                a_group_that_exists_is_refused [ministack moto]
                a_group_that_is_not_there_is_not_found [ministack moto]
                groups_are_listed_page_by_page_and_as_a_stream [ministack moto]
                members_are_added_listed_and_removed [ministack moto]
                tokens_name_the_groups_of_their_user [ministack moto];
        }
    };
}
pub(crate) use scenarios;

/// Passes the scenarios of managed login to the macro `$run`, by the client that they need.
macro_rules! hosted_scenarios {
    ($run:ident) => {
        $run! {
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
    };
}
pub(crate) use hosted_scenarios;
