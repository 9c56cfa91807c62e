//! Names of attributes that an application probably uses for its permissions.

/// The words in the names of attributes that an application probably uses for its permissions. They
/// are in lower case and have no plural `s`.
const ROLES: &[&str] = &[
    "access",
    "admin",
    "administrator",
    "entitlement",
    "group",
    "isadmin",
    "owner",
    "permission",
    "plan",
    "privilege",
    "role",
    "scope",
    "superuser",
    "tenant",
    "tenantid",
    "tier",
    "userrole",
];

/// Returns `true` for a custom attribute whose name has a word of [`ROLES`].
pub(super) fn is_role(attribute: &str) -> bool {
    let name = attribute.strip_prefix("dev:").unwrap_or(attribute);
    let custom = name.strip_prefix("custom:");
    custom.is_some_and(|name| words(name).iter().any(|word| is_word(word)))
}

fn is_word(word: &str) -> bool {
    let singular = word.strip_suffix('s').unwrap_or(word);
    ROLES.contains(&word) || ROLES.contains(&singular)
}

/// Returns the words of a name in lower case. A word ends before a character that is not a letter,
/// such as `_`, or before an upper-case letter that begins a word in camel case.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let is_lower = |letter: Option<&char>| letter.is_some_and(|letter| letter.is_lowercase());
        // A word starts at `A` in `isAdmin`, and at `R` in `RBACRole`.
        let is_start = letter.is_uppercase() && (is_lower(before) || is_lower(letters.get(at + 1)));
        if is_start || !letter.is_alphabetic() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphabetic()) {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_roles() {
        for (name, expected) in [
            ("custom:role", true),
            ("custom:Roles", true),
            ("dev:custom:role", true),
            ("custom:user_role2", true),
            ("custom:isAdmin", true),
            ("custom:is_superuser", true),
            ("custom:is-super.admin", true),
            ("custom:RBACRole", true),
            ("custom:ADMIN", true),
            ("custom:accessLevel", true),
            ("custom:entitlements", true),
            ("custom:plant", false),
            ("custom:frontier", false),
            ("custom:accessory", false),
            ("custom:controller", false),
            ("custom:", false),
            ("role", false),
        ] {
            assert_eq!(is_role(name), expected, "{name}");
        }
    }
}
