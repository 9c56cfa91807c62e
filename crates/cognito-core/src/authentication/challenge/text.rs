//! Serialization of a challenge without encryption.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::authentication::challenge::{Challenge, ChallengeName, ChallengeStep};
use crate::authentication::sign_in::ChallengeApi;
use crate::device::text::WrittenDevice;
use crate::id::{DeviceKey, Username};
use crate::input::InvalidInput;
use crate::metadata::ClientMetadata;
use crate::secret::{SerializedChallenge, Session};
use crate::user::Attributes;

/// All parts of a challenge.
///
/// An unknown member is rejected, because it may change the required response.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    name: Cow<'a, str>,
    username: Cow<'a, str>,
    session: Option<Cow<'a, str>>,
    parameters: Cow<'a, BTreeMap<String, String>>,
    admin: bool,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    device: Option<WrittenDevice<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stale_device: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    available: Vec<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    client_metadata: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
}

impl Challenge {
    /// Serializes the challenge, so that [`from_secret_string`](Self::from_secret_string) can
    /// restore it. The result is not encrypted and contains the session: seal it before it leaves
    /// the service.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if an attribute was set that the challenge does not accept.
    pub fn to_secret_string(&self) -> Result<SerializedChallenge, InvalidInput> {
        let (attributes, refused, client_metadata) = self.answered_with();
        if let Some(refused) = refused {
            return Err(refused.clone());
        }
        let step = self.step();
        let written = Written {
            name: step.name.as_str().into(),
            username: step.username.as_str().into(),
            session: step.session.as_ref().map(|session| session.expose().into()),
            parameters: Cow::Borrowed(&step.parameters),
            admin: match step.api {
                ChallengeApi::Admin => true,
                ChallengeApi::Public => false,
            },
            device: step.device.as_ref().map(WrittenDevice::from),
            stale_device: step.stale_device.as_ref().map(|key| key.as_str().into()),
            available: step
                .available
                .iter()
                .map(|name| name.as_str().into())
                .collect(),
            attributes: borrowed(attributes.iter()),
            client_metadata: borrowed(client_metadata.iter()),
        };
        // Serializing strings in a map cannot fail.
        let text = serde_json::to_string(&written).map_err(|_| UNREADABLE)?;
        SerializedChallenge::new(text)
    }

    /// Restores a serialized challenge.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the string was not written by
    /// [`to_secret_string`](Self::to_secret_string) of this version.
    pub fn from_secret_string(text: &SerializedChallenge) -> Result<Self, InvalidInput> {
        let written: Written<'_> = serde_json::from_str(text.expose()).map_err(|_| UNREADABLE)?;
        let session = written.session.map(Session::new).transpose()?;
        let available = written.available.into_iter();
        let available = available.map(|name| ChallengeName::from(name.into_owned()));
        let mut step = ChallengeStep::new(
            ChallengeName::from(written.name.into_owned()),
            Username::new(written.username)?,
            session,
            written.parameters.into_owned(),
            if written.admin {
                ChallengeApi::Admin
            } else {
                ChallengeApi::Public
            },
        );
        step.device = written.device.map(TryInto::try_into).transpose()?;
        step.stale_device = written.stale_device.map(DeviceKey::new).transpose()?;
        let mut challenge = Self::from(step.with_available(available.collect()));
        let mut attributes = Attributes::new();
        for (name, value) in written.attributes {
            attributes.set(name, value)?;
        }
        let mut client_metadata = ClientMetadata::new();
        for (key, value) in written.client_metadata {
            client_metadata.insert(key, value);
        }
        challenge.answer_again_with(attributes, client_metadata);
        Ok(challenge)
    }
}

fn borrowed<'a>(
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
) -> BTreeMap<Cow<'a, str>, Cow<'a, str>> {
    pairs
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

const UNREADABLE: InvalidInput = InvalidInput::new(
    "challenge",
    "must be the string that this version of the library wrote; otherwise start the sign-in again",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{NewDevice, RememberedDevice};

    fn step(name: ChallengeName, api: ChallengeApi) -> ChallengeStep {
        let parameters = [
            ("requiredAttributes", r#"["userAttributes.name"]"#),
            ("CODE_DELIVERY_DESTINATION", "+*******7890"),
        ];
        ChallengeStep::new(
            name,
            Username::new("3f0c-sub").unwrap(),
            Some(Session::new("a-session-of-twenty-characters").unwrap()),
            parameters
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            api,
        )
        .with_available(vec![ChallengeName::PasswordSrp, ChallengeName::EmailOtp])
    }

    fn through(challenge: &Challenge) -> Challenge {
        Challenge::from_secret_string(&challenge.to_secret_string().unwrap()).unwrap()
    }

    #[test]
    fn every_challenge_comes_back_whole() {
        let unknown = ChallengeName::from("RETINA_SCAN");
        for name in ChallengeName::KNOWN.iter().chain([&unknown]) {
            for api in [ChallengeApi::Admin, ChallengeApi::Public] {
                let before = Challenge::from(step(name.clone(), api));
                let after = through(&before);
                assert_eq!(
                    std::mem::discriminant(&before),
                    std::mem::discriminant(&after)
                );
                let (before, after) = (before.step(), after.step());
                assert_eq!(before.name, after.name);
                assert_eq!(before.username, after.username);
                assert_eq!(before.parameters, after.parameters);
                assert_eq!(before.available, after.available);
                assert_eq!(before.api, after.api);
                assert_eq!(
                    before.session.as_ref().map(Session::expose),
                    after.session.as_ref().map(Session::expose)
                );
            }
        }
    }

    #[test]
    fn challenge_string_keeps_the_device() {
        let key = || DeviceKey::new("us-east-1_00aa").unwrap();
        let device = NewDevice::new(key(), "-group".parse().unwrap());
        let device = RememberedDevice::new(device, "the-device-s".parse().unwrap());
        let on = step(ChallengeName::CustomChallenge, ChallengeApi::Public);
        let on = through(&on.with_device(device).into());
        let device = on.step().device().unwrap();
        assert_eq!(device.key, key());
        assert_eq!(device.group_key.as_str(), "-group");
        assert_eq!(device.password.expose(), "the-device-s");
        assert_eq!(on.step().stale_device(), None);
        let without = step(ChallengeName::SmsMfa, ChallengeApi::Public);
        let without = through(&without.with_stale_device(key()).into());
        assert_eq!(without.step().stale_device(), Some(&key()));
        assert!(without.step().device().is_none());
    }

    #[test]
    fn device_is_not_serialized_for_clients() {
        let key = DeviceKey::new("us-east-1_00aa").unwrap();
        let device = NewDevice::new(key, "-group".parse().unwrap());
        let device = RememberedDevice::new(device, "the-device-s".parse().unwrap());
        let on = step(ChallengeName::SmsMfa, ChallengeApi::Public);
        let on = Challenge::from(on.with_device(device));
        let shown = format!("{on:?} {}", serde_json::to_string(&on).unwrap());
        for part in ["00aa", "-group", "the-device"] {
            assert!(!shown.contains(part), "{shown}");
        }
    }

    #[test]
    fn a_challenge_without_a_session_has_none_afterwards() {
        let mut without = step(ChallengeName::CustomChallenge, ChallengeApi::Public);
        without.session = None;
        assert!(through(&without.into()).step().session().is_none());
    }

    #[test]
    fn challenge_string_keeps_answer_settings() {
        let required = step(ChallengeName::NewPasswordRequired, ChallengeApi::Public);
        let Challenge::NewPasswordRequired(required) = Challenge::from(required) else {
            panic!("wrong variant");
        };
        let required = required
            .attribute("name", "Ann")
            .client_metadata("tenant", "7");
        let Challenge::NewPasswordRequired(required) = through(&required.into()) else {
            panic!("wrong variant");
        };
        assert_eq!(required.required_attributes(), ["name"]);
        let answer = required.new_password("EvenBetter456!");
        assert_eq!(
            answer.client_metadata().iter().collect::<Vec<_>>(),
            [("tenant", "7")]
        );
        assert!(matches!(
            answer.answer(),
            Ok(crate::authentication::challenge::Answer::NewPassword { attributes, .. })
                if attributes.value("name") == Some("Ann")
        ));
    }

    #[test]
    fn rejected_attribute_is_not_serialized() {
        let required = step(ChallengeName::NewPasswordRequired, ChallengeApi::Public);
        let Challenge::NewPasswordRequired(required) = Challenge::from(required) else {
            panic!("wrong variant");
        };
        let refused = Challenge::from(required.attribute("email_verified", "true"));
        assert_eq!(
            refused.to_secret_string().unwrap_err().field(),
            "attribute name"
        );
    }

    #[test]
    fn rejects_string_of_another_version() {
        let text = Challenge::from(step(ChallengeName::SmsMfa, ChallengeApi::Public))
            .to_secret_string()
            .unwrap();
        let newer = text.expose().replacen('{', r#"{"tenant":"x","#, 1);
        for text in ["", "{}", "null", newer.as_str()] {
            let text = SerializedChallenge::new(text).unwrap();
            assert!(Challenge::from_secret_string(&text).is_err());
        }
    }

    #[test]
    fn debug_hides_the_string() {
        let text = Challenge::from(step(ChallengeName::SmsMfa, ChallengeApi::Public))
            .to_secret_string()
            .unwrap();
        assert_eq!(format!("{text:?}"), "SerializedChallenge(** redacted **)");
    }
}
