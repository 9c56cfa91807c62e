//! A test suite for the contract of `ConfigSource`.

use cognito_core::ConfigSource;
use cognito_core::config::Setting;

/// Checks a [`ConfigSource`] that contains exactly the settings in `expectations`.
///
/// - It returns each of these settings with its value, and no other setting.
/// - If it is read a second time, it returns the same settings.
/// - For each of these settings, it returns the names of the places where it searches.
/// - Its `Debug` output and the names of places contain no value.
///
/// # Panics
///
/// Panics if a rule is broken.
#[allow(
    clippy::panic,
    clippy::expect_used,
    reason = "a suite of assertions for tests"
)]
pub async fn config_source(source: &dyn ConfigSource, expectations: &[(Setting, &str)]) {
    for round in ["first", "second"] {
        let settings = source
            .load()
            .await
            .unwrap_or_else(|error| panic!("the {round} load failed: {error}"));
        for setting in Setting::ALL {
            let expected = expectations
                .iter()
                .find(|(expected, _)| expected == setting)
                .map(|(_, value)| *value);
            let found = settings.value(*setting);
            assert!(
                found == expected,
                "the {round} load {} the {}",
                match (found, expected) {
                    (Some(_), Some(_)) => "found another value for",
                    (Some(_), None) => "found, but must not have,",
                    (None, _) => "did not find",
                },
                setting.name()
            );
        }
    }
    let debug = format!("{source:?}");
    for (setting, value) in expectations {
        let places = source.locations(*setting);
        let name = setting.name();
        assert!(
            !places.is_empty(),
            "the source has the {name}, but locations returns no place for it"
        );
        assert!(
            !debug.contains(value),
            "Debug of the source shows the value of the {name}"
        );
        assert!(
            !places.iter().any(|place| place.contains(value)),
            "locations shows the value of the {name}"
        );
    }
}
