//! The dependency rules of the workspace.
//!
//! [`rules`] lists the permitted dependencies of each crate, and the packages that no crate may
//! use. They are compared with the dependency graph that Cargo resolves. [`layers`] lists the
//! permitted imports between the files of a crate. They are compared with the source files.

mod graph;
mod layers;
mod modules;
mod rules;

use crate::Result;
use graph::{Graph, Kind, Package, Workspace};

/// Prints the size of the largest import cycle of each crate, and one line for each violation of
/// the dependency rules.
///
/// # Errors
///
/// Fails if the graph or a source file cannot be read, or if a dependency breaks the rules.
pub(crate) fn run() -> Result {
    let workspace = graph::read()?;
    let mut found = violations(&workspace);
    for crate_ in modules::read(&crate::root())? {
        println!("deps: {}", crate_.summary());
        crate_.check(&mut found);
    }
    for violation in &found {
        println!("deps: {violation}");
    }
    match found.len() {
        0 => {
            println!(
                "deps: {} crates of this workspace, {} packages in all: no errors",
                workspace.members.len(),
                workspace.graph.packages.len()
            );
            Ok(())
        }
        count => Err(format!("{count} dependencies break the rules")),
    }
}

/// Returns one line for each dependency of the workspace that violates a rule.
fn violations(workspace: &Workspace) -> Vec<String> {
    let mut found = Vec::new();
    direct(workspace, &mut found);
    closures(workspace, &mut found);
    banned(&workspace.graph, &mut found);
    single_versions(&workspace.graph, &mut found);
    sdk_features(workspace, &mut found);
    found
}

/// Finds direct dependencies that the rule of a crate does not permit. Also finds crates without a
/// rule.
fn direct(workspace: &Workspace, found: &mut Vec<String>) {
    for member in &workspace.members {
        let Some(rule) = rules::RULES.iter().find(|rule| rule.name == member.name) else {
            found.push(format!(
                "{} has no rule: add one to RULES in xtask/src/deps/rules.rs",
                member.name
            ));
            continue;
        };
        for dependency in member
            .declared
            .iter()
            .filter(|dependency| dependency.kind != Kind::Dev)
        {
            let name = dependency.name.as_str();
            if dependency.ours && !rule.siblings.contains(&name) {
                found.push(format!(
                    "{} depends on {name}: of the crates in this workspace, its rule permits {}",
                    member.name,
                    list(rule.siblings)
                ));
            }
            if matches_any(rule.not_directly, name) {
                found.push(format!(
                    "{} depends on {name} directly: use the crate of this workspace that provides it",
                    member.name
                ));
            }
        }
    }
}

/// Finds packages that a crate must not use, directly or through other packages.
fn closures(workspace: &Workspace, found: &mut Vec<String>) {
    for rule in rules::RULES {
        let Some(start) = workspace.graph.member(rule.name) else {
            continue;
        };
        for chain in workspace.graph.normal_closure(start) {
            let names: Vec<&str> = chain
                .iter()
                .map(|&index| workspace.graph.packages[index].name.as_str())
                .collect();
            if names
                .last()
                .is_some_and(|name| matches_any(rule.never, name))
            {
                found.push(format!(
                    "{} must not depend on the last package of: {}",
                    rule.name,
                    names.join(" -> ")
                ));
            }
        }
    }
}

/// Finds packages that no crate may use, not even in tests and build scripts.
fn banned(graph: &Graph, found: &mut Vec<String>) {
    for package in &graph.packages {
        for ban in rules::BANNED {
            if ban.name == package.name && ban.matches(&package.version) {
                found.push(format!(
                    "{} {} is forbidden ({}): used by {}",
                    package.name,
                    package.version,
                    ban.reason,
                    users(graph, package)
                ));
            }
        }
    }
}

/// Finds packages of [`rules::ONE_VERSION`] that are in the graph in more than one version.
fn single_versions(graph: &Graph, found: &mut Vec<String>) {
    for package in &graph.packages {
        if !matches_any(rules::ONE_VERSION, &package.name) {
            continue;
        }
        let versions: Vec<&str> = graph
            .packages
            .iter()
            .filter(|other| other.name == package.name)
            .map(|other| other.version.as_str())
            .collect();
        // Reported once, at the first version.
        if versions.len() > 1 && versions.first() == Some(&package.version.as_str()) {
            found.push(format!(
                "{} has {} versions, but only one is permitted: {}",
                package.name,
                versions.len(),
                versions.join(", ")
            ));
        }
    }
}

/// Finds dependencies on the AWS SDK with default features or with the feature `rustls`. These
/// features include a second, legacy TLS stack.
fn sdk_features(workspace: &Workspace, found: &mut Vec<String>) {
    for member in &workspace.members {
        for dependency in &member.declared {
            if matches_any(rules::NO_DEFAULT_FEATURES, &dependency.name)
                && dependency.default_features
            {
                found.push(format!(
                    "{} uses {} with default features: set `default-features = false`",
                    member.name, dependency.name
                ));
            }
        }
    }
    for package in &workspace.graph.packages {
        for feature in ["default", "rustls"] {
            if matches_any(rules::NO_DEFAULT_FEATURES, &package.name)
                && package.features.iter().any(|on| on == feature)
            {
                found.push(format!(
                    "{} has the feature `{feature}`, a second, legacy TLS stack: disable it",
                    package.name
                ));
            }
        }
    }
}

fn users(graph: &Graph, package: &Package) -> String {
    let names: Vec<&str> = graph
        .packages
        .iter()
        .filter(|user| {
            user.uses
                .iter()
                .any(|edge| std::ptr::eq(&raw const graph.packages[edge.to], package))
        })
        .map(|user| user.name.as_str())
        .collect();
    list(&names)
}

fn list(names: &[&str]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// Returns `true` if a name matches a pattern in the list. A pattern that ends in `*` matches all
/// names that begin with the part before it.
fn matches_any(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| {
        pattern
            .strip_suffix('*')
            .map_or(*pattern == name, |prefix| name.starts_with(prefix))
    })
}

#[cfg(test)]
mod tests;
