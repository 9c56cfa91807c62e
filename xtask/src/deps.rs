//! The dependency rules of the workspace.
//!
//! The crates form a star: each crate depends on `cognito-core` and not on the others, and the
//! facade depends on all. [`rules`] contains the permitted dependencies of each crate, and the
//! packages that must not be compiled. Both are checked against the graph that Cargo resolved.
//! [`layers`] contains the permitted imports between the files of a crate, which are checked
//! against the sources.

mod graph;
mod layers;
mod modules;
mod rules;

use crate::Result;
use graph::{Graph, Kind, Package, Workspace};

/// Prints the largest import cycle of files in each crate, and one line for each dependency that
/// breaks the rules.
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

/// Returns one line for each violation of the rules.
fn violations(workspace: &Workspace) -> Vec<String> {
    let mut found = Vec::new();
    direct(workspace, &mut found);
    closures(workspace, &mut found);
    banned(&workspace.graph, &mut found);
    single_versions(&workspace.graph, &mut found);
    sdk_features(workspace, &mut found);
    found
}

/// Checks that each crate depends directly only on the permitted crates of the workspace, and on no
/// package that its rule excludes.
fn direct(workspace: &Workspace, found: &mut Vec<String>) {
    for member in &workspace.members {
        let Some(rule) = rules::RULES.iter().find(|rule| rule.name == member.name) else {
            found.push(format!(
                "{} has no row in the table of xtask/src/deps/rules.rs: say what it may depend on",
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
                    "{} depends on {name}; in this workspace it may depend on {}",
                    member.name,
                    list(rule.siblings)
                ));
            }
            if matches_any(rule.not_directly, name) {
                found.push(format!(
                    "{} depends on {name} directly; that work belongs to another crate",
                    member.name
                ));
            }
        }
    }
}

/// Checks the packages that a crate must not reach through other crates.
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
                    "{} reaches what it must not: {}",
                    rule.name,
                    names.join(" -> ")
                ));
            }
        }
    }
}

/// Checks the packages that no crate may use, including tests and build scripts.
fn banned(graph: &Graph, found: &mut Vec<String>) {
    for package in &graph.packages {
        for ban in rules::BANNED {
            if ban.name == package.name && ban.matches(&package.version) {
                found.push(format!(
                    "{} {} is in the tree ({}); brought in by {}",
                    package.name,
                    package.version,
                    ban.reason,
                    users(graph, package)
                ));
            }
        }
    }
}

/// Checks the packages that must have only one version, because they are large or must be unique.
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
        // Reported once, at the first of them.
        if versions.len() > 1 && versions.first() == Some(&package.version.as_str()) {
            found.push(format!(
                "{} is in the tree {} times: {}",
                package.name,
                versions.len(),
                versions.join(", ")
            ));
        }
    }
}

/// Checks that the default features of the AWS SDK are disabled, because they include a second,
/// legacy TLS stack.
fn sdk_features(workspace: &Workspace, found: &mut Vec<String>) {
    for member in &workspace.members {
        for dependency in &member.declared {
            if matches_any(rules::NO_DEFAULT_FEATURES, &dependency.name)
                && dependency.default_features
            {
                found.push(format!(
                    "{} takes {} with its default features",
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
                    "{} is built with its feature `{feature}`: a second, legacy TLS stack",
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
/// names with that prefix.
fn matches_any(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| {
        pattern
            .strip_suffix('*')
            .map_or(*pattern == name, |prefix| name.starts_with(prefix))
    })
}

#[cfg(test)]
mod tests;
