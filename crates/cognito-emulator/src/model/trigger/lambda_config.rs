//! Reads the triggers of a pool from `LambdaConfig`.

use serde_json::{Map, Value, json};

use crate::model::failure::Failure;
use crate::model::request;
use crate::model::trigger::address::is_local;
use crate::model::trigger::{Target, Trigger, Triggers};

/// The triggers whose only member of `LambdaConfig` is the ARN of a function. The custom senders
/// and [`Trigger::InboundFederation`] have a structure instead. The pre token generation trigger
/// has both: [`PLAIN_TOKENS`] and [`TOKENS`].
const PLAIN: [Trigger; 9] = [
    Trigger::CreateAuthChallenge,
    Trigger::CustomMessage,
    Trigger::DefineAuthChallenge,
    Trigger::PostAuthentication,
    Trigger::PostConfirmation,
    Trigger::PreAuthentication,
    Trigger::PreSignUp,
    Trigger::UserMigration,
    Trigger::VerifyAuthChallengeResponse,
];

/// The member of `LambdaConfig` with the ARN of the KMS key for the custom senders.
const KMS_KEY: &str = "KMSKeyID";

/// The custom senders. Their members of `LambdaConfig` are structures with the ARN of a function.
const SENDERS: [Trigger; 2] = [Trigger::CustomEmailSender, Trigger::CustomSmsSender];

/// The member of `LambdaConfig` for the trigger that changes the claims of an identity provider.
const FEDERATION: &str = "InboundFederation";

/// The member of `LambdaConfig` that sets version 1 of the pre token generation trigger.
const PLAIN_TOKENS: &str = "PreTokenGeneration";
/// The member of `LambdaConfig` that sets any version of the pre token generation trigger.
const TOKENS: &str = "PreTokenGenerationConfig";

/// The values of `LambdaVersion`, each with its version of the pre token generation trigger.
const VERSIONS: [(&str, Trigger); 3] = [
    ("V1_0", Trigger::PreTokenGeneration),
    ("V2_0", Trigger::PreTokenGenerationV2),
    ("V3_0", Trigger::PreTokenGenerationV3),
];

/// Returns the trigger whose member of `LambdaConfig` has this name. Returns `None` for any other
/// name.
pub(crate) fn trigger(name: &str) -> Option<Trigger> {
    let tokens = VERSIONS.map(|(_, trigger)| trigger);
    let others = SENDERS.into_iter().chain([Trigger::InboundFederation]);
    let mut all = PLAIN.into_iter().chain(others).chain(tokens);
    all.find(|trigger| trigger.setting() == name)
}

/// Converts the `LambdaConfig` of a request to the value that `DescribeUserPool` returns.
///
/// The members `PreTokenGeneration` and `PreTokenGenerationConfig` "have the same value" (API
/// reference of `PreTokenGenerationVersionConfigType`). A request with one of them therefore sets
/// both.
pub(crate) fn read(config: &Map<String, Value>) -> Map<String, Value> {
    let names: Vec<_> = PLAIN.iter().map(|trigger| trigger.setting()).collect();
    let mut members = request::copy_members(config, &names);
    members.extend(request::copy_members(config, &[FEDERATION, KMS_KEY]));
    let senders = SENDERS.map(Trigger::setting);
    members.extend(request::copy_members(config, &senders));
    let plain = config.get(PLAIN_TOKENS).and_then(Value::as_str);
    let detailed = config.get(TOKENS).and_then(|detailed| {
        let version = detailed.get("LambdaVersion")?.as_str()?;
        Some((version, detailed.get("LambdaArn")?.as_str()?))
    });
    let (version, arn) = match (detailed, plain) {
        (None, None) => return members,
        (Some(detailed), _) => detailed,
        (None, Some(arn)) => ("V1_0", arn),
    };
    members.insert(PLAIN_TOKENS.to_owned(), json!(plain.unwrap_or(arn)));
    let detailed = json!({ "LambdaVersion": version, "LambdaArn": arn });
    members.insert(TOKENS.to_owned(), detailed);
    members
}

impl Triggers {
    /// Returns the triggers of a pool after its `LambdaConfig` has changed to `config`. The result
    /// has the triggers in `config` whose value is an `http` URL, or the ARN of a function that
    /// runs on this host. Other ARNs are ignored. The result also has the triggers in `before` that
    /// are functions of this process.
    ///
    /// # Errors
    ///
    /// `InvalidParameterException` in these cases:
    ///
    /// - an `http` URL is not a URL of this host;
    /// - the two members of the pre token generation trigger name different functions;
    /// - there is a custom sender, but no KMS key.
    pub(crate) fn read(config: Option<&Value>, before: &Self) -> Result<Self, Failure> {
        let mut triggers = before.without_targets();
        // `LambdaConfig` does not contain functions of this process, so a change keeps them.
        for (trigger, target) in &before.targets {
            if matches!(target, Target::Function(_)) {
                triggers.set(*trigger, target.clone());
            }
        }
        let Some(config) = config else {
            return Ok(triggers);
        };
        for trigger in PLAIN {
            triggers.add(trigger, config[trigger.setting()].as_str())?;
        }
        let federation = config[FEDERATION]["LambdaArn"].as_str();
        triggers.add(Trigger::InboundFederation, federation)?;
        triggers.kms_key = config[KMS_KEY].as_str().map(ToOwned::to_owned);
        for trigger in SENDERS {
            let sender = &config[trigger.setting()];
            if sender.is_object() && triggers.kms_key.is_none() {
                return Err(Failure::invalid_parameter(
                    "KMSKeyID is required for CustomEmailSender and CustomSMSSender.",
                ));
            }
            triggers.add(trigger, sender["LambdaArn"].as_str())?;
        }
        let (plain, detailed) = (&config[PLAIN_TOKENS], &config[TOKENS]);
        if plain.is_string() && *plain != detailed["LambdaArn"] {
            return Err(Failure::invalid_parameter(
                "The ARN in PreTokenGenerationConfig must be identical to PreTokenGeneration.",
            ));
        }
        let version = detailed["LambdaVersion"].as_str();
        for (_, trigger) in VERSIONS.iter().filter(|(name, _)| version == Some(*name)) {
            triggers.add(*trigger, detailed["LambdaArn"].as_str())?;
        }
        Ok(triggers)
    }

    /// Adds `trigger` to the triggers of the pool if `named` is an `http` URL of this host, or the
    /// ARN of a function that runs on this host. Ignores other ARNs. Fails for other `http` URLs.
    fn add(&mut self, trigger: Trigger, named: Option<&str>) -> Result<(), Failure> {
        match named {
            Some(url) if is_local(url) => self.set(trigger, Target::Url(url.to_owned())),
            Some(url) if url.starts_with("http://") => {
                let trigger = trigger.setting();
                return Err(Failure::invalid_parameter(format!(
                    "{trigger}: a trigger's URL must be an http:// URL of localhost, 127.0.0.1 or \
                     [::1]"
                )));
            }
            Some(arn) => {
                if let Some(url) = self.functions.url(arn).map(ToOwned::to_owned) {
                    self.set(trigger, Target::Url(url));
                }
            }
            None => {}
        }
        Ok(())
    }
}
