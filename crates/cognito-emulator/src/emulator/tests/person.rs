//! A user with data of every kind.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, SystemTime};

use crate::model::auth_events::{AuthEvent, Feedback, Kind, Proof as Factor, Response};
use crate::model::code::{Attempt, Proof};
use crate::model::device::{Device, DeviceSecret, DeviceVerifier};
use crate::model::identity::{Account, Identity};
use crate::model::options;
use crate::model::options::ProviderType;
use crate::model::passkeys::Pending;
use crate::model::password::StoredPassword;
use crate::model::password::imported::{HashAlgorithm, ImportedHash};
use crate::model::risk::{Risk, RiskLevel};
use crate::model::user::{Status, User};
use crate::model::user_sessions::UserSession;
use crate::model::webauthn::{CredentialRecord, PublicKey};

const HASH: &str = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Returns a user with data of every kind.
pub(super) fn new(now: SystemTime) -> User {
    let mut user = User::new(
        "bea".to_owned(),
        "sub of bea".to_owned(),
        Status::Confirmed,
        now,
    );
    user.pending.0.insert("email", "bea@example.com".to_owned());
    let hash = ImportedHash::parse(HashAlgorithm::Bcrypt, HASH);
    let password = StoredPassword::imported(hash.expect("a hash"));
    user.set_password(password, Some(now));
    user.groups.insert("staff".to_owned());
    for proof in [
        Proof::Attribute("email"),
        Proof::PasswordReset,
        Proof::SignUp,
    ] {
        let (code, to) = ("123456".to_owned(), "bea@example.com".to_owned());
        user.codes.put(proof, code, to, now);
    }
    assert!(user.attempts.spend(Attempt::ResendCode, now).is_ok());
    user.lockout.fail(now);
    user.risk = Some(RiskLevel::High);
    user.addresses.add(ADDRESS);
    user.identities.push(Identity {
        account: Account::of_subject("oidc", "bea"),
        kind: ProviderType::Oidc,
        issuer: None,
        linked: now,
        is_primary: true,
    });
    user.sign_out(now);
    add_factors(&mut user, now);
    add_events(&mut user, now);
    user
}

fn add_factors(user: &mut User, now: SystemTime) {
    user.mfa.totp = Some("SECRET".to_owned());
    user.mfa.totp_used = Some(7);
    user.mfa.totp_enabled = true;
    user.mfa.preferred = Some(options::Factor::SoftwareToken);
    let secret = DeviceSecret {
        group_key: "-group".to_owned(),
        key: "us-east-1_device".to_owned(),
        salt: "AQ==".to_owned(),
        password_verifier: "Ag==".to_owned(),
    };
    let verifier = DeviceVerifier::try_from(secret);
    user.devices.confirm(Device {
        key: "us-east-1_device".to_owned(),
        name: Some("phone".to_owned()),
        verifier: verifier.expect("a verifier"),
        remembered: true,
        created: now,
        modified: now,
        authenticated: now,
        waiting: Vec::new(),
    });
    for key in [
        PublicKey::Es256([4; 65]),
        PublicKey::Rs256 {
            modulus: vec![1; 256],
            exponent: vec![1, 0, 1],
        },
    ] {
        let record = CredentialRecord {
            id: "cGFzc2tleQ".to_owned(),
            key,
            counter: 1,
            attachment: Some("platform".to_owned()),
            transports: vec!["internal".to_owned()],
            relying_party: "example.com".to_owned(),
        };
        user.passkeys.add(record, now);
    }
    user.passkeys.pending = Some(Pending {
        challenge: "challenge".to_owned(),
        client: "client".to_owned(),
        expires: now + Duration::from_secs(180),
    });
}

fn add_events(user: &mut User, now: SystemTime) {
    let session = UserSession {
        id: "tkn".to_owned(),
        family: "family".to_owned(),
        client: "client".to_owned(),
        created: now,
        active: now,
        expires: 1_700_003_600,
        address: ADDRESS,
    };
    user.sessions.add(session, 20);
    user.events.0.push_front(AuthEvent {
        id: "event".to_owned(),
        kind: Kind::SignIn,
        response: Response::Pass,
        proofs: vec![(Factor::Password, true)],
        has_first_factor: true,
        address: ADDRESS,
        created: now,
        risk: Risk::default(),
        token: Some("token".to_owned()),
        feedback: Some(Feedback {
            value: "Valid".to_owned(),
            provider: "Admin",
            sent: now,
        }),
    });
}
