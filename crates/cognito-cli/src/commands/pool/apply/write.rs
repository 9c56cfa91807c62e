//! Writes the changed parts of a pool, such as its app clients, in the order in which they depend
//! on each other.

use std::collections::{BTreeMap, BTreeSet};

use cognito::Operation;
use serde_json::{Value, json};

use super::request;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::pool_settings::domains;
use crate::pool_settings::merge::Goal;
use crate::pool_settings::part::{Kind, PartId, Parts, label};
use crate::pool_settings::read::{PoolState, client_ids, fingerprint, read_part};
use crate::pool_settings::terms;

/// The maximum number of attributes in a request `AddCustomAttributes`.
const MAX_ATTRIBUTES: usize = 25;

/// Writes the parts of the pool that differ between the current settings and the goal.
///
/// Before a part is written, it is read again. If it has changed since the differences were shown,
/// nothing more is written.
pub(super) struct Writer<'a> {
    context: &'a Context,
    state: &'a PoolState,
    current: &'a Parts,
    goal: &'a Goal,
    /// The ids of created app clients, by their ids in the file.
    created: BTreeMap<String, String>,
    has_written_pool: bool,
}

impl<'a> Writer<'a> {
    pub(super) const fn new(
        context: &'a Context,
        state: &'a PoolState,
        current: &'a Parts,
        goal: &'a Goal,
    ) -> Self {
        Self {
            context,
            state,
            current,
            goal,
            created: BTreeMap::new(),
            has_written_pool: false,
        }
    }

    pub(super) async fn write_all(&mut self) -> Outcome<()> {
        let mut parts: Vec<_> = self.goal.parts.iter().collect();
        parts.sort_by_key(|(id, _)| stage(id));
        for (id, part) in parts {
            let before = self.current.get(id);
            if id.kind == Kind::Mfa {
                self.write_mfa(id, part).await?;
            } else if before != Some(part) {
                self.write(id, before, part).await?;
            }
        }
        let replaced = domains::added(&self.goal.parts, self.current);
        let replaced = replaced.iter().filter_map(|new| self.replaced(new));
        let replaced: BTreeSet<_> = replaced.collect();
        let deleted = self.current.keys().rev();
        let deleted = deleted.filter(|id| !self.goal.parts.contains_key(id));
        for id in deleted.filter(|id| !replaced.contains(id)) {
            self.delete(id).await?;
        }
        Ok(())
    }

    fn replaced(&self, new: &PartId) -> Option<&'a PartId> {
        domains::replaced(new, self.current, &self.goal.parts)
    }

    async fn write(&mut self, id: &PartId, before: Option<&Value>, part: &Value) -> Outcome<()> {
        match id.kind {
            Kind::Pool => return self.write_pool(id, before, part).await,
            Kind::Group => {
                self.check(id).await?;
                self.write_group(id, before.is_some(), part).await?;
            }
            Kind::Client if before.is_none() => return self.create_client(id, part).await,
            Kind::Domain if before.is_none() => return self.create_domain(id, part).await,
            _ => {
                let mut part = part.clone();
                if let Some(created) = self.created.get(&id.key) {
                    part["ClientId"] = json!(created);
                } else if id.kind != Kind::ClientSessions {
                    // AWS returns the default sessions of a client as soon as they are tracked.
                    self.check(id).await?;
                }
                for request in self.requests(id, before, &part) {
                    request::send(self.context, request).await?;
                }
            }
        }
        let done = if before.is_some() {
            "changed"
        } else {
            "created"
        };
        self.done(done, id);
        Ok(())
    }

    /// Returns the requests that create or change a part.
    fn requests(&self, id: &PartId, before: Option<&Value>, part: &Value) -> Vec<request::Request> {
        let raw = self.state.raw.get(id);
        let single = match (id.kind, before) {
            (Kind::Terms, _) => {
                let client = part["ClientId"].as_str().unwrap_or_default();
                return terms::requests(client, raw, Some(part));
            }
            (Kind::Branding, Some(_)) => raw.map(|raw| request::update_style(raw, part)),
            (_, Some(_)) => request::update(id.kind, before, part),
            (_, None) => request::create(id.kind, part),
        };
        single.into_iter().collect()
    }

    async fn write_pool(
        &mut self,
        id: &PartId,
        before: Option<&Value>,
        part: &Value,
    ) -> Outcome<()> {
        let is_changed = before.map(request::updatable) != Some(request::updatable(part));
        if let Some((operation, mut members)) = request::update(Kind::Pool, before, part)
            && is_changed
        {
            self.check(id).await?;
            // `UpdateUserPool` keeps the tags if the request has none.
            if members["UserPoolTags"].is_null() && before.is_some_and(has_tags) {
                members["UserPoolTags"] = json!({});
            }
            // `mfa` is written later, when all that it needs exists.
            let mode = self.state.raw.get(id).map(|pool| &pool["MfaConfiguration"]);
            if let Some(mode) = mode.filter(|mode| mode.is_string()) {
                members["MfaConfiguration"] = mode.clone();
            }
            request::send(self.context, (operation, members)).await?;
            self.has_written_pool = true;
            self.done("changed", id);
        }
        for attributes in self.goal.new_attributes.chunks(MAX_ATTRIBUTES) {
            let members = json!({ "CustomAttributes": attributes });
            let request = (Operation::AddCustomAttributes, members);
            request::send(self.context, request).await?;
            self.context.message("added attributes to the schema");
        }
        Ok(())
    }

    /// Writes the MFA configuration if it differs from the goal. `UpdateUserPool` can change it, so
    /// it is read again after that.
    async fn write_mfa(&self, id: &PartId, part: &Value) -> Outcome<()> {
        let mut now = self.current.get(id).cloned();
        if self.has_written_pool {
            let raw = read_part(self.context, id).await?;
            now = raw.and_then(|raw| Some(fingerprint(id.kind, &raw)?.0));
        }
        if now.as_ref() == Some(part) {
            return Ok(());
        }
        if !self.has_written_pool {
            self.check(id).await?;
        }
        if let Some(request) = request::update(Kind::Mfa, None, part) {
            request::send(self.context, request).await?;
        }
        self.done("changed", id);
        Ok(())
    }

    async fn write_group(&self, id: &PartId, exists: bool, part: &Value) -> Outcome<()> {
        let admin = self.context.cognito().await?.admin();
        let (operation, mut call) = if exists {
            (Operation::UpdateGroup, admin.group(&id.key).update())
        } else {
            (Operation::CreateGroup, admin.create_group(&id.key))
        };
        // An empty description removes the description.
        let description = part["description"].as_str();
        if exists || description.is_some() {
            call = call.description(description.unwrap_or_default());
        }
        if let Some(precedence) = part["precedence"].as_u64() {
            let precedence = u32::try_from(precedence).map_err(|_| {
                let name = label(&self.goal.parts, id);
                Failure::usage(format!("{name}.precedence is too high"))
            })?;
            call = call.precedence(precedence);
        }
        if let Some(role) = part["role_arn"].as_str() {
            call = call.role_arn(role);
        }
        self.context.send(operation, call).await?;
        Ok(())
    }

    /// Creates an app client. Fails if the pool has an app client that did not exist when the
    /// differences were shown. Another operator may have created the same app client, and Cognito
    /// would accept two app clients with the same name.
    async fn create_client(&mut self, id: &PartId, part: &Value) -> Outcome<()> {
        let now: BTreeSet<_> = client_ids(self.context).await?.into_iter().collect();
        let mut known = self.state.client_ids.clone();
        known.extend(self.created.values().cloned());
        if !now.is_subset(&known) {
            return Err(self.changed(id));
        }
        if let Some(request) = request::create(Kind::Client, part) {
            let response = request::send(self.context, request).await?;
            if let Some(created) = response["UserPoolClient"]["ClientId"].as_str() {
                self.created.insert(id.key.clone(), created.to_owned());
            }
        }
        self.done("created", id);
        Ok(())
    }

    /// Creates a domain. A pool can have only one domain of each kind, so the old domain of this
    /// kind is deleted first. If the new domain cannot be created, creates the old one again.
    async fn create_domain(&self, id: &PartId, part: &Value) -> Outcome<()> {
        self.check(id).await?;
        let old = self.replaced(id);
        if let Some(old) = old {
            self.delete(old).await?;
        }
        let Err(failure) = self.send_domain(part).await else {
            self.done("created", id);
            return Ok(());
        };
        let Some(old) = old else {
            return Err(failure);
        };
        match self.send_domain(&self.current[old]).await {
            Ok(()) => {
                self.done("created again", old);
                Err(failure)
            }
            Err(again) => {
                let (name, text) = (self.name(old), failure.message);
                let text = format!("{text}; {name} is deleted, and cannot be created again");
                let text = format!("{text}: {}", again.message);
                Err(Failure::new(failure.exit, text))
            }
        }
    }

    async fn send_domain(&self, part: &Value) -> Outcome<()> {
        if let Some(request) = request::create(Kind::Domain, part) {
            request::send(self.context, request).await?;
        }
        Ok(())
    }

    async fn delete(&self, id: &PartId) -> Outcome<()> {
        let client = PartId::new(Kind::Client, id.key.clone());
        let is_of_deleted =
            id.kind.is_of_client() && !id.key.is_empty() && !self.goal.parts.contains_key(&client);
        if is_of_deleted {
            return Ok(());
        }
        self.check(id).await?;
        if id.kind == Kind::Group {
            let call = self
                .context
                .cognito()
                .await?
                .admin()
                .group(&id.key)
                .delete();
            self.context.send(Operation::DeleteGroup, call).await?;
        }
        let raw = self.state.raw.get(id);
        let requests = match id.kind {
            Kind::Terms => terms::requests(&id.key, raw, None),
            Kind::Branding => raw.map(request::delete_style).into_iter().collect(),
            kind => request::delete(kind, &id.key).into_iter().collect(),
        };
        for request in requests {
            request::send(self.context, request).await?;
        }
        self.done("deleted", id);
        Ok(())
    }

    /// Fails if the part has changed since the differences were shown.
    async fn check(&self, id: &PartId) -> Outcome<()> {
        let now = read_part(self.context, id).await?;
        let now = now.and_then(|raw| fingerprint(id.kind, &raw));
        let before = self.state.raw.get(id);
        let before = before.and_then(|raw| fingerprint(id.kind, raw));
        if now == before {
            return Ok(());
        }
        Err(self.changed(id))
    }

    fn changed(&self, id: &PartId) -> Failure {
        let name = self.name(id);
        let text = "has changed since it was read: run the command again to see the differences";
        Failure::new(Exit::Failed, format!("{name} {text}"))
    }

    fn done(&self, done: &str, id: &PartId) {
        self.context.message(&format!("{done} {}", self.name(id)));
    }

    fn name(&self, id: &PartId) -> String {
        let parts = if self.goal.parts.contains_key(id) {
            &self.goal.parts
        } else {
            self.current
        };
        label(parts, id)
    }
}

/// Returns the stage in which a part of the pool is written. Lower stages are written first. Within
/// a stage, the parts are written in the order of the variants of [`Kind`].
///
/// MFA, sessions and the risk configuration of the pool are written before app clients. Otherwise
/// users could sign in with a new app client before the pool has these settings.
const fn stage(id: &PartId) -> u8 {
    match id.kind {
        Kind::Pool | Kind::ResourceServer | Kind::IdentityProvider | Kind::Domain => 0,
        Kind::Mfa | Kind::Sessions => 1,
        Kind::Risk if id.key.is_empty() => 1,
        _ => 2,
    }
}

fn has_tags(pool: &Value) -> bool {
    pool["UserPoolTags"].is_object()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mfa_is_written_before_app_clients() {
        let mut ids = [
            PartId::new(Kind::Client, "a"),
            PartId::new(Kind::Risk, "a"),
            PartId::only(Kind::Risk),
            PartId::only(Kind::Mfa),
            PartId::only(Kind::Pool),
        ];
        ids.sort();
        ids.sort_by_key(stage);
        let kinds = ids.each_ref().map(|id| (id.kind, &*id.key));
        let expected = [
            (Kind::Pool, ""),
            (Kind::Mfa, ""),
            (Kind::Risk, ""),
            (Kind::Client, "a"),
            (Kind::Risk, "a"),
        ];
        assert_eq!(kinds, expected);
    }
}
