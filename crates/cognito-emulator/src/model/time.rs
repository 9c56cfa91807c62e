//! Converts times to the formats of tokens and of AWS JSON.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// Returns a time in the format of tokens: whole seconds since 1970. A time before 1970 becomes 0.
pub(crate) fn seconds(moment: SystemTime) -> u64 {
    moment
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Returns a time in the format of AWS JSON: seconds since 1970 with three decimal places. A time
/// before 1970 becomes 0.
pub(crate) fn timestamp(moment: SystemTime) -> Value {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    let text = format!("{}.{:03}", since.as_secs(), since.subsec_millis());
    text.parse::<f64>()
        .map_or(Value::Null, |seconds| json!(seconds))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn timestamps_have_milliseconds() {
        let moment = UNIX_EPOCH + Duration::from_millis(1_704_110_400_007);
        assert_eq!(timestamp(moment).to_string(), "1704110400.007");
        let whole = UNIX_EPOCH + Duration::from_secs(1_704_110_400);
        assert_eq!(timestamp(whole).to_string(), "1704110400.0");
    }
}
