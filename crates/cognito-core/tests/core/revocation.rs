//! Tests of revocations, and of revocation lists in an `Arc` or a `Box`.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::revocation::{TokenIdentity, WhenStale};
use cognito_core::{ErrorKind, Result, Revocation, RevocationList};

#[test]
fn entries_carry_user_and_expiry() {
    let session = Revocation::session("o", 1).of_user("s", 7);
    let token = Revocation::token("j", 2).of_user("s", 8);
    let user = Revocation::user("s", 3).of_user("other", 9);
    assert_eq!(session.subject(), Some(("s", 7)));
    assert_eq!(token.subject(), Some(("s", 8)));
    assert_eq!(user.subject(), Some(("s", 3)), "a user entry has its user");
    assert_eq!(Revocation::session("o", 1).subject(), None);
    assert_eq!((session.expires_at(), token.expires_at()), (1, 2));
    assert_eq!(user.expires_at(), 3 + 86_400);
    for revocation in [session, token, user] {
        assert_eq!(revocation.expiring_at(5).expires_at(), 5);
    }
}

/// A revocation list whose view is always stale.
#[derive(Debug)]
struct Behind;

#[async_trait]
impl RevocationList for Behind {
    async fn revoke(&self, _revocation: Revocation) -> Result<()> {
        Ok(())
    }

    fn is_revoked(&self, _token: &TokenIdentity<'_>) -> bool {
        false
    }

    fn check(&self, token: &TokenIdentity<'_>) -> Result<bool> {
        self.check_with(token, WhenStale::FailClosed)
    }

    fn check_with(&self, _token: &TokenIdentity<'_>, when_stale: WhenStale) -> Result<bool> {
        match when_stale {
            WhenStale::FailOpen => Ok(false),
            _ => Err(ErrorKind::StoreUnavailable.into()),
        }
    }

    fn when_stale(&self) -> Option<WhenStale> {
        Some(WhenStale::FailClosed)
    }

    fn widened(&self, _revocation: &Revocation) -> Option<Revocation> {
        Some(Revocation::user("sub", 1))
    }

    fn pending_writes(&self) -> usize {
        3
    }

    fn capacity(&self) -> Option<NonZeroUsize> {
        Some(NonZeroUsize::MIN)
    }

    fn overflowed(&self) -> usize {
        2
    }

    fn age(&self) -> Option<Duration> {
        Some(Duration::from_secs(9))
    }

    fn is_fresh(&self) -> bool {
        false
    }

    fn len(&self) -> usize {
        0
    }
}

/// A revocation list that implements only the required methods.
#[derive(Debug)]
struct Plain;

#[async_trait]
impl RevocationList for Plain {
    async fn revoke(&self, _revocation: Revocation) -> Result<()> {
        Ok(())
    }

    fn is_revoked(&self, token: &TokenIdentity<'_>) -> bool {
        token.sub == "revoked"
    }

    fn len(&self) -> usize {
        1
    }
}

#[test]
fn list_without_choice_ignores_it() {
    for choice in [WhenStale::FailClosed, WhenStale::FailOpen] {
        for sub in ["revoked", "another"] {
            let result = Plain.check_with(&TokenIdentity::new(sub, 1, None, None), choice);
            assert_eq!(result.unwrap(), sub == "revoked");
        }
    }
    assert_eq!(Plain.when_stale(), None);
    assert_eq!(Plain.pending_writes(), 0);
}

#[test]
fn pointers_delegate_every_method() {
    let lists: [&dyn RevocationList; 3] = [&Behind, &Arc::new(Behind), &Box::new(Behind)];
    for list in lists {
        let token = TokenIdentity::new("sub", 1, None, None);
        let result = list.check(&token);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::StoreUnavailable);
        assert!(!list.check_with(&token, WhenStale::FailOpen).unwrap());
        assert_eq!(list.when_stale(), Some(WhenStale::FailClosed));
        assert_eq!(list.pending_writes(), 3);
        assert_eq!(list.capacity(), Some(NonZeroUsize::MIN));
        assert_eq!(list.overflowed(), 2);
        let widened = list.widened(&Revocation::token("j", 1));
        assert_eq!(widened, Some(Revocation::user("sub", 1)));
        assert_eq!(list.age(), Some(Duration::from_secs(9)));
        assert!(!list.is_fresh());
    }
}
