//! The delivery of logs to files and servers of this host ([`LogDelivery`]).

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::outgoing::{Outgoing, Reach, sent};

/// The maximum number of log entries of one pool that wait for their delivery to one destination.
/// Further entries are dropped.
const MOST_WAITING: usize = 1000;

/// The timeout of a request that delivers a log entry.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The destinations of logs, by the ARN with which a pool names the destination: the ARN of a log
/// group, a stream or a bucket.
///
/// Each destination has a thread that delivers its entries in order, so that a slow destination
/// delays neither requests nor other destinations. The threads end when this value is dropped.
#[derive(Default)]
pub(crate) struct LogDelivery {
    destinations: BTreeMap<String, Arc<Destination>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Destination {
    target: Target,
    queue: Mutex<Queue>,
    /// The condition variable that is notified when a log entry is added, and when the queue is
    /// closed.
    changed: Condvar,
}

/// The file or the URL that receives the log entries of a destination.
#[derive(Clone)]
pub(crate) enum Target {
    /// A file. Each log entry is written as one line.
    File(PathBuf),
    /// An `http://` URL of this host. Each log entry is sent to this URL in the body of a `POST`
    /// request.
    Url(String),
}

#[derive(Default)]
struct Queue {
    /// The log entries that wait for delivery. Each pair contains the id of the pool and the entry.
    entries: VecDeque<(String, String)>,
    /// The number of log entries of each pool that wait for delivery, by the id of the pool.
    shares: HashMap<String, usize>,
    is_closed: bool,
}

impl Target {
    /// Parses the URL or the file path of a destination of logs. Returns `None` if a URL is not an
    /// `http://` URL of this host, or if the string is empty.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if !text.contains("://") {
            return (!text.is_empty()).then(|| Self::File(text.into()));
        }
        let is_allowed = Reach::ThisHost.check(text).is_ok();
        is_allowed.then(|| Self::Url(text.to_owned()))
    }

    fn deliver(&self, runtime: &tokio::runtime::Runtime, entry: String) -> Result<(), String> {
        match self {
            Self::File(path) => {
                let file = OpenOptions::new().create(true).append(true).open(path);
                let written = file.and_then(|mut file| writeln!(file, "{entry}"));
                written.map_err(|error| error.kind().to_string())
            }
            Self::Url(url) => {
                let request = Outgoing::json(url, entry.into_bytes());
                let answer = runtime.block_on(sent(request, Reach::ThisHost, TIMEOUT));
                let (head, _) = answer.map_err(|error| error.to_string())?;
                let is_success = head.status.is_success();
                is_success
                    .then_some(())
                    .ok_or_else(|| head.status.to_string())
            }
        }
    }
}

impl Destination {
    fn push(&self, pool: &str, entry: String) {
        let mut queue = self.queue.lock();
        let share = queue.shares.entry(pool.to_owned()).or_default();
        if *share >= MOST_WAITING {
            drop(queue);
            tracing::warn!("a log entry was dropped, because too many wait for their delivery");
            return;
        }
        *share += 1;
        queue.entries.push_back((pool.to_owned(), entry));
        self.changed.notify_one();
    }

    /// Waits for the next log entry and removes it from the queue. Returns `None` if the queue is
    /// closed and empty.
    fn next(&self) -> Option<String> {
        let mut queue = self.queue.lock();
        loop {
            if let Some((pool, entry)) = queue.entries.pop_front() {
                match queue.shares.get_mut(&pool) {
                    Some(share) if *share > 1 => *share -= 1,
                    _ => drop(queue.shares.remove(&pool)),
                }
                return Some(entry);
            }
            if queue.is_closed {
                return None;
            }
            self.changed.wait(&mut queue);
        }
    }

    /// Delivers log entries until the queue is closed and empty. If a delivery fails after the
    /// queue was closed, drops the remaining entries, so that a failing destination does not delay
    /// the shutdown.
    fn run(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else {
            tracing::warn!("logs are not delivered, because their thread has no runtime");
            return;
        };
        while let Some(entry) = self.next() {
            if let Err(reason) = self.target.deliver(&runtime, entry) {
                tracing::warn!(reason, "a log entry was not delivered");
                let mut queue = self.queue.lock();
                if queue.is_closed {
                    queue.entries.clear();
                }
            }
        }
    }

    fn close(&self) {
        self.queue.lock().is_closed = true;
        self.changed.notify_all();
    }
}

impl LogDelivery {
    /// Starts a thread for each log destination. The thread delivers the log entries of its
    /// destination. `targets` maps the ARN of each destination to a file or a URL.
    pub(crate) fn start(targets: &BTreeMap<String, Target>) -> Self {
        let mut delivery = Self::default();
        for (arn, target) in targets {
            let destination = Arc::new(Destination {
                target: target.clone(),
                queue: Mutex::default(),
                changed: Condvar::new(),
            });
            let served = Arc::clone(&destination);
            let thread = thread::Builder::new().name("log-delivery".to_owned());
            if let Ok(thread) = thread.spawn(move || served.run()) {
                delivery.threads.get_mut().push(thread);
                delivery
                    .destinations
                    .insert(group(arn).to_owned(), destination);
            }
        }
        delivery
    }

    pub(crate) fn has(&self, arn: &str) -> bool {
        self.destinations.contains_key(group(arn))
    }

    /// Adds a log entry of a pool to the queue of a destination. Does nothing if there is no
    /// destination with this ARN.
    pub(crate) fn send(&self, arn: &str, pool: &str, entry: String) {
        if let Some(destination) = self.destinations.get(group(arn)) {
            destination.push(pool, entry);
        }
    }

    /// Closes the queues, and waits until their log entries are delivered.
    pub(crate) fn finish(&self) {
        self.close();
        for thread in self.threads.lock().drain(..) {
            let _ = thread.join();
        }
    }

    fn close(&self) {
        for destination in self.destinations.values() {
            destination.close();
        }
    }
}

impl Drop for LogDelivery {
    fn drop(&mut self) {
        self.close();
    }
}

/// Returns an ARN of a log group without the `:*` that some tools append.
fn group(arn: &str) -> &str {
    arn.strip_suffix(":*").unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_has_a_share_of_the_queue() {
        let destination = Destination {
            target: Target::File(PathBuf::new()),
            queue: Mutex::default(),
            changed: Condvar::new(),
        };
        for number in 0..2 * MOST_WAITING {
            destination.push("a", number.to_string());
        }
        destination.push("b", "of b".to_owned());
        destination.close();
        let entries: Vec<_> = std::iter::from_fn(|| destination.next()).collect();
        assert_eq!(entries.len(), MOST_WAITING + 1);
        assert_eq!(entries[MOST_WAITING], "of b");
        assert!(destination.queue.lock().shares.is_empty());
    }

    #[test]
    fn targets_are_files_or_urls_of_this_host() {
        let is_valid = |text| Target::parse(text).is_some();
        assert!(is_valid("logs/events.jsonl") && is_valid("http://127.0.0.1:1/logs"));
        for text in [
            "",
            "https://127.0.0.1/",
            "http://192.0.2.1/",
            "file:///etc/passwd",
        ] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
