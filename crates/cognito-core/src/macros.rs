//! Macros for code that the crates of this workspace would otherwise repeat. They are not part of
//! the public API.

/// Implements `Debug` for a struct. Only the named fields are shown, so that a new field cannot
/// show a secret. With `Error.0 { kind }`, the value of `kind` comes from `self.0.kind`.
#[doc(hidden)]
#[macro_export]
macro_rules! impl_debug {
    ($name:ident $(. $part:tt)? { $($field:ident),+ $(,)? }) => {
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let value = &self $(. $part)?;
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), &value.$field))+
                    .finish_non_exhaustive()
            }
        }
    };
}

/// Writes the setters of a builder, in an `impl` block. `pub fn name(value: Type) { field = value }`
/// becomes a method that takes `self`, sets `self.field`, and returns `self`. The body may call a
/// method of a field instead: `{ list.push(value) }`.
#[doc(hidden)]
#[macro_export]
macro_rules! setters {
    ($($(#[$attribute:meta])* $visibility:vis fn $name:ident($value:ident: $type:ty) {
        $($field:ident).+ $(($($argument:expr),*))? $(= $set:expr)?
    })+) => {
        $(
            $(#[$attribute])*
            #[allow(clippy::missing_const_for_fn)]
            $visibility fn $name(mut self, $value: $type) -> Self {
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
        }
    }

    impl_debug!(Builder { name });

    struct Shared(Builder);

    impl_debug!(Shared.0 { name });

    #[test]
    fn setters_set_their_fields() {
        let second = Duration::from_secs(1);

        let builder = Builder::default().name("a").body_timeout(second).tag("b");

        assert_eq!(builder.name.as_deref(), Some("a"));
        assert_eq!(builder.limits.body, second);
        assert_eq!(builder.tags, ["b"]);
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
}
