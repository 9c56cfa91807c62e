//! The sessions of users: lists, revocation, and the tokens that this service then rejects.

use std::time::Duration;

use cognito::account::SessionDescription;
use cognito::administration::JsonDocument;
use cognito::attempt::{Budget, BudgetPolicy};
use cognito::observe::HealthStatus;
use cognito::{CognitoBuilder, ErrorKind, Operation, Tokens};
use cognito_emulator::Fault;
use cognito_testkit::LogCapture;
use serde_json::json;

use crate::fixture::{EMAIL, Fixture, PASSWORD, refused};

in_memory_too! {
    made_up_session_revokes_tokens_once
    repeated_sign_out_revokes_tokens_once
    revoked_session_has_no_valid_tokens
    operator_revokes_every_session
}

const UNKNOWN: &str = "tkn0123456789abcdefghijklmno";

/// Creates a pool that tracks sessions, with one user.
async fn tracking() -> Fixture {
    tracking_with(|cognito| cognito).await
}

async fn tracking_with(change: impl FnOnce(CognitoBuilder) -> CognitoBuilder) -> Fixture {
    let fixture = Fixture::ours_with(|pool| pool, change).await;
    let settings = json!({
        "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 100 },
    });
    let settings = JsonDocument::try_from(settings).unwrap();
    let operation = Operation::SetUserPoolSessionConfiguration;
    let admin = fixture.cognito.admin();
    admin.document(operation, settings).await.unwrap();
    fixture.confirmed_user(EMAIL).await;
    fixture
}

/// Signs in twice, a minute apart. Returns the tokens of both sign-ins.
async fn two_sign_ins(fixture: &Fixture) -> [Tokens; 2] {
    let old = fixture.login().await;
    fixture.pass(Duration::from_secs(60));
    let new = fixture.login().await;
    fixture.pass(Duration::from_secs(60));
    [old, new]
}

async fn sessions(fixture: &Fixture, tokens: &Tokens) -> Vec<SessionDescription> {
    let account = fixture.cognito.account(&tokens.access_token);
    account.sessions().await.unwrap().sessions
}

/// Returns the id of the session to which the tokens do not belong.
async fn other_session(fixture: &Fixture, tokens: &Tokens) -> cognito::account::SessionId {
    let mut sessions = sessions(fixture, tokens).await.into_iter();
    let other = sessions.find(|session| !session.is_current);
    other.unwrap().session_id
}

async fn is_revoked(fixture: &Fixture, tokens: &Tokens) -> bool {
    let access = tokens.access_token.expose();
    match fixture.cognito.verify_access_token(access).await {
        Ok(_) => false,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::TokenRevoked);
            true
        }
    }
}

#[tokio::test]
async fn current_session_is_marked() {
    let fixture = tracking().await;
    let [old, new] = two_sign_ins(&fixture).await;

    let listed = sessions(&fixture, &old).await;

    let current: Vec<_> = listed.iter().map(|session| session.is_current).collect();
    assert_eq!(current, [false, true]);
    let client = listed[0].client_id.as_ref().unwrap();
    assert_eq!(client.as_str(), fixture.emulator().client_id());
    assert!(listed[0].created > listed[1].created);
    assert_eq!(listed[0].device, None, "the emulator returns `unknown`");
    // An operator has no session.
    let user = fixture.cognito.admin().user(EMAIL);
    let mut listed = user.sessions().stream();
    while let Some(session) = listed.next().await {
        assert!(!session.unwrap().is_current);
    }
    drop(new);
}

#[tokio::test]
async fn revoked_session_has_no_valid_tokens() {
    let fixture = tracking().await;
    let [lost, mine] = two_sign_ins(&fixture).await;
    let id = other_session(&fixture, &mine).await;

    let account = fixture.cognito.account(&mine.access_token);
    account.revoke_session(&id).await.unwrap();

    assert!(is_revoked(&fixture, &lost).await);
    let refresh = fixture.cognito.refresh(&lost.refresh_token).await;
    assert_eq!(refused(refresh), ErrorKind::RefreshRevoked);
    let lost = fixture.cognito.account(&lost.access_token);
    assert_eq!(refused(lost.details().await), ErrorKind::AccessRevoked);
    assert_eq!(fixture.cognito.health().status, HealthStatus::Healthy);
    // No token contains the id of its session. The other sessions must refresh once.
    assert!(is_revoked(&fixture, &mine).await);
    fixture.pass(Duration::from_secs(1));
    let refreshed = fixture.cognito.refresh(&mine.refresh_token).await.unwrap();
    assert!(!is_revoked(&fixture, &refreshed).await);
    assert_eq!(sessions(&fixture, &refreshed).await.len(), 1);
}

#[tokio::test]
async fn operator_revokes_every_session() {
    let fixture = tracking().await;
    let [old, new] = two_sign_ins(&fixture).await;
    let user = fixture.cognito.admin().user(EMAIL);

    let listed = user.sessions().await.unwrap().sessions;
    user.revoke_session(&listed[0].session_id).await.unwrap();

    assert!(is_revoked(&fixture, &new).await);
    let refresh = fixture.cognito.refresh(&new.refresh_token).await;
    assert_eq!(refused(refresh), ErrorKind::RefreshRevoked);
    let last = user.revoke_session(&listed[1].session_id);
    last.with_linked_sessions().await.unwrap();
    let refresh = fixture.cognito.refresh(&old.refresh_token).await;
    assert_eq!(refused(refresh), ErrorKind::RefreshRevoked);
    assert!(user.sessions().await.unwrap().sessions.is_empty());
}

#[tokio::test]
async fn rejects_current_unknown_and_foreign_session() {
    let fixture = tracking().await;
    let [_, mine] = two_sign_ins(&fixture).await;
    let email = [("email", "other@example.com"), ("email_verified", "true")];
    let emulator = fixture.emulator();
    emulator
        .create_user("other@example.com", PASSWORD, &email)
        .unwrap();
    let theirs = fixture.cognito.login("other@example.com", PASSWORD).await;
    let theirs = crate::fixture::complete(theirs.unwrap());
    let listed = sessions(&fixture, &mine).await;
    let current = listed.iter().find(|session| session.is_current).unwrap();
    let foreign = sessions(&fixture, &theirs).await.remove(0);
    let account = fixture.cognito.account(&mine.access_token);

    let current = account.revoke_session(&current.session_id).await;
    assert_eq!(refused(current), ErrorKind::InvalidParameter);
    assert!(!is_revoked(&fixture, &mine).await);
    let malformed = account.revoke_session("tkn1").await;
    assert_eq!(refused(malformed), ErrorKind::InvalidParameter);
    assert_eq!(fixture.emulator().calls("RevokeUserSession"), 1);

    let foreign = account.revoke_session(&foreign.session_id).await;
    assert_eq!(refused(foreign), ErrorKind::NotFound);
    // The other user is not affected.
    assert!(!is_revoked(&fixture, &theirs).await);
    let user = fixture.cognito.admin().user(EMAIL);
    assert_eq!(
        refused(user.revoke_session(UNKNOWN).await),
        ErrorKind::NotFound
    );
    let nobody = fixture.cognito.admin().user("nobody@example.com");
    assert_eq!(refused(nobody.sessions().await), ErrorKind::UserNotFound);
}

/// The request takes effect although its response is lost.
#[tokio::test]
async fn lost_reply_revokes_tokens() {
    for by_operator in [false, true] {
        let fixture = tracking().await;
        let [lost, mine] = two_sign_ins(&fixture).await;
        let id = other_session(&fixture, &mine).await;
        for operation in ["RevokeUserSession", "AdminRevokeUserSession"] {
            let cut = Fault::cut(operation).times(1);
            fixture.emulator().inject(cut).unwrap();
        }

        let account = fixture.cognito.account(&mine.access_token);
        let user = fixture.cognito.admin().user(EMAIL);
        let outcome = match by_operator {
            true => user.revoke_session(&id).await,
            false => account.revoke_session(&id).await,
        };

        assert_eq!(refused(outcome), ErrorKind::ReplyLost);
        assert!(is_revoked(&fixture, &lost).await);
    }
}

/// An attacker with a stolen token must not end the new sessions of the user again and again.
#[tokio::test]
async fn made_up_session_revokes_tokens_once() {
    let fixture = tracking().await;
    let [stolen, mine] = two_sign_ins(&fixture).await;
    let account = fixture.cognito.account(&stolen.access_token);

    // A previous call may have ended the session, so the first call revokes the tokens.
    let first = account.revoke_session(UNKNOWN).await;
    assert_eq!(refused(first), ErrorKind::NotFound);
    assert!(is_revoked(&fixture, &mine).await);

    fixture.pass(Duration::from_secs(60));
    let mine = fixture.cognito.refresh(&mine.refresh_token).await.unwrap();
    fixture.pass(Duration::from_secs(60));
    for _ in 0..2 {
        let again = account.revoke_session(UNKNOWN).await;
        assert_eq!(refused(again), ErrorKind::NotFound);
        assert!(!is_revoked(&fixture, &mine).await);
    }
    assert!(is_revoked(&fixture, &stolen).await);
}

#[tokio::test]
async fn repeated_sign_out_revokes_tokens_once() {
    let fixture = tracking().await;
    let [stolen, _] = two_sign_ins(&fixture).await;
    let account = fixture.cognito.account(&stolen.access_token);
    account.sign_out_everywhere().await.unwrap();
    fixture.pass(Duration::from_secs(60));
    let mine = fixture.login().await;
    fixture.pass(Duration::from_secs(60));

    let again = account.sign_out_everywhere().await;

    assert_eq!(refused(again), ErrorKind::AccessRevoked);
    assert!(!is_revoked(&fixture, &mine).await);
    assert!(is_revoked(&fixture, &stolen).await);
}

/// These errors can mean that a previous call has ended the session, without an entry.
#[tokio::test]
async fn missing_entry_is_written_on_retry() {
    for (code, message) in [
        ("ResourceNotFoundException", "Session does not exist."),
        ("ResourceNotFoundException", "The user pool has no session."),
        ("NotAuthorizedException", "Access Token has been revoked"),
    ] {
        let fixture = tracking().await;
        let [lost, mine] = two_sign_ins(&fixture).await;
        for operation in ["RevokeUserSession", "AdminRevokeUserSession"] {
            let gone = Fault::error(operation, code, message);
            fixture.emulator().inject(gone).unwrap();
        }
        let by_user = fixture.cognito.account(&mine.access_token);
        refused(by_user.revoke_session(UNKNOWN).await);
        assert!(is_revoked(&fixture, &lost).await, "{message}");

        if code == "ResourceNotFoundException" {
            let fresh = fixture.cognito.refresh(&mine.refresh_token).await.unwrap();
            let by_operator = fixture.cognito.admin().user(EMAIL);
            refused(by_operator.revoke_session(UNKNOWN).await);
            assert!(is_revoked(&fixture, &fresh).await, "{message}");
        }
    }
}

#[tokio::test]
async fn made_up_sessions_count_against_budget() {
    let few = BudgetPolicy::new(2, Duration::from_secs(15 * 60));
    let fixture = tracking_with(|cognito| cognito.address_budget(Budget::Tokens, few)).await;
    let tokens = fixture.login().await;
    let account = fixture.cognito.account(&tokens.access_token);
    let account = account.client_address([192, 0, 2, 1].into());
    for expected in [
        ErrorKind::NotFound,
        ErrorKind::NotFound,
        ErrorKind::AttemptLimit,
    ] {
        assert_eq!(refused(account.revoke_session(UNKNOWN).await), expected);
    }
    assert_eq!(fixture.emulator().calls("RevokeUserSession"), 2);
}

/// Until Cognito has revoked a linked session, the linked session can get new tokens.
#[tokio::test]
async fn tokens_of_linked_sessions_are_revoked() {
    for by_operator in [false, true] {
        let fixture = tracking().await;
        let [_, mine] = two_sign_ins(&fixture).await;
        let id = other_session(&fixture, &mine).await;
        let account = fixture.cognito.account(&mine.access_token);
        let user = fixture.cognito.admin().user(EMAIL);
        if by_operator {
            let revoke = user.revoke_session(&id).with_linked_sessions();
            revoke.await.unwrap();
        } else {
            let revoke = account.revoke_session(&id).with_linked_sessions();
            revoke.await.unwrap();
        }

        fixture.pass(Duration::from_secs(30));
        assert!(is_revoked(&fixture, &fixture.login().await).await);
        fixture.pass(Duration::from_secs(31));
        assert!(!is_revoked(&fixture, &fixture.login().await).await);
    }
}

/// A document would revoke the session without an entry in the revocation list.
#[tokio::test]
async fn revocation_cannot_be_sent_as_document() {
    let fixture = tracking().await;
    let members = json!({ "Username": EMAIL, "SessionId": UNKNOWN });
    let members = JsonDocument::try_from(members).unwrap();
    let admin = fixture.cognito.admin();
    let sent = admin.document(Operation::AdminRevokeUserSession, members);
    assert_eq!(refused(sent.await), ErrorKind::Misuse);
}

/// A forged token names the user, but Cognito rejects it.
#[tokio::test]
async fn forged_token_revokes_nothing() {
    let fixture = tracking().await;
    let [old, new] = two_sign_ins(&fixture).await;
    let id = other_session(&fixture, &new).await;
    let token = new.access_token.expose();
    let (content, _) = token.rsplit_once('.').unwrap();
    let (_, signature) = old.access_token.expose().rsplit_once('.').unwrap();

    let forged = format!("{content}.{signature}");
    let outcome = fixture.cognito.account(forged).revoke_session(&id).await;

    assert_eq!(refused(outcome), ErrorKind::TokenInvalid);
    assert!(!is_revoked(&fixture, &old).await && !is_revoked(&fixture, &new).await);
}

#[tokio::test]
async fn browser_session_is_revoked_with_refresh_token() {
    let fixture = tracking().await;
    let [old, new] = two_sign_ins(&fixture).await;

    let revoke = fixture
        .cognito
        .revoke_with_browser_session(&old.refresh_token);
    revoke.access_token(&old.access_token).await.unwrap();

    assert!(is_revoked(&fixture, &old).await && !is_revoked(&fixture, &new).await);
    let refresh = fixture.cognito.refresh(&old.refresh_token).await;
    assert_eq!(refused(refresh), ErrorKind::RefreshRevoked);
    let made_up = fixture.cognito.revoke_with_browser_session("made-up").await;
    assert_eq!(
        made_up.is_ok(),
        fixture.cognito.revoke("made-up").await.is_ok()
    );
}

#[tokio::test]
async fn untracked_pool_has_no_sessions() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    assert!(sessions(&fixture, &tokens).await.is_empty());
}

#[tokio::test]
async fn log_and_debug_have_no_personal_data() {
    let fixture = tracking().await;
    let [_, mine] = two_sign_ins(&fixture).await;
    let logs = LogCapture::start();
    let account = fixture.cognito.account(&mine.access_token);

    let call = account.sessions();
    let shown = format!("{call:?}");
    let page = call.await.unwrap();
    let other = other_session(&fixture, &mine).await;
    let call = account.revoke_session(&other);
    let shown = format!("{shown} {call:?} {page:?}");
    call.await.unwrap();

    assert!(logs.text().contains("RevokeUserSession"));
    let token = mine.access_token.expose();
    logs.assert_free_of(&[token, EMAIL]);
    for hidden in [token, EMAIL, "127.0.0.1"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

#[tokio::test]
async fn list_is_retried_after_lost_reply() {
    let fixture = tracking().await;
    let tokens = fixture.login().await;
    let cut = Fault::cut("ListUserSessions").times(1);
    fixture.emulator().inject(cut).unwrap();
    let emulator = fixture.emulator();
    assert_eq!(sessions(&fixture, &tokens).await.len(), 1);
    assert_eq!(emulator.calls("ListUserSessions"), 2);
}
