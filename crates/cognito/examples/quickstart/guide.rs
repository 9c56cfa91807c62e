//! The output of the tour on the terminal: headings, facts, JSON, a QR code.

use std::cell::RefCell;
use std::io::IsTerminal;

use serde::Serialize;

/// A printer for the output of the tour.
pub(crate) struct Guide {
    colours: bool,
    /// The lines, which a test stores instead of printing them.
    #[allow(dead_code, reason = "read by the test that runs the tour")]
    pub(crate) lines: Option<RefCell<Vec<String>>>,
}

impl Guide {
    /// Creates a printer for the terminal. It uses colours if the output is a terminal and
    /// `NO_COLOR` is not set.
    #[allow(dead_code, reason = "the test that runs the tour is silent")]
    pub(crate) fn terminal() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none();
        Self {
            colours: wanted && std::io::stdout().is_terminal(),
            lines: None,
        }
    }

    /// Creates a printer that only stores the lines.
    #[allow(dead_code, reason = "used by the test that runs the tour")]
    pub(crate) fn silent() -> Self {
        Self {
            colours: false,
            lines: Some(RefCell::default()),
        }
    }

    /// Prints the heading of a chapter.
    pub(crate) fn chapter(&self, title: &str) {
        self.say(String::new());
        self.say(self.paint("1;36", &format!("── {title} ")));
    }

    /// Prints a line about a success.
    pub(crate) fn fact(&self, text: impl AsRef<str>) {
        self.say(format!("{} {}", self.paint("32", "✓"), text.as_ref()));
    }

    /// Prints a value as the JSON that a front end would receive.
    pub(crate) fn json(&self, value: &impl Serialize) {
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        for line in text.lines() {
            self.say(format!("  {}", self.paint("2", line)));
        }
    }

    /// Prints a string as a QR code.
    pub(crate) fn qr_code(&self, text: &str) {
        let Ok(code) = qrcode::QrCode::new(text) else {
            return;
        };
        let picture = code.render::<qrcode::render::unicode::Dense1x2>().build();
        for line in picture.lines() {
            self.say(format!("  {line}"));
        }
    }

    /// Formats a line about a failure. The caller prints it.
    #[allow(dead_code, reason = "the test that runs the tour panics instead")]
    pub(crate) fn alarm(&self, text: &str) -> String {
        format!("{} {text}", self.paint("1;31", "✗"))
    }

    fn say(&self, line: String) {
        match &self.lines {
            Some(lines) => lines.borrow_mut().push(line),
            #[allow(clippy::print_stdout, reason = "it talks to a terminal")]
            None => println!("{line}"),
        }
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.colours {
            format!("\u{1b}[{colour}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}
