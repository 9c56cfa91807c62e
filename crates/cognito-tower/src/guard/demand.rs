//! Required groups or scopes.

/// A requirement: some of these names, or all of them.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    quantity: Quantity,
    names: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    All,
    Any,
}

impl Demand {
    pub(super) fn new<I>(quantity: Quantity, names: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let names = names.into_iter().map(Into::into).collect();
        Self { quantity, names }
    }

    /// Returns `true` if these names meet the requirement. No names meet an empty list or name: a
    /// setting is missing, and then nothing may be accepted.
    pub(super) fn is_met_by(&self, had: &[String]) -> bool {
        let has = |name: &String| !name.is_empty() && had.contains(name);
        match self.quantity {
            Quantity::All => !self.names.is_empty() && self.names.iter().all(has),
            Quantity::Any => self.names.iter().any(has),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}
