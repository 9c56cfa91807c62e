//! Imports each user with the operation `AdminCreateUser`.

use std::cell::{Cell, RefCell};
use std::time::SystemTime;

use cognito::administration::UserDetails;
use cognito::clock::{Clock, SystemClock};
use cognito::{Error, ErrorKind, Operation};
use futures_util::stream::{self, TryStreamExt};

use super::changes::Changes;
use super::finish;
use super::journal::{Journal, Plan, RowOutcome};
use super::own::{self, differences, user};
use super::row::ImportRow;
use super::schema::Schema;
use crate::context::Context;
use crate::failure::{Exit, Outcome};
use crate::progress::Progress;

/// An import with `AdminCreateUser`.
pub(super) struct Creation<'a> {
    pub(super) context: &'a Context,
    pub(super) plan: &'a Plan,
    pub(super) schema: &'a Schema,
    pub(super) journal: &'a RefCell<Journal>,
    /// `true` if users who exist get the attributes of the file.
    pub(super) updates: bool,
}

/// The error of a row whose user name exists in the pool, if the existing user may be a different
/// user than the user of the row.
const NOT_SAME: &str = "the user exists, but may be another user: the row has neither the `sub` nor a \
                        verified address of the user; add one of them to the row, an address with \
                        `email_verified` or `phone_number_verified`, or change the user with \
                        `cognito users bulk`";

/// The result of a request to create a user.
enum Found {
    /// This import has created the user, who has this `sub`.
    Own(String),
    /// The pool already has a user with this name, whom this import has not created.
    Other(Box<UserDetails>),
    /// The user cannot be created: an address in the row is already an alias or the name of another
    /// user.
    Address,
}

impl Creation<'_> {
    /// Imports the users whose import has not been tried or has failed. With `--update-existing`,
    /// includes users who existed before.
    pub(super) async fn import(&self, rows: &[ImportRow]) -> Outcome<()> {
        let progress = &Progress::start(self.context);
        let (is_pending, done) = (
            |row: &&ImportRow| self.journal.borrow().is_pending(row.key, self.updates),
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

    /// Imports one user, and writes the outcome to the journal. Fails only if the command must
    /// stop, because a permission is missing or AWS throttles the requests.
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
                return self.found(row, user, begun, is_unsure).await;
            }
            let error = match self.send(row, &mut is_unsure).await? {
                Ok(user) => return self.own(row, &user),
                Err(error) => error,
            };
            match error.kind() {
                ErrorKind::UserExists | ErrorKind::AliasExists => {
                    return match user(self.context, row).await? {
                        Some(user) => self.found(row, user, begun, is_unsure).await,
                        None => Ok(Found::Address),
                    };
                }
                // A lost response, or an internal error of AWS.
                _ if error.may_have_taken_effect() || finish::is_lost(&error) => {
                    is_unsure = true;
                    if attempt >= self.context.global.max_retries {
                        return Err(error.into());
                    }
                    self.context.back_off(attempt).await;
                    attempt += 1;
                }
                _ => {
                    if !is_unsure && has_created_nothing(&error) {
                        self.journal.borrow_mut().reject(row)?;
                    }
                    return Err(error.into());
                }
            }
        }
    }

    /// Sends the request to create the user, and repeats it after some errors. Before it repeats a
    /// request that may have created the user, sets `is_unsure` to `true`.
    async fn send(
        &self,
        row: &ImportRow,
        is_unsure: &mut bool,
    ) -> Outcome<Result<UserDetails, Error>> {
        let admin = self.context.cognito().await?.admin();
        let mut call = admin.create_user(&row.username);
        if !self.invites(row) {
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

    /// Returns `true` if Cognito sends an invitation to the user.
    fn invites(&self, row: &ImportRow) -> bool {
        self.plan.invites && !row.is_disabled
    }

    /// Decides whether this import has created the existing user `user`. Returns [`Found::Own`] if
    /// all of these conditions are met, otherwise [`Found::Other`]:
    ///
    /// - A request of this import may have created the user (`is_unsure`).
    /// - The user was created after `begun` and has no password yet.
    /// - The user has the attributes of the row.
    ///
    /// If this import has created the user and sends invitations, sends the invitation again,
    /// because the first one may not have been sent.
    async fn found(
        &self,
        row: &ImportRow,
        user: UserDetails,
        begun: SystemTime,
        is_unsure: bool,
    ) -> Outcome<Found> {
        let is_new = own::is_new(user.created, &user.status, Some(begun), own::CREATED);
        let value = |name: &str| user.attributes.value(name);
        if is_unsure && is_new && differences(row, value).next().is_none() {
            if self.invites(row) {
                let admin = self.context.cognito().await?.admin();
                let call = admin.user(user.username.as_str()).resend_invitation();
                let operation = Operation::AdminCreateUser;
                finish::repeated(self.context, operation, || Ok(call.clone())).await?;
            }
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

    /// Updates an existing user: sets the attributes of the row, and adds the user to the groups of
    /// the row. Attributes that cannot be changed are left out. The returned note names them.
    ///
    /// Security: everyone can sign up with the user name of another user. Therefore the user must
    /// be the user of the row (see [`own::is_same`]). Otherwise the user is not changed, and the
    /// outcome is [`RowOutcome::Conflict`]. The requests contain the `sub` of the checked user,
    /// because the user name can later belong to another user.
    async fn update(
        &self,
        row: &ImportRow,
        user: &UserDetails,
    ) -> Outcome<(RowOutcome, Option<String>)> {
        let value = |name: &str| user.attributes.value(name);
        if !own::is_same(row, value) {
            return Ok((RowOutcome::Conflict, Some(NOT_SAME.to_owned())));
        }
        let sub = value("sub").unwrap_or(user.username.as_str());
        let changes = Changes::new(row, self.schema, value);
        let mut outcome = RowOutcome::Unchanged;
        if !changes.values.is_empty() {
            let admin = self.context.cognito().await?.admin();
            let mut call = admin.user(sub).update_attributes();
            for (name, value) in &changes.values {
                call = call.attribute(*name, *value);
            }
            let operation = Operation::AdminUpdateUserAttributes;
            finish::repeated(self.context, operation, || Ok(call.clone())).await?;
            outcome = RowOutcome::Updated;
        }
        finish::add_to_groups(self.context, row, sub).await?;
        Ok((outcome, changes.note()))
    }
}

/// Returns `true` if Cognito has certainly not created a user when it returned `error`.
fn has_created_nothing(error: &Error) -> bool {
    let is_unclear = error.is_retryable() && error.kind() != ErrorKind::Throttled;
    !is_unclear && !error.may_have_taken_effect() && error.kind() != ErrorKind::TriggerFailed
}
