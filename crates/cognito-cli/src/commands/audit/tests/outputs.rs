//! Tests of the baseline, the SARIF log and the HTML page of an audit.

use super::*;
use crate::commands::audit::baseline::Baseline;
use crate::commands::audit::{page, sarif};

/// Returns the documents of a pool with two faults.
fn faulty() -> Documents {
    let mut documents = hardened();
    let clients = documents.read.get_mut(&Document::Clients).unwrap();
    clients[0]["AllowedOAuthFlows"] = json!(["implicit"]);
    clients[0]["ClientName"] = json!("<script>alert(1)</script>\u{202e}");
    let pool = documents.read.get_mut(&Document::Pool).unwrap();
    pool["DeletionProtection"] = json!("INACTIVE");
    documents
}

fn accepted(expires: Option<&str>) -> (Baseline, Report) {
    let mut baseline = Baseline::default();
    let mut report = audit(&faulty());
    assert_eq!(baseline.accept(&report, "known", expires), 2);
    baseline.apply(&mut report);
    (baseline, report)
}

#[test]
fn baseline_accepts_same_findings_only() {
    let (baseline, report) = accepted(Some("2026-11-30"));
    assert_eq!(ids(&report, Status::Finding), [""; 0]);
    assert_eq!(ids(&report, Status::Accepted).len(), 2);
    let mut documents = faulty();
    let clients = documents.read.get_mut(&Document::Clients).unwrap();
    clients[1]["PreventUserExistenceErrors"] = json!("LEGACY");
    let mut report = audit(&documents);
    baseline.apply(&mut report);
    assert_eq!(ids(&report, Status::Finding), ["client-user-existence"]);
}

#[test]
fn expired_acceptance_is_finding_again() {
    let (baseline, _) = accepted(Some("2026-11-29"));
    let mut report = audit(&faulty());
    let messages = baseline.apply(&mut report);
    assert_eq!(ids(&report, Status::Finding).len(), 2);
    assert!(
        messages.iter().all(|text| text.contains("has expired")),
        "{messages:?}"
    );
}

#[test]
fn changed_value_is_not_accepted() {
    let (baseline, _) = accepted(None);
    let mut documents = faulty();
    let pool = documents.read.get_mut(&Document::Pool).unwrap();
    pool["DeletionProtection"] = json!("ACTIVE");
    let mut report = audit(&documents);
    let messages = baseline.apply(&mut report);
    assert!(messages[0].contains("no such finding"), "{messages:?}");
    assert_eq!(ids(&report, Status::Finding), [""; 0]);
}

#[test]
fn unread_document_keeps_acceptance() {
    let (mut baseline, _) = accepted(None);
    let mut documents = faulty();
    documents.read.remove(&Document::Clients);
    let unread = Unread {
        operation: Operation::ListUserPoolClients,
        reason: "AccessDeniedException".into(),
    };
    documents.unread.insert(Document::Clients, unread);
    assert_eq!(baseline.accept(&audit(&documents), "again", None), 1);
    let mut report = audit(&faulty());
    baseline.apply(&mut report);
    assert_eq!(ids(&report, Status::Finding), [""; 0]);
}

#[test]
fn sarif_has_required_members() {
    let (_, report) = accepted(None);
    let log = sarif::log(&report, true);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(run["tool"]["driver"]["name"].is_string());
    assert_eq!(rules.len(), checks::all().count());
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["message"]["text"].is_string());
        assert_eq!(result["suppressions"][0]["justification"], "known");
        let region = &result["locations"][0]["physicalLocation"]["region"];
        for name in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert_eq!(region[name], 1, "{name}");
        }
        let levels = ["error", "warning", "note"];
        assert!(levels.iter().any(|level| result["level"] == *level));
    }
    let notifications = &run["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(notifications.as_array().unwrap().len(), 2);
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let log = sarif::log(&report, false);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
}

#[test]
fn sarif_fingerprints_are_stable() {
    let fingerprints = |report: &Report| -> BTreeSet<String> {
        let log = sarif::log(report, true);
        let results = log["runs"][0]["results"].as_array().unwrap().iter();
        let hashes = results.map(|result| {
            let hash = &result["partialFingerprints"]["primaryLocationLineHash"];
            hash.as_str().unwrap().to_owned()
        });
        hashes.collect()
    };
    let first = fingerprints(&audit(&faulty()));
    assert_eq!(first.len(), 2, "{first:?}");
    assert!(first.iter().all(|hash| hash.ends_with(":1")), "{first:?}");
    let (_, accepted) = accepted(None);
    assert_eq!(fingerprints(&accepted), first);
}

#[test]
fn page_escapes_names_and_has_chart() {
    let page = page::page(&audit(&faulty()));
    assert!(!page.contains("<script"), "{page}");
    assert!(!page.contains('\u{202e}'), "{page}");
    for part in ["<svg", "client-implicit-flow", "color-scheme:light dark"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}
