//! The signing keys of the test pool. They are public and must not be trusted.

/// A key pair. The private key is in PEM.
pub(super) struct TestKey {
    /// The key id: standard base64 with slash and plus, like Cognito's key ids.
    pub(super) kid: &'static str,
    pub(super) private_pem: &'static str,
    /// `n` of the JWK: base64url without padding (RFC 7518 section 6.3.1.1).
    pub(super) modulus: &'static str,
}

// A private key in a log would look like a leak, although this key is public.
cognito_core::impl_debug!(TestKey { kid });

/// The signing keys of the pool between two rotations. Access and ID tokens have different keys, as
/// in Cognito.
#[derive(Debug)]
pub(super) struct Generation {
    pub(super) access: &'static TestKey,
    pub(super) id: &'static TestKey,
}

/// The signing keys of a new test pool, before the first rotation.
pub(super) static FIRST: Generation = Generation {
    access: &ACCESS,
    id: &ID,
};

/// The signing keys of a test pool after a call of `TestPool::rotated`.
pub(super) static NEXT: Generation = Generation {
    access: &NEXT_ACCESS,
    id: &NEXT_ID,
};

static ACCESS: TestKey = TestKey {
    kid: "TESTKIT+access/key+0000000000000000000000001=",
    private_pem: include_str!("../../keys/access.pem"),
    modulus: "mvWqlsoEHAziT5BytadNujt13860KFrYworjH4ZThWv4RwdltVYaV8CJRxiXGweJ97gFhcJY27MIe-Ztv9_IqrVWF8my9CI4nSm_zmoSTeNRLl-_RuTxkrDigzCM2fj1o_w7uguqk1-7QqnXXEki43cO5SZpwSnuGvgkCU5w9QpKYxpyNyQMAqVvtBbGyQZd8TDFL189eDfAb92yv6xBAajXbCfj5dQ-3H4LZPhNWhKvdx1A3MJJAJrjB2fPMwqPHMZN8Q_MEcvpT7_PhaWiyxsRYmTK9kcZqhrXe8jCmH3X3BH21smV4g3fknOTr4vlkq5ienrx80_uURcI7s7sdw",
};

static ID: TestKey = TestKey {
    kid: "TESTKIT+id/key+00000000000000000000000000001=",
    private_pem: include_str!("../../keys/id.pem"),
    modulus: "g_0PxOfWAmZRLFbF_inIJIWJn37a2IjEhgWz2OYUItzQ4qV0HzQmiudZZUaphvoQ1JBl1_AcUsc70a0jij2RLOzAylFX3FMuM0Hz7m10mDm3lIEinuzNt89LKwD1fgduLfF80rR0XE3EJiMrr4rmYaBixiT8mt1-S-_OoMGJ2cX7f4Z7SvwmB1nqxcSoARMEMVX9n4xzpE-_uUR7iFXB-tFrJWcEQPpaHIrJLUvVQs3_G0KoVg1sGAqSI2Q9NOFWmwwDjy6gi67i44H3h5fFXQB_Vv8SqRyHuQBoFaeU2wb_eiXu9JAsMyOHapyhBqldU765AZEr8oGVekOyUKmeeQ",
};

static NEXT_ACCESS: TestKey = TestKey {
    kid: "TESTKIT+access/key+0000000000000000000000002=",
    private_pem: include_str!("../../keys/next-access.pem"),
    modulus: "mKIcAZ3yzsHGbSYhI3vIkZnT_O7yYURv13pRLLZhCYAzr-0S0mOdBlvvjvlS_1rMLk5jeL-gWCZ_g2WlM4cZnZYacFu8DZY-KUqfObwjEKAFwSkO8Mq9ZuFh7lzTye7X0MUDsTIehokhc4tBGPqryB4To_Z2pLFD8pnmz4zGuGzrDEZXEeqE0K4npbJEHunM3l-W7WchtrDbUEmeAz0BCZpVAmr9V-LTnW5hwTGyd2uM2H2O0c34FH0wEZNoGEAoU6gCpAXreODz03J51Gqpr-jtxUUV8eJFcXcbSUZRxhRBgYRve6bfa4jJKFBwVmsRciXG_PmdTrG2-vw1vNNymQ",
};

static NEXT_ID: TestKey = TestKey {
    kid: "TESTKIT+id/key+00000000000000000000000000002=",
    private_pem: include_str!("../../keys/next-id.pem"),
    modulus: "vqcBVnBSMantJbxusoJRfHjMPC7-D9qOrWEoimEtOyFq3XlnN8r26-Y0kNvCIDa1db9ggXWtH0CakChTDHj1DdSLMKltmg0n6aN4vTY__LKMhMC58P3iSB4nNPGxTgNFYn1Bm6xBGqNhxCfivIxl8-juZp8RKqVIFpU-FPMiOcfUcyJvXs_GEl1kStpi70BrwZZ4pHMB8QWHcF8gZTlCRHhITunMQSDruw5xpNMRR6F9olhd_L6fmN49Sya1WtH4V2Z4EPZTVZtyka1WPYZnUWp47AHBhdXIhmw8jCcIWkKJFbdqisGPl6N87vQmzEtj58FcoGPyzF54p2ptTV8nvQ",
};
