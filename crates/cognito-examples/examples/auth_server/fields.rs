//! The content of a form that a user has sent.

use std::collections::BTreeMap;
use std::fmt;

use axum::Form;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};

use crate::site::App;
use crate::site::layout;
use crate::site::problem::Problem;

/// The fields of a form, by name. A missing field is treated like an empty field.
pub(crate) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Returns `true` if the form has this field.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns the value of a field without white space at both ends. Users sometimes paste white
    /// space with a value.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.exactly(name).trim()
    }

    /// Returns the value of a field unchanged. It is for passwords, because spaces can be part of a
    /// password.
    pub(crate) fn exactly(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Returns the code in a field, without the spaces and hyphens that users type between its
    /// digits.
    pub(crate) fn code(&self, name: &str) -> String {
        let is_filler = |c: &char| !c.is_whitespace() && *c != '-';
        self.exactly(name).chars().filter(is_filler).collect()
    }

    /// Returns the e-mail address in the form. Fails if it is empty.
    pub(crate) fn address(&self) -> Result<&str, Problem> {
        match self.text("email") {
            "" => Err(Problem::at(
                "email",
                "Enter the e-mail address of your account.",
            )),
            address => Ok(address),
        }
    }

    /// Returns the code that the user has entered in the field `code`. Fails if it is empty.
    pub(crate) fn sent_code(&self) -> Result<String, Problem> {
        match self.code("code") {
            code if code.is_empty() => {
                Err(Problem::at("code", "Enter the code that was sent to you."))
            }
            code => Ok(code),
        }
    }
}

impl FromRequest<App> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Self::Rejection> {
        let form = Form::<Vec<(String, String)>>::from_request(request, app).await;
        match form {
            Ok(Form(fields)) => Ok(Self(fields.into_iter().collect())),
            Err(rejection) => {
                let status = rejection.into_response().status();
                Err(layout::bare(
                    app,
                    status,
                    "This form could not be read",
                    "Go back and try again.",
                )
                .into_response())
            }
        }
    }
}

/// Shows only the number of fields. Security: the fields include passwords and codes.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fields").field(&self.0.len()).finish()
    }
}
