//! Runs test groups in lanes. The lanes run at the same time. The groups within one lane run one
//! after the other.

use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use super::summary::{Outcome, Row};
use crate::output;

/// The resource that a test group mainly uses. Groups with the same resource run one after the
/// other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// The processor. The test group mainly computes.
    Processor,
    /// Server processes. The test group starts servers, and mainly waits for their responses.
    Servers,
    /// A browser, in which the test group tests web pages.
    Browser,
}

impl Lane {
    const ALL: [Self; 3] = [Self::Processor, Self::Servers, Self::Browser];
}

/// A test group that can be run.
pub(super) struct Group<'a> {
    name: String,
    lane: Lane,
    run: Box<dyn Fn() -> Outcome + Send + Sync + 'a>,
}

impl<'a> Group<'a> {
    pub(super) fn new(
        name: impl Into<String>,
        lane: Lane,
        run: impl Fn() -> Outcome + Send + Sync + 'a,
    ) -> Self {
        Self {
            name: name.into(),
            lane,
            run: Box::new(run),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Prints the name of this test group, runs the group and measures the duration.
    pub(super) fn timed(&self) -> Row {
        output::line(format_args!("\n== {}", self.name));
        let start = Instant::now();
        let outcome = (self.run)();
        if let Outcome::Skipped { reason } = &outcome {
            output::line(format_args!("skipped: {reason}"));
        }
        Row {
            group: self.name.clone(),
            outcome,
            seconds: start.elapsed().as_secs_f64(),
        }
    }
}

/// Runs the groups and returns their rows in the order of `groups`. If there is only one group, its
/// output is printed immediately. Otherwise the output of a group is printed when the group ends.
pub(super) fn run(groups: &[Group<'_>]) -> Vec<Row> {
    if let [group] = groups {
        return vec![group.timed()];
    }
    let rows = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for lane in Lane::ALL {
            let rows = &rows;
            scope.spawn(move || {
                let of_lane = groups.iter().enumerate().filter(|(_, g)| g.lane == lane);
                for (index, group) in of_lane {
                    output::line(format_args!("{}: started", group.name));
                    let (row, text) = output::keep(|| group.timed());
                    // The lock keeps the output of two groups apart.
                    if let Ok(mut rows) = rows.lock() {
                        let (text, seconds) = (text.trim_end(), row.seconds);
                        output::line(format_args!("{text}\n{}: {seconds:.1} s", group.name));
                        rows.push((index, row));
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_default();
    rows.sort_by_key(|(index, _)| *index);
    rows.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;
    use crate::test::summary::Counts;

    #[test]
    fn lanes_run_together_and_keep_order() {
        let both = Barrier::new(2);
        let meets = || {
            both.wait();
            Outcome::of(true, Counts::default())
        };
        let groups = [
            Group::new("first", Lane::Browser, meets),
            Group::new("second", Lane::Servers, meets),
        ];
        let rows = run(&groups);
        let names: Vec<_> = rows.iter().map(|row| row.group.as_str()).collect();
        assert_eq!(names, ["first", "second"]);
    }
}
