//! The service model of Cognito, read from a generated table.

use std::sync::LazyLock;

use crate::model::aws::exceptions;
use crate::model::aws::shape::Model;

/// The generated table in JSON, before [`exceptions`] are applied.
pub(super) const TABLE: &str = include_str!("../../../data/cognito-idp.json");

/// The service model with the changes of [`exceptions`]. The table is parsed at the first request.
pub(super) static MODEL: LazyLock<Model> = LazyLock::new(|| {
    // A test checks that the table can be read.
    let mut model: Model = serde_json::from_str(TABLE).unwrap_or_default();
    exceptions::apply(&mut model.shapes);
    model
});

/// Returns the names of all Cognito operations in the service model, in no particular order.
pub(crate) fn operations() -> impl Iterator<Item = &'static str> {
    MODEL.operations.keys().map(String::as_str)
}
