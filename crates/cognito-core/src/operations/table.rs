//! The table of the operations of Cognito. One row describes one operation. The rows of each
//! [port](crate::ports) are in a separate file.

#[doc(hidden)]
pub mod account;
#[doc(hidden)]
pub mod administration;
#[doc(hidden)]
pub mod authentication;
#[doc(hidden)]
pub mod hosted_login;

/// Passes the table of operations to a macro. Only the crates of this project may use it, because
/// rows may change in any version. The module `operations` documents the format of a row.
///
/// The macro of each file adds the rows of one port, and passes all rows to the macro of the next
/// file. The last one passes the whole table to `$reader`.
#[doc(hidden)]
#[macro_export]
macro_rules! operation_table {
    ($reader:ident) => {
        $crate::operations::table::authentication::rows! { $reader }
    };
}

pub(crate) use operation_table as table;
