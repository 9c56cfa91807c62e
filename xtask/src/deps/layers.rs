//! The rules for the imports between the files of a crate: the layers of a crate, and the maximum
//! size of an import cycle.

/// The layers of a crate. The highest layer is first. A file may import from files of its own layer
/// and of lower layers.
pub(super) struct Layers {
    /// The name of the crate.
    pub(super) name: &'static str,
    /// The names of the top-level modules in each layer.
    pub(super) layers: &'static [&'static [&'static str]],
}

/// The crates with layers. Every top-level module of such a crate must be in one layer.
pub(super) const LAYERS: &[Layers] = &[Layers {
    name: "cognito-emulator",
    layers: &[
        &["builder", "command", "emulator"],
        &["http"],
        &["operations"],
        &["triggers"],
        &["state"],
        &["outgoing"],
        &["model"],
    ],
}];

/// The maximum number of files in an import cycle.
pub(super) const LARGEST_CIRCLE: usize = 12;
