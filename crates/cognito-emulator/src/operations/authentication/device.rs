//! The proof of a remembered device with SRP: `DEVICE_SRP_AUTH` and `DEVICE_PASSWORD_VERIFIER`.

use cognito_srp6a::{self as srp6a, ServerExchange};
use serde_json::json;

use crate::model::device::{Device, Waiting, unknown};
use crate::model::failure::{Answer, Failure};
use crate::model::user::User;
use crate::operations::authentication::sign_in::{Next, SignIn};
use crate::operations::authentication::srp::{challenge_parameters, is_proven, rejected};
use crate::state::exchanges::{OfDevice, Pending};
use crate::state::sessions;

impl SignIn<'_> {
    /// Returns the device key in the request. Returns `None` if there is none, or if the pool does
    /// not remember devices. The key applies only to this request: later requests of the sign-in
    /// must contain it again.
    pub(super) fn device_key(&self) -> Option<&str> {
        self.call.service.settings.devices?;
        let key = self.parameters.get("DEVICE_KEY");
        key.filter(|key| !key.is_empty())
    }

    /// Fails if the request has a device key, but the user has no confirmed device with this key.
    /// If `user` is `None`, fails for any device key.
    pub(super) fn check_device(&self, user: Option<&User>) -> Result<(), Failure> {
        let is_known = |key| user.is_some_and(|user| user.devices.find(key).is_some());
        match self.device_key() {
            Some(key) if !is_known(key) => Err(unknown()),
            _ => Ok(()),
        }
    }

    /// Returns `true` if the device in the request is remembered, and if the pool accepts the proof
    /// of the device instead of the second factor.
    pub(super) fn device_replaces_factor(&self, user: &User) -> bool {
        let devices = self.call.service.settings.devices;
        devices.is_some_and(|devices| devices.challenge_required_on_new_device)
            && self.remembered_device(user).is_some()
    }

    fn remembered_device<'u>(&self, user: &'u User) -> Option<&'u Device> {
        let device = user.devices.find(self.device_key()?);
        device.filter(|device| device.remembered)
    }

    /// Returns the challenge for the device in the request. Returns `None` if the device is not
    /// remembered. The proof of the device is the last step of a sign-in. The challenge contains no
    /// session, because Cognito's clients respond to it without a session.
    pub(super) fn request_device(&self, user: &mut User) -> Option<Next> {
        let key = self.remembered_device(user)?.key.clone();
        let now = self.call.now;
        let expires = now.checked_add(self.client.validity.session);
        let waiting = Waiting {
            client: self.client.id.clone(),
            expires: expires.unwrap_or(now),
            progress: self.progress.clone(),
        };
        user.devices.expect(&key).ok()?.wait(waiting, now);
        Some(Next::Challenge(json!({
            "ChallengeName": "DEVICE_SRP_AUTH",
            "ChallengeParameters": {},
        })))
    }

    /// Handles `DEVICE_SRP_AUTH`, and returns the challenge `DEVICE_PASSWORD_VERIFIER`.
    pub(super) fn start_device_proof(&self) -> Answer {
        let key = self.parameters.require("DEVICE_KEY")?;
        let srp_a = self.parameters.require("SRP_A")?;
        let (name, sub, verifier) = {
            let mut state = self.call.state();
            let user = match state.users.find_mut(&self.username) {
                // With `PreventUserExistenceErrors`, the error is that for an unknown device.
                None if self.client.hides_users => return Err(unknown()),
                user => usable(user)?,
            };
            let (name, sub) = (user.username.clone(), user.sub.clone());
            (
                name,
                sub,
                user.devices.expect(key)?.verifier.verifier.clone(),
            )
        };
        // This computation takes milliseconds, so the state is not locked.
        let exchange = ServerExchange::start(&verifier, srp_a).map_err(rejected)?;
        let mut parameters = challenge_parameters(&exchange, &name);
        parameters["DEVICE_KEY"] = json!(key);
        let mut state = self.call.state();
        let user = state.users.find_mut(&self.username);
        let user = usable(user.filter(|user| user.sub == sub))?;
        let device = user.devices.expect(key)?;
        let waiting = device.take_waiting(&self.client.id, self.call.now);
        let Waiting {
            client,
            expires,
            progress,
        } = waiting.ok_or_else(sessions::unknown)?;
        let pending = Pending {
            exchange,
            client,
            expires,
            subject: OfDevice {
                sub,
                key: key.to_owned(),
                progress,
            },
        };
        state.device_exchanges.insert(pending, self.call.now);
        Ok(json!({
            "ChallengeName": "DEVICE_PASSWORD_VERIFIER",
            "ChallengeParameters": parameters,
        }))
    }

    /// Checks the response to `DEVICE_PASSWORD_VERIFIER`. A wrong response ends the sign-in.
    pub(super) fn verify_device(&mut self) -> Answer {
        let key = self.parameters.require("DEVICE_KEY")?;
        let parameter = |name: &str| self.parameters.get(name);
        let proof = srp6a::Answer::from_parameters(parameter).map_err(rejected)?;
        let now = self.call.now;
        let next = {
            let mut state = self.call.state();
            let exchanges = &mut state.device_exchanges;
            let pending = exchanges.take(proof.secret_block, &self.client, now);
            let Pending {
                exchange, subject, ..
            } = pending.ok_or_else(Failure::incorrect)?;
            let user = state.users.find_mut(&self.username);
            let user = user.filter(|user| user.sub == subject.sub && key == subject.key);
            let user = usable(user)?;
            let device = user.devices.expect(key)?;
            if !is_proven(exchange, &proof, self.call)? {
                return Err(Failure::incorrect());
            }
            device.authenticated = now;
            self.progress = subject.progress;
            self.tokens(user)
        };
        self.finish(next)
    }
}

/// Returns the user. Fails if `user` is `None`, or if the user is not allowed to sign in.
fn usable(user: Option<&mut User>) -> Result<&mut User, Failure> {
    let user = user.ok_or_else(Failure::incorrect)?;
    user.check_usable()?;
    Ok(user)
}
