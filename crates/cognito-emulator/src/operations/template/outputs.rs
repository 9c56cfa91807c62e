//! The outputs of a template.

use serde_json::Value;

use super::fault::Fault;
use super::scope::{Scope, sorted};
use super::stack::Output;

/// Evaluates the section `Outputs`. Omits an output whose condition is false. Omits an output whose
/// value the emulator does not have, such as the URL of an API, and adds a note. Fails if an output
/// is invalid.
pub(super) fn evaluate(scope: &Scope<'_>, notes: &mut Vec<String>) -> Result<Vec<Output>, Fault> {
    let mut outputs = Vec::new();
    let section = scope.section("Outputs").map(sorted);
    for (name, output) in section.into_iter().flatten() {
        let result = read(scope, name, output);
        let missing: Vec<_> = scope.take_placeholders().into_iter().collect();
        match result {
            Ok(Some(output)) if missing.is_empty() => outputs.push(output),
            Ok(Some(_)) => notes.push(format!("Outputs.{name}: omitted, {}", missing.join(", "))),
            Ok(None) => {}
            Err(fault) if fault.is_unsupported => {
                notes.push(format!("Outputs.{name}: omitted, {}", fault.reason()));
            }
            Err(fault) => return Err(fault.within(name).within("Outputs")),
        }
    }
    Ok(outputs)
}

fn read(scope: &Scope<'_>, name: &str, output: &Value) -> Result<Option<Output>, Fault> {
    if !scope.is_wanted(output)? {
        return Ok(None);
    }
    let value = scope
        .text(&output["Value"])
        .map_err(|fault| fault.within("Value"))?;
    let export = output["Export"].get("Name").map(|name| scope.text(name));
    let export = export.transpose();
    Ok(Some(Output {
        name: name.to_owned(),
        value,
        export: export.map_err(|fault| fault.within("Name").within("Export"))?,
    }))
}
