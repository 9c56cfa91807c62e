//! For each check, a change of the hardened pool that makes exactly this check find something.

use super::*;

/// The document, the JSON pointer and the new value. `null` removes the setting.
type Change = (Document, &'static str, &'static str);

pub(super) type Fault = &'static [Change];

/// The faults, one table row for each change. The comment at the start of the file describes the
/// columns.
const FAULTS: &str = include_str!("faults.txt");

/// The findings that a fault has in addition, because it breaks two rules.
const COMPANIONS: &[(&str, &str)] = &[
    ("risk-factor-if-configured", "mfa-optional"),
    ("sms-fails", "sms-sandbox"),
];

/// Sets the value at a JSON pointer, whose last part can be a new member.
pub(super) fn set(document: &mut Value, pointer: &str, value: &str) {
    let value: Value = serde_json::from_str(value).unwrap();
    if let Some(found) = document.pointer_mut(pointer) {
        *found = value;
        return;
    }
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    document.pointer_mut(parent).unwrap()[name] = value;
}

/// Returns the name of the check and the changes of each fault.
fn all() -> Vec<(&'static str, Vec<Change>)> {
    let mut faults: Vec<(_, Vec<_>)> = Vec::new();
    let rows = FAULTS.lines().filter(|line| line.contains('|'));
    for row in rows {
        let columns: Vec<_> = row.split('|').map(str::trim).collect();
        let [check, document, pointer, value] = columns[..] else {
            panic!("{row}");
        };
        let mut documents = Document::ALL.into_iter();
        let document = documents.find(|it| format!("{it:?}") == document);
        if !check.is_empty() {
            faults.push((check, Vec::new()));
        }
        let (_, changes) = faults.last_mut().unwrap();
        changes.push((document.unwrap(), pointer, value));
    }
    faults
}

#[test]
fn fault_is_found_by_its_check() {
    for (id, fault) in all() {
        let mut documents = hardened();
        for (document, pointer, value) in fault {
            set(documents.read.get_mut(&document).unwrap(), pointer, value);
        }
        let report = audit(&documents);
        let mut found = ids(&report, Status::Finding);
        found.retain(|found| !COMPANIONS.contains(&(id, found)));
        assert_eq!(found, [id], "{:?}", report.lines);
    }
}

#[test]
fn each_check_has_fault() {
    let faults: Vec<&str> = all().into_iter().map(|(id, _)| id).collect();
    for check in checks::all() {
        let is_tested = faults.contains(&check.id) || check.scope == Scope::Outside;
        assert!(is_tested, "{} has no fault", check.id);
    }
    let unknown = faults.iter().find(|id| checks::named(id).is_none());
    assert_eq!(unknown, None);
}
