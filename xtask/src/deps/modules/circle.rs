//! Finds the largest import cycle, with Tarjan's algorithm for strongly connected components.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Returns the largest set of files that all import each other, directly or through other files.
/// Returns an empty list if there is no cycle.
pub(super) fn largest(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<&str> {
    let mut search = Search {
        imports,
        order: HashMap::new(),
        stack: Vec::new(),
        largest: Vec::new(),
    };
    for file in imports.keys() {
        if !search.order.contains_key(file.as_str()) {
            search.visit(file);
        }
    }
    search.largest.sort_unstable();
    search.largest
}

/// The state of one run of Tarjan's algorithm.
struct Search<'a> {
    imports: &'a BTreeMap<String, BTreeSet<String>>,
    /// The number of each visited file, in the order of the visits. The first file has the number
    /// 0.
    order: HashMap<&'a str, usize>,
    stack: Vec<&'a str>,
    largest: Vec<&'a str>,
}

impl<'a> Search<'a> {
    fn visit(&mut self, file: &'a str) -> usize {
        let place = self.order.len();
        self.order.insert(file, place);
        self.stack.push(file);
        let mut lowest = place;
        for other in self.imports.get(file).into_iter().flatten() {
            let reached = match self.order.get(other.as_str()) {
                None => self.visit(other),
                Some(&seen) if self.stack.contains(&other.as_str()) => seen,
                Some(_) => continue,
            };
            lowest = lowest.min(reached);
        }
        if lowest == place {
            let start = self.stack.iter().position(|other| *other == file);
            let circle = self.stack.split_off(start.unwrap_or_default());
            if circle.len() > 1 && circle.len() > self.largest.len() {
                self.largest = circle;
            }
        }
        lowest
    }
}
