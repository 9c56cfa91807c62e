//! Writes the rows of all parts of an export ([`Parts`]) to one file, and writes the manifest of
//! this file.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{self, SHA256};
use cognito::clock::{Clock, SystemClock, rfc3339};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::groups::Memberships;
use super::names::Names;
use super::parts::{Parts, read_json};
use super::writer::Writer;
use super::{FileFormat, Selection};
use crate::checksum::hex;
use crate::commands::users::job_file::{JobFile, JobUser};
use crate::failure::Outcome;
use crate::private_file;
use crate::user_list::UserList;
use crate::user_record::UserRecord;

/// The content of `FILE.manifest.json`, which describes a complete export.
#[derive(Debug, Serialize)]
struct Manifest<'a> {
    version: u32,
    file: String,
    #[serde(flatten)]
    selection: &'a Selection,
    users: u64,
    /// The number of users who are not in the file, because an import job cannot import them.
    #[serde(skip_serializing_if = "is_zero")]
    left_out: u64,
    statuses: BTreeMap<String, u64>,
    bytes: u64,
    sha256: String,
    exported: String,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is that of serde"
)]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The result of a complete export: how many users are in the file, and how many are not.
pub(super) struct Joined {
    /// The number of users in the exported file.
    pub(super) users: u64,
    /// The number of users who are not in the file, because an import job cannot import them.
    pub(super) left_out: u64,
}

/// Returns the path of the file that lists the users who are not in the exported file `target`.
pub(super) fn left_out(target: &Path, is_encrypted: bool) -> PathBuf {
    let suffix = if is_encrypted {
        ".left-out.ndjson.age"
    } else {
        ".left-out.ndjson"
    };
    private_file::beside(target, suffix)
}

/// Returns the number of users who are not in the file of the earlier, complete export to `target`.
pub(super) fn earlier_left_out(target: &Path) -> Outcome<u64> {
    #[derive(Deserialize)]
    struct LeftOut {
        #[serde(default)]
        left_out: u64,
    }
    let file = private_file::beside(target, ".manifest.json");
    let manifest = read_json::<LeftOut>(&file)?;
    Ok(manifest.map_or(0, |manifest| manifest.left_out))
}

/// The members of a manifest that show whether a file is the result of a complete export.
#[derive(Deserialize)]
struct Earlier {
    #[serde(flatten)]
    selection: Selection,
    bytes: u64,
    sha256: String,
}

/// Writes the exported file and its manifest, and deletes the parts of the export. If an import job
/// cannot import a user, the user is listed in another file ([`left_out`]).
pub(super) fn join(
    parts: &Parts<'_>,
    lists: &[UserList],
    groups: Option<&Memberships>,
    selection: &Selection,
    job_file: Option<&JobFile>,
) -> Outcome<Joined> {
    let name = parts.target.file_name().unwrap_or_default();
    let mut manifest = Manifest {
        version: 1,
        file: name.to_string_lossy().into_owned(),
        selection,
        users: 0,
        left_out: 0,
        statuses: BTreeMap::new(),
        bytes: 0,
        sha256: String::new(),
        exported: rfc3339(SystemClock::new().now()),
    };
    let new = private_file::beside(&parts.target, ".new");
    let mut writer = Writer::new(private_file::create(&new)?, selection, parts.recipients)?;
    let mut rejected = Vec::new();
    if let Some(job_file) = job_file {
        writer.line(&job_file.header())?;
    }
    if selection.format == FileFormat::Csv {
        each(parts, lists, |user| {
            writer.columns.extend(user.attributes.into_keys());
            Ok(())
        })?;
        writer.header()?;
    }
    each(parts, lists, |mut user| {
        if let Some(groups) = groups {
            user.groups = Some(groups.of(&user.username));
        }
        if let Some(job_file) = job_file {
            match job_line(job_file, &user) {
                Ok(line) => writer.line(&line)?,
                Err(reason) => {
                    manifest.left_out += 1;
                    let entry = json!({ "sub": user.sub, "reason": reason });
                    serde_json::to_writer(&mut rejected, &entry)?;
                    rejected.push(b'\n');
                    return Ok(());
                }
            }
        } else {
            writer.user(&user)?;
        }
        manifest.users += 1;
        *manifest.statuses.entry(user.status).or_default() += 1;
        Ok(())
    })?;
    if manifest.left_out > 0 {
        write_left_out(parts, rejected)?;
    }
    (manifest.bytes, manifest.sha256) = writer.finish()?;
    let file = private_file::beside(&parts.target, ".manifest.json");
    private_file::replace(&file, &serde_json::to_vec_pretty(&manifest)?)?;
    private_file::publish(&new, &parts.target)?;
    parts.delete()?;
    Ok(Joined {
        users: manifest.users,
        left_out: manifest.left_out,
    })
}

/// Writes the list of the users who are not in the exported file.
fn write_left_out(parts: &Parts<'_>, mut list: Vec<u8>) -> Outcome<()> {
    if let Some(recipients) = parts.recipients {
        list = recipients.encrypt(&list)?;
    }
    let file = left_out(&parts.target, parts.recipients.is_some());
    private_file::replace(&file, &list)?;
    Ok(())
}

/// Returns the line of a user in the file of an import job. If the user cannot be in the file, fails
/// with the reason.
fn job_line(job_file: &JobFile, user: &UserRecord) -> Result<String, String> {
    if user.status == "EXTERNAL_PROVIDER" {
        return Err("users of identity providers cannot be imported".to_owned());
    }
    if !user.enabled {
        return Err("the user is disabled, and an import job would enable the user".to_owned());
    }
    let factors = user.mfa.as_deref().unwrap_or_default();
    let line = job_file.line(&JobUser {
        username: job_file.name(user),
        attributes: &user.attributes,
        has_sms: factors.iter().any(|name| name == "SMS_MFA"),
        hash: None,
    });
    line.map_err(|rejected| format!("{} {}", rejected.column, rejected.reason))
}

/// Returns `true` if the file is the result of a complete export with this selection.
///
/// Security: in a shared folder, another user can create the file and its manifest. Therefore the
/// function returns `false` if one of the two files does not belong to the user of this process, or
/// if other users can access it.
pub(super) fn is_complete(target: &Path, selection: &Selection) -> Outcome<bool> {
    let manifest = private_file::beside(target, ".manifest.json");
    let manifest = private_file::open_own_to_read(&manifest);
    let (Ok(manifest), Ok(file)) = (manifest, private_file::open_own_to_read(target)) else {
        return Ok(false);
    };
    let Ok(manifest) = serde_json::from_reader::<_, Earlier>(BufReader::new(manifest)) else {
        return Ok(false);
    };
    if manifest.selection != *selection || file.metadata()?.len() != manifest.bytes {
        return Ok(false);
    }
    let mut hash = digest::Context::new(&SHA256);
    let mut file = BufReader::new(file);
    loop {
        let read = file.fill_buf()?;
        if read.is_empty() {
            return Ok(hex(hash.finish().as_ref()) == manifest.sha256);
        }
        hash.update(read);
        let length = read.len();
        file.consume(length);
    }
}

/// Calls `act` with each user in the rows of an export. Cognito can list a user twice if the user
/// changes while the pages are read. Then only the first row of the user is used.
fn each(
    parts: &Parts<'_>,
    lists: &[UserList],
    mut act: impl FnMut(UserRecord) -> Outcome<()>,
) -> Outcome<()> {
    let mut names = Names::default();
    for list in lists {
        names.clear();
        for line in parts.reader(&list.name)?.lines() {
            let user: UserRecord = serde_json::from_str(&line?)?;
            if names.insert(&user.username) {
                act(user)?;
            }
        }
    }
    Ok(())
}
