//! Macros that send requests with the AWS SDK.

/// Sends the request of an operation, and evaluates to the response or an error.
///
/// In `send!(aws, GetDevice.get_device { device_key: key })`, `GetDevice` is the operation,
/// `get_device` is the method of the SDK, and `device_key` is a setter of the SDK with its value. A
/// request for a list ends with `..page(request, limit, set_next_token)`: `limit` and
/// `set_next_token` are the setters for the page size and the page token, whose values are taken
/// from `request`.
macro_rules! send {
    ($aws:expr, $operation:ident.$method:ident {
        $($setter:ident: $value:expr),*
        $(, ..page($request:ident, $limit:ident, $token:ident))? $(,)?
    }) => {{
        let operation = cognito_core::Operation::$operation;
        let call = $aws
            .client(operation)
            .$method()
            $(.$setter($value))*
            $(
                .$limit(i32::from($request.page_size.as_u8()))
                .$token($request.page_token.map(String::from))
            )?
            .send();
        let response = $crate::quiet::SdkCall::response(call, operation).await;
        response.map_err(|error| $crate::error::of_operation(error, operation))
    }};
}

/// Sends a request like [`send!`], and evaluates to the time of the response instead of the
/// response.
macro_rules! send_dated {
    ($aws:expr, $operation:ident.$method:ident { $($setter:ident: $value:expr),* $(,)? }) => {{
        let operation = cognito_core::Operation::$operation;
        let date = $crate::server_date::ServerDate::default();
        let call = $aws
            .client(operation)
            .$method()
            $(.$setter($value))*
            .customize()
            .interceptor(date.clone())
            .send();
        let response = $crate::quiet::SdkCall::response(call, operation).await;
        response.map(|_| date.replied_at())
    }};
}

/// Sends a request with [`send!`], and adds the id of the user pool.
macro_rules! send_to_pool {
    ($aws:expr, $operation:ident.$method:ident { $($fields:tt)* }) => {
        $crate::send::send!($aws, $operation.$method {
            user_pool_id: $aws.pool().user_pool_id.as_str(),
            $($fields)*
        })
    };
}

/// Sends an administrative request with [`send_dated!`], and adds the id of the user pool.
macro_rules! send_dated_to_pool {
    ($aws:expr, $operation:ident.$method:ident { $($fields:tt)* }) => {
        $crate::send::send_dated!($aws, $operation.$method {
            user_pool_id: $aws.pool().user_pool_id.as_str(),
            $($fields)*
        })
    };
}

/// Sends a request of a user who is not signed in, with [`send!`]. Adds the client id, the user
/// name, the secret hash, the client metadata and the data for threat protection and analytics.
macro_rules! send_for_user {
    ($aws:expr, $request:expr, $operation:ident.$method:ident { $($fields:tt)* }) => {{
        let pool = $aws.pool();
        $crate::send::send!($aws, $operation.$method {
            client_id: pool.client_id.as_str(),
            set_secret_hash: $aws.secret_hashes.hash(&pool, &$request.username),
            username: $request.username.as_str(),
            set_client_metadata: $crate::attributes::metadata(&$request.client_metadata),
            set_user_context_data: $crate::context::user_context(&$request.context),
            set_analytics_metadata: $crate::context::analytics(&$request.context),
            $($fields)*
        })
    }};
}

/// Defines functions that each send one request with one of the macros of this module.
///
/// `fn name(argument: Type) = macro!(request);` defines a function that ignores the response and
/// returns `Result<()>`. With `-> Type` after the arguments, the function returns `Result<Type>`,
/// the result of the macro. With `=> |output| …` at the end, this expression converts the response
/// to the result.
macro_rules! operations {
    () => {};
    (
        fn $name:ident($($argument:ident: $type:ty),+) = $send:ident!($($request:tt)*);
        $($rest:tt)*
    ) => {
        pub(crate) async fn $name(
            aws: &$crate::AwsCognito,
            $($argument: $type),+
        ) -> cognito_core::Result<()> {
            $crate::send::$send!(aws, $($request)*).map(drop)
        }

        $crate::send::operations! { $($rest)* }
    };
    (
        fn $name:ident($($argument:ident: $type:ty),+) -> $output:ty =
            $send:ident!($($request:tt)*) $(=> |$response:ident| $convert:expr)?;
        $($rest:tt)*
    ) => {
        pub(crate) async fn $name(
            aws: &$crate::AwsCognito,
            $($argument: $type),+
        ) -> cognito_core::Result<$output> {
            let result = $crate::send::$send!(aws, $($request)*);
            $(
                let $response = result?;
                let result = $convert;
            )?
            result
        }

        $crate::send::operations! { $($rest)* }
    };
}

pub(crate) use {operations, send, send_dated, send_dated_to_pool, send_for_user, send_to_pool};
