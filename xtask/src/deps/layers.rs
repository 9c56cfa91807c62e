//! The tables of the rules for files: the layers of a crate, and the maximum size of an import
//! cycle.

/// The layers of a crate, the highest first. A file may import from files of its own layer and of
/// lower layers.
pub(super) struct Layers {
    /// The name of the crate.
    pub(super) name: &'static str,
    /// The modules of each layer: their names in the crate root.
    pub(super) layers: &'static [&'static [&'static str]],
}

/// The crates with layers. Every module of such a crate must be in one layer.
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

/// The maximum number of files in an import cycle. The crates in [`LARGER_CIRCLES`] have a limit of
/// their own.
pub(super) const LARGEST_CIRCLE: usize = 12;

/// The crates with a larger import cycle, and their limit. A limit may be lowered, but not raised.
pub(super) const LARGER_CIRCLES: &[(&str, usize)] = &[];
