//! Scenarios that must work with every user pool, of this emulator and of other emulators.

#[path = "scenarios/account.rs"]
pub mod account;
#[path = "scenarios/administration.rs"]
pub mod administration;
#[path = "scenarios/groups.rs"]
pub mod groups;
#[path = "scenarios/hosted_login.rs"]
pub mod hosted_login;
#[path = "scenarios/mfa.rs"]
pub mod mfa;
#[path = "scenarios/password.rs"]
pub mod password;
#[path = "scenarios/sign_in.rs"]
pub mod sign_in;
#[path = "scenarios/sign_up.rs"]
pub mod sign_up;
