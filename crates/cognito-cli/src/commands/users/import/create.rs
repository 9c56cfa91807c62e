//! Imports each user with the operation `AdminCreateUser`.

use std::cell::{Cell, RefCell};
use std::time::{Duration, SystemTime};

use cognito::administration::UserDetails;
use cognito::clock::{Clock, SystemClock};
use cognito::{Error, ErrorKind, Operation};
use futures_util::stream::{self, TryStreamExt};

use super::finish;
use super::journal::{Journal, Plan, RowOutcome};
use super::row::ImportRow;
use super::schema::Schema;
use crate::context::Context;
use crate::failure::{Exit, Outcome};
use crate::progress::Progress;

/// The maximum difference between the clock of this host and the clock of Cognito. AWS rejects
/// requests from hosts whose clock differs by more.
const MOST_SKEW: Duration = Duration::from_secs(5 * 60);

/// An import with `AdminCreateUser`.
pub(super) struct Creation<'a> {
    pub(super) context: &'a Context,
    pub(super) plan: &'a Plan,
    pub(super) schema: &'a Schema,
    pub(super) journal: &'a RefCell<Journal>,
    /// `true` if users who exist get the attributes of the file.
    pub(super) updates: bool,
}

/// A user in the pool who has the name of a user in the file.
enum Found {
    /// This import has created the user, who has this `sub`.
    Own(String),
    /// The user was not created by this import.
    Other(Box<UserDetails>),
    /// An address of the user is an alias or the name of another user.
    Address,
}

impl Creation<'_> {
    /// Imports the users who are not done.
    pub(super) async fn import(&self, rows: &[ImportRow]) -> Outcome<()> {
        let progress = &Progress::start(self.context);
        let (is_pending, done) = (
            |row: &&ImportRow| self.journal.borrow().is_pending(row.line, self.updates),
            &Cell::new(0_u64),
        );
        let concurrency = usize::from(self.context.global.concurrency);
        stream::iter(rows.iter().filter(is_pending).map(Ok))
            .try_for_each_concurrent(concurrency, |row| async move {
                self.import_row(row).await?;
                done.set(done.get() + 1);
                progress.show(self.context, done.get());
                Ok(())
            })
            .await
    }

    /// Imports one user, and writes the outcome to the journal. Fails only if the command cannot go
    /// on: a permission is missing, or AWS throttles.
    async fn import_row(&self, row: &ImportRow) -> Outcome<()> {
        let (outcome, sub, error) = match self.try_import(row).await {
            Ok((outcome, sub, error)) => (outcome, sub, error),
            Err(failure) if matches!(failure.exit, Exit::Permission | Exit::Throttled) => {
                return Err(failure);
            }
            Err(failure) => (RowOutcome::Failed, None, Some(failure.message)),
        };
        self.journal.borrow_mut().end(row, outcome, sub, error)
    }

    async fn try_import(
        &self,
        row: &ImportRow,
    ) -> Outcome<(RowOutcome, Option<String>, Option<String>)> {
        let taken = |text: &str| Some(text.to_owned());
        match self.create(row).await? {
            Found::Own(sub) => {
                finish::finish(self.context, self.plan, self.schema, row, &sub).await?;
                Ok((RowOutcome::Created, Some(sub), None))
            }
            Found::Other(user) => {
                let sub = user.attributes.value("sub").map(str::to_owned);
                if !self.updates {
                    let text = "the user exists, and was not created by this import";
                    return Ok((RowOutcome::Conflict, sub, taken(text)));
                }
                let (outcome, note) = self.update(row, &user).await?;
                Ok((outcome, sub, note))
            }
            Found::Address => {
                let text = "an address of the user belongs to another user";
                Ok((RowOutcome::Conflict, None, taken(text)))
            }
        }
    }

    /// Creates the user, unless an earlier request of this import has created the user.
    async fn create(&self, row: &ImportRow) -> Outcome<Found> {
        if let Some(sub) = self.journal.borrow().created(row) {
            return Ok(Found::Own(sub));
        }
        // `true` if an earlier request may have created the user.
        let mut is_unsure = false;
        let begun = self.journal.borrow().begun(row);
        let begun = if let Some(begun) = begun {
            is_unsure = true;
            begun
        } else {
            let now = SystemClock::new().now();
            self.journal.borrow_mut().begin(row, now)?;
            now
        };
        let mut attempt = 0;
        loop {
            if is_unsure && let Some(user) = user(self.context, row).await? {
                return self.found(row, user, begun, is_unsure);
            }
            let error = match self.send(row, &mut is_unsure).await? {
                Ok(user) => return self.own(row, &user),
                Err(error) => error,
            };
            match error.kind() {
                ErrorKind::UserExists | ErrorKind::AliasExists => {
                    return match user(self.context, row).await? {
                        Some(user) => self.found(row, user, begun, is_unsure),
                        None => Ok(Found::Address),
                    };
                }
                _ if finish::is_lost(&error) && attempt < self.context.global.max_retries => {
                    is_unsure = true;
                    self.context.back_off(attempt).await;
                    attempt += 1;
                }
                _ => return Err(error.into()),
            }
        }
    }

    /// Sends the request to create the user. Sets `is_unsure` if a request that is repeated may
    /// have created the user.
    async fn send(
        &self,
        row: &ImportRow,
        is_unsure: &mut bool,
    ) -> Outcome<Result<UserDetails, Error>> {
        let admin = self.context.cognito().await?.admin();
        let mut call = admin.create_user(&row.username);
        if !self.plan.invites {
            call = call.without_invitation();
        }
        for (name, value) in &row.attributes {
            call = call.attribute(name, value);
        }
        let context = self.context;
        let sent = context.send_watched(Operation::AdminCreateUser, call, |error| {
            *is_unsure |= error.kind() != ErrorKind::Throttled;
        });
        Ok(sent.await)
    }

    /// Finds out whether this import has created `user`. The user must be new, and have the
    /// attributes of the row.
    fn found(
        &self,
        row: &ImportRow,
        user: UserDetails,
        begun: SystemTime,
        is_unsure: bool,
    ) -> Outcome<Found> {
        let is_new = user
            .created
            .is_some_and(|created| created + MOST_SKEW >= begun);
        if is_unsure && is_new && differences(row, &user).next().is_none() {
            return self.own(row, &user);
        }
        Ok(Found::Other(Box::new(user)))
    }

    /// Records that this import has created `user`.
    fn own(&self, row: &ImportRow, user: &UserDetails) -> Outcome<Found> {
        let sub = user.attributes.value("sub");
        let sub = sub.unwrap_or(user.username.as_str()).to_owned();
        self.journal.borrow_mut().create_done(row, &sub)?;
        Ok(Found::Own(sub))
    }

    /// Gives a user who exists the attributes and groups of the row. Attributes that cannot be
    /// changed are left out, and named in the returned note.
    async fn update(
        &self,
        row: &ImportRow,
        user: &UserDetails,
    ) -> Outcome<(RowOutcome, Option<String>)> {
        let admin = self.context.cognito().await?.admin();
        let mut call = admin.user(user.username.as_str()).update_attributes();
        let mut changes = 0;
        let mut fixed = Vec::new();
        for (name, value) in differences(row, user) {
            if !self.schema.is_mutable(name) {
                fixed.push(name.as_str());
                continue;
            }
            call = call.attribute(name, value);
            changes += 1;
            // Cognito marks a new address as not verified, unless the request says otherwise.
            let verified = format!("{name}_verified");
            if let Some(value) = row.attributes.get(&verified) {
                call = call.attribute(verified, value);
            }
        }
        let mut outcome = RowOutcome::Unchanged;
        if changes > 0 {
            let operation = Operation::AdminUpdateUserAttributes;
            finish::repeated(self.context, operation, || Ok(call.clone())).await?;
            outcome = RowOutcome::Updated;
        }
        finish::add_to_groups(self.context, row, user.username.as_str()).await?;
        let note = (!fixed.is_empty()).then(|| {
            let fixed = fixed.join(", ");
            format!("the pool does not allow to change {fixed}")
        });
        Ok((outcome, note))
    }
}

/// Returns the user with the name in the row. Returns `None` if there is none.
pub(super) async fn user(context: &Context, row: &ImportRow) -> Outcome<Option<UserDetails>> {
    let user = context.cognito().await?.admin().user(&row.username);
    let details = context.send(Operation::AdminGetUser, user.details());
    match details.await {
        Ok(user) => Ok(Some(user)),
        Err(error) if error.kind() == ErrorKind::UserNotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Returns the attributes of the row that the user does not have. E-mail addresses differ only if
/// they differ in more than case, because a pool can fold the case.
pub(super) fn differences<'a>(
    row: &'a ImportRow,
    user: &'a UserDetails,
) -> impl Iterator<Item = (&'a String, &'a String)> {
    row.attributes.iter().filter(|(name, value)| {
        let found = user.attributes.value(name).unwrap_or_default();
        if *name == "email" {
            found.to_lowercase() != value.to_lowercase()
        } else {
            found != *value
        }
    })
}
