//! Installs the test applications, which use libraries for browsers. The applications run in
//! Node.js and in a browser.

use std::path::PathBuf;

use crate::emulators::Missing;
use crate::interop::{folder, sources};
use crate::node;

/// The files of the test applications. `package-lock.json` fixes the versions of the npm packages.
const FILES: &[&str] = &[
    "../../scripts/authenticator.mjs",
    ".npmrc",
    "amplify-page.mjs",
    "amplify-passkeys.mjs",
    "amplify-redirects.mjs",
    "amplify.mjs",
    "browser.mjs",
    "check.mjs",
    "node.mjs",
    "oidc-client-page.mjs",
    "oidc-client.mjs",
    "package-lock.json",
    "package.json",
    "recipe.mjs",
    "world.mjs",
];

/// Installs the test applications and returns their folder. Fails if Node.js or npm is missing, or
/// if npm cannot install the packages.
pub(super) fn prepare() -> Result<PathBuf, Missing> {
    let name = "applications";
    node::prepare(&sources().join(name), &folder().join(name), FILES)
}
