//! Maps the names of Lambda functions to URLs of this host ([`Functions`]).

use crate::model::trigger::address::is_local;

/// The beginning of the URL path of a request to Lambda's `Invoke` operation. After it, the path
/// contains the name of the Lambda function.
const INVOKE: &str = "/2015-03-31/functions/";

/// Returns `true` if a URL path belongs to Lambda's `Invoke` operation. A server at such a URL
/// emulates Lambda, so it reports errors in the format of Lambda.
pub(crate) fn is_invoke(path: &str) -> bool {
    let name = path.strip_prefix(INVOKE);
    let name = name.and_then(|rest| rest.strip_suffix("/invocations"));
    name.is_some_and(|name| !name.is_empty() && !name.contains('/'))
}

/// The parsed name or ARN of a Lambda function. The region, the account or the qualifier is `None`
/// if the name does not contain it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FunctionName {
    region: Option<String>,
    account: Option<String>,
    name: String,
    qualifier: Option<String>,
}

impl FunctionName {
    /// Parses the forms of `FunctionName` in Lambda's API: a name, `ACCOUNT:function:NAME` or an
    /// ARN, each with an optional qualifier after a colon. Returns `None` for other strings.
    fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let (region, account, rest) = match parts.as_slice() {
            ["arn", _, "lambda", region, account, "function", rest @ ..] => {
                (Some(*region), Some(*account), rest)
            }
            [account, "function", rest @ ..] => (None, Some(*account), rest),
            rest => (None, None, rest),
        };
        let (name, qualifier) = match rest {
            [name] => (*name, None),
            [name, qualifier] => (*name, Some(*qualifier)),
            _ => return None,
        };
        let others = [region, account, qualifier];
        let mut given = others.into_iter().flatten().chain([name]);
        given.all(is_word).then(|| Self {
            region: region.map(ToOwned::to_owned),
            account: account.map(ToOwned::to_owned),
            name: name.to_owned(),
            qualifier: qualifier.map(ToOwned::to_owned),
        })
    }

    /// Returns the optional parts of the function's name or ARN: region, account and qualifier.
    fn parts(&self) -> [Option<&str>; 3] {
        let parts = [&self.region, &self.account, &self.qualifier];
        parts.map(Option::as_deref)
    }

    /// Returns `true` if `arn` has the same name as `self`, and the same region, account and
    /// qualifier. A region, account or qualifier that is `None` in `self` matches every value.
    fn is_of(&self, arn: &Self) -> bool {
        let mut parts = self.parts().into_iter().zip(arn.parts());
        self.name == arn.name && parts.all(|(own, other)| own.is_none() || own == other)
    }
}

/// Returns `true` if a part of a name is not empty and has only characters that Lambda allows.
fn is_word(part: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_$.".contains(&byte);
    !part.is_empty() && part.bytes().all(is_allowed)
}

/// The Lambda functions that run on this host, with their URLs.
#[derive(Clone, Default)]
pub(crate) struct Functions(Vec<(FunctionName, String)>);

impl Functions {
    /// Maps a function to a URL. `name` is a name or an ARN, which can have a qualifier. If the
    /// function is mapped already, replaces its URL. If the name or the URL is invalid, fails with
    /// a message that says what to use instead.
    pub(crate) fn map(&mut self, name: &str, url: String) -> Result<(), &'static str> {
        let name = FunctionName::parse(name)
            .ok_or("use the name of a Lambda function, such as gate, or its ARN")?;
        if !is_local(&url) {
            return Err("use an http:// URL of localhost, 127.0.0.1 or [::1]");
        }
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, url));
        Ok(())
    }

    /// Adds the functions of another map. If both maps contain a name, the URL of the other map is
    /// used.
    pub(crate) fn extend(&mut self, others: &Self) {
        for (name, url) in &others.0 {
            self.0.retain(|(known, _)| known != name);
            self.0.push((name.clone(), url.clone()));
        }
    }

    /// Returns the URL of the function with this ARN. Returns `None` if it is not mapped, or if
    /// `arn` is not the ARN of a function. If several mapped names match the ARN, returns the URL
    /// of the most specific name: the name that contains the most of region, account and qualifier.
    pub(crate) fn url(&self, arn: &str) -> Option<&str> {
        let arn = FunctionName::parse(arn).filter(|arn| arn.region.is_some())?;
        let found = self.0.iter().filter(|(name, _)| name.is_of(&arn));
        let parts = |name: &FunctionName| name.parts().into_iter().flatten().count();
        let (_, url) = found.max_by_key(|(name, _)| parts(name))?;
        Some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://127.0.0.1:9000/";

    fn functions(names: &[&str]) -> Functions {
        let mut functions = Functions::default();
        for name in names {
            let url = format!("{URL}{name}");
            functions.map(name, url).expect(name);
        }
        functions
    }

    #[test]
    fn every_form_of_a_name_matches_the_arn() {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:gate:live";
        for name in [
            "gate",
            "gate:live",
            "123456789012:function:gate",
            "123456789012:function:gate:live",
            "arn:aws:lambda:eu-west-1:123456789012:function:gate",
            arn,
        ] {
            let expected = format!("{URL}{name}");
            assert_eq!(functions(&[name]).url(arn), Some(&*expected), "{name}");
        }
    }

    #[test]
    fn another_function_is_not_called() {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:gate";
        for name in [
            "gates",
            "Gate",
            "gate:live",
            "000000000000:function:gate",
            "arn:aws:lambda:us-east-1:123456789012:function:gate",
        ] {
            assert_eq!(functions(&[name]).url(arn), None, "{name}");
        }
        for arn in [
            "gate",
            "arn:aws:sns:eu-west-1:123456789012:function:gate",
            "arn:aws:lambda:eu-west-1:123456789012:layer:gate",
            "arn:aws:lambda:eu-west-1:123456789012:function:gate:live:more",
        ] {
            assert_eq!(functions(&["gate"]).url(arn), None, "{arn}");
        }
    }

    #[test]
    fn the_most_specific_name_wins() {
        let functions = functions(&["gate:live", "gate", "123456789012:function:gate:live"]);
        let url = |end: &str| {
            let arn = format!("arn:aws:lambda:eu-west-1:{end}");
            functions.url(&arn).map(|url| url[URL.len()..].to_owned())
        };
        for (end, expected) in [
            (
                "123456789012:function:gate:live",
                "123456789012:function:gate:live",
            ),
            ("210987654321:function:gate:live", "gate:live"),
            ("123456789012:function:gate:next", "gate"),
            ("123456789012:function:gate", "gate"),
        ] {
            assert_eq!(url(end).as_deref(), Some(expected), "{end}");
        }
    }

    #[test]
    fn names_and_urls_are_checked() {
        let mut functions = Functions::default();
        for name in [
            "",
            ":",
            "gate:",
            "a b",
            "a/b",
            "x:y:z",
            "arn:aws:lambda::1:function:gate",
        ] {
            assert!(functions.map(name, URL.to_owned()).is_err(), "{name}");
        }
        for url in ["http://example.com/", "https://127.0.0.1/", "gate", ""] {
            assert!(functions.map("gate", url.to_owned()).is_err(), "{url}");
        }
    }

    #[test]
    fn paths_of_lambda_are_recognized() {
        assert!(is_invoke("/2015-03-31/functions/gate/invocations"));
        for path in [
            "/",
            "/2015-03-31/functions/gate",
            "/2015-03-31/functions//invocations",
            "/2015-03-31/functions/a/b/invocations",
            "/hook/2015-03-31/functions/gate/invocations",
        ] {
            assert!(!is_invoke(path), "{path}");
        }
    }
}
