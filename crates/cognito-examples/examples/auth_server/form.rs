//! Parts of forms: a field with its label, and error messages.

use maud::{Markup, html};

use crate::site::problem::Problem;

#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    /// The `id` of the HTML input, and also the name of the field in the sent form.
    id: &'static str,
    label: &'a str,
    kind: &'static str,
    autocomplete: &'static str,
    hint: Option<&'a str>,
    value: &'a str,
    is_required: bool,
}

impl<'a> Field<'a> {
    pub(crate) const fn text(id: &'static str, label: &'a str, autocomplete: &'static str) -> Self {
        Self {
            id,
            label,
            kind: "text",
            autocomplete,
            hint: None,
            value: "",
            is_required: true,
        }
    }

    /// Creates the field `email`, for the e-mail address of the account.
    pub(crate) const fn address(value: &'a str) -> Self {
        let mut field = Self::text("email", "E-mail address", "username");
        field.kind = "email";
        field.value = value;
        field
    }

    /// Creates the field for the current password.
    pub(crate) const fn password(id: &'static str, label: &'a str) -> Self {
        let mut field = Self::text(id, label, "current-password");
        field.kind = "password";
        field
    }

    /// Creates the field for a new password.
    pub(crate) const fn new_password(id: &'static str, label: &'a str) -> Self {
        let mut field = Self::text(id, label, "new-password");
        field.kind = "password";
        field.hint =
            Some("At least eight characters, with upper case, lower case, a digit and a symbol.");
        field
    }

    /// Creates the field for a code from a message or an app.
    pub(crate) const fn code(label: &'a str) -> Self {
        let mut field = Self::text("code", label, "one-time-code");
        field.kind = "code";
        field
    }

    pub(crate) const fn autocomplete(mut self, autocomplete: &'static str) -> Self {
        self.autocomplete = autocomplete;
        self
    }

    pub(crate) const fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }

    pub(crate) const fn value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    pub(crate) const fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }

    /// Renders the field with its label. If `problem` is about this field, renders the error
    /// message too.
    pub(crate) fn show(self, problem: Option<&Problem>) -> Markup {
        let problem = problem.filter(|problem| problem.field == Some(self.id));
        let (hint_id, error_id) = (format!("{}-hint", self.id), format!("{}-error", self.id));
        let mut described = Vec::new();
        described.extend(self.hint.map(|_| hint_id.as_str()));
        described.extend(problem.map(|_| error_id.as_str()));
        let described = (!described.is_empty()).then(|| described.join(" "));
        let is_code = self.kind == "code";
        html! {
            div.field {
                label for=(self.id) {
                    (self.label)
                    @if !self.is_required { " " span.hint { "(optional)" } }
                }
                @if let Some(hint) = self.hint { p.hint id=(hint_id) { (hint) } }
                @if let Some(problem) = problem {
                    p.error id=(error_id) { span.hidden { "Error: " } (problem.text) }
                }
                input id=(self.id) name=(self.id)
                    class=[is_code.then_some("code")]
                    type=(if is_code { "text" } else { self.kind })
                    inputmode=[is_code.then_some("numeric")]
                    autocomplete=(self.autocomplete)
                    autocapitalize="none" spellcheck="false"
                    value=[(!self.value.is_empty()).then_some(self.value)]
                    required[self.is_required]
                    aria-invalid=[problem.map(|_| "true")]
                    aria-describedby=[described];
            }
        }
    }
}

/// Renders the error message at the top of the page. If the message is about a field, it is a link
/// to the field.
pub(crate) fn summary(problem: &Problem) -> Markup {
    html! {
        div.summary role="alert" tabindex="-1" data-focus aria-labelledby="summary-title" {
            h2 #summary-title { "There is a problem" }
            p {
                @match problem.field {
                    Some(field) => a href={ "#" (field) } { (problem.text) },
                    None => (problem.text),
                }
            }
        }
    }
}
