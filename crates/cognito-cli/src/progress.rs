//! Progress on stderr, if stderr is a terminal.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget};

use crate::context::Context;
use crate::output::count_of;

/// A line on stderr that shows the progress of a command.
pub(crate) struct Progress {
    line: ProgressBar,
}

impl Progress {
    /// Starts the line. If `--quiet` or `NO_COLOR` is set, or stderr is not a terminal, nothing is
    /// shown.
    pub(crate) fn start(context: &Context) -> Self {
        let shown = !context.global.quiet
            && io::stderr().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let line = ProgressBar::new_spinner();
        line.set_draw_target(if shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        });
        line.enable_steady_tick(Duration::from_millis(200));
        Self { line }
    }

    /// Shows the number of users, and the numbers of requests that were sent so far.
    pub(crate) fn show(&self, context: &Context, users: u64) {
        if !self.line.is_hidden() {
            let requests = context.requests();
            self.line.set_message(format!(
                "{}, {} ({:.1}/s), {} repeated, {} throttled",
                count_of(users, "user"),
                count_of(requests.sent, "request"),
                requests.rate(),
                requests.repeated,
                requests.throttled
            ));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}
