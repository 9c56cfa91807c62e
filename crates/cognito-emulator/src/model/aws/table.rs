//! The generated table with the operations and shapes of the service model.

use std::sync::LazyLock;

use crate::model::aws::exceptions;
use crate::model::aws::shape::Model;

/// The table in JSON, without the differences of [`exceptions`].
pub(super) const TABLE: &str = include_str!("../../../data/cognito-idp.json");

/// The table with the differences of [`exceptions`]. It is parsed at the first request.
pub(super) static MODEL: LazyLock<Model> = LazyLock::new(|| {
    // A test checks that the table can be read.
    let mut model: Model = serde_json::from_str(TABLE).unwrap_or_default();
    exceptions::apply(&mut model.shapes);
    model
});

/// Returns the names of all operations of the model, in no order.
pub(crate) fn operations() -> impl Iterator<Item = &'static str> {
    MODEL.operations.keys().map(String::as_str)
}
