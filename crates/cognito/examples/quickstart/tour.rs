//! The chapters of the quickstart example, with one function for each group of operations.

use std::time::{Duration, SystemTime};

use cognito::account::TotpSecret;
use cognito::administration::Filter;
use cognito::authentication::FirstFactor;
use cognito::config::PoolConfig;
use cognito::{AccessToken, Challenge, Cognito, Error, ErrorKind, SignIn, Tokens};
use cognito_emulator::{Emulator, totp_code};
use cognito_testkit::SoftwareAuthenticator;

use super::guide::Guide;
use super::stage::{CLIENT_SECRET, Outcome, SCOPE, Stage, Surprise, complete, refused};

const PASSWORD: &str = "SecurePass123!";
const RESET_PASSWORD: &str = "EvenBetter456!";
const TEMPORARY_PASSWORD: &str = "TempPass123!";
const CHOSEN_PASSWORD: &str = "MyOwnChoice789!";

/// Runs all chapters. The chapters for passkeys, administration and client credentials are skipped
/// without the emulator.
pub(crate) async fn run(stage: &Stage, guide: &Guide) -> Outcome {
    for secret in [
        PASSWORD,
        RESET_PASSWORD,
        TEMPORARY_PASSWORD,
        CHOSEN_PASSWORD,
        CLIENT_SECRET,
    ] {
        stage.secret(secret);
    }
    stage.secret(stage.email.as_str());
    sign_up(stage, guide).await?;
    let tokens = login(stage, guide).await?;
    verify(stage, guide, &tokens).await?;
    wrong_password(stage, guide).await?;
    if stage.emulator.is_some() {
        passkey(stage, guide, &tokens.access_token).await?;
    }
    let secret = set_up_mfa(stage, guide, &tokens.access_token).await?;
    let tokens = login_with_totp(stage, guide, &secret).await?;
    let tokens = refresh(stage, guide, tokens).await?;
    profile(stage, guide, &tokens.access_token).await?;
    forgotten_password(stage, guide).await?;
    if stage.emulator.is_some() {
        administration(stage, guide).await?;
        new_password(stage, guide).await?;
    }
    if let Some(emulator) = &stage.emulator {
        machine(stage, guide, emulator).await?;
    }
    sign_out(stage, guide, &tokens).await?;
    monitoring(stage, guide).await
}

async fn sign_up(stage: &Stage, guide: &Guide) -> Outcome {
    guide.chapter("Sign up");
    let sign_up = stage
        .cognito
        .sign_up(&stage.email, PASSWORD)
        .attribute("name", "John Doe")
        .await?;
    guide.json(&sign_up);
    let early = stage.cognito.login(&stage.email, PASSWORD).await;
    refused(guide, early, ErrorKind::UserNotConfirmed)?;

    let code = stage.code()?;
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let guess = stage.cognito.confirm_sign_up(&stage.email, wrong).await;
    refused(guide, guess, ErrorKind::CodeMismatch)?;
    guide.json(&stage.cognito.confirm_sign_up(&stage.email, code).await?);
    Ok(())
}

async fn login(stage: &Stage, guide: &Guide) -> Outcome<Tokens> {
    guide.chapter("Log in");
    let tokens = complete(stage.cognito.login(&stage.email, PASSWORD).await?)?;
    stage.keep(&tokens);
    guide.fact("the password was proven with SRP, and not sent");
    guide.fact(format!(
        "tokens, good for {} s",
        tokens.expires_in.as_secs()
    ));
    Ok(tokens)
}

async fn verify(stage: &Stage, guide: &Guide, tokens: &Tokens) -> Outcome {
    guide.chapter("Verify both tokens");
    let (access_token, id_token) = (tokens.access_token.expose(), tokens.id_token.expose());
    let access = stage.cognito.verify_access_token(access_token).await?;
    guide.fact(format!(
        "access token of {} with scope {:?}",
        access.sub, access.scope
    ));
    let id = stage.cognito.verify_id_token(id_token).await?;
    let verified = id.email_verified == Some(true);
    guide.fact(format!(
        "ID token of the same user, e-mail verified: {verified}"
    ));
    if access.sub != id.sub {
        return Err(Surprise::new("the two tokens speak of two people"));
    }
    let confused = stage.cognito.verify_access_token(id_token).await;
    refused(guide, confused, ErrorKind::TokenInvalid)?;
    if stage.cognito.is_token_expired(access_token) {
        return Err(Surprise::new("a fresh token counts as expired"));
    }
    guide.fact("the access token has not expired");
    Ok(())
}

async fn wrong_password(stage: &Stage, guide: &Guide) -> Outcome {
    guide.chapter("Wrong password");
    let guess = stage.cognito.login(&stage.email, "WrongPass123!").await;
    refused(guide, guess, ErrorKind::InvalidCredentials)
}

async fn passkey(stage: &Stage, guide: &Guide, token: &AccessToken) -> Outcome {
    guide.chapter("A passkey");
    // In a real service the browser does this, with `navigator.credentials`.
    let mut browser = SoftwareAuthenticator::new("http://localhost:3000")?;
    let account = stage.cognito.account(token);
    let options = account.register_passkey().await?;
    let made = browser.create(options.as_json()).await?;
    let made = stage.secret(made.to_string());
    account.complete_passkey_registration(&made).await?;
    let passkeys = account.passkeys().await?;
    for passkey in &passkeys.passkeys {
        guide.fact(format!("registered: {}", passkey.friendly_name));
    }

    let login = stage.cognito.login_by_choice(&stage.email);
    let signed_in = login.prefer(FirstFactor::WebAuthn).await?;
    let SignIn::Challenge(Challenge::WebAuthn(asked)) = signed_in else {
        return Err(Surprise::new("no passkey was asked for"));
    };
    guide.fact(format!("Cognito asks for {}", asked.step().name()));
    if let Some(session) = asked.step().session() {
        stage.secret(session.expose());
    }
    let options = asked.request_options();
    let options = options.ok_or_else(|| Surprise::new("no options came"))?;
    let proof = browser.get(options.as_json()).await?;
    let proof = stage.secret(proof.to_string());
    let tokens = complete(stage.cognito.respond(asked.credential(&proof)).await?)?;
    stage.keep(&tokens);
    guide.fact("signed in without a password");
    Ok(())
}

async fn set_up_mfa(stage: &Stage, guide: &Guide, token: &AccessToken) -> Outcome<TotpSecret> {
    guide.chapter("Set up an authenticator app");
    let account = stage.cognito.account(token);
    let setup = account.setup_totp().await?;
    stage.secret(setup.secret.expose());
    guide.qr_code(&setup.otpauth_url("Cognito for Rust", &stage.email));
    let code = stage.secret(totp_code(setup.secret.expose(), SystemTime::now()));
    guide.json(&account.confirm_totp(code).device_name("My iPhone").await?);
    Ok(setup.secret)
}

async fn login_with_totp(stage: &Stage, guide: &Guide, secret: &TotpSecret) -> Outcome<Tokens> {
    guide.chapter("Log in with the authenticator app");
    let signed_in = stage.cognito.login(&stage.email, PASSWORD).await?;
    let SignIn::Challenge(Challenge::SoftwareTokenMfa(mfa)) = signed_in else {
        return Err(Surprise::new("no TOTP challenge"));
    };
    guide.fact(format!("Cognito asks for {}", mfa.step().name()));
    if let Some(session) = mfa.step().session() {
        stage.secret(session.expose());
    }
    // After a wrong code, the error contains the challenge.
    let Err(wrong) = stage.cognito.respond(mfa.code("000000")).await else {
        return Err(Surprise::new("a wrong code was taken"));
    };
    guide.fact(format!(
        "{}: the challenge can be answered again",
        wrong.error()
    ));
    let Some(Challenge::SoftwareTokenMfa(mfa)) = wrong.into_challenge() else {
        return Err(Surprise::new("the challenge did not come back"));
    };
    // Uses the code of the next time step, because the current one was used for the set-up.
    let soon = SystemTime::now() + Duration::from_secs(30);
    let code = stage.secret(totp_code(secret.expose(), soon));
    let tokens = complete(stage.cognito.respond(mfa.code(code)).await?)?;
    stage.keep(&tokens);
    guide.fact("signed in with two factors");
    Ok(tokens)
}

async fn refresh(stage: &Stage, guide: &Guide, tokens: Tokens) -> Outcome<Tokens> {
    guide.chapter("Refresh");
    let fresh = stage.cognito.refresh(&tokens.refresh_token).await?;
    stage.keep(&fresh);
    guide.fact("new access and ID tokens");
    if fresh.refresh_token.expose() == tokens.refresh_token.expose() {
        guide.fact("the refresh token stays as it is: this app client does not rotate them");
        return Ok(fresh);
    }
    guide.fact("and a new refresh token: this app client rotates them");
    if stage.emulator.is_some() {
        let used = stage.cognito.refresh(&tokens.refresh_token).await;
        refused(guide, used, ErrorKind::RefreshReuse)?;
    }
    Ok(fresh)
}

async fn profile(stage: &Stage, guide: &Guide, token: &AccessToken) -> Outcome {
    guide.chapter("Profile");
    let account = stage.cognito.account(token);
    let mut update = account.update_attributes().attribute("name", "Jane Doe");
    if stage.emulator.is_some() {
        update = update.attribute("custom:department", "R&D");
    }
    update.await?;
    let me = account.details().await?;
    if me.attributes.value("name") != Some("Jane Doe") {
        return Err(Surprise::new("the new name was not kept"));
    }
    guide.json(&me);
    Ok(())
}

async fn forgotten_password(stage: &Stage, guide: &Guide) -> Outcome {
    guide.chapter("Forgotten password");
    guide.json(&stage.cognito.forgot_password(&stage.email).await?);
    let code = stage.code()?;
    let weak = stage
        .cognito
        .confirm_forgot_password(&stage.email, &code, "short");
    refused(guide, weak.await, ErrorKind::PasswordPolicy)?;
    let reset = stage
        .cognito
        .confirm_forgot_password(&stage.email, &code, RESET_PASSWORD);
    guide.json(&reset.await?);
    let old = stage.cognito.login(&stage.email, PASSWORD).await;
    refused(guide, old, ErrorKind::InvalidCredentials)
}

async fn administration(stage: &Stage, guide: &Guide) -> Outcome {
    guide.chapter("Administration");
    let admin = stage.cognito.admin();
    let email = stage.secret("admin@example.com");
    admin
        .create_user(&email)
        .temporary_password(TEMPORARY_PASSWORD)
        .attribute("name", "Admin User")
        .contact_verified()
        .await?;
    let user = admin.user(&email);
    guide.json(&user.details().await?);
    let twice = admin.create_user(&email).await;
    refused(guide, twice, ErrorKind::UserExists)?;

    let filter = Filter::email().starts_with("admin");
    let page = admin.users().filter(filter).limit(20).await?;
    guide.fact(format!(
        "{} user(s) whose address starts with \"admin\"",
        page.users.len()
    ));
    let mut everyone = admin.users().limit(1).stream();
    let mut count = 0;
    while let Some(user) = everyone.next().await {
        user?;
        count += 1;
    }
    guide.fact(format!("{count} users in all, page by page"));

    user.disable().await?;
    let disabled = stage.cognito.login(&email, TEMPORARY_PASSWORD).await;
    refused(guide, disabled, ErrorKind::UserDisabled)?;
    user.enable().await?;
    guide.fact("disabled and enabled again");
    Ok(())
}

async fn new_password(stage: &Stage, guide: &Guide) -> Outcome {
    guide.chapter("First login of a user whom an operator created");
    let email = "admin@example.com";
    let signed_in = stage.cognito.login(email, TEMPORARY_PASSWORD).await?;
    let SignIn::Challenge(Challenge::NewPasswordRequired(step)) = signed_in else {
        return Err(Surprise::new("no new password was asked for"));
    };
    guide.fact(format!("Cognito asks for {}", step.step().name()));
    if let Some(session) = step.step().session() {
        stage.secret(session.expose());
    }
    let tokens = complete(
        stage
            .cognito
            .respond(step.new_password(CHOSEN_PASSWORD))
            .await?,
    )?;
    stage.keep(&tokens);
    guide.fact("signed in with the password that they chose");
    stage.cognito.admin().user(email).delete().await?;
    let gone = stage.cognito.admin().user(email).details().await;
    refused(guide, gone, ErrorKind::UserNotFound)?;
    let left_over = stage
        .cognito
        .verify_access_token(tokens.access_token.expose())
        .await;
    refused(guide, left_over, ErrorKind::TokenRevoked)
}

async fn machine(stage: &Stage, guide: &Guide, emulator: &Emulator) -> Outcome {
    guide.chapter("A token for a machine");
    let pool = PoolConfig::new(
        emulator.user_pool_id().parse().map_err(Error::from)?,
        "machine".parse().map_err(Error::from)?,
    )
    .with_client_secret(CLIENT_SECRET.parse().map_err(Error::from)?);
    let cognito = Cognito::builder()
        .config(pool)
        .emulator(emulator.endpoint())
        .build()
        .await?;
    let login = cognito.hosted_login();
    let token = login.client_credentials().scope(SCOPE).await?;
    stage.secret(token.access_token.expose());
    let claims = cognito.verify_access_token(token.access_token.expose());
    guide.fact(format!("a token with scope {:?}", claims.await?.scope));
    let again = login.client_credentials().scope(SCOPE).await?;
    if again.access_token.expose() != token.access_token.expose() {
        return Err(Surprise::new(
            "a token that was still good was bought again",
        ));
    }
    guide.fact("a second request returns the cached token, until shortly before it expires");
    let write = login
        .client_credentials()
        .scope("https://api.example.com/write");
    let Err(refused) = write.await else {
        return Err(Surprise::new("a scope was granted that nobody registered"));
    };
    guide.fact(format!("rejected, as it should be: {refused}"));
    cognito.shutdown().await;
    Ok(())
}

async fn sign_out(stage: &Stage, guide: &Guide, tokens: &Tokens) -> Outcome {
    guide.chapter("Sign out everywhere");
    let account = stage.cognito.account(&tokens.access_token);
    guide.json(&account.sign_out_everywhere().await?);
    let here = stage
        .cognito
        .verify_access_token(tokens.access_token.expose())
        .await;
    refused(guide, here, ErrorKind::TokenRevoked)?;
    refused(guide, account.details().await, ErrorKind::AccessRevoked)?;
    let refreshed = stage.cognito.refresh(&tokens.refresh_token).await;
    refused(guide, refreshed, ErrorKind::RefreshRevoked)
}

async fn monitoring(stage: &Stage, guide: &Guide) -> Outcome {
    guide.chapter("Metrics");
    let metrics = stage.cognito.metrics();
    guide.json(&metrics);
    guide.chapter("Health");
    guide.json(&stage.cognito.health());
    stage.cognito.shutdown().await;
    if let Some(emulator) = &stage.emulator {
        emulator.shutdown().await;
    }
    if metrics.total_requests == 0 {
        return Err(Surprise::new("nothing was counted"));
    }
    Ok(())
}
