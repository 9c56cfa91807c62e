//! The operations of a signed-in user.

pub(crate) mod devices;
pub(crate) mod mfa;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod profile;
pub(crate) mod session;

use std::net::IpAddr;

use cognito_cache::Budget;
use cognito_core::{AccessToken, InvalidInput, Operation, Result, Username};

use crate::Cognito;
use crate::operation::{Call, ClientAddress};

impl Cognito {
    /// Returns the operations of a signed-in user, identified by the access token.
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
    ) -> OwnAccount<'_> {
        OwnAccount {
            cognito: self,
            access_token: access_token.try_into().map_err(Into::into),
            client_address: ClientAddress::UNKNOWN,
        }
    }
}

/// The operations of a signed-in user; see [`Cognito::account`].
///
/// Every operation can fail with [`AccessRevoked`](crate::ErrorKind::AccessRevoked),
/// [`TokenExpired`](crate::ErrorKind::TokenExpired),
/// [`TokenInvalid`](crate::ErrorKind::TokenInvalid) or
/// [`InsufficientScope`](crate::ErrorKind::InsufficientScope): the token must have the scope
/// `aws.cognito.signin.user.admin`, which tokens from the hosted UI have only if it was requested.
#[derive(Clone, Debug)]
pub struct OwnAccount<'a> {
    pub(crate) cognito: &'a Cognito,
    access_token: Result<AccessToken, InvalidInput>,
    client_address: ClientAddress,
}

impl OwnAccount<'_> {
    /// Sets the address that the user's request came from, for all operations on this account.
    ///
    /// The attempt guard counts by address: wrong passwords and codes, messages, and operations
    /// other than reads whose token is rejected ([`Budget`](crate::Budget)). Without an address
    /// there are no such limits. Read it from a proxy header only if you control the proxy.
    #[must_use]
    pub const fn client_address(mut self, address: IpAddr) -> Self {
        self.client_address = ClientAddress(Some(address));
        self
    }

    /// Returns a call that changes something. It counts against a budget of its address if Cognito
    /// rejects the token.
    pub(crate) const fn call(&self, operation: Operation) -> Call {
        let call = Call::new(operation).limited(Budget::Tokens);
        call.at(self.client_address)
    }

    pub(crate) fn token(&self) -> Result<&AccessToken> {
        self.access_token
            .as_ref()
            .map_err(|invalid| invalid.clone().into())
    }

    /// Returns the user that the token names, for the log and the attempt guard. The token is not
    /// verified; the attempt guard does not count attempts with a forged token.
    pub(crate) fn bearer(&self) -> Result<Username, InvalidInput> {
        let token = self.access_token.as_ref().map_err(Clone::clone)?;
        let token = cognito_jwt::decode_unverified(token.expose()).ok();
        let name = token
            .as_ref()
            .and_then(|token| token.claim("username")?.as_str());
        Username::new(name.unwrap_or_default())
    }
}
