//! Compiles and runs the code of the README and of the pages in `docs`, as tests.

#[doc = include_str!("../../../README.md")]
mod readme {}

#[doc = include_str!("../../../docs/getting-started.md")]
mod getting_started {}

#[doc = include_str!("../../../docs/guides/aws-credentials.md")]
mod guides_aws_credentials {}

#[doc = include_str!("../../../docs/guides/devices.md")]
mod guides_devices {}

#[doc = include_str!("../../../docs/guides/emulator-in-a-container.md")]
mod guides_emulator_in_a_container {}

#[doc = include_str!("../../../docs/guides/guard-an-api.md")]
mod guides_guard_an_api {}

#[doc = include_str!("../../../docs/guides/hide-accounts.md")]
mod guides_hide_accounts {}

#[doc = include_str!("../../../docs/guides/machine-to-machine.md")]
mod guides_machine_to_machine {}

#[doc = include_str!("../../../docs/guides/managed-login.md")]
mod guides_managed_login {}

#[doc = include_str!("../../../docs/guides/mcp-server.md")]
mod guides_mcp_server {}

#[doc = include_str!("../../../docs/guides/mfa.md")]
mod guides_mfa {}

#[doc = include_str!("../../../docs/guides/migrate-from-jsonwebtoken.md")]
mod guides_migrate_from_jsonwebtoken {}

#[doc = include_str!("../../../docs/guides/passwordless.md")]
mod guides_passwordless {}

#[doc = include_str!("../../../docs/guides/production.md")]
mod guides_production {}

#[doc = include_str!("../../../docs/guides/replace-a-layer.md")]
mod guides_replace_a_layer {}

#[doc = include_str!("../../../docs/guides/several-instances.md")]
mod guides_several_instances {}

#[doc = include_str!("../../../docs/guides/testing.md")]
mod guides_testing {}

#[doc = include_str!("../../../docs/guides/web-app.md")]
mod guides_web_app {}

#[doc = include_str!("../../../docs/reference/errors.md")]
mod reference_errors {}

#[doc = include_str!("../../../docs/reference/events.md")]
mod reference_events {}

#[doc = include_str!("../../../docs/reference/metrics.md")]
mod reference_metrics {}
