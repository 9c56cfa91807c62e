//! Groups or scopes that a token must have.

/// Some of these names, or all of them.
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

    /// Whether who has these names is let in. A demand without a name lets nobody in: a setting is
    /// missing, and that must not open a door.
    pub(super) fn is_met_by(&self, had: &[String]) -> bool {
        let mut names = self.names.iter();
        match self.quantity {
            Quantity::All => !self.names.is_empty() && names.all(|name| had.contains(name)),
            Quantity::Any => names.any(|name| had.contains(name)),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}
