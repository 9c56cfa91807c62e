//! The texts of the hosted pages.

use crate::model::policy::PasswordPolicy;

/// The texts of the hosted pages in one language. `{}` stands for a value.
#[derive(Debug)]
pub(super) struct Texts {
    pub(super) sign_in: &'static str,
    pub(super) sign_in_with: &'static str,
    pub(super) sign_up: &'static str,
    pub(super) next: &'static str,
    pub(super) other_way: &'static str,
    pub(super) username: &'static str,
    pub(super) email_or_phone: &'static str,
    pub(super) password: &'static str,
    pub(super) new_password: &'static str,
    pub(super) forgot_password: &'static str,
    pub(super) forgot_password_title: &'static str,
    pub(super) send_code: &'static str,
    pub(super) resend_code: &'static str,
    pub(super) code: &'static str,
    pub(super) code_sent: &'static str,
    pub(super) confirm_account: &'static str,
    pub(super) confirm: &'static str,
    pub(super) confirmed: &'static str,
    pub(super) wait_for_operator: &'static str,
    pub(super) change_password: &'static str,
    pub(super) password_changed: &'static str,
    pub(super) email_code: &'static str,
    pub(super) sms_code: &'static str,
    pub(super) authenticator_app: &'static str,
    pub(super) passkey: &'static str,
    pub(super) use_passkey: &'static str,
    pub(super) passkey_failed: &'static str,
    pub(super) set_up_title: &'static str,
    pub(super) no_set_up: &'static str,
    pub(super) scan: &'static str,
    pub(super) qr_code: &'static str,
    pub(super) type_secret: &'static str,
    pub(super) app_code: &'static str,
    pub(super) at_least: &'static str,
    pub(super) uppercase: &'static str,
    pub(super) lowercase: &'static str,
    pub(super) number: &'static str,
    pub(super) symbol: &'static str,
    /// The labels of the standard attributes, in the order of [`ATTRIBUTES`].
    attributes: [&'static str; ATTRIBUTES.len()],
}

/// The standard attributes that have a label.
const ATTRIBUTES: [&str; 16] = [
    "address",
    "birthdate",
    "email",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "website",
    "zoneinfo",
];

pub(super) static ENGLISH: Texts = Texts {
    sign_in: "Sign in",
    sign_in_with: "Sign in with {}",
    sign_up: "Sign up",
    next: "Next",
    other_way: "Sign in another way",
    username: "User name",
    email_or_phone: "E-mail address or phone number",
    password: "Password",
    new_password: "New password",
    forgot_password: "Forgot your password?",
    forgot_password_title: "Forgot your password",
    send_code: "Send a code",
    resend_code: "Send another code",
    code: "Code",
    code_sent: "We sent a code to {}",
    confirm_account: "Confirm your account",
    confirm: "Confirm",
    confirmed: "Your account is confirmed. Sign in.",
    wait_for_operator: "You have signed up. An administrator must confirm your account.",
    change_password: "Change password",
    password_changed: "Your password was changed. Sign in with the new password.",
    email_code: "Code by e-mail",
    sms_code: "Code by SMS",
    authenticator_app: "Code of the authenticator app",
    passkey: "Passkey",
    use_passkey: "Use a passkey",
    passkey_failed: "The passkey could not be used. Try again, or sign in another way.",
    set_up_title: "Set up a second factor",
    no_set_up: "You need a second factor that only an administrator can set up.",
    scan: "Scan this QR code with your authenticator app.",
    qr_code: "QR code with the secret for your authenticator app",
    type_secret: "Or type this secret into the app:",
    app_code: "Code that the app shows",
    at_least: "At least {} characters",
    uppercase: "An upper-case letter",
    lowercase: "A lower-case letter",
    number: "A number",
    symbol: "A symbol",
    attributes: [
        "Address",
        "Date of birth",
        "E-mail address",
        "Family name",
        "Gender",
        "Given name",
        "Language",
        "Middle name",
        "Name",
        "Nickname",
        "Phone number",
        "Picture",
        "Preferred user name",
        "Profile",
        "Website",
        "Time zone",
    ],
};

impl Texts {
    /// Returns the label of an attribute. The label of a custom attribute is its name without the
    /// prefix `custom:`.
    pub(super) fn attribute<'a>(&self, name: &'a str) -> &'a str {
        let mut labels = ATTRIBUTES.into_iter().zip(self.attributes);
        let label = labels.find(|(known, _)| *known == name);
        label.map_or_else(
            || name.strip_prefix("custom:").unwrap_or(name),
            |(_, label)| label,
        )
    }

    /// Returns the requirements of a pool for passwords, one string for each.
    pub(super) fn policy(&self, policy: &PasswordPolicy) -> Vec<String> {
        let length = self.at_least.replace("{}", &policy.min_length.to_string());
        let rules = [
            (policy.uppercase, self.uppercase),
            (policy.lowercase, self.lowercase),
            (policy.numbers, self.number),
            (policy.symbols, self.symbol),
        ];
        let rules = rules.into_iter().filter(|(is_required, _)| *is_required);
        let rules = rules.map(|(_, text)| text.to_owned());
        std::iter::once(length).chain(rules).collect()
    }

    /// Returns the notice that a code was sent to a masked address.
    pub(super) fn code_sent_to(&self, address: &str) -> String {
        self.code_sent.replace("{}", address)
    }
}
