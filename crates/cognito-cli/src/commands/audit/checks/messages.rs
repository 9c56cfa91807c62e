//! Checks of messages by e-mail and SMS, and of their logs.

use serde_json::Value;

use crate::commands::audit::check::{Check, Document, Scope, Severity, Subject};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "email-default-sender",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[],
        title: "e-mail is sent by Cognito's default sender",
        reason: "The default sender has a quota of 50 messages a day for the account, after which no user \
                 gets a code.",
        fix: "EmailConfiguration: EmailSendingAccount DEVELOPER, SourceArn of a verified identity in SES",
        source: "AWS developer guide, \"Email settings for Amazon Cognito user pools\"",
        find: email_default_sender,
    },
    Check {
        id: "email-fails",
        severity: Severity::High,
        scope: Scope::Pool,
        needs: &[],
        title: "Cognito cannot send e-mail",
        reason: "Users get no codes, so they cannot sign up or recover an account.",
        fix: "Correct the identity in SES, and the role that Cognito uses",
        source: "API reference, UserPoolType: EmailConfigurationFailure",
        find: email_fails,
    },
    Check {
        id: "sms-fails",
        severity: Severity::High,
        scope: Scope::Pool,
        needs: &[],
        title: "Cognito cannot send SMS",
        reason: "Users with SMS as their second factor cannot sign in.",
        fix: "Correct the role in SmsConfiguration: SnsCallerArn, or EumsSms.CallerArn",
        source: "API reference, UserPoolType: SmsConfigurationFailure",
        find: sms_fails,
    },
    Check {
        id: "sms-external-id",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[],
        title: "a role for SMS has no external id",
        reason: "Without an external id, another AWS account could let Cognito use the role (confused \
                 deputy).",
        fix: "SmsConfiguration: ExternalId, or EumsSms.ExternalId: a random value that the trust policy of \
              the role requires",
        source: "API reference, SmsConfigurationType; AWS IAM user guide, \"The confused deputy problem\"",
        find: sms_external_id,
    },
    Check {
        id: "sms-sandbox",
        severity: Severity::Info,
        scope: Scope::Outside,
        needs: &[Document::Pool],
        title: "the account may be in the SMS sandbox",
        reason: "In the sandbox, only verified phone numbers get messages.",
        fix: "Run `aws sns get-sms-sandbox-account-status`, IAM action sns:GetSMSSandboxAccountStatus; leave \
              the sandbox with a request to AWS Support",
        source: "AWS developer guide, \"SMS message settings for Amazon Cognito user pools\"",
        find: sms_sandbox,
    },
    Check {
        id: "log-delivery-failures",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[Document::Logs],
        title: "failed deliveries of messages are not logged",
        reason: "If users get no codes, no log says why.",
        fix: "SetLogDeliveryConfiguration: EventSource userNotification, LogLevel ERROR",
        source: "AWS developer guide, \"Exporting logs from Amazon Cognito user pools\"; OWASP ASVS 5.0, \
                 16.3.4",
        find: log_delivery_failures,
    },
    Check {
        id: "log-sign-ins",
        severity: Severity::Low,
        scope: Scope::Pool,
        needs: &[Document::Logs],
        title: "sign-ins are not exported to a log",
        reason: "An attack cannot be investigated after Cognito has deleted its events.",
        fix: "SetLogDeliveryConfiguration: EventSource userAuthEvents, LogLevel INFO (feature plan Plus)",
        source: "AWS developer guide, \"Exporting logs from Amazon Cognito user pools\"; OWASP ASVS 5.0, \
                 16.3.1",
        find: log_sign_ins,
    },
];

fn email_default_sender(pool: Subject<'_>) -> Option<String> {
    let own = pool.item["EmailConfiguration"]["EmailSendingAccount"] == "DEVELOPER";
    (!own).then(|| "EmailSendingAccount is COGNITO_DEFAULT".into())
}

fn email_fails(pool: Subject<'_>) -> Option<String> {
    let name = "EmailConfigurationFailure";
    let failure = pool.text(name);
    (!failure.is_empty()).then(|| format!("{name}: {failure}"))
}

fn sms_fails(pool: Subject<'_>) -> Option<String> {
    let mut codes = sms_failures(&pool);
    codes.retain(|code| *code != SANDBOX);
    (!codes.is_empty()).then(|| format!("SmsConfigurationFailure: {}", codes.join(", ")))
}

/// The code of `SmsConfigurationFailure` for an account in the sandbox.
const SANDBOX: &str = "SNSSandbox";

/// Splits `SmsConfigurationFailure`, a list of codes that are separated by commas.
fn sms_failures<'a>(pool: &Subject<'a>) -> Vec<&'a str> {
    let codes = pool.text("SmsConfigurationFailure").split(',');
    codes
        .map(str::trim)
        .filter(|code| !code.is_empty())
        .collect()
}

fn sms_external_id(pool: Subject<'_>) -> Option<String> {
    let sms = &pool.item["SmsConfiguration"];
    let eums = &sms["EumsSms"];
    let roles = [
        (&sms["SnsCallerArn"], &sms["ExternalId"]),
        (&eums["CallerArn"], &eums["ExternalId"]),
    ];
    let without = roles.into_iter().filter(|(_, id)| !is_set(id));
    let without: Vec<&str> = without.filter_map(|(role, _)| role.as_str()).collect();
    (!without.is_empty()).then(|| format!("ExternalId is not set for {}", without.join(", ")))
}

fn is_set(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

fn sms_sandbox(subject: Subject<'_>) -> Option<String> {
    if !subject.item.is_null() {
        let is_known = sms_failures(&subject).contains(&SANDBOX);
        return is_known.then(|| format!("SmsConfigurationFailure: {SANDBOX}"));
    }
    let sends = subject.all.pool()["SmsConfiguration"].is_object();
    sends.then(|| format!("SmsConfigurationFailure has no {SANDBOX}, which AWS can leave out"))
}

fn is_logged(pool: &Subject<'_>, source: &str) -> bool {
    let logs = pool.all.get(Document::Logs)["LogConfigurations"].as_array();
    let mut logs = logs.into_iter().flatten();
    logs.any(|log| log["EventSource"] == source)
}

fn log_delivery_failures(pool: Subject<'_>) -> Option<String> {
    let missing = !is_logged(&pool, "userNotification");
    missing.then(|| "no log of userNotification".into())
}

fn log_sign_ins(pool: Subject<'_>) -> Option<String> {
    let missing = !is_logged(&pool, "userAuthEvents");
    missing.then(|| "no log of userAuthEvents".into())
}
