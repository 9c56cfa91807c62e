//! The macro `redacted_debug`, which implements `Debug` for types with secrets.

/// Implements `Debug` for a type that contains secrets. The output is the name of the type,
/// followed by `(** redacted **)`.
macro_rules! redacted_debug {
    ($name:ident $(<$lifetime:lifetime>)?) => {
        impl std::fmt::Debug for $name $(<$lifetime>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(** redacted **)"))
            }
        }
    };
}
