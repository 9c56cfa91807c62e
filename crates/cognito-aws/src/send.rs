//! Macros that send requests with the SDK.

/// Sends the request of an operation and returns the response.
///
/// `send!(aws, GetDevice.get_device { device_key: key })` contains the operation, the method of the
/// SDK, and the SDK's setters with their values. A list request ends with `..page(request, limit,
/// set_next_token)`: it sets the page size and the page token with these two setters.
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
        let response = $crate::quiet::Response::response(call).await;
        response.map_err(|error| $crate::error::of_operation(error, operation))
    }};
}

/// Sends a request like [`send!`], and returns the time of the response.
macro_rules! send_dated {
    ($aws:expr, $operation:ident.$method:ident { $($setter:ident: $value:expr),* $(,)? }) => {{
        let date = $crate::server_date::ServerDate::default();
        let call = $aws
            .client(cognito_core::Operation::$operation)
            .$method()
            $(.$setter($value))*
            .customize()
            .interceptor(date.clone())
            .send();
        let response = $crate::quiet::Response::response(call).await;
        response.map(|_| date.replied_at())
    }};
}

/// Sends an operator's request with [`send!`], and adds the id of the user pool.
macro_rules! send_to_pool {
    ($aws:expr, $operation:ident.$method:ident { $($fields:tt)* }) => {
        $crate::send::send!($aws, $operation.$method {
            user_pool_id: $aws.pool().user_pool_id.as_str(),
            $($fields)*
        })
    };
}

/// Sends an operator's request with [`send_dated!`], and adds the id of the user pool.
macro_rules! send_dated_to_pool {
    ($aws:expr, $operation:ident.$method:ident { $($fields:tt)* }) => {
        $crate::send::send_dated!($aws, $operation.$method {
            user_pool_id: $aws.pool().user_pool_id.as_str(),
            $($fields)*
        })
    };
}

/// Sends a request of a user who is not signed in, like [`send!`]. Adds the app client, the user
/// name, its secret hash, and the data for triggers and threat protection.
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

/// Writes functions that send one request with one of the macros above.
///
/// `fn name(argument: Type) = macro!(request);` writes a function that ignores the response. With
/// `-> Type` after the arguments, the function returns the result of the macro. With `=> |output|
/// …` at the end, it converts the response with this expression.
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
