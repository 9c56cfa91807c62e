//! Operations on the account of a signed-in user: [`Cognito::account`].

pub(crate) mod devices;
pub(crate) mod mfa;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod profile;
pub(crate) mod session;
pub(crate) mod sessions;

use std::net::IpAddr;
use std::sync::Arc;

use cognito_cache::Budget;
use cognito_core::{AccessToken, InvalidInput, Operation, Result, Username};

use crate::attempt_guard::{ClientAddress, bearer};
use crate::call::valid;
use crate::cognito::Inner;
use crate::{Call, Cognito};

pub use self::mfa::{ConfirmTotp, MfaEnabled, TotpSetup};
pub use cognito_core::account::mfa::{FactorChange, MfaPreference};
pub use cognito_core::account::sessions::{SessionDescription, SessionPage, SessionType};
pub use cognito_core::id::SessionId;
pub use cognito_core::secret::TotpSecret;
pub use cognito_core::user::{AttributesIter, CurrentUser};

impl Cognito {
    /// Returns the operations on the account of the signed-in user. The access token identifies the
    /// user. No request is sent. If the access token is malformed, every operation fails with
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter).
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito, access_token: &str) -> cognito::Result<()> {
    /// let me = cognito.account(access_token).details().await?;
    /// println!("{:?}", me.attributes.value("name"));
    /// # Ok(()) }
    /// ```
    pub fn account(
        &self,
        access_token: impl TryInto<AccessToken, Error: Into<InvalidInput>>,
    ) -> OwnAccount {
        OwnAccount {
            cognito: self.clone(),
            access_token: valid(access_token),
            client_address: ClientAddress::UNKNOWN,
        }
    }
}

/// The operations on the account of a signed-in user, created by [`Cognito::account`].
///
/// Every operation can fail with [`AccessRevoked`](crate::ErrorKind::AccessRevoked),
/// [`TokenExpired`](crate::ErrorKind::TokenExpired),
/// [`TokenInvalid`](crate::ErrorKind::TokenInvalid) or
/// [`InsufficientScope`](crate::ErrorKind::InsufficientScope). The access token must have the scope
/// `aws.cognito.signin.user.admin`. Tokens of managed login have this scope only if the sign-in
/// requested it.
#[derive(Clone, Debug)]
pub struct OwnAccount {
    cognito: Cognito,
    access_token: Result<AccessToken, InvalidInput>,
    client_address: ClientAddress,
}

impl OwnAccount {
    /// Sets the client's IP address for all operations on this account. The attempt guard limits
    /// calls by this address. Default: no address, and no limit by address.
    ///
    /// For each address, the attempt guard counts wrong passwords, wrong codes, and calls that send
    /// a message. It also counts calls that change the account, if Cognito rejects their token. For
    /// the limits of calls that send a message, and of calls with a rejected token, see [`Budget`].
    ///
    /// Security: read the address from a proxy header only if you control the proxy. Otherwise a
    /// client can write any address into the header, and so avoid the limits.
    pub const fn client_address(mut self, address: IpAddr) -> Self {
        self.client_address = ClientAddress(Some(address));
        self
    }

    /// Creates a call. `request` creates the request from the access token. If Cognito rejects the
    /// token, the call counts against [`Budget::Tokens`] of the client's address.
    fn call<R, T, F: Future<Output = Result<T>> + Send + 'static>(
        &self,
        operation: Operation,
        request: impl FnOnce(AccessToken) -> Result<R, InvalidInput>,
        send: impl Fn(Arc<Inner>, R) -> F + Send + Sync + 'static,
    ) -> Call<R, T> {
        let request = self.access_token.clone().and_then(request);
        self.cognito
            .call(operation, request, send)
            .limited(Budget::Tokens)
            .from(self.client_address)
    }

    /// Returns the user name in the access token, for the log and the attempt guard. Returns `None`
    /// if the token cannot be decoded. The token is not verified.
    fn user(&self) -> Option<Username> {
        self.access_token.as_ref().ok().and_then(bearer)
    }
}
