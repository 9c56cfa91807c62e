//! The time in the client's SRP proof, in Cognito's format ([`Timestamp`]).

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::SrpError;

/// A time in the years 1970 to 9999, with a resolution of one second. Its string form is Cognito's
/// format, for example `Tue Feb 1 03:04:05 UTC 2000`.
///
/// The format is Java's `EEE MMM d HH:mm:ss z yyyy` in English: the day of the month has no leading
/// zero, and hours are 00 to 23. Parsing is strict: it accepts only strings that formatting
/// produces, with the correct day of the week.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
///
/// use cognito_srp6a::Timestamp;
///
/// let time = Timestamp::new(UNIX_EPOCH + Duration::from_secs(949_374_245))?;
/// assert_eq!(time.to_string(), "Tue Feb 1 03:04:05 UTC 2000");
/// assert_eq!(time.to_string().parse(), Ok(time));
/// # Ok::<(), cognito_srp6a::SrpError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
    seconds: u64,
}

impl Timestamp {
    /// Creates a timestamp from a time, rounded down to whole seconds.
    ///
    /// # Errors
    ///
    /// [`SrpError::TimeOutOfRange`] if the time is not in the years 1970 to 9999.
    pub fn new(time: SystemTime) -> Result<Self, SrpError> {
        let since = time.duration_since(UNIX_EPOCH);
        match since.map(|since| since.as_secs()) {
            Ok(seconds) if seconds <= LAST_SECOND => Ok(Self { seconds }),
            _ => Err(SrpError::TimeOutOfRange),
        }
    }

    /// Converts the timestamp to a [`SystemTime`], a whole number of seconds after the Unix epoch.
    pub fn time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.seconds)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.seconds / DAY, self.seconds % DAY);
        let (year, month, day) = date(days);
        let weekday = name(&WEEKDAYS, days % 7);
        let month = name(&MONTHS, month);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            f,
            "{weekday} {month} {day} {hour:02}:{minute:02}:{second:02} UTC {year}"
        )
    }
}

impl FromStr for Timestamp {
    type Err = SrpError;

    fn from_str(text: &str) -> Result<Self, SrpError> {
        let malformed = SrpError::Malformed {
            parameter: "TIMESTAMP",
        };
        let read = read(text).ok_or(malformed)?;
        // A string that was parsed leniently (a sign, April 31, 24 o'clock) is formatted
        // differently.
        if read.to_string() == text {
            Ok(read)
        } else {
            Err(malformed)
        }
    }
}

/// Parses a timestamp without checking its spelling and its day of the week. The caller must check
/// that formatting the result returns the same string. Returns `None` if the string has another
/// form or the time is out of range.
fn read(text: &str) -> Option<Timestamp> {
    let mut words = text.split(' ').skip(1);
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as u64;
    let day = number(words.next()?)?;
    let mut time = words.next()?.split(':');
    let mut next = || time.next().and_then(number);
    let (hour, minute, second) = (next()?, next()?, next()?);
    let year = number(words.nth(1)?)?;
    let seconds = days(year, month, day)? * DAY + hour * 3600 + minute * 60 + second;
    (seconds <= LAST_SECOND).then_some(Timestamp { seconds })
}

/// Parses a number from 0 to 65,535. Returns `None` for other strings. With this limit, the sums of
/// the caller cannot overflow.
fn number(text: &str) -> Option<u64> {
    text.parse::<u16>().ok().map(u64::from)
}

/// Converts a number of days since 1970-01-01 to the year, the month (0 for January) and the day of
/// the month (1 for the first).
///
/// The computation counts years from March, so that a leap day is the last day of its year.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + DAYS_BEFORE_1970;
    let (era, day) = (days / ERA, days % ERA);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year + u64::from(month >= 10);
    (year, (month + 2) % 12, day)
}

/// Returns the number of days from 1970-01-01 to a date. `month` is 0 for January. Returns `None`
/// for dates before 1970. Does not check whether the date exists: April 31 counts as May 1.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = year.checked_sub(u64::from(month < 2))?;
    let (era, year) = (year / 400, year % 400);
    let before_month = (153 * ((month + 10) % 12) + 2) / 5;
    let day = 365 * year + year / 4 - year / 100 + before_month + day;
    (era * ERA + day).checked_sub(DAYS_BEFORE_1970 + 1)
}

fn name(names: &[&'static str], index: u64) -> &'static str {
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    names.get(index).copied().unwrap_or_default()
}

/// The length of a day, in seconds.
const DAY: u64 = 86_400;
/// The number of days in 400 years, after which the calendar repeats.
const ERA: u64 = 146_097;
/// The number of days from March 1 of the year 0 to 1970-01-01.
const DAYS_BEFORE_1970: u64 = 719_468;
/// The last second of the year 9999, in seconds since 1970.
const LAST_SECOND: u64 = 253_402_300_799;
/// The days of the week. The first is Thursday, because 1970-01-01 was a Thursday.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn text(seconds: u64) -> String {
        let time = UNIX_EPOCH + Duration::from_secs(seconds);
        Timestamp::new(time).unwrap().to_string()
    }

    #[test]
    fn the_first_and_the_last_second() {
        assert_eq!(text(0), "Thu Jan 1 00:00:00 UTC 1970");
        assert_eq!(text(LAST_SECOND), "Fri Dec 31 23:59:59 UTC 9999");
        for time in [
            UNIX_EPOCH - Duration::from_secs(1),
            UNIX_EPOCH + Duration::from_secs(LAST_SECOND + 1),
        ] {
            assert_eq!(Timestamp::new(time), Err(SrpError::TimeOutOfRange));
        }
    }

    #[test]
    fn fractions_of_a_second_are_dropped() {
        let time = UNIX_EPOCH + Duration::from_millis(1_999);
        let second = Timestamp::new(time).unwrap().time();
        assert_eq!(second, UNIX_EPOCH + Duration::from_secs(1));
    }

    #[test]
    fn parses_only_formatted_timestamps() {
        let good = "Thu Feb 29 03:04:05 UTC 2024";
        assert!(good.parse::<Timestamp>().is_ok());
        for bad in [
            "",
            "Wed Feb 29 03:04:05 UTC 2024",
            "Thu Feb 29 03:04:05 UTC 2024 ",
            " Thu Feb 29 03:04:05 UTC 2024",
            "Thu  Feb 29 03:04:05 UTC 2024",
            "thu Feb 29 03:04:05 UTC 2024",
            "Thu FEB 29 03:04:05 UTC 2024",
            "Thu Feb 29 3:04:05 UTC 2024",
            "Thu Feb 29 03:04:5 UTC 2024",
            "Thu Feb 29 03:04 UTC 2024",
            "Thu Feb 29 03:04:05:06 UTC 2024",
            "Thu Feb 29 03:04:60 UTC 2024",
            "Thu Feb 28 27:04:05 UTC 2024",
            "Thu Feb 29 +3:04:05 UTC 2024",
            "Thu Feb 29 03:04:05 GMT 2024",
            "Thu Feb 29 03:04:05 2024",
            "Thu Feb 29 03:04:05 UTC 24",
            "Thu Feb 29 03:04:05 UTC 02024",
            "Wed Feb 29 03:04:05 UTC 2023",
            "Thu Feb 01 03:04:05 UTC 2024",
            "Thu Feb 0 03:04:05 UTC 2024",
            "Wed Dec 31 23:59:59 UTC 1969",
            "Sat Jan 1 00:00:00 UTC 10000",
            "Thu Jan 1 00:00:00 UTC 0",
            "Thu Feb 99999999999999999999 03:04:05 UTC 2024",
            "Thu Feb 18446744073709551615 0:0:0 UTC 1",
            "Thu Mär 7 03:04:05 UTC 2024",
        ] {
            let read = bad.parse::<Timestamp>();
            let parameter = "TIMESTAMP";
            assert_eq!(read, Err(SrpError::Malformed { parameter }), "{bad:?}");
        }
    }
}
