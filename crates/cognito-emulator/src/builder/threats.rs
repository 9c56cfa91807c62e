//! The settings for threat protection: compromised passwords and risks.

use crate::builder::EmulatorBuilder;
use crate::model::options::ThreatProtection;
use crate::model::risk::RiskLevel;

impl EmulatorBuilder {
    /// Sets the mode of threat protection. If it is not off, the pool records sign-ins and other
    /// actions of users for `AdminListUserAuthEvents`, and finds risks
    /// ([`compromised_passwords`](Self::compromised_passwords),
    /// [`new_address_risk`](Self::new_address_risk)). The pool then has the feature plan `PLUS`,
    /// which threat protection needs. Default: [`ThreatProtection::Off`], with the feature plan
    /// `ESSENTIALS`.
    pub fn threat_protection(mut self, mode: ThreatProtection) -> Self {
        self.settings.threat_protection = mode;
        self
    }

    /// Adds passwords that threat protection regards as compromised, in all pools. May be called
    /// several times. Default: none.
    ///
    /// These passwords are rejected in the events that `SetRiskConfiguration` selects
    /// (`CompromisedCredentialsRiskConfiguration`), if the mode of threat protection is
    /// [`Enforced`](crate::ThreatProtection::Enforced). A [`Seed`](crate::Seed) document can
    /// contain further compromised passwords.
    pub fn compromised_passwords(
        mut self,
        passwords: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.compromised
            .extend(passwords.into_iter().map(Into::into));
        self
    }

    /// Sets the risk of a sign-in from an IP address from which the user has not signed in before,
    /// in all pools. The first sign-in of a user has no risk. Default: a new address is no risk.
    ///
    /// `SetRiskConfiguration` selects the response to the risk
    /// (`AccountTakeoverRiskConfiguration`). To set the risk of single users, see
    /// [`Emulator::set_risk`](crate::Emulator::set_risk).
    pub const fn new_address_risk(mut self, risk: RiskLevel) -> Self {
        self.new_address_risk = Some(risk);
        self
    }
}
