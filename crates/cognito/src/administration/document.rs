//! Operations of an operator on the user pool itself, with JSON documents.

use cognito_core::Operation;
use cognito_core::administration::document::{DocumentRequest, JsonDocument};
use cognito_core::ports::Administration;

use crate::Call;
use crate::administration::Admin;

impl Admin {
    /// Sends an operation that reads or changes the user pool, its app clients, its identity
    /// providers or another part of it. The request and the response are JSON documents, as in
    /// AWS's API reference. Only operations for which [`Operation::has_document`] returns `true`
    /// can be sent.
    ///
    /// `members` contains the members of the request. If the operation needs a `UserPoolId` and
    /// `members` has none, the id of the configured user pool is added.
    ///
    /// `UpdateUserPool` and most other operations that change settings reset each setting that the
    /// request does not contain. Read the settings first, change them, and send all of them. A JSON
    /// document also contains the settings that are newer than this crate.
    ///
    /// [`replied_at`](JsonDocument::replied_at) of the response is its time by AWS's clock.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// use cognito::Operation;
    /// use cognito::administration::JsonDocument;
    ///
    /// let admin = cognito.admin();
    /// let pool = admin.document(Operation::DescribeUserPool, JsonDocument::new()).await?;
    /// println!("{}", pool.as_json()["UserPool"]["MfaConfiguration"]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Misuse`](crate::ErrorKind::Misuse) if the operation has its own method, such as
    ///   [`user`](Self::user).
    /// - [`Configuration`](crate::ErrorKind::Configuration) if the user pool does not exist.
    /// - [`NotFound`](crate::ErrorKind::NotFound) if another object in the request, such as an app
    ///   client, does not exist.
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if AWS rejects the members.
    pub fn document(
        &self,
        operation: Operation,
        members: JsonDocument,
    ) -> Call<DocumentRequest, JsonDocument> {
        let request = DocumentRequest::new(operation, members);
        let call = self
            .cognito
            .call(operation, request, async |inner, request| {
                inner.administration.send_document(request).await
            });
        if reads(operation) { call.reads() } else { call }
    }
}

fn reads(operation: Operation) -> bool {
    let prefixes = ["AdminList", "Describe", "Get", "List"];
    let name = operation.name();
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}
