//! Writes the changes of the data to the state file ([`Journal`]).

use std::collections::{BTreeMap, VecDeque};
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::state::entries::{Change, Unwritable};
use crate::state::file::StateFile;
use crate::state::pools::Pools;

/// The key of a row of the state file: its scope, its kind and its key.
pub(crate) type RowKey<'r> = (&'r str, &'r str, &'r str);

/// A row of the state file, and its value. A row without a value is removed.
pub(crate) type Row<'r> = (RowKey<'r>, Option<&'r str>);

/// The connection between the data of an emulator and its state file. Without a state file, it does
/// nothing.
#[derive(Clone, Default)]
pub(crate) struct Journal(Option<Arc<Stored>>);

struct Stored {
    /// The name of the state file, without its directory.
    name: String,
    queue: Mutex<Queue>,
    writer: Mutex<Writer>,
}

/// The requests that wait for a commit.
///
/// One request, the leader, writes the changes of all requests that have entered the queue before
/// it begins to write. These requests wait without blocking a thread. The first request that enters
/// during the write becomes the next leader.
#[derive(Default)]
struct Queue {
    has_leader: bool,
    waiting: VecDeque<oneshot::Sender<Turn>>,
    /// The channel to the checkpoint that waits for the right to write. The checkpoint gets this
    /// right before the waiting requests. `None` if no checkpoint waits.
    checkpoint: Option<oneshot::Sender<Turn>>,
}

/// The message that a request in the [`Queue`] waits for. Either the changes of the request were
/// committed, or the request becomes the leader.
enum Turn {
    /// The result of the commit that contained the changes of the request.
    Done(Result<(), Unsaved>),
    /// The request becomes the leader: it must write the next commit.
    Lead(Lead),
}

/// The right to write the next commit to the state file. One request, the leader, has it. When this
/// value is dropped, the next waiting request becomes the leader. This also happens if the leader
/// is cancelled because its client has closed the connection.
///
/// Only `drop` sets the content to `None`, when it passes the right on to the next request.
struct Lead(Option<Arc<Stored>>);

impl Lead {
    /// Returns the requests that have entered the queue so far. Their changes are in the next commit.
    fn group(&self) -> VecDeque<oneshot::Sender<Turn>> {
        let stored = self.0.as_ref();
        stored.map_or_else(VecDeque::new, |stored| {
            std::mem::take(&mut stored.queue.lock().waiting)
        })
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        let mut right = self.0.take();
        while let Some(stored) = right.take() {
            let next = {
                let mut queue = stored.queue.lock();
                let checkpoint = queue.checkpoint.take();
                let next = checkpoint.or_else(|| queue.waiting.pop_front());
                queue.has_leader = next.is_some();
                next
            };
            // If the request was cancelled, the one after it leads. This is a loop, because the drop
            // of the returned value would need one level of the stack for each cancelled request.
            if let Some(next) = next
                && let Err(Turn::Lead(mut returned)) = next.send(Turn::Lead(Self(Some(stored))))
            {
                right = returned.0.take();
            }
        }
    }
}

struct Writer {
    /// The open state file. `None` after the journal was closed.
    file: Option<StateFile>,
    unwritten: Unwritten,
    /// The changes that a commit is writing. Usually empty between commits. If a commit panicked,
    /// its changes stay here, and the next commit writes them.
    taken: Vec<Change>,
    /// `true` from the time when a checkpoint is due until it is done.
    has_checkpoint: bool,
}

/// The changes that could not be written yet: the newest value of each row.
type Unwritten = BTreeMap<(String, &'static str, String), Option<String>>;

fn keep(unwritten: &mut Unwritten, changes: Vec<Change>) {
    let changes = changes.into_iter();
    unwritten.extend(changes.map(|it| ((it.scope, it.kind, it.key), it.value)));
}

/// The error of a commit: the state file cannot be written. Contains the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the state file cannot be written: {0}")]
pub(crate) struct Unsaved(String);

impl Journal {
    /// Creates a journal that writes to a file. `name` is the name of the file without its directory.
    #[cfg(feature = "state")]
    pub(crate) fn new(name: String, file: StateFile) -> Self {
        Self(Some(Arc::new(Stored {
            name,
            queue: Mutex::default(),
            writer: Mutex::new(Writer {
                file: Some(file),
                unwritten: BTreeMap::new(),
                taken: Vec::new(),
                has_checkpoint: false,
            }),
        })))
    }

    /// Returns the name of the state file, without its directory. Returns `None` without a state file.
    pub(crate) fn name(&self) -> Option<&str> {
        self.0.as_ref().map(|stored| stored.name.as_str())
    }

    /// Limits the size of the state file to this number of database pages. A write that exceeds the
    /// limit fails, as on a full disk.
    #[cfg(test)]
    #[cfg(feature = "state")]
    pub(crate) fn limit(&self, pages: i32) {
        let stored = self.0.as_ref().expect("a state file");
        stored
            .writer
            .lock()
            .file
            .as_ref()
            .expect("an open file")
            .limit(pages);
    }

    /// Begins a checkpoint, even if the log is still small. Panics if there is no state file.
    #[cfg(test)]
    #[cfg(feature = "state")]
    pub(crate) fn begin_checkpoint(&self) -> JoinHandle<()> {
        let stored = self.0.as_ref().expect("a state file");
        stored.begin_checkpoint().expect("a thread")
    }

    /// Writes all changes of the data. After a success, the file contains all changes that were
    /// made before the call. After a failure, the changes are kept for the next commit.
    pub(crate) async fn commit(&self, pools: &Pools) -> Result<(), Unsaved> {
        let Some(stored) = &self.0 else {
            return Ok(());
        };
        let lead = match stored.enter(pools) {
            Position::Unchanged => return Ok(()),
            Position::Leader(lead) => {
                // Other requests that are ready can enter the queue, and share the write.
                tokio::task::yield_now().await;
                lead
            }
            Position::Waiting(turn) => match turn.await {
                Ok(Turn::Done(result)) => return result,
                Ok(Turn::Lead(lead)) => lead,
                Err(_) => return Err(Unsaved("the emulator is stopping".to_owned())),
            },
        };
        let group = lead.group();
        let (result, is_due) = {
            let mut writer = stored.writer.lock();
            let result = writer.commit(pools);
            (result, writer.is_checkpoint_due())
        };
        for waiting in group {
            // The request may have been cancelled.
            let _ = waiting.send(Turn::Done(result.clone()));
        }
        drop(lead);
        if is_due {
            // If no thread can be started, the next commit begins the checkpoint.
            let _ = stored.begin_checkpoint();
        }
        result
    }

    /// Does the same as [`commit`](Self::commit) on the current thread, for code that is not async.
    pub(crate) fn commit_now(&self, pools: &Pools) -> Result<(), Unsaved> {
        let Some(stored) = &self.0 else {
            return Ok(());
        };
        let is_due = {
            let mut writer = stored.writer.lock();
            writer.commit(pools)?;
            writer.is_checkpoint_due()
        };
        if is_due {
            // If no thread can be started, the next commit begins the checkpoint.
            let _ = stored.begin_checkpoint();
        }
        Ok(())
    }

    /// Writes all changes and closes the file, so that another emulator can open it. Later changes are
    /// not written, and later commits of changes fail.
    pub(crate) fn close(&self, pools: &Pools) {
        if let Some(stored) = &self.0 {
            let mut writer = stored.writer.lock();
            if writer.file.is_some() {
                // The error is logged.
                let _ = writer.commit(pools);
                writer.file = None;
            }
        }
    }
}

/// The place of a request in the [`Queue`].
enum Position {
    Leader(Lead),
    /// Nothing has changed since the last commit, and no commit is in progress.
    Unchanged,
    Waiting(oneshot::Receiver<Turn>),
}

impl Stored {
    /// Begins a checkpoint: copies SQLite's write-ahead log into the database. This runs on another
    /// thread, because it waits for the disk. Call this method after
    /// [`is_checkpoint_due`](Writer::is_checkpoint_due) has returned `true`.
    fn begin_checkpoint(self: &Arc<Self>) -> io::Result<JoinHandle<()>> {
        let stored = Arc::clone(self);
        let begun = thread::Builder::new().spawn(move || {
            // Nearly all bytes of the log are flushed while requests continue to write.
            let writer = stored.writer.lock();
            let log = writer.file.as_ref().map(|file| file.log().to_owned());
            drop(writer);
            if let Some(log) = log {
                flush(&log);
            }
            // During the rest of the checkpoint, requests wait in the queue, not on a thread of the
            // runtime.
            let _lead = stored.lead();
            stored.writer.lock().checkpoint();
        });
        if begun.is_err() {
            self.writer.lock().has_checkpoint = false;
        }
        begun
    }

    /// Waits until the caller is the leader, which may write to the state file. Returns `None` if
    /// the emulator is stopping.
    fn lead(self: &Arc<Self>) -> Option<Lead> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut queue = self.queue.lock();
            if !queue.has_leader {
                queue.has_leader = true;
                return Some(Lead(Some(Arc::clone(self))));
            }
            queue.checkpoint = Some(sender);
        }
        match receiver.blocking_recv().ok() {
            Some(Turn::Lead(lead)) => Some(lead),
            _ => None,
        }
    }

    fn enter(self: &Arc<Self>, pools: &Pools) -> Position {
        let mut queue = self.queue.lock();
        if queue.has_leader {
            let (sender, receiver) = oneshot::channel();
            queue.waiting.push_back(sender);
            return Position::Waiting(receiver);
        }
        if !pools.may_have_changed() {
            // Background work may be writing. The request then waits for it as the leader, without
            // the lock of the queue.
            let writer = self.writer.try_lock();
            if writer.is_some_and(|writer| writer.is_done()) {
                return Position::Unchanged;
            }
        }
        queue.has_leader = true;
        Position::Leader(Lead(Some(Arc::clone(self))))
    }
}

/// Flushes SQLite's write-ahead log to the disk before a checkpoint. The checkpoint, during which
/// requests wait, then needs less time. Ignores errors, because the checkpoint itself flushes the
/// log again.
fn flush(log: &Path) {
    let log = OpenOptions::new().write(true).open(log);
    let _ = log.and_then(|log| log.sync_data());
}

impl Writer {
    /// Takes the changes from the data and writes them, with the changes that earlier commits could
    /// not write.
    ///
    /// The caller holds the lock of the writer during the whole commit, so no other commit is
    /// writing changes at the same time. If there are no changes to write, all changes before this
    /// call are therefore already in the file.
    fn commit(&mut self, pools: &Pools) -> Result<(), Unsaved> {
        if !self.taken.is_empty() {
            keep(&mut self.unwritten, std::mem::take(&mut self.taken));
        }
        self.taken = pools.take_changes();
        let complete = if pools.has_unwritable() {
            // The other changes are written.
            Err(Unsaved(Unwritable.to_string()))
        } else {
            Ok(())
        };
        if self.is_done() {
            return complete;
        }
        let Some(file) = &mut self.file else {
            return Err(Unsaved("the emulator is stopping".to_owned()));
        };
        let written = if self.unwritten.is_empty() {
            let rows = self.taken.iter().map(|change| {
                let key = (&*change.scope, change.kind, &*change.key);
                (key, change.value.as_deref())
            });
            file.write(&rows.collect::<Vec<_>>())
        } else {
            keep(&mut self.unwritten, std::mem::take(&mut self.taken));
            let rows = self
                .unwritten
                .iter()
                .map(|((scope, kind, key), value)| ((&**scope, *kind, &**key), value.as_deref()));
            file.write(&rows.collect::<Vec<_>>())
        };
        let taken = std::mem::take(&mut self.taken);
        match written {
            Ok(()) => {
                self.unwritten.clear();
                complete
            }
            Err(reason) => {
                keep(&mut self.unwritten, taken);
                tracing::error!(reason, "the state file cannot be written");
                Err(Unsaved(reason))
            }
        }
    }

    /// Returns `true` if the state file contains all changes that were taken from the data.
    fn is_done(&self) -> bool {
        self.unwritten.is_empty() && self.taken.is_empty()
    }

    /// Returns `true` if a checkpoint is due. The caller must then call
    /// [`checkpoint`](Self::checkpoint). Until this is done, further calls return `false`, so only
    /// one caller begins the checkpoint.
    fn is_checkpoint_due(&mut self) -> bool {
        let file = self.file.as_ref();
        let is_due = !self.has_checkpoint && file.is_some_and(StateFile::needs_checkpoint);
        self.has_checkpoint |= is_due;
        is_due
    }

    /// Copies the log into the database. If this fails, logs a warning; the log still has all changes.
    fn checkpoint(&mut self) {
        self.has_checkpoint = false;
        if let Some(file) = &mut self.file
            && let Err(reason) = file.checkpoint()
        {
            tracing::warn!(reason, "the log of the state file cannot be copied");
        }
    }
}
