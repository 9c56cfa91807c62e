//! Creates the groups and users of a seed.

use serde_json::{Value, json};

use super::{GroupSeed, UserSeed};
use crate::model::aws;
use crate::model::failure::{Answer, Failure};
use crate::model::options::Factor;
use crate::model::totp;
use crate::model::user::Status;
use crate::operations::administration::{groups, users};
use crate::operations::common::invalid;
use crate::state::call::Call;
use crate::state::pools::Pools;
use crate::state::service::Service;

/// Creates the groups and users of a seed in one pool, with operations such as `AdminCreateUser`.
pub(super) struct Operator<'a> {
    pub(super) pools: &'a Pools,
    pub(super) pool: &'a Service,
}

impl Operator<'_> {
    pub(super) fn create_group(&self, seed: &GroupSeed) -> Result<(), Failure> {
        let fields = json!({
            "GroupName": seed.name,
            "Description": seed.description,
            "Precedence": seed.precedence,
            "RoleArn": seed.role_arn,
        });
        self.run("CreateGroup", groups::create, fields)
    }

    pub(super) fn create_user(&self, seed: &UserSeed) -> Result<(), Failure> {
        if seed.temporary && !seed.confirmed {
            return invalid("temporary: not possible with `confirmed: false`, remove one of them");
        }
        let username = &seed.username;
        let attributes = seed.attributes.iter();
        let attributes = attributes.map(|(name, value)| json!({ "Name": name, "Value": value }));
        let fields = json!({
            "Username": username,
            "UserAttributes": attributes.collect::<Value>(),
            "TemporaryPassword": seed.password,
            "MessageAction": "SUPPRESS",
        });
        self.run("AdminCreateUser", users::create, fields)?;
        if let (Some(password), false) = (&seed.password, seed.temporary) {
            let fields = json!({ "Username": username, "Password": password, "Permanent": true });
            self.run("AdminSetUserPassword", users::set_password, fields)?;
        }
        for group in &seed.groups {
            let fields = json!({ "Username": username, "GroupName": group });
            self.run("AdminAddUserToGroup", groups::add, fields)?;
        }
        self.complete(seed)
    }

    /// Sets the fields of a new user that the operations do not set: `sub`, `confirmed`, `disabled`
    /// and `totp_secret`.
    fn complete(&self, seed: &UserSeed) -> Result<(), Failure> {
        let mut state = self.pool.state.lock();
        let user = state.users.remove(&seed.username);
        let mut user = user.ok_or_else(Failure::user_not_found)?;
        if let Some(sub) = &seed.sub {
            if uuid::Uuid::try_parse(sub).is_err() || state.users.find(sub).is_some() {
                return invalid("sub: use a UUID that no other user of the pool has");
            }
            if user.username == user.sub {
                user.username.clone_from(sub);
            }
            user.sub.clone_from(sub);
        }
        if !seed.confirmed {
            user.status = Status::Unconfirmed;
        }
        user.enabled = !seed.disabled;
        if let Some(secret) = &seed.totp_secret {
            if !totp::is_secret(secret) {
                return invalid("totp_secret: use Base32, the characters A to Z and 2 to 7");
            }
            if !self.pool.settings.offers_authenticator_apps() {
                return invalid(
                    "totp_secret: the pool does not offer authenticator apps, set \
                     SoftwareTokenMfaConfiguration in its `mfa`",
                );
            }
            user.mfa.totp = Some(secret.clone());
            user.mfa.totp_enabled = true;
            user.mfa.preferred = Some(Factor::SoftwareToken);
        }
        state.users.insert(user);
        Ok(())
    }

    fn run(
        &self,
        name: &'static str,
        operation: fn(&Call<'_>) -> Answer,
        mut fields: Value,
    ) -> Result<(), Failure> {
        fields["UserPoolId"] = json!(self.pool.settings.pool_id);
        let fields = fields.as_object().cloned().unwrap_or_default();
        aws::validate(name, &fields)?;
        let call = Call {
            calls_triggers: false,
            ..Call::new(self.pools, self.pool, &fields, name)
        };
        operation(&call)?;
        call.deliver()
    }
}
