//! The methods of the emulator's builder that set triggers and Lambda functions.

use std::sync::Arc;

use serde_json::Value;

use crate::builder::EmulatorBuilder;
use crate::model::trigger::{Target, Trigger, TriggerError};

impl EmulatorBuilder {
    /// Sets a function of this process as a trigger of the pool. Like a Lambda function, it
    /// receives [the event] and returns the event with its member `response` filled in.
    ///
    /// The function runs on a thread for blocking work and may call the emulator. It has no
    /// timeout. For a trigger in another process, use [`trigger_url`](Self::trigger_url).
    ///
    /// [the event]: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
    ///
    /// ```
    /// # use cognito_emulator::{Emulator, Trigger};
    /// let settings = Emulator::builder().trigger(Trigger::PreSignUp, |mut event| {
    /// let email = event["request"]["userAttributes"]["email"].as_str().unwrap_or_default();
    /// if !email.ends_with("@example.com") {
    /// return Err("Only addresses of example.com may sign up".into());
    /// }
    /// event["response"]["autoConfirmUser"] = true.into();
    /// Ok(event)
    /// });
    /// # drop(settings);
    /// ```
    pub fn trigger(
        mut self,
        trigger: Trigger,
        function: impl Fn(Value) -> Result<Value, TriggerError> + Send + Sync + 'static,
    ) -> Self {
        let function = Target::Function(Arc::new(function));
        self.settings.triggers.set(trigger, function);
        self
    }

    /// Sets the URL of a trigger. The emulator sends each event to the URL as JSON (`POST`). The
    /// body of the HTTP response must be the event, with its member `response` filled in. The
    /// trigger fails if the status of the HTTP response is not 2xx, or if the response has the
    /// header `X-Amz-Function-Error`. The emulator then rejects the request for which it called the
    /// trigger. The member `errorMessage` of the JSON body is then part of the error message.
    ///
    /// The URL must be an `http://` URL of `localhost`, `127.0.0.1` or `[::1]`, because events can
    /// contain passwords. Otherwise [`start`](Self::start) and [`build`](Self::build) fail.
    pub fn trigger_url(mut self, trigger: Trigger, url: impl Into<String>) -> Self {
        self.settings.triggers.set(trigger, Target::Url(url.into()));
        self
    }

    /// Maps a Lambda function to a URL of this host. If the ARN of the function is in the
    /// `LambdaConfig` of a pool, the trigger is called at the URL. Other ARNs are only stored. May
    /// be called several times.
    ///
    /// `name` is the name of the function (`gate`), `ACCOUNT:function:NAME` or the ARN, each with
    /// an optional qualifier (`gate:live`). A part that is missing in `name` can have any value in
    /// the ARN. If several names match an ARN, the name with the most parts is used.
    ///
    /// `url` can be:
    ///
    /// - a URL that receives the event, as for [`trigger_url`](Self::trigger_url);
    /// - a URL of Lambda's operation `Invoke`, with the path
    ///   `/2015-03-31/functions/NAME/invocations`.
    ///
    /// The URL must be an `http://` URL of `localhost`, `127.0.0.1` or `[::1]`, because events can
    /// contain passwords. If the URL or the name is invalid, [`start`](Self::start) and
    /// [`build`](Self::build) fail.
    ///
    /// ```
    /// # use cognito_emulator::{Emulator, StartError};
    /// # fn main() -> Result<(), StartError> {
    /// // `cargo lambda watch` serves the binary of a function under its name.
    /// let url = "http://127.0.0.1:9000/2015-03-31/functions/gate/invocations";
    /// let emulator = Emulator::builder().function("gate", url).build()?;
    /// # drop(emulator);
    /// # Ok(())
    /// # }
    /// ```
    pub fn function(mut self, name: impl AsRef<str>, url: impl Into<String>) -> Self {
        let functions = Arc::make_mut(&mut self.settings.triggers.functions);
        if let Err(reason) = functions.map(name.as_ref(), url.into()) {
            self.function_error = Some(reason);
        }
        self
    }
}
