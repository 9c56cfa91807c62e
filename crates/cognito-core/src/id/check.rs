//! Functions that check strings with a structure, such as e-mail addresses.

use crate::input::{is_printable, is_word};

/// Returns `true` for `[\w-]+_[0-9a-f-]+` with at most 55 characters (`DeviceKeyType`).
pub(super) fn is_device_key(text: &str) -> bool {
    let Some((region, id)) = text.rsplit_once('_') else {
        return false;
    };
    let hexadecimal = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f' | b'-');
    text.len() <= 55
        && !region.is_empty()
        && region.bytes().all(|b| is_word(b) || b == b'-')
        && !id.is_empty()
        && id.bytes().all(hexadecimal)
}

/// Returns `true` for `arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+` with up
/// to two more parts (`ArnType`).
pub(super) fn is_arn(text: &str) -> bool {
    let allowed = |part: &str| {
        let byte = |b: u8| is_word(b) || b"+=/,.@-".contains(&b);
        part.bytes().all(byte)
    };
    let filled = |part: &str| !part.is_empty() && allowed(part);
    let parts: Vec<_> = text.splitn(9, ':').collect();
    let [arn, partition, service, region, account, resource @ ..] = parts.as_slice() else {
        return false;
    };
    (20..=2048).contains(&text.len())
        && *arn == "arn"
        && filled(partition)
        && filled(service)
        && allowed(region)
        && !account.is_empty()
        && account.bytes().all(|b| b.is_ascii_digit())
        && (1..=3).contains(&resource.len())
        && resource.iter().all(|part| filled(part))
}

pub(super) fn is_region(text: &str) -> bool {
    if text == "local" {
        return true;
    }
    let mut parts = text.split('-');
    let area = parts.next().unwrap_or_default();
    let Some(number) = parts.next_back() else {
        return false;
    };
    let mut words = parts.peekable();
    text.len() <= 32
        && (2..=5).contains(&area.len())
        && area.bytes().all(|b| b.is_ascii_lowercase())
        && words.peek().is_some()
        && words.all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
        && (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
}

pub(super) fn is_user_pool_id(text: &str) -> bool {
    text.len() <= 55
        && text.rsplit_once('_').is_some_and(|(region, name)| {
            is_region(region) && !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && !domain.is_empty()
        && !domain.starts_with(['.', '-'])
        && !domain.ends_with(['.', '-'])
        && !domain.contains("..")
        && domain
            .chars()
            .all(|c| c.is_alphanumeric() || c == '.' || c == '-')
        && local.chars().all(|c| is_printable(c) && c != '@')
}

pub(super) fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Returns `true` for `(tkn|sso)[a-z0-9]{25}` (`SessionIdType`).
pub(super) fn is_session_id(text: &str) -> bool {
    let prefix = ["tkn", "sso"].into_iter();
    let rest = prefix.filter_map(|prefix| text.strip_prefix(prefix)).next();
    let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    rest.is_some_and(|rest| rest.len() == 25 && rest.bytes().all(is_part))
}
