//! The risk of authentication events ([`Risk`]), and the configured responses to it ([`Rules`]).

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::failure::Failure;
use crate::model::named::named;
use crate::model::options::ThreatProtection;
use crate::model::settings::Settings;
use crate::model::stored::Item;

named! {
    // In the order of the risk.
    /// The risk of a sign-in (`RiskLevel`), from low to high.
    #[derive(PartialOrd, Ord)]
    #[non_exhaustive]
    pub enum RiskLevel {
        /// A low risk.
        Low,
        /// A medium risk.
        Medium,
        /// A high risk.
        High,
    }

    /// The response of threat protection to an event (`RiskDecision`).
    pub(crate) enum Decision {
        /// Threat protection found a risk. The configured response allows the sign-in.
        AccountTakeover,
        /// Threat protection rejected the request.
        Block,
        /// Threat protection found no risk.
        NoRisk,
    }

    /// The configured response to a risk (`EventAction`).
    pub(crate) enum Action {
        Allow = "NO_ACTION",
        Block = "BLOCK",
        MfaIfConfigured = "MFA_IF_CONFIGURED",
        MfaRequired = "MFA_REQUIRED",

    }

    /// An event at which passwords are checked (`EventFilter`).
    pub(crate) enum PasswordEvent {
        PasswordChange = "PASSWORD_CHANGE",
        SignIn = "SIGN_IN",
        SignUp = "SIGN_UP",
    }
}

/// The risk of an authentication event (`EventRiskType`).
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Risk {
    pub(crate) decision: Decision,
    /// The level of the risk. `None` if no risk was found.
    pub(crate) level: Option<RiskLevel>,
    /// `true` if the password is on the list of compromised passwords.
    pub(crate) is_compromised: bool,
}

impl Decision {
    /// Returns the name of the decision in logs. `PASS` is the name that AWS uses. For the other
    /// decisions, the names that AWS uses are not known.
    pub(crate) const fn log_name(self) -> &'static str {
        match self {
            Self::AccountTakeover => "ACCOUNT_TAKEOVER",
            Self::Block => "BLOCK",
            Self::NoRisk => "PASS",
        }
    }
}

impl Risk {
    /// Combines this risk with `later`, the risk of a later step of the same sign-in. The result
    /// has the higher of the two levels. If the decision of the later step is
    /// [`NoRisk`](Decision::NoRisk), the decision of this risk remains. Otherwise, the decision of
    /// the later step replaces it.
    pub(crate) fn add(&mut self, later: Self) {
        self.level = self.level.max(later.level);
        self.is_compromised |= later.is_compromised;
        if later.decision != Decision::NoRisk {
            self.decision = later.decision;
        }
    }
}

impl Default for Risk {
    fn default() -> Self {
        Self {
            decision: Decision::NoRisk,
            level: None,
            is_compromised: false,
        }
    }
}

/// The risk that threat protection has found during a request. It becomes part of the
/// authentication event of this request.
#[derive(Default)]
pub(crate) struct Assessment {
    pub(crate) risk: Risk,
    /// `true` if the password or other factor in the request was right.
    pub(crate) is_proven: bool,
    /// `true` if the request was rejected because the caller's IP address is blocked. In this case,
    /// the session and the client secret in the request have not been checked.
    ///
    /// Security: such a request is recorded as a new authentication event. It does not change the
    /// event of the sign-in to which the session belongs. Otherwise anyone who knows the session
    /// could change the event of another user.
    pub(crate) has_blocked_address: bool,
    /// The id of the authentication event and its feedback token, if a message about the event was
    /// sent to the user. `None` if no message was sent.
    pub(crate) notice: Option<(String, String)>,
}

/// The risk configuration that applies to an app client.
pub(crate) struct Rules<'a> {
    members: Option<&'a Map<String, Value>>,
    /// `true` if the mode of threat protection is `ENFORCED`. Otherwise risks are only recorded.
    pub(crate) is_enforced: bool,
}

impl<'a> Rules<'a> {
    /// Returns the configuration of an app client. If the client has none, or an empty one, returns
    /// the configuration of the pool. Returns `None` if threat protection is off.
    ///
    /// AWS uses an empty configuration to remove the configuration of a client: "To reset the
    /// threat protection settings of an app client to be inherited from the user pool, send
    /// UserPoolId and ClientId parameters only" (AWS API reference of `SetRiskConfiguration`).
    pub(crate) fn of(settings: &'a Settings, client: &str) -> Option<Self> {
        Self::in_mode(settings, client, settings.threat_protection)
    }

    /// Returns the configuration for the flow `CUSTOM_AUTH`. This flow has a separate mode of
    /// threat protection, `CustomAuthMode`. Returns `None` if the pool has no such mode.
    pub(crate) fn of_custom(settings: &'a Settings, client: &str) -> Option<Self> {
        let add_ons = settings.members.get("UserPoolAddOns")?;
        let mode = add_ons["AdvancedSecurityAdditionalFlows"]["CustomAuthMode"].as_str()?;
        Self::in_mode(settings, client, ThreatProtection::named(mode)?)
    }

    fn in_mode(settings: &'a Settings, client: &str, mode: ThreatProtection) -> Option<Self> {
        if mode == ThreatProtection::Off {
            return None;
        }
        let risks = &settings.stored.risks;
        let of_client = risks.get(&Some(client.to_owned()));
        let of_client = of_client.filter(|configuration| !configuration.members().is_empty());
        Some(Self {
            members: of_client.or_else(|| risks.get(&None)).map(Item::members),
            is_enforced: mode == ThreatProtection::Enforced,
        })
    }

    fn member(&self, path: &[&str]) -> Option<&'a Value> {
        let (first, rest) = path.split_first()?;
        let member = self.members?.get(*first)?;
        rest.iter().try_fold(member, |value, name| value.get(*name))
    }

    fn has_address(&self, list: &str, address: IpAddr) -> bool {
        let ranges = self.member(&["RiskExceptionConfiguration", list]);
        let ranges = ranges.and_then(Value::as_array).into_iter().flatten();
        let address = address.to_canonical();
        ranges
            .filter_map(|range| range.as_str().and_then(network))
            .any(|network| network.contains(&address))
    }

    /// Returns `true` if requests from an address are always rejected.
    pub(crate) fn block(&self, address: IpAddr) -> bool {
        self.has_address("BlockedIPRangeList", address)
    }

    /// Returns `true` if the risk of sign-ins from an address is not assessed.
    pub(crate) fn skip(&self, address: IpAddr) -> bool {
        self.has_address("SkippedIPRangeList", address)
    }

    /// Returns the configured response to a compromised password in an event. Returns `None` if the
    /// pool does not check passwords in this event. If the configuration has no `EventFilter`,
    /// passwords are checked in all events.
    pub(crate) fn on_compromised(&self, event: PasswordEvent) -> Option<Action> {
        const CONFIGURATION: &str = "CompromisedCredentialsRiskConfiguration";
        let events = self.member(&[CONFIGURATION, "EventFilter"]);
        let events = events.and_then(Value::as_array).filter(|it| !it.is_empty());
        let is_checked = events.is_none_or(|events| events.iter().any(|it| it == event.name()));
        let action = self.member(&[CONFIGURATION, "Actions", "EventAction"])?;
        let action = Action::named(action.as_str()?)?;
        is_checked.then_some(action)
    }

    /// Returns the configured response to a sign-in with a risk of this level, and whether the user
    /// is notified.
    pub(crate) fn on_takeover(&self, level: RiskLevel) -> (Action, bool) {
        let name = match level {
            RiskLevel::Low => "LowAction",
            RiskLevel::Medium => "MediumAction",
            RiskLevel::High => "HighAction",
        };
        let action = self.member(&["AccountTakeoverRiskConfiguration", "Actions", name]);
        let Some(action) = action else {
            return (Action::Allow, false);
        };
        let kind = action["EventAction"].as_str().and_then(Action::named);
        (
            kind.unwrap_or(Action::Allow),
            action["Notify"] == Value::Bool(true),
        )
    }

    /// Returns the subject and the template of a message to the user: `BlockEmail`, `MfaEmail` or
    /// `NoActionEmail`. The plain message has precedence over HTML. Returns `None` if there is no
    /// template.
    pub(crate) fn template(&self, name: &str) -> Option<(&'a str, &'a str)> {
        let path = ["AccountTakeoverRiskConfiguration", "NotifyConfiguration"];
        let email = self.member(&path)?.get(name)?;
        let text = email.get("TextBody").or_else(|| email.get("HtmlBody"))?;
        let subject = email.get("Subject").and_then(Value::as_str);
        Some((subject.unwrap_or_default(), text.as_str()?))
    }
}

/// Fails if the request contains an IP range that is not in CIDR notation.
pub(crate) fn check_ranges(fields: &Map<String, Value>) -> Result<(), Failure> {
    for list in ["BlockedIPRangeList", "SkippedIPRangeList"] {
        let ranges = fields.get("RiskExceptionConfiguration");
        let ranges = ranges.and_then(|it| it.get(list)).and_then(Value::as_array);
        let mut ranges = ranges.into_iter().flatten().filter_map(Value::as_str);
        if ranges.any(|range| network(range).is_none()) {
            let message = format!("{list} contains a range that is not in CIDR notation.");
            return Err(Failure::invalid_parameter(message));
        }
    }
    Ok(())
}

/// Parses an IP range in CIDR notation, or a single IP address. A range of IPv4-mapped IPv6
/// addresses, such as `::ffff:192.0.2.0/120`, becomes the range of the IPv4 addresses.
fn network(range: &str) -> Option<IpNet> {
    let single = |_| range.parse::<IpAddr>().ok().map(IpNet::from);
    let network = range.parse::<IpNet>().map_or_else(single, Some)?;
    let mapped = match network.network() {
        IpAddr::V6(address) => address.to_ipv4_mapped(),
        IpAddr::V4(_) => None,
    };
    let length = network.prefix_len().checked_sub(96);
    let mapped = mapped.zip(length);
    let mapped = mapped.and_then(|(address, length)| IpNet::new(address.into(), length).ok());
    Some(mapped.unwrap_or(network))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use serde_json::json;

    use super::*;

    fn settings(members: &Value) -> Settings {
        let mut settings = Settings::new("us-east-1_a".to_owned(), String::new(), true, UNIX_EPOCH);
        settings.threat_protection = ThreatProtection::Enforced;
        settings.stored.risks.insert(None, configuration(members));
        settings
    }

    fn configuration(members: &Value) -> Item {
        let members = members.as_object().cloned().unwrap_or_default();
        Item::new(members, UNIX_EPOCH)
    }

    #[test]
    fn ranges_contain_their_addresses() {
        let exceptions = json!({ "RiskExceptionConfiguration": {
            "BlockedIPRangeList": [
                "192.0.2.0/25", "2001:db8::/32", "198.51.100.7", "::ffff:203.0.113.0/120",
                "::ffff:10.0.0.1",
            ],
        } });
        let settings = settings(&exceptions);
        let rules = Rules::of(&settings, "c").expect("rules");
        for (address, expected) in [
            ("192.0.2.127", true),
            ("::ffff:192.0.2.1", true),
            ("192.0.2.128", false),
            ("2001:db8:1::1", true),
            ("198.51.100.7", true),
            ("198.51.100.8", false),
            ("203.0.113.9", true),
            ("::ffff:203.0.113.9", true),
            ("203.0.114.9", false),
            ("10.0.0.1", true),
            ("::ffff:10.0.0.2", false),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(rules.block(address), expected, "{address}");
            assert!(!rules.skip(address), "{address}");
        }
    }

    #[test]
    fn empty_configuration_of_client_has_no_effect() {
        let block = json!({ "CompromisedCredentialsRiskConfiguration": {
            "Actions": { "EventAction": "BLOCK" },
        } });
        let mut settings = settings(&block);
        let risks = &mut settings.stored.risks;
        risks.insert(Some("same".to_owned()), configuration(&json!({})));
        let own = json!({ "CompromisedCredentialsRiskConfiguration": {
            "EventFilter": ["SIGN_UP"], "Actions": { "EventAction": "NO_ACTION" },
        } });
        risks.insert(Some("own".to_owned()), configuration(&own));
        let action = |client: &str, event| {
            let rules = Rules::of(&settings, client).expect("rules");
            rules.on_compromised(event)
        };
        let (sign_in, sign_up) = (PasswordEvent::SignIn, PasswordEvent::SignUp);
        assert_eq!(action("other", sign_in), Some(Action::Block));
        assert_eq!(action("same", sign_in), Some(Action::Block));
        assert_eq!(action("own", sign_in), None);
        assert_eq!(action("own", sign_up), Some(Action::Allow));
    }
}
