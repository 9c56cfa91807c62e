//! The conversion of a challenge to a string and back, without encryption.

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

/// The serialized form of a challenge. Unknown members are rejected, because a later version may
/// have added a member that changes the required response.
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
    /// restore it. The result is not encrypted and contains the session. Encrypt it before it
    /// leaves the service.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if an attribute that was set for the response is invalid.
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

    /// Restores a challenge from the result of [`to_secret_string`](Self::to_secret_string).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the string is not a serialized challenge, or if a version of this
    /// library with another format wrote it.
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
