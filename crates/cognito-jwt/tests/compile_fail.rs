//! What must not compile.

#[test]
fn an_unverified_token_cannot_pass_for_verified_claims() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
