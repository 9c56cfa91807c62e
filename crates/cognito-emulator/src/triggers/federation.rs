//! The triggers of a sign-in through an identity provider.

use serde_json::{Map, Value, json};

use crate::model::failure::Failure;
use crate::model::federation::mapping::texts;
use crate::model::options::ProviderType;
use crate::model::trigger::{Trigger, unrecognizable};
use crate::state::call::Call;
use crate::triggers::event::Subject;

/// The data about a user that an identity provider has sent during a sign-in.
#[derive(Default)]
pub(crate) struct Received {
    /// The response of the provider's token endpoint.
    pub(crate) tokens: Map<String, Value>,
    /// The claims of the provider's ID token. Empty if the provider has issued no ID token.
    pub(crate) id_token: Map<String, Value>,
    /// The response of the provider's userinfo endpoint.
    pub(crate) user_info: Map<String, Value>,
    /// The attributes of a SAML assertion.
    pub(crate) saml: Map<String, Value>,
    /// The entity id of a SAML provider.
    pub(crate) issuer: Option<String>,
}

impl Received {
    /// Returns the claims of the ID token, of the userinfo endpoint and of the SAML assertion. If
    /// several of them contain a claim, the last one has precedence.
    pub(crate) fn claims(&self) -> Map<String, Value> {
        let mut claims = self.id_token.clone();
        claims.extend(self.user_info.clone());
        claims.extend(self.saml.clone());
        claims
    }

    /// Returns the value of the member `attributes` in the event for `InboundFederation`: the claims.
    fn event(&self, kind: ProviderType) -> Value {
        if kind == ProviderType::Saml {
            return json!({ "samlResponse": texts(&self.saml) });
        }
        json!({
            "tokenResponse": texts(&self.tokens),
            "idToken": texts(&self.id_token),
            "userInfo": texts(&self.user_info),
        })
    }
}

/// Calls the trigger `InboundFederation`. Returns the claims that it sets (`userAttributesToMap`).
/// Returns `None` if the pool does not have the trigger, or if the trigger changes no claims. Fails
/// if the trigger fails.
///
/// The claims of the trigger replace the claims of the provider before `AttributeMapping` applies.
/// AWS documents that omitted attributes are dropped, and that an empty object changes nothing.
pub(crate) fn inbound_federation(
    call: &Call<'_>,
    provider: (&str, ProviderType),
    username: &str,
    received: &Received,
) -> Result<Option<Map<String, Value>>, Failure> {
    let (name, kind) = provider;
    let request = json!({
        "providerName": name,
        "providerType": kind.name(),
        "attributes": received.event(kind),
    });
    let subject = Subject {
        username: Some(username),
        client: call.client_id(),
    };
    let response = json!({ "userAttributesToMap": {} });
    let trigger = Trigger::InboundFederation;
    let returned = call.invoke(trigger, "ExternalProvider", &subject, request, response)?;
    match returned.and_then(|mut returned| returned.remove("userAttributesToMap")) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(claims)) if claims.is_empty() => Ok(None),
        Some(Value::Object(claims)) => Ok(Some(claims)),
        Some(_) => Err(unrecognizable()),
    }
}

/// Calls the trigger `PostAuthentication` for a user who has signed in through an identity provider
/// before. Does nothing if the pool does not have this trigger. Fails if the trigger fails.
pub(crate) fn post_authentication_of_federated(
    call: &Call<'_>,
    username: &str,
) -> Result<(), Failure> {
    let request = json!({ "newDeviceUsed": false });
    let trigger = Trigger::PostAuthentication;
    call.notify(trigger, "Authentication", username, request)
}
