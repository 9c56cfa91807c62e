//! The implementations of the [ports](crate::ports) for `Arc` and `Box`.

/// Implements a [port](crate::ports), a trait, for `Arc` and `Box` of an implementation: each
/// method calls the same method of the inner value.
macro_rules! delegate {
    ($port:ident for ($($pointer:ident),+) $methods:tt) => {
        $(delegate! { @impl $port $pointer $methods })+
    };
    (
        @impl $port:ident $pointer:ident {
            $(async fn $method:ident($($argument:ident: $type:ty),*) -> $output:ty;)*
            $(fn $local:ident($($local_argument:ident: $local_type:ty),*) -> $local_output:ty;)*
        }
    ) => {
        #[async_trait]
        impl<T: $port + ?Sized> $port for $pointer<T> {
            $(
                async fn $method(&self, $($argument: $type),*) -> Result<$output> {
                    (**self).$method($($argument),*).await
                }
            )*
            $(
                fn $local(&self, $($local_argument: $local_type),*) -> Result<$local_output> {
                    (**self).$local($($local_argument),*)
                }
            )*
        }
    };
}

pub(super) use delegate;
