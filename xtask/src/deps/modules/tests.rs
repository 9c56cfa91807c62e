//! Tests that imports are read as the compiler reads them, and that each rule rejects a crate that
//! breaks it.

use super::*;

fn sources(files: &[(&str, &str)]) -> Crate {
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    Crate::new("example", &files)
}

/// The files that `a.rs` imports from.
fn imports(text: &str) -> Vec<String> {
    let example = sources(&[
        ("lib.rs", "mod a; mod b; mod c; pub use b::deep::Named;"),
        ("a.rs", text),
        ("a/child.rs", ""),
        ("b.rs", "pub use c as other;\nuse crate::c;"),
        ("b/deep.rs", ""),
        ("c.rs", ""),
    ]);
    example.imports["a.rs"].iter().cloned().collect()
}

#[test]
fn imports_are_found_in_every_form() {
    for (text, expected) in [
        ("use crate::b;", &["b.rs"][..]),
        (
            "use crate::{b::deep::X, c::{self, Y as Z}};",
            &["b/deep.rs", "c.rs"],
        ),
        ("pub(crate) use super::c::X;", &["c.rs"]),
        (
            "fn f() { crate::b::deep::g::<crate::c::T>() }",
            &["b/deep.rs", "c.rs"],
        ),
        ("fn f() { use crate::c::X; }", &["c.rs"]),
        ("mod child; fn f() { child::g() }", &["a/child.rs"]),
        ("mod child; use child::X;", &["a/child.rs"]),
        (
            "use crate::b; fn f() { b::deep::g() }",
            &["b.rs", "b/deep.rs"],
        ),
        ("use crate::b::other::X;", &["c.rs"]),
        ("use crate::Named;", &["b/deep.rs"]),
        (
            "mod inner { use super::super::c::X; use super::Y; }",
            &["c.rs"],
        ),
    ] {
        assert_eq!(imports(text), expected, "{text}");
    }
}

#[test]
fn ignores_text_that_is_no_import() {
    for text in [
        "use std::fmt; fn f() -> fmt::Result { fmt::Error }",
        "mod child;",
        "/// [`X`](crate::b::X)\nfn f() { g(\"crate::c::X\") } // crate::b",
        "#[cfg(test)] mod tests { use crate::b::X; }",
        "#[cfg(test)]\n#[path = \"x\"]\nmod child; #[cfg(test)] use crate::c;",
        "fn f() -> impl Sized + use<'_> { a::b }",
    ] {
        assert_eq!(imports(text), [""; 0], "{text}");
    }
}

#[test]
fn files_of_tests_and_programs_are_left_out() {
    let example = sources(&[
        ("lib.rs", "#[cfg(test)] mod t;"),
        ("main.rs", "use crate::t::X;"),
        ("bin/other.rs", ""),
        ("t.rs", "mod deep;"),
        ("t/deep.rs", ""),
    ]);
    assert_eq!(example.imports.keys().collect::<Vec<_>>(), ["lib.rs"]);
}

#[test]
fn largest_circle_is_found() {
    let example = sources(&[
        ("lib.rs", "mod a;"),
        ("a.rs", "use crate::b::B;"),
        ("b.rs", "use crate::c::C;"),
        ("c.rs", "use crate::a::A; use crate::d::D;"),
        ("d.rs", "use crate::e::E;"),
        ("e.rs", "use crate::d::D;"),
        ("f.rs", "use crate::a::A;"),
    ]);
    assert_eq!(example.largest_circle(), ["a.rs", "b.rs", "c.rs"]);
    let mut found = Vec::new();
    example.check_circle(3, &mut found);
    assert_eq!(found, [""; 0]);
    example.check_circle(2, &mut found);
    assert_eq!(
        found,
        ["example: an import cycle has 3 files, the limit is 2: a.rs, b.rs, c.rs"]
    );
}

#[test]
fn layers_import_downwards_only() {
    const RULE: Layers = Layers {
        name: "example",
        layers: &[&["top", "also_top"], &["low"]],
    };
    let example = sources(&[
        ("lib.rs", "use crate::top::T;"),
        ("top.rs", "use crate::also_top::A; use crate::low::L;"),
        ("also_top.rs", "use crate::top::T;"),
        ("low.rs", ""),
        ("low/part.rs", "use crate::also_top::A; use crate::low::L;"),
        ("new.rs", ""),
    ]);
    let mut found = Vec::new();
    example.check_layers(&RULE, &mut found);
    assert_eq!(
        found,
        [
            "example: low/part.rs imports also_top.rs, which is in a higher layer",
            "example: new.rs is in no layer: add its module to xtask/src/deps/layers.rs",
        ]
    );
}

#[test]
fn crates_of_this_workspace_are_read() {
    let crates = read(&crate::root()).unwrap();
    let find = |name: &str| crates.iter().find(|other| other.name == name).unwrap();
    let xtask = find("xtask");
    assert!(xtask.imports["deps/modules.rs"].contains("deps/layers.rs"));
    assert!(find("cognito-emulator").imports.len() > 100);
}
