//! The output of the quickstart example on the terminal: headings, facts, JSON and a QR code.

use std::cell::RefCell;
use std::io::IsTerminal;

use serde::Serialize;

/// A printer for the output of the quickstart example.
pub(crate) struct Guide {
    colours: bool,
    /// The printed lines, for a test. `None` if the lines are printed to the terminal and not
    /// stored.
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

    /// Creates a printer that stores the lines and prints nothing.
    #[allow(dead_code, reason = "used by the test that runs the tour")]
    pub(crate) fn silent() -> Self {
        Self {
            colours: false,
            lines: Some(RefCell::default()),
        }
    }

    /// Prints an empty line and a heading.
    pub(crate) fn chapter(&self, title: &str) {
        self.say(String::new());
        self.say(self.paint("1;36", &format!("── {title} ")));
    }

    /// Prints `text` as a line that begins with a check mark.
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

    /// Prints a string as a QR code. If the string is too long for a QR code, prints nothing.
    pub(crate) fn qr_code(&self, text: &str) {
        let Ok(code) = qrcode::QrCode::new(text) else {
            return;
        };
        let picture = code.render::<qrcode::render::unicode::Dense1x2>().build();
        for line in picture.lines() {
            self.say(format!("  {line}"));
        }
    }

    /// Returns a line with a cross mark, for a failure. The line is not printed.
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
