//! The set-up that the browser of the tests needs: it reaches the emulator over a socket.

use cognito_emulator::Emulator;

pub(crate) struct Fixture;

impl Fixture {
    #[allow(
        clippy::unused_self,
        reason = "the signature is that of the other tests"
    )]
    pub(crate) const fn emulator_in_memory(&self) -> Option<&Emulator> {
        None
    }
}
