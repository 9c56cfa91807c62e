//! What happened, for whoever counts.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, ErrorKind};

macro_rules! operations {
    ($($(#[$doc:meta])* $operation:ident,)*) => {
        /// An operation of the public interface, named as AWS names it where AWS has a name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Operation { $($(#[$doc])* $operation,)* }

        impl Operation {
            /// Every operation, in the order of their [`index`](Self::index).
            pub const ALL: &'static [Self] = &[$(Self::$operation),*];

            /// The name, `SignUp`. From a closed set, so fit for a metric label.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$operation => stringify!($operation),)* }
            }
        }
    };
}

operations! {
    /// `AdminConfirmSignUp`
    AdminConfirmSignUp,
    /// `AdminCreateUser`
    AdminCreateUser,
    /// `AdminDeleteUser`
    AdminDeleteUser,
    /// `AdminDisableUser`
    AdminDisableUser,
    /// `AdminEnableUser`
    AdminEnableUser,
    /// `AdminGetUser`
    AdminGetUser,
    /// `AdminSetUserPassword`
    AdminSetUserPassword,
    /// `AdminUpdateUserAttributes`
    AdminUpdateUserAttributes,
    /// `AssociateSoftwareToken`
    AssociateSoftwareToken,
    /// `ChangePassword`
    ChangePassword,
    /// `ConfirmForgotPassword`
    ConfirmForgotPassword,
    /// `ConfirmSignUp`
    ConfirmSignUp,
    /// `ForgotPassword`
    ForgotPassword,
    /// `GetUser`
    GetUser,
    /// `GlobalSignOut`
    GlobalSignOut,
    /// `ListUsers`
    ListUsers,
    /// `GetTokensFromRefreshToken`
    Refresh,
    /// `ResendConfirmationCode`
    ResendConfirmationCode,
    /// `RespondToAuthChallenge` or `AdminRespondToAuthChallenge`
    RespondToChallenge,
    /// `RevokeToken`
    RevokeToken,
    /// `SetUserMFAPreference`
    SetMfaPreference,
    /// `InitiateAuth` or `AdminInitiateAuth`
    SignIn,
    /// `SignUp`
    SignUp,
    /// `UpdateUserAttributes`
    UpdateUserAttributes,
    /// `VerifySoftwareToken`
    VerifySoftwareToken,
    /// The check of a token, here in the process.
    VerifyToken,
}

impl Operation {
    /// Its place in [`ALL`](Self::ALL), for tables of counters.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Something happened.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Somebody was refused before anything was sent, because of too many failures.
    AttemptRefused {
        /// What they were trying.
        operation: Operation,
    },
    /// The settings were read anew.
    ConfigRefreshed {
        /// What went wrong, if something did; the last good settings are kept.
        error: Option<&'a Error>,
    },
    /// The pool's signing keys were fetched.
    KeysRefreshed {
        /// What went wrong, if something did; the last good keys are kept.
        error: Option<ErrorKind>,
    },
    /// An operation ended.
    OperationFinished {
        /// Which.
        operation: Operation,
        /// How long it took, waiting included.
        duration: Duration,
        /// What went wrong, if something did.
        error: Option<&'a Error>,
    },
}

/// The one place that events go to.
///
/// # Implementing your own
///
/// `record` runs on the path of every request: it must not block, must not fail and must not
/// panic. Labels must come from closed sets ([`Operation::name`], [`Error::type_name`]); an event
/// holds nothing that a person typed, so there is nothing to filter.
pub trait EventSink: Debug + Send + Sync + 'static {
    /// Takes notice of the event.
    fn record(&self, event: &Event<'_>);
}

impl<T: EventSink + ?Sized> EventSink for Arc<T> {
    fn record(&self, event: &Event<'_>) {
        (**self).record(event);
    }
}

impl<T: EventSink + ?Sized> EventSink for Box<T> {
    fn record(&self, event: &Event<'_>) {
        (**self).record(event);
    }
}

/// Takes no notice of anything.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct NoopEventSink;

impl NoopEventSink {
    /// A sink that forgets.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl EventSink for NoopEventSink {
    fn record(&self, _event: &Event<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_the_place_in_the_list() {
        for (index, operation) in Operation::ALL.iter().enumerate() {
            assert_eq!(operation.index(), index, "{}", operation.name());
        }
    }
}
