//! The user of a sign-in through an identity provider.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::model::attributes::standard::ADDRESSES;
use crate::model::attributes::{self, Writer};
use crate::model::client::Client;
use crate::model::failure::Failure;
use crate::model::federation::mapping::text;
use crate::model::group::Group;
use crate::model::identity::{Account, Identity, SUBJECT};
use crate::model::identity_provider::IdentityProvider;
use crate::model::options::ProviderType;
use crate::model::random::uuid_text;
use crate::model::user::attributes::Attributes;
use crate::model::user::{Status, User};
use crate::operations::common::invalid;
use crate::operations::restorations::check_not_paused;
use crate::operations::secondary::not_enabled;
use crate::state::call::Call;
use crate::state::codes::SignedInUser;
use crate::state::names::{check_not_taken, claim_alias, claim_preferred};
use crate::state::pool::State;
use crate::state::users::UserKey;
use crate::triggers::{
    EXTERNAL, Received, inbound_federation, post_authentication_of_federated, post_confirmation,
    pre_authentication, pre_sign_up,
};

/// The maximum length of a federated user's name, in characters. It is the maximum for user names
/// in AWS's service model. If the name would be longer, the sign-in fails. The error message is the
/// emulator's own, because Cognito's message is not known.
const LONGEST: usize = 128;

/// A user who signs in through an identity provider, with the data from the provider.
pub(super) struct External {
    provider: String,
    kind: ProviderType,
    /// The id of the user at the identity provider.
    subject: String,
    /// The entity id of a SAML provider.
    issuer: Option<String>,
    /// The user's attributes in the pool, mapped from the provider's claims.
    attributes: Attributes,
}

impl External {
    /// Maps the claims of a provider to attributes. The trigger `InboundFederation` can change the
    /// claims, but not the id of the user at the provider.
    pub(super) fn new(
        call: &Call<'_>,
        (name, provider): (&str, &IdentityProvider),
        received: &Received,
    ) -> Result<Self, Failure> {
        let kind = provider.kind;
        let claim = |claims: &Map<String, Value>| claims.get(kind.subject()).and_then(text);
        let places = [&received.id_token, &received.user_info, &received.saml];
        let subject = places.into_iter().find_map(claim);
        let Some(subject) = subject else {
            // github-cognito-openid-wrapper#37.
            return invalid("username attribute mapping required");
        };
        let mut external = Self {
            provider: name.to_owned(),
            kind,
            subject,
            issuer: received.issuer.clone(),
            attributes: Attributes::default(),
        };
        let username = external.username(call);
        if username.chars().nth(LONGEST).is_some() {
            return invalid("The user name of a federated user must have at most 128 characters");
        }
        let replaced = inbound_federation(call, (name, kind), &username, received)?;
        let mut claims = replaced.unwrap_or_else(|| received.claims());
        for token in ["access_token", "id_token", "refresh_token"] {
            if let Some(value) = received.tokens.get(token) {
                claims.entry(token).or_insert_with(|| value.clone());
            }
        }
        external.attributes = provider.map(&claims).into();
        Ok(external)
    }

    /// Signs the user in at the pool: creates the user at the first sign-in, and updates the user's
    /// attributes at each further sign-in.
    pub(super) fn sign_in(
        &self,
        call: &Call<'_>,
        client: &Arc<Client>,
    ) -> Result<SignedInUser, Failure> {
        match self.known(call, client)? {
            Some(key) => self.return_as(call, client, &key),
            // "Federated users can only sign in to a secondary user pool if they have previously
            // signed in to the primary" (developer guide, "Multi-Region replication").
            None if call.service.settings.replica().is_some() => Err(not_enabled()),
            None => self.join(call, client),
        }
    }

    /// Signs the user in like [`sign_in`](Self::sign_in), but creates no user. Fails with
    /// `UserNotFoundException` if the user does not exist.
    pub(super) fn sign_in_known(
        &self,
        call: &Call<'_>,
        client: &Arc<Client>,
    ) -> Result<SignedInUser, Failure> {
        let key = self.known(call, client)?;
        self.return_as(call, client, &key.ok_or_else(Failure::user_not_found)?)
    }

    /// Checks the attributes from the identity provider, and returns the key of the user in the
    /// pool. Returns `None` if the pool has no such user yet.
    fn known(&self, call: &Call<'_>, client: &Client) -> Result<Option<UserKey>, Failure> {
        self.check_attributes(call, client)?;
        Ok(self.find(&call.state()).map(UserKey::of))
    }

    /// Returns the user name: the name of the provider, an underscore, and the user's id at the
    /// provider. If the pool does not distinguish upper and lower case, the name is in lower case
    /// (amplify-js#13844).
    fn username(&self, call: &Call<'_>) -> String {
        let name = format!("{}_{}", self.provider, self.subject);
        call.state().users.fold(&name)
    }

    /// Returns the user of this account at the provider. A sign-in with the account has created the
    /// user, or an operator has linked the account to the user. A link by the user's id at the
    /// provider has precedence over a link by another attribute.
    fn find<'s>(&self, state: &'s State) -> Option<&'s User> {
        let own = Account::of_subject(&self.provider, &self.subject);
        let of = |is_own: bool| {
            state.users.after(None).find(|user| {
                let mut identities = user.identities.iter();
                identities.any(|one| (one.account == own) == is_own && self.is(one))
            })
        };
        of(true).or_else(|| of(false))
    }

    /// Returns `true` if a sign-in with this account at the provider has created `user`.
    fn is_own(&self, user: &User) -> bool {
        let mut identities = user.identities.iter();
        identities.any(|identity| identity.is_primary && self.is(identity))
    }

    /// Returns `true` if `identity` is this account at the provider. An identity contains the
    /// user's id at the provider. However, if an operator has linked the account by a mapped
    /// attribute, the identity contains the value of this attribute.
    fn is(&self, identity: &Identity) -> bool {
        let account = &identity.account;
        if account.provider != self.provider {
            return false;
        }
        if account.attribute == SUBJECT {
            return account.value == self.subject;
        }
        self.attributes.get(&account.attribute) == Some(&*account.value)
    }

    /// Fails if the client is not allowed to write an attribute from the provider, or if the value
    /// of such an attribute is invalid.
    fn check_attributes(&self, call: &Call<'_>, client: &Client) -> Result<(), Failure> {
        let names = self.attributes.iter().map(|(name, _)| name);
        let mut written = names.filter(|name| !name.ends_with("_verified"));
        if written.any(|name| !client.may_map(name)) {
            return Err(Failure::not_authorized(
                "A client attempted to write unauthorized attribute",
            ));
        }
        let pairs: Vec<_> = self.attributes.iter().collect();
        attributes::check(&call.service.settings, Writer::Operator, &pairs)
    }

    /// Adds the user to the pool at the first sign-in through the provider.
    fn join(&self, call: &Call<'_>, client: &Arc<Client>) -> Result<SignedInUser, Failure> {
        let settings = &call.service.settings;
        let missing: Vec<_> = attributes::missing(settings, &self.attributes).collect();
        if !missing.is_empty() {
            return invalid(self.required(&missing));
        }
        let user = self.user(call);
        let username = user.username.clone();
        self.check_free(&call.state(), &username)?;
        check_not_paused(call, &call.state())?;
        let accepted = pre_sign_up(call, &user, EXTERNAL)?;
        let user = {
            let mut user = user;
            accepted.apply(&mut user);
            user
        };
        let key = {
            let mut state = call.state();
            match self.find(&state) {
                // Another sign-in of the same user was faster.
                Some(user) if self.is_own(user) => {
                    let key = UserKey::of(user);
                    drop(state);
                    return self.return_as(call, client, &key);
                }
                // The trigger has linked the account to another user. Applications repeat the
                // sign-in at this message (amplify-flutter#1716).
                Some(_) => return taken(&username),
                None => self.check_free(&state, &username)?,
            }
            let group = format!("{}_{}", settings.pool_id, self.provider);
            check_not_paused(call, &state)?;
            if !state.groups.contains_key(&group) {
                state.users.history.copy_group(&group, None);
            }
            let groups = &mut state.groups;
            groups.get_or_insert_with(&group, || {
                let provider = &self.provider;
                let text = format!("Autogenerated group for users who sign in using {provider}");
                let mut group = Group::new(&group, call.now);
                group.description = Some(text);
                group
            });
            let key = UserKey::of(&user);
            state.users.insert(user);
            key
        };
        post_confirmation(call, &username, "ConfirmSignUp")?;
        check_usable(call, &key)
    }

    /// Returns the error message for a user whose identity provider sent no value for the required
    /// attributes `missing`.
    fn required(&self, missing: &[&str]) -> String {
        if self.kind == ProviderType::Saml {
            // AWS re:Post, "troubleshoot invalid SAML response errors".
            let missing = missing.iter();
            let missing = missing.map(|name| format!("{name}: The attribute is required"));
            let missing: Vec<_> = missing.collect();
            return format!("Invalid user attributes: {}", missing.join("\n "));
        }
        // amazon-cognito-auth-js#54.
        format!("attributes required: [{}]", missing.join(", "))
    }

    fn user(&self, call: &Call<'_>) -> User {
        let sub = uuid_text(call.service.random.bytes());
        let status = Status::ExternalProvider;
        let mut user = User::new(self.username(call), sub, status, call.now);
        user.attributes = self.attributes.clone();
        user.is_federated = true;
        user.identities.push(Identity {
            account: Account::of_subject(&self.provider, &self.subject),
            kind: self.kind,
            issuer: self.issuer.clone(),
            linked: call.now,
            is_primary: true,
        });
        let pool = &call.service.settings.pool_id;
        user.groups.insert(format!("{pool}_{}", self.provider));
        user
    }

    /// Fails if the pool already has another user with the user name `username`.
    /// [`username`](Self::username) has created this name: the name of the provider, an underscore
    /// and the id of the user at the provider. `SignUp` and `AdminCreateUser` reject user names of
    /// this form for existing providers, but the other user may have been created before the
    /// provider.
    ///
    /// Security: without this check, the new user would replace the other user in the pool. The
    /// other user can be a local user, because a local user name can contain an underscore. It can
    /// also be the user of another account at the provider: in a pool that ignores case, ids that
    /// differ only in case give the same user name.
    fn check_free(&self, state: &State, username: &str) -> Result<(), Failure> {
        // An alias does not count: the user name has precedence over it.
        match state.users.by_key(&state.users.fold(username)) {
            Some(user) if !user.identities.iter().any(|identity| self.is(identity)) => {
                taken(username)
            }
            _ => Ok(()),
        }
    }

    /// Signs in a user who already exists, and updates the user's attributes. The user has signed
    /// in with this account before, or an operator has linked the account to the user.
    ///
    /// Security: the user is found by `key`, which contains the `sub`, and not by the user name
    /// alone. Triggers run without a lock. If the user is deleted while a trigger runs, the user
    /// name can be an alias of another user, who must not be changed or signed in.
    fn return_as(
        &self,
        call: &Call<'_>,
        client: &Arc<Client>,
        key: &UserKey,
    ) -> Result<SignedInUser, Failure> {
        let signed_in = check_usable(call, key)?;
        pre_authentication(call, client, &key.username)?;
        // A replica does not change attributes.
        if call.service.settings.replica().is_none() {
            self.update(call, key)?;
        }
        post_authentication_of_federated(call, &key.username)?;
        check_usable(call, key)?;
        Ok(signed_in)
    }

    /// Writes the attributes from the provider to the user.
    ///
    /// An operator can link an account at the provider to the user by an attribute, such as the
    /// e-mail address. In this case, the link is changed to the id that the account has at the
    /// provider.
    fn update(&self, call: &Call<'_>, key: &UserKey) -> Result<(), Failure> {
        let username = key.username.as_str();
        let settings = &call.service.settings;
        let is_fixed = |name: &&str| {
            let definition = settings.schema.definition(name);
            definition.is_some_and(|definition| !definition.is_mutable)
        };
        let fixed: String = self
            .attributes
            .iter()
            .map(|(name, _)| name)
            .filter(is_fixed)
            .map(|name| format!("{name}: Attribute cannot be updated.\n "))
            .collect();
        if !fixed.is_empty() {
            // amazon-cognito-auth-js#159.
            return invalid(format!("Invalid user attributes: {fixed}"));
        }
        let mut state = call.state();
        let is_changed = |user: &User| {
            let mut attributes = self.attributes.iter();
            attributes.any(|(name, value)| user.attribute(name) != Some(value))
        };
        // During a recovery, only users whose attributes have not changed can sign in.
        let user = find(&mut state, key)?;
        if is_changed(user) {
            check_not_paused(call, &state)?;
        }
        let user = find(&mut state, key)?;
        let is_federated = user.is_federated;
        let pairs: Vec<_> = self.attributes.iter().collect();
        let addresses = pairs.iter().filter(|(name, _)| ADDRESSES.contains(name));
        let changed: Vec<_> = addresses
            .clone()
            .filter(|(name, value)| user.attribute(name) != Some(*value))
            .collect();
        // Attributes of federated users are no aliases.
        for (name, value) in addresses.filter(|_| !is_federated) {
            check_not_taken(settings, &state, username, value)?;
            if attributes::is_verified_by(&pairs, name) {
                claim_alias(call.service, &mut state, username, (name, value), false)?;
            }
        }
        if !is_federated {
            claim_preferred(call, &mut state, username, &pairs)?;
        }
        let user = state.users.expect(username)?;
        for (name, _) in changed {
            user.forget_address(name);
        }
        user.attributes.extend(self.attributes.iter());
        for identity in user.identities.iter_mut() {
            if self.is(identity) {
                identity.account = Account::of_subject(&self.provider, &self.subject);
                identity.issuer.clone_from(&self.issuer);
            }
        }
        user.modified = call.now;
        state.users.reindex(username);
        Ok(())
    }
}

/// Returns the user with this key. Fails if the user was deleted.
fn find<'s>(state: &'s mut State, key: &UserKey) -> Result<&'s mut User, Failure> {
    let user = state.users.find_by_key(key);
    user.ok_or_else(Failure::user_not_found)
}

/// Returns the user with this key as a user who has signed in. Fails if the user was deleted or is
/// not allowed to sign in.
fn check_usable(call: &Call<'_>, key: &UserKey) -> Result<SignedInUser, Failure> {
    let mut state = call.state();
    let user = find(&mut state, key)?;
    user.check_usable()?;
    Ok(SignedInUser::federated(user, call.now))
}

/// Returns the error for a user name that another user has.
fn taken<T>(username: &str) -> Result<T, Failure> {
    invalid(format!("Already found an entry for username {username}"))
}
