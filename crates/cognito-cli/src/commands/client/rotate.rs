//! The command `cognito client rotate-secret`: replaces the secret of an app client without
//! downtime.
//!
//! The app client has two valid secrets until the old one is deleted. The new secret is created
//! here and written to the state file before it is sent to AWS. Therefore it is not lost if the
//! response of AWS is lost, or if the process is killed.

mod publish;
pub(crate) mod secrets;
mod state;
mod verify;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use cognito::Operation;
use serde_json::{Value, json};

use self::publish::Target;
use self::secrets::SecretList;
use self::state::{Rotation, StateFile};
use self::verify::Checked;
use crate::checksum;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::interrupt;
use crate::pool_settings::read::send;

/// Replace the secret of an app client. Both secrets are valid until the old one is deleted.
///
/// The first run adds a secret, checks it with a request that sends no message, and publishes it.
/// When all services use it, --finish deletes the old one. After an interruption, run the same
/// command again.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  cognito client rotate-secret ID --publish ssm:/cognito/client_secret\n  \
                  cognito client rotate-secret ID --finish"
)]
pub(crate) struct RotateSecret {
    /// The id of the app client.
    id: String,
    /// Where to write the new secret: stdout, file:PATH, ssm:NAME or secretsmanager:NAME.
    #[arg(long, value_name = "TARGET", value_parser = publish::parse)]
    publish: Option<Target>,
    /// Delete the old secret after this time, such as 15m.
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration, conflicts_with = "finish")]
    wait: Option<Duration>,
    /// Delete the old secret now. No service may use it any more.
    #[arg(long, conflicts_with = "publish")]
    finish: bool,
    /// Continue although the app client allows no request that checks the secret.
    #[arg(long)]
    no_verify: bool,
    /// Overwrite a parameter in Parameter Store that has another value.
    #[arg(long, requires = "publish")]
    overwrite: bool,
    /// The file for the new secret and the progress. Default: cognito-rotation-ID.json.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

impl RotateSecret {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let pool = context.settings(false).await?.user_pool_id;
        let default = || format!("cognito-rotation-{}.json", self.id).into();
        let path = self.state.clone().unwrap_or_else(default);
        if self.id.contains(['/', '\\']) {
            return Err(Failure::usage("an app client id has no slashes"));
        }
        let advice = "interrupted: run the same command again, and it continues";
        let work = async {
            let client = self.client(context).await?;
            let begun = StateFile::open(&path, pool.as_str(), &self.id)?;
            if !context.confirm(&self.question(begun.is_some()))? {
                return Ok(Exit::Done);
            }
            let state = match begun {
                Some(state) => {
                    let shown = path.display();
                    context.error(&format!("continues the rotation that {shown} has begun"));
                    state
                }
                None => self.begin(context, &path, pool.as_str(), &client).await?,
            };
            self.rotate(context, state, &client).await
        };
        interrupt::resumable_with(context, advice, work).await
    }

    /// Returns the settings of the app client. Fails if its secret cannot be rotated.
    async fn client(&self, context: &Context) -> Outcome<Value> {
        let members = json!({ "ClientId": self.id });
        let mut response = send(context, Operation::DescribeUserPoolClient, members).await?;
        let client = response["UserPoolClient"].take();
        if client["ClientSecretArn"].is_string() {
            return Err(Failure::usage(
                "the secret is in Secrets Manager: rotate it there",
            ));
        }
        if !client["ClientSecret"].is_string() {
            return Err(Failure::usage("the app client has no secret"));
        }
        Ok(client)
    }

    fn question(&self, is_begun: bool) -> String {
        let id = &self.id;
        match (self.finish, self.wait, is_begun) {
            (true, ..) => format!("deletes the old secret of the app client {id}"),
            (_, Some(wait), _) => {
                let wait = humantime::format_duration(wait);
                format!("replaces the secret of the app client {id}; the old one ends in {wait}")
            }
            (_, None, true) => format!("continues to replace the secret of the app client {id}"),
            (_, None, false) => format!("adds a secret to the app client {id}"),
        }
    }

    /// Starts a rotation. Creates the new secret, and writes it to the state file.
    async fn begin(
        &self,
        context: &Context,
        path: &Path,
        pool: &str,
        client: &Value,
    ) -> Outcome<StateFile> {
        let shown = path.display();
        if self.finish {
            return Err(Failure::usage(format!(
                "no rotation has begun: {shown} does not exist"
            )));
        }
        if self.publish.is_none() {
            return Err(Failure::usage(
                "add --publish, so that the new secret gets to the services",
            ));
        }
        let list = SecretList::read(context, &self.id).await?;
        let [old] = list.ids() else {
            return Err(Failure::usage(format!(
                "the app client has {} secrets, but {shown} does not exist: find out which one is \
                 used, and delete the other one",
                list.ids().len()
            )));
        };
        let rotation = Rotation {
            user_pool_id: pool.to_owned(),
            client_id: self.id.clone(),
            old_secret_id: old.clone(),
            new_secret: secrets::generate()?,
            new_secret_id: None,
            is_published: false,
            // The app client has one secret, so this is the old one.
            old_secret_sha256: client["ClientSecret"]
                .as_str()
                .map(|old| checksum::sha256(old.as_bytes())),
            target: None,
        };
        StateFile::create(path, rotation)
    }

    async fn rotate(&self, context: &Context, mut state: StateFile, client: &Value) -> Outcome {
        let list = SecretList::read(context, &self.id).await?;
        if is_finished(&list, &state.rotation) {
            return finished(context, state);
        }
        let has_old = list.has(&state.rotation.old_secret_id);
        if self.publish.is_none() && !state.rotation.is_published {
            return Err(state.rotation.unpublished());
        }
        let is_known = add(context, &list, &mut state).await?;
        self.verify(context, client, &state, is_known).await?;
        state.save()?;
        if let Some(target) = &self.publish {
            // If this publication fails, an earlier one to another target does not count.
            state.rotation.is_published = false;
            state.rotation.target = Some(target.to_string());
            state.save()?;
            publish::publish(context, target, &state.rotation, self.overwrite).await?;
            state.rotation.is_published = true;
            state.save()?;
        }
        if !has_old {
            return finished(context, state);
        }
        if let Some(wait) = self.wait {
            let time = humantime::format_duration(wait);
            context.message(&format!("the old secret is deleted in {time}"));
            context.pause(wait).await;
        } else if !self.finish {
            context.message(
                "both secrets are valid: when all services use the new one, run the command again \
                 with --finish",
            );
            return Ok(Exit::Done);
        }
        // The time since the last check can be long.
        self.verify(context, client, &state, true).await?;
        delete_old(context, &state.rotation).await?;
        finished(context, state)
    }

    /// Checks that Cognito accepts the new secret. `is_known` is `false` if [`add`] has only
    /// assumed the id of the new secret. Then `--no-verify` has no effect.
    async fn verify(
        &self,
        context: &Context,
        client: &Value,
        state: &StateFile,
        is_known: bool,
    ) -> Outcome<()> {
        let secret = &state.rotation.new_secret;
        let failure = match verify::verify(context, client, &self.id, secret).await {
            Checked::Accepted => {
                context.message("Cognito accepts the new secret");
                return Ok(());
            }
            Checked::Rejected(failure) => {
                let mut text = format!("the new secret is not verified: {}", failure.message);
                if !is_known {
                    let shown = state.path().display();
                    text = format!(
                        "{text}; somebody else has changed the secrets: delete {shown} to start again"
                    );
                }
                return Err(Failure::new(failure.exit, text));
            }
            Checked::Unknown(failure) => failure,
        };
        if is_known && self.no_verify {
            return Ok(());
        }
        let (exit, reason) = match failure {
            Some(failure) => (failure.exit, failure.message),
            None => {
                let reason = "the app client allows no request that checks it";
                (Exit::Failed, reason.to_owned())
            }
        };
        let advice = if is_known {
            "try it in a service, then add --no-verify"
        } else {
            "it is not known who added the other secret of the app client: do not delete the state \
             file until a service has tried the new secret"
        };
        let text = format!("the new secret is not checked: {reason}; {advice}");
        Err(Failure::new(exit, text))
    }
}

/// Returns `true` if the rotation is complete: the new secret exists and is published, and the old
/// secret is deleted. A run finds this state if an earlier run deleted the old secret, but did not
/// receive AWS's response. A new secret that is not published must be kept in the state file,
/// because no other place has it.
fn is_finished(list: &SecretList, rotation: &Rotation) -> bool {
    let new = rotation.new_secret_id.as_ref();
    let has_new = new.is_some_and(|new| list.has(new));
    rotation.is_published && has_new && !list.has(&rotation.old_secret_id)
}

/// Adds the new secret to the app client, unless an earlier run has added it.
///
/// Returns `false` if the app client has another secret, and the state file has no id of a new
/// secret. Either an earlier run added this secret and did not receive AWS's response, or another
/// operator added it. The caller must check whether it is the new secret.
async fn add(context: &Context, list: &SecretList, state: &mut StateFile) -> Outcome<bool> {
    let shown = state.path().display().to_string();
    let is_lost = || {
        let text = "somebody else has changed the secrets: delete";
        Failure::new(Exit::Failed, format!("{text} {shown} to start again"))
    };
    let rotation = &mut state.rotation;
    if let Some(new) = &rotation.new_secret_id {
        return if list.has(new) {
            Ok(true)
        } else {
            Err(is_lost())
        };
    }
    let others = list
        .ids()
        .iter()
        .filter(|id| **id != rotation.old_secret_id);
    match &*others.collect::<Vec<_>>() {
        [] if list.has(&rotation.old_secret_id) => {}
        [other] => {
            rotation.new_secret_id = Some((*other).clone());
            return Ok(false);
        }
        _ => return Err(is_lost()),
    }
    let members = json!({
        "ClientId": rotation.client_id,
        "ClientSecret": rotation.new_secret,
    });
    let added = send(context, Operation::AddUserPoolClientSecret, members).await?;
    let id = added["ClientSecretDescriptor"]["ClientSecretId"].as_str();
    rotation.new_secret_id = id.map(str::to_owned);
    state.save()?;
    context.message("added the new secret");
    Ok(true)
}

/// Deletes the old secret. Before that, checks that the new secret exists. AWS does not delete the
/// last secret of an app client.
async fn delete_old(context: &Context, rotation: &Rotation) -> Outcome<()> {
    let list = SecretList::read(context, &rotation.client_id).await?;
    let new = rotation.new_secret_id.as_ref();
    if !new.is_some_and(|new| list.has(new)) {
        let text = "the old secret is not deleted, because the new one does not exist";
        return Err(Failure::new(Exit::Failed, text));
    }
    if !list.has(&rotation.old_secret_id) {
        return Ok(());
    }
    let members = json!({
        "ClientId": rotation.client_id,
        "ClientSecretId": rotation.old_secret_id,
    });
    send(context, Operation::DeleteUserPoolClientSecret, members).await?;
    Ok(())
}

fn finished(context: &Context, state: StateFile) -> Outcome {
    state.remove()?;
    context.message("the old secret is deleted");
    Ok(Exit::Done)
}
