//! Reads `cargo metadata`: the crates of the workspace and the dependency graph.

use std::collections::{HashMap, VecDeque};

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand};

use crate::Result;

/// The crates of this workspace with their declared dependencies, and the graph that Cargo
/// resolved.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    pub(super) members: Vec<Member>,
    pub(super) graph: Graph,
}

/// A crate of this workspace, with the dependencies in its manifest.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) declared: Vec<Declared>,
}

/// A dependency in the manifest of a crate.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// `true` if the dependency is a crate of this workspace.
    pub(super) ours: bool,
    pub(super) default_features: bool,
}

/// The kind of a dependency: the table of the manifest in which it is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Build,
    Dev,
    Normal,
}

/// The resolved dependency graph: all packages for all platforms, with all features of this
/// workspace.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) packages: Vec<Package>,
}

/// A package in one version, with its enabled features and its dependencies.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) features: Vec<String>,
    pub(super) ours: bool,
    pub(super) uses: Vec<Edge>,
}

/// A dependency of one package on another.
#[derive(Debug)]
pub(super) struct Edge {
    /// The index of the used package in [`Graph::packages`].
    pub(super) to: usize,
    /// `true` for a normal dependency, `false` if only build scripts or tests use it.
    pub(super) normal: bool,
}

impl Graph {
    /// Returns the index of a crate of this workspace in [`Graph::packages`].
    pub(super) fn member(&self, name: &str) -> Option<usize> {
        self.packages
            .iter()
            .position(|package| package.ours && package.name == name)
    }

    /// Returns a path to each package that a crate uses, directly or indirectly, through normal
    /// dependencies. `start` is the index of the crate in [`Graph::packages`]. A path is a list of
    /// such indexes: it begins with `start`, and is the shortest path to the package at its end.
    pub(super) fn normal_closure(&self, start: usize) -> Vec<Vec<usize>> {
        let mut came_from: HashMap<usize, usize> = HashMap::new();
        let mut queue = VecDeque::from([start]);
        let mut order = Vec::new();
        while let Some(at) = queue.pop_front() {
            for edge in self.packages[at].uses.iter().filter(|edge| edge.normal) {
                if edge.to != start && !came_from.contains_key(&edge.to) {
                    came_from.insert(edge.to, at);
                    order.push(edge.to);
                    queue.push_back(edge.to);
                }
            }
        }
        order
            .into_iter()
            .map(|end| {
                let mut chain = vec![end];
                while let Some(&before) = chain.last().and_then(|at| came_from.get(at)) {
                    chain.push(before);
                }
                chain.reverse();
                chain
            })
            .collect()
    }
}

/// Reads the dependency graph of this workspace from Cargo.
///
/// # Errors
///
/// Fails if Cargo cannot resolve the dependencies.
pub(super) fn read() -> Result<Workspace> {
    let metadata = MetadataCommand::new()
        .manifest_path(crate::root().join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .exec()
        .map_err(|error| format!("cargo metadata failed: {error}"))?;
    Ok(Workspace {
        members: members(&metadata),
        graph: resolved(&metadata)?,
    })
}

fn members(metadata: &Metadata) -> Vec<Member> {
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| Member {
            name: package.name.to_string(),
            declared: package
                .dependencies
                .iter()
                .map(|dependency| Declared {
                    name: dependency.name.clone(),
                    kind: kind(dependency.kind),
                    ours: dependency.path.is_some(),
                    default_features: dependency.uses_default_features,
                })
                .collect(),
        })
        .collect()
}

fn kind(kind: DependencyKind) -> Kind {
    match kind {
        DependencyKind::Build => Kind::Build,
        DependencyKind::Development => Kind::Dev,
        _ => Kind::Normal,
    }
}

fn resolved(metadata: &Metadata) -> Result<Graph> {
    let resolve = metadata
        .resolve
        .as_ref()
        .ok_or("cargo metadata gave no resolved graph")?;
    let places: HashMap<_, usize> = resolve
        .nodes
        .iter()
        .enumerate()
        .map(|(place, node)| (&node.id, place))
        .collect();
    let described: HashMap<_, _> = metadata
        .packages
        .iter()
        .map(|package| (&package.id, package))
        .collect();
    let mut packages = Vec::new();
    for node in &resolve.nodes {
        let package = described
            .get(&node.id)
            .ok_or_else(|| format!("cargo metadata does not describe {}", node.id))?;
        let features: Vec<String> = node.features.iter().map(ToString::to_string).collect();
        let uses = node
            .deps
            .iter()
            .filter_map(|used| {
                let name = described.get(&used.pkg)?.name.as_str();
                is_on(package, &features, name).then_some(Edge {
                    to: *places.get(&used.pkg)?,
                    normal: used
                        .dep_kinds
                        .iter()
                        .any(|info| kind(info.kind) == Kind::Normal),
                })
            })
            .collect();
        packages.push(Package {
            name: package.name.to_string(),
            version: package.version.to_string(),
            features,
            ours: metadata.workspace_members.contains(&node.id),
            uses,
        });
    }
    Ok(reached(packages))
}

/// Returns `true` if a package with these enabled features uses its dependency `name`.
///
/// Cargo's graph also contains optional dependencies that only a *weak* feature such as
/// `ring?/alloc` refers to. An optional dependency is used only if an enabled feature refers to it
/// without `?`.
fn is_on(package: &cargo_metadata::Package, features: &[String], name: &str) -> bool {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.name == name)
        .any(|dependency| {
            let key = dependency.rename.as_deref().unwrap_or(name);
            !dependency.optional
                || features.iter().any(|feature| feature == key)
                || features
                    .iter()
                    .filter_map(|feature| package.features.get(feature))
                    .flatten()
                    .any(|item| turns_on(item, key))
        })
}

/// Returns `true` if `item`, an entry in the list of a feature, enables the optional dependency
/// `key`.
fn turns_on(item: &str, key: &str) -> bool {
    item.strip_prefix("dep:")
        .or_else(|| item.split_once('/').map(|(before, _)| before))
        .is_some_and(|named| named == key)
}

/// Removes the packages that no crate of this workspace uses. The remaining packages refer to each
/// other by index, so these indexes are updated.
fn reached(packages: Vec<Package>) -> Graph {
    let mut seen = vec![false; packages.len()];
    let mut queue: Vec<usize> = (0..packages.len())
        .filter(|&place| packages[place].ours)
        .collect();
    while let Some(at) = queue.pop() {
        if !std::mem::replace(&mut seen[at], true) {
            queue.extend(packages[at].uses.iter().map(|edge| edge.to));
        }
    }
    let places: Vec<usize> = seen
        .iter()
        .scan(0, |next, &kept| {
            let place = *next;
            *next += usize::from(kept);
            Some(place)
        })
        .collect();
    let mut kept = packages;
    let mut keep = seen.iter();
    kept.retain(|_| keep.next() == Some(&true));
    for edge in kept.iter_mut().flat_map(|package| &mut package.uses) {
        edge.to = places[edge.to];
    }
    Graph { packages: kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, ours: bool, uses: &[usize]) -> Package {
        Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            features: Vec::new(),
            ours,
            uses: uses.iter().map(|&to| Edge { to, normal: true }).collect(),
        }
    }

    #[test]
    fn unreached_nodes_are_removed_and_renumbered() {
        let graph = reached(vec![
            package("stray", false, &[2]),
            package("ours", true, &[3]),
            package("also-stray", false, &[]),
            package("used", false, &[]),
        ]);
        let names: Vec<&str> = graph.packages.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["ours", "used"]);
        assert_eq!(graph.packages[0].uses[0].to, 1);
    }

    #[test]
    fn a_weak_feature_turns_nothing_on() {
        assert!(turns_on("dep:ring", "ring"));
        assert!(turns_on("ring/std", "ring"));
        assert!(!turns_on("ring?/std", "ring"));
        assert!(!turns_on("dep:ring-compat", "ring"));
    }
}
