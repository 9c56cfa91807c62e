//! The tables for modules: the layers of a crate, and how many files may import each other in a circle.

/// The layers of a crate, the uppermost first. A file imports from its own layer and from lower ones.
pub(super) struct Layers {
    /// The crate.
    pub(super) name: &'static str,
    /// Each layer: the modules below the root of the crate that belong to it.
    pub(super) layers: &'static [&'static [&'static str]],
}

/// The crates whose modules are in layers. Every module of such a crate is in one of them.
pub(super) const LAYERS: &[Layers] = &[Layers {
    name: "cognito-emulator",
    layers: &[
        &["builder", "emulator"],
        &["http"],
        &["operations"],
        &["triggers"],
        &["state"],
        &["model"],
    ],
}];

/// How many files of a crate may import each other in a circle.
pub(super) const LARGEST_CIRCLE: usize = 12;

/// The crates that have a larger circle today. These numbers may only fall.
pub(super) const LARGER_CIRCLES: &[(&str, usize)] = &[];
