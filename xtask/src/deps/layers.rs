//! The tables for modules: the layers of a crate, and the maximum size of an import cycle.

/// The layers of a crate, the highest first. A file may import from its own layer and from lower
/// ones.
pub(super) struct Layers {
    /// The name of the crate.
    pub(super) name: &'static str,
    /// The modules of each layer, by their names below the crate root.
    pub(super) layers: &'static [&'static [&'static str]],
}

/// The crates with layers. Every module of such a crate is in one of them.
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

/// The maximum number of files in an import cycle.
pub(super) const LARGEST_CIRCLE: usize = 12;

/// The crates with a larger import cycle. These numbers may only decrease.
pub(super) const LARGER_CIRCLES: &[(&str, usize)] = &[];
