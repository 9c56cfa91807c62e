//! A configuration source that reads settings from environment variables, and from the files whose
//! paths these variables contain.

mod files;

use std::fmt;
use std::io;
use std::path::Path;

use async_trait::async_trait;
use cognito_core::config::{Setting, Settings};
use cognito_core::{ConfigSource, Error, ErrorKind, Result};

/// A source that reads settings from environment variables.
///
/// | setting | variable |
/// |---|---|
/// | user pool id | `AWS_COGNITO_USER_POOL_ID` or `AWS_COGNITO_USER_POOL_ID_FILE` |
/// | client id | `AWS_COGNITO_CLIENT_ID` or `AWS_COGNITO_CLIENT_ID_FILE` |
/// | client secret | `AWS_COGNITO_CLIENT_SECRET` or `AWS_COGNITO_CLIENT_SECRET_FILE` |
/// | previous client secret | `AWS_COGNITO_PREVIOUS_CLIENT_SECRET` or `AWS_COGNITO_PREVIOUS_CLIENT_SECRET_FILE` |
/// | login domain | `AWS_COGNITO_DOMAIN` |
/// | region | `AWS_REGION`, else `AWS_DEFAULT_REGION` |
/// | issuer | `COGNITO_ISSUER` |
/// | JWKS URI | `COGNITO_JWKS_URI` |
///
/// A variable whose name ends in `_FILE` contains the path of a file with the value, as for secrets
/// that orchestrators mount. The file must be a regular UTF-8 file of at most 64 KiB; one trailing
/// line break is removed. The file is read again at every load, so a rotated secret needs no
/// restart. An empty variable counts as not set. If a variable and its `_FILE` variant are both
/// set, the load fails, because one of them would be ignored.
///
/// # Errors
///
/// A load fails with [`ErrorKind::Configuration`] if a value is not UTF-8, if a file cannot be
/// read, or if a variable and its `_FILE` variant are both set. The error names the variable, never
/// its value or the content of its file.
pub struct EnvConfigSource {
    environment: Environment,
    read: Box<Reader>,
}

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;
type Reader = dyn Fn(&Path) -> io::Result<Vec<u8>> + Send + Sync;

enum Environment {
    Given(Box<Lookup>),
    Process,
}

/// The environment variables of a setting. `names` are the variables with the value, in order of
/// precedence. `file` is the variable with the path of a file that contains the value. Some
/// settings have no `file`.
struct Variables {
    setting: Setting,
    names: &'static [&'static str],
    file: Option<&'static str>,
}

const VARIABLES: &[Variables] = &[
    Variables {
        setting: Setting::UserPoolId,
        names: &["AWS_COGNITO_USER_POOL_ID"],
        file: Some("AWS_COGNITO_USER_POOL_ID_FILE"),
    },
    Variables {
        setting: Setting::ClientId,
        names: &["AWS_COGNITO_CLIENT_ID"],
        file: Some("AWS_COGNITO_CLIENT_ID_FILE"),
    },
    Variables {
        setting: Setting::ClientSecret,
        names: &["AWS_COGNITO_CLIENT_SECRET"],
        file: Some("AWS_COGNITO_CLIENT_SECRET_FILE"),
    },
    Variables {
        setting: Setting::PreviousClientSecret,
        names: &["AWS_COGNITO_PREVIOUS_CLIENT_SECRET"],
        file: Some("AWS_COGNITO_PREVIOUS_CLIENT_SECRET_FILE"),
    },
    Variables {
        setting: Setting::LoginDomain,
        names: &["AWS_COGNITO_DOMAIN"],
        file: None,
    },
    Variables {
        setting: Setting::Region,
        names: &["AWS_REGION", "AWS_DEFAULT_REGION"],
        file: None,
    },
    Variables {
        setting: Setting::Issuer,
        names: &["COGNITO_ISSUER"],
        file: None,
    },
    Variables {
        setting: Setting::JwksUri,
        names: &["COGNITO_JWKS_URI"],
        file: None,
    },
];

impl EnvConfigSource {
    /// Creates a source that reads the environment variables of this process. Every load reads them
    /// again.
    pub fn new() -> Self {
        Self {
            environment: Environment::Process,
            read: Box::new(files::read),
        }
    }

    /// Creates a source that reads variables with a custom function, for tests and for hosts that
    /// provide variables in another way.
    pub fn with_lookup(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self {
            environment: Environment::Given(Box::new(lookup)),
            ..Self::new()
        }
    }

    /// Replaces the function that returns the content of a file. Use this in tests, or if secrets
    /// are not stored in files of the operating system: the function gets the path in the `…_FILE`
    /// variable, and can return a value from another place. If it returns more than 64 KiB, the
    /// load fails. Default: reads regular files of the operating system.
    pub fn with_reader(
        mut self,
        read: impl Fn(&Path) -> io::Result<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        self.read = Box::new(read);
        self
    }

    /// Returns the value of a setting, and the name of the variable that it was read from. If
    /// several of `names` are set, the first is used. Returns `None` if no variable of the setting
    /// is set. Fails if one of `names` and the `file` variable are both set, or if the file cannot
    /// be read.
    fn setting(&self, variables: &Variables) -> Result<Option<(&'static str, String)>> {
        let mut value = None;
        for name in variables.names {
            value = match value {
                None => self.variable(name)?.map(|value| (*name, value)),
                found => found,
            };
        }
        let path = match variables.file {
            Some(name) => self.variable(name)?.map(|path| (name, path)),
            None => None,
        };
        match (value, path) {
            (Some((name, _)), Some((file, _))) => Err(configuration(format!(
                "both {name} and {file} are set: remove one"
            ))),
            (Some(found), None) => Ok(Some(found)),
            (None, Some((name, path))) => {
                let value = self.file(name, Path::new(&path))?;
                Ok(Some((name, value)))
            }
            (None, None) => Ok(None),
        }
    }

    fn variable(&self, name: &str) -> Result<Option<String>> {
        let value = match &self.environment {
            Environment::Given(lookup) => lookup(name),
            Environment::Process => match std::env::var(name) {
                Ok(value) => Some(value),
                Err(std::env::VarError::NotPresent) => None,
                // Security: the error of the standard library shows the value.
                Err(std::env::VarError::NotUnicode(_)) => {
                    return Err(configuration(format!(
                        "{name} is not UTF-8: set it to a UTF-8 string"
                    )));
                }
            },
        };
        Ok(value.filter(|value| !value.is_empty()))
    }

    fn file(&self, variable: &str, path: &Path) -> Result<String> {
        let bytes = (self.read)(path).map_err(|error| {
            // Only the kind of error, because the error's own message may contain the path.
            configuration(format!(
                "the file that {variable} names cannot be read ({}): check its path and its permissions",
                error.kind()
            ))
        })?;
        if bytes.len() > files::MAX {
            return Err(configuration(format!(
                "the file that {variable} names is larger than 64 KiB: name the file with only the value"
            )));
        }
        String::from_utf8(bytes).map_err(|_| {
            configuration(format!(
                "the file that {variable} names is not UTF-8: save it as UTF-8"
            ))
        })
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for EnvConfigSource {
    /// Creates a source with only these variables.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let variables: std::collections::BTreeMap<String, String> = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self::with_lookup(move |name| variables.get(name).cloned())
    }
}

impl Default for EnvConfigSource {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl ConfigSource for EnvConfigSource {
    async fn load(&self) -> Result<Settings> {
        let mut settings = Settings::new();
        for variables in VARIABLES {
            if let Some((name, value)) = self.setting(variables)? {
                let origin = format!("environment variable {name}");
                settings = settings.with_origin(variables.setting, &value, origin);
            }
        }
        Ok(settings)
    }

    fn locations(&self, setting: Setting) -> Vec<String> {
        VARIABLES
            .iter()
            .filter(|variables| variables.setting == setting)
            .flat_map(|variables| variables.names.iter().chain(&variables.file))
            .map(|name| format!("environment variable {name}"))
            .collect()
    }
}

impl fmt::Debug for EnvConfigSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvConfigSource").finish_non_exhaustive()
    }
}

fn configuration(detail: String) -> Error {
    Error::new(ErrorKind::Configuration).with_detail(detail)
}
