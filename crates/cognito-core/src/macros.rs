//! Macros that the crates of this workspace share. They are not part of the public API.

/// Implements `Debug` for a struct. It shows only the fields that the macro call names, so that a
/// new field cannot reveal a secret.
///
/// - `impl_debug!(Error.0 { kind })` shows `self.0.kind`.
/// - `impl_debug!(User as user { name: masked(&user.name), status })` shows computed values.
/// - `impl_debug!(Service<S> { rule })` does not require that `S` implements `Debug`.
/// - `impl_debug!(Attempt)` shows no field.
#[doc(hidden)]
#[macro_export]
macro_rules! impl_debug {
    ($name:ident as $value:ident { $($field:ident $(: $shown:expr)?),+ $(,)? }) => {
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let $value = self;
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), $crate::impl_debug!(@field $value $field $($shown)?)))+
                    .finish_non_exhaustive()
            }
        }
    };
    (@field $value:ident $field:ident) => { &$value.$field };
    (@field $value:ident $field:ident $shown:expr) => { &$shown };
    ($name:ident $(<$($generic:ident),+>)?) => {
        impl $(<$($generic),+>)? ::core::fmt::Debug for $name $(<$($generic),+>)? {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
    ($name:ident $(<$($generic:ident),+>)? $(. $part:tt)? { $($field:ident),+ $(,)? }) => {
        impl $(<$($generic),+>)? ::core::fmt::Debug for $name $(<$($generic),+>)? {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let value = &self $(. $part)?;
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), &value.$field))+
                    .finish_non_exhaustive()
            }
        }
    };
}

/// Implements `Debug` for types whose values are secret. It shows only the name of the type.
macro_rules! redacted {
    ($($name:ident),+ $(,)?) => {$(
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(** redacted **)"))
            }
        }
    )+};
}

/// Defines a struct with a function `new`. The fields after `..` are not parameters of `new`; they
/// get their default values.
///
/// The macro derives [`new`](derive_new::new), adds `#[new(default)]` to the fields after `..`, and
/// makes the struct `#[non_exhaustive]`.
macro_rules! record {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident {
            $($(#[$required_attribute:meta])* pub $required:ident: $required_type:ty,)*
            ..
            $($(#[$default_attribute:meta])* pub $default:ident: $default_type:ty,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(::derive_new::new)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$required_attribute])* pub $required: $required_type,)*
            $($(#[$default_attribute])* #[new(default)] pub $default: $default_type,)+
        }
    };
}

/// Defines the setters of a builder, in an `impl` block.
///
/// `pub fn name(value: Type) { field = value }` becomes a method that takes `self`, sets
/// `self.field`, and returns `self`. The body may call a method of a field instead: `{
/// list.push(value) }`. A setter may have no parameter.
#[doc(hidden)]
#[macro_export]
macro_rules! setters {
    ($($(#[$attribute:meta])* $visibility:vis fn $name:ident($($value:ident: $type:ty)?) {
        $($field:ident).+ $(($($argument:expr),*))? $(= $set:expr)?
    })+) => {
        $(
            $(#[$attribute])*
            #[allow(clippy::missing_const_for_fn)]
            $visibility fn $name(mut self $(, $value: $type)?) -> Self {
                self.$($field).+ $(($($argument),*))? $(= $set)?;
                self
            }
        )+
    };
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    #[derive(Default)]
    struct Limits {
        body: Duration,
    }

    #[derive(Default)]
    struct Builder {
        name: Option<String>,
        limits: Limits,
        tags: Vec<&'static str>,
    }

    impl Builder {
        setters! {
            fn name(name: impl Into<String>) { name = Some(name.into()) }
            fn body_timeout(timeout: Duration) { limits.body = timeout }
            fn tag(tag: &'static str) { tags.push(tag) }
            fn without_body_timeout() { limits.body = Duration::MAX }
        }
    }

    impl_debug!(Builder { name });

    struct Shared(Builder);

    impl_debug!(Shared.0 { name });

    struct Shown {
        name: &'static str,
        word: &'static str,
    }

    impl_debug!(Shown as shown { name, word: shown.word.len() });

    struct Hidden;

    redacted!(Hidden);

    record! {
        #[derive(Debug)]
        #[allow(unreachable_pub, reason = "the macro defines public structs only")]
        pub struct Record {
            #[new(into)]
            pub name: String,
            ..
            pub size: u8,
        }
    }

    struct Service<S> {
        name: &'static str,
        _inner: S,
    }

    impl_debug!(Service<S> { name });

    struct Opaque<A, B> {
        _inner: (A, B),
    }

    impl_debug!(Opaque<A, B>);

    #[test]
    fn setters_set_their_fields() {
        let second = Duration::from_secs(1);

        let builder = Builder::default().name("a").body_timeout(second).tag("b");

        assert_eq!(builder.name.as_deref(), Some("a"));
        assert_eq!(builder.limits.body, second);
        assert_eq!(builder.tags, ["b"]);
        assert_eq!(builder.without_body_timeout().limits.body, Duration::MAX);
    }

    #[test]
    fn debug_shows_only_named_fields() {
        let builder = Builder::default().name("a");

        assert_eq!(format!("{builder:?}"), r#"Builder { name: Some("a"), .. }"#);
        assert_eq!(
            format!("{:?}", Shared(builder)),
            r#"Shared { name: Some("a"), .. }"#
        );
    }

    #[test]
    fn debug_shows_computed_values() {
        let shown = Shown {
            name: "a",
            word: "bcd",
        };

        assert_eq!(format!("{shown:?}"), r#"Shown { name: "a", word: 3, .. }"#);
        assert_eq!(format!("{Hidden:?}"), "Hidden(** redacted **)");
    }

    #[test]
    fn record_has_default_fields() {
        let record = Record::new("a");

        assert_eq!((record.name.as_str(), record.size), ("a", 0));
    }

    #[test]
    fn debug_needs_no_debug_of_parameters() {
        struct Secret;
        let service = Service {
            name: "a",
            _inner: Secret,
        };
        let opaque = Opaque {
            _inner: (Secret, Secret),
        };

        assert_eq!(format!("{service:?}"), r#"Service { name: "a", .. }"#);
        assert_eq!(format!("{opaque:?}"), "Opaque { .. }");
    }
}
