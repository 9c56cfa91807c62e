//! The storage of the authenticator, and its user.

use async_trait::async_trait;
use passkey_authenticator::{
    CredentialStore, DiscoverabilitySupport, StoreInfo, UiHint, UserCheck, UserValidationMethod,
};
use passkey_types::Passkey;
use passkey_types::ctap2::make_credential::{
    Options, PublicKeyCredentialRpEntity, PublicKeyCredentialUserEntity,
};
use passkey_types::ctap2::{Ctap2Error, StatusCode};
use passkey_types::webauthn::PublicKeyCredentialDescriptor;

/// The passkeys of an authenticator, the oldest one first.
pub(super) struct Passkeys {
    all: Vec<Passkey>,
    /// `true` if the authenticator can store discoverable credentials.
    has_storage: bool,
}

impl Passkeys {
    pub(super) const fn new(all: Vec<Passkey>, has_storage: bool) -> Self {
        Self { all, has_storage }
    }

    /// Removes and returns all passkeys.
    pub(super) fn take(&mut self) -> Vec<Passkey> {
        std::mem::take(&mut self.all)
    }
}

#[async_trait]
impl CredentialStore for Passkeys {
    type PasskeyItem = Passkey;

    /// Returns the passkeys of the relying party, the newest one first: the listed passkeys, or all
    /// discoverable passkeys if there is no list.
    async fn find_credentials(
        &self,
        ids: Option<&[PublicKeyCredentialDescriptor]>,
        rp_id: &str,
        _: Option<&[u8]>,
    ) -> Result<Vec<Passkey>, StatusCode> {
        let is_allowed = |passkey: &&Passkey| match ids {
            Some(ids) => ids.iter().any(|id| id.id == passkey.credential_id),
            None => passkey.user_handle.is_some(),
        };
        let own = self.all.iter().rev().filter(|own| own.rp_id == rp_id);
        let found: Vec<_> = own.filter(is_allowed).cloned().collect();
        if found.is_empty() {
            return Err(Ctap2Error::NoCredentials.into());
        }
        Ok(found)
    }

    /// Stores a new passkey. If it is discoverable, it replaces a discoverable passkey of the same
    /// user (CTAP 2.1, `authenticatorMakeCredential`).
    async fn save_credential(
        &mut self,
        passkey: Passkey,
        _: PublicKeyCredentialUserEntity,
        _: PublicKeyCredentialRpEntity,
        _: Options,
    ) -> Result<(), StatusCode> {
        if passkey.user_handle.is_some() {
            self.all.retain(|known| {
                known.rp_id != passkey.rp_id || known.user_handle != passkey.user_handle
            });
        }
        self.all.push(passkey);
        Ok(())
    }

    async fn update_credential(&mut self, passkey: &Passkey) -> Result<(), StatusCode> {
        let mut all = self.all.iter_mut();
        let known = all.find(|known| known.credential_id == passkey.credential_id);
        *known.ok_or(Ctap2Error::NoCredentials)? = passkey.clone();
        Ok(())
    }

    async fn get_info(&self) -> StoreInfo {
        StoreInfo {
            discoverability: if self.has_storage {
                DiscoverabilitySupport::ForcedDiscoverable
            } else {
                DiscoverabilitySupport::OnlyNonDiscoverable
            },
        }
    }
}

/// A simulated user of the authenticator.
#[derive(Clone, Copy)]
pub(super) struct User {
    /// `true` if the authenticator verifies the user.
    pub(super) is_verified: bool,
    pub(super) refuses: bool,
}

#[async_trait]
impl UserValidationMethod for User {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        hint: UiHint<'a, Passkey>,
        _: bool,
        _: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        if self.refuses {
            return Err(Ctap2Error::OperationDenied);
        }
        if let UiHint::InformExcludedCredentialFound(_) = hint {
            return Err(Ctap2Error::CredentialExcluded);
        }
        Ok(UserCheck {
            presence: true,
            verification: self.is_verified,
        })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        self.is_verified.then_some(true)
    }
}
