//! Tests of secrets: valid and invalid strings, `Debug`.

use cognito_core::secret::MAX_TOKEN_LENGTH;
use cognito_core::{
    AccessToken, ConfirmationCode, IdToken, Password, RefreshToken, Session, TotpCode,
};

#[test]
fn debug_shows_only_the_kind_of_secret() {
    let password = Password::new("SecurePass123!").unwrap();
    assert_eq!(format!("{password:?}"), "Password(** redacted **)");
    assert_eq!(password.expose(), "SecurePass123!");
}

#[test]
fn passwords_may_hold_inner_spaces_and_any_script() {
    assert!(Password::new("correct horse battery").is_ok());
    assert!(Password::new("пароль-山田-😀").is_ok());
    for text in ["", " leading", "trailing ", "\n", &"a".repeat(257)] {
        assert!(Password::new(text).is_err(), "{text:?}");
    }
}

#[test]
fn codes_and_sessions() {
    for text in [
        "012345",
        "012 345",
        " 012345\n",
        "0 1 2 3 4 5",
        "012\u{a0}345",
    ] {
        assert_eq!(TotpCode::new(text).unwrap().expose(), "012345", "{text:?}");
    }
    for text in [
        "",
        " ",
        "12345",
        "1234567",
        "12345a",
        "１２３４５６",
        "123-456",
    ] {
        assert!(TotpCode::new(text).is_err(), "{text:?}");
    }
    assert!(ConfirmationCode::new("123456").is_ok());
    assert!(ConfirmationCode::new("12 34").is_err());
    assert!(Session::new("x".repeat(19)).is_err());
    assert!(Session::new("x".repeat(20)).is_ok());
}

#[test]
fn tokens_have_closed_alphabet_and_maximum_length() {
    assert!(AccessToken::new("aa.bb-c_.d=").is_ok());
    for text in ["", "a b", "a\n", "é", &"a".repeat(MAX_TOKEN_LENGTH + 1)] {
        assert!(AccessToken::new(text).is_err());
    }
    let longest = "a".repeat(MAX_TOKEN_LENGTH);
    assert!(AccessToken::new(longest.as_str()).is_ok());
    assert!(IdToken::new(longest.as_str()).is_ok());
    assert!(RefreshToken::new(longest).is_ok());
    let refusal = AccessToken::new("").unwrap_err().to_string();
    assert!(refusal.contains(&MAX_TOKEN_LENGTH.to_string()), "{refusal}");
}
