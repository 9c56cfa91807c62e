//! Each rule detects a graph that breaks it, and returns a readable message.

use super::graph::{Declared, Edge, Graph, Kind, Member, Package, Workspace};
use super::*;

fn member(name: &str, dependencies: &[(&str, Kind)]) -> Member {
    Member {
        name: name.to_owned(),
        declared: dependencies
            .iter()
            .map(|&(name, kind)| Declared {
                name: name.to_owned(),
                kind,
                ours: name.starts_with("cognito"),
                default_features: false,
            })
            .collect(),
    }
}

fn package(name: &str, version: &str, uses: &[usize]) -> Package {
    Package {
        name: name.to_owned(),
        version: version.to_owned(),
        features: Vec::new(),
        ours: name.starts_with("cognito"),
        uses: uses.iter().map(|&to| Edge { to, normal: true }).collect(),
    }
}

fn tree(packages: Vec<Package>) -> Workspace {
    Workspace {
        members: Vec::new(),
        graph: Graph { packages },
    }
}

fn only(workspace: &Workspace) -> String {
    let mut found = violations(workspace);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn rejects_sibling_but_not_middle_crate() {
    let workspace = Workspace {
        members: vec![member(
            "cognito-jwt",
            &[
                ("cognito-core", Kind::Normal),
                ("cognito-cache", Kind::Normal),
            ],
        )],
        graph: Graph::default(),
    };
    assert_eq!(
        only(&workspace),
        "cognito-jwt depends on cognito-cache: of the crates in this workspace, its rule permits \
         cognito-core"
    );
}

#[test]
fn a_build_dependency_on_a_sibling_counts_too() {
    let workspace = Workspace {
        members: vec![member("cognito-core", &[("cognito-metrics", Kind::Build)])],
        graph: Graph::default(),
    };
    assert!(only(&workspace).ends_with("its rule permits none"));
}

#[test]
fn tests_may_use_the_testkit() {
    let workspace = Workspace {
        members: vec![member("cognito-core", &[("cognito-testkit", Kind::Dev)])],
        graph: Graph::default(),
    };
    assert!(violations(&workspace).is_empty());
}

#[test]
fn a_crate_without_a_row_is_named() {
    let workspace = Workspace {
        members: vec![member("cognito-surprise", &[])],
        graph: Graph::default(),
    };
    assert!(only(&workspace).starts_with("cognito-surprise has no rule"));
}

#[test]
fn the_facade_names_no_crypto_directly() {
    let workspace = Workspace {
        members: vec![member("cognito", &[("aws-lc-rs", Kind::Normal)])],
        graph: Graph::default(),
    };
    assert!(only(&workspace).starts_with("cognito depends on aws-lc-rs directly"));
}

#[test]
fn finds_forbidden_transitive_package_with_chain() {
    let workspace = tree(vec![
        package("cognito-core", "0.1.0", &[1]),
        package("innocent", "1.0.0", &[2]),
        package("tokio", "1.40.0", &[]),
    ]);
    assert_eq!(
        only(&workspace),
        "cognito-core must not depend on the last package of: cognito-core -> innocent -> tokio"
    );
}

#[test]
fn verifier_may_use_aws_lc_but_no_sdk() {
    let workspace = tree(vec![
        package("cognito-jwt", "0.1.0", &[1, 2]),
        package("aws-lc-rs", "1.17.0", &[]),
        package("aws-smithy-types", "1.3.0", &[]),
    ]);
    assert!(only(&workspace).ends_with("cognito-jwt -> aws-smithy-types"));
}

#[test]
fn test_and_build_dependencies_are_not_reached() {
    let mut core = package("cognito-core", "0.1.0", &[1]);
    core.uses[0].normal = false;
    let workspace = tree(vec![core, package("tokio", "1.40.0", &[])]);
    assert!(violations(&workspace).is_empty());
}

#[test]
fn a_cycle_through_tests_ends() {
    let graph = Graph {
        packages: vec![
            package("cognito-core", "0.1.0", &[1]),
            package("cognito-testkit", "0.1.0", &[0, 2]),
            package("serde", "1.0.0", &[]),
        ],
    };
    assert_eq!(graph.normal_closure(0), [vec![0, 1], vec![0, 1, 2]]);
}

#[test]
fn finds_banned_packages_at_banned_versions_only() {
    for (name, bad) in [
        ("ring", "0.17.8"),
        ("openssl", "0.10.66"),
        ("openssl-sys", "0.9.103"),
        ("native-tls", "0.2.12"),
        ("rsa", "0.9.10"),
        ("rustls", "0.21.12"),
        ("hyper", "0.14.30"),
    ] {
        let found = only(&tree(vec![
            package("user", "1.0.0", &[1]),
            package(name, bad, &[]),
        ]));
        assert!(
            found.starts_with(&format!("{name} {bad} is forbidden")),
            "{found}"
        );
        assert!(found.ends_with("used by user"), "{found}");
    }
    let fine = tree(vec![
        package("rustls", "0.23.20", &[]),
        package("hyper", "1.6.0", &[]),
    ]);
    assert!(violations(&fine).is_empty());
}

#[test]
fn duplicate_crypto_or_sdk_versions_are_reported_once() {
    for name in ["aws-lc-sys", "aws-sdk-ssm"] {
        let found = only(&tree(vec![
            package(name, "0.30.0", &[]),
            package(name, "0.41.0", &[]),
        ]));
        assert_eq!(
            found,
            format!("{name} has 2 versions, but only one is permitted: 0.30.0, 0.41.0")
        );
    }
}

#[test]
fn rejects_sdk_default_features() {
    // Both in the declared and in the resolved dependencies.
    let mut user = member("cognito-aws", &[("aws-config", Kind::Dev)]);
    user.declared[0].default_features = true;
    let declared = Workspace {
        members: vec![user],
        graph: Graph::default(),
    };
    assert_eq!(
        only(&declared),
        "cognito-aws uses aws-config with default features: set `default-features = false`"
    );
    for feature in ["default", "rustls"] {
        let mut sdk = package("aws-sdk-ssm", "1.0.0", &[]);
        sdk.features.push(feature.to_owned());
        assert!(only(&tree(vec![sdk])).contains(feature));
    }
}

#[test]
fn the_real_tree_obeys() {
    let workspace = graph::read().unwrap();
    assert!(workspace.graph.member("cognito-core").is_some());
    let found = violations(&workspace);
    assert!(found.is_empty(), "{}", found.join("\n"));
}
