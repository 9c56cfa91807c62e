//! Each rule for Rust files detects a file that breaks it, and accepts a correct one.

use super::*;

fn file(path: &str, text: &str) -> File {
    File {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

fn messages(path: &str, text: &str) -> Vec<String> {
    check(&file(path, text))
        .into_iter()
        .map(|finding| format!("{}: {}", finding.place, finding.message))
        .collect()
}

fn only(path: &str, text: &str) -> String {
    let mut found = messages(path, text);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

const GOOD: &str = "//! Good.\n\npub fn one() -> u8 {\n    1\n}\n";

#[test]
fn a_good_file_is_left_alone() {
    assert_eq!(messages("a.rs", GOOD), Vec::<String>::new());
}

#[test]
fn a_missing_header_is_seen() {
    assert!(only("a.rs", "fn a() {}\n").starts_with("a.rs:1: the first line"));
    assert!(messages("a.rs", "#![doc = include_str!(\"a.md\")]\n").is_empty());
}

#[test]
fn long_files_are_refused() {
    let of = |lines: usize| format!("//! Long.\n{}", "const A: u8 = 1;\n".repeat(lines - 1));
    assert!(messages("a.rs", &of(FILE_LINES)).is_empty());
    assert!(only("a.rs", &of(FILE_LINES + 1)).contains("lines without tests"));
}

#[test]
fn tests_do_not_count_towards_size() {
    let tests = format!(
        "#[cfg(test)]\nmod tests {{\n{}}}\n",
        "    const A: u8 = 1;\n".repeat(700)
    );
    assert!(messages("a.rs", &format!("{GOOD}{tests}")).is_empty());
    let after = "const B: u8 = 2;\n".repeat(600);
    assert!(only("a.rs", &format!("{GOOD}{tests}{after}")).contains("605 lines"));
    assert!(messages("crates/a/tests/b.rs", &format!("//! T.\n{after}{after}")).is_empty());
}

#[test]
fn rejects_long_test_names() {
    let name = |words: usize| vec!["word"; words].join("_");
    for attribute in [
        "#[test]",
        "#[tokio::test]",
        "#[tokio::test(start_paused = true)]",
    ] {
        let of = |words: usize| format!("//! T.\n{attribute}\nasync fn {}() {{}}\n", name(words));
        assert!(messages("a.rs", &of(8)).is_empty());
        assert!(only("a.rs", &of(9)).starts_with("a.rs:3: the test name word_"));
    }
    let helper = format!("{GOOD}#[cfg(test)]\nfn {}() {{}}\n", name(11));
    assert!(messages("a.rs", &helper).is_empty());
}

#[test]
fn a_module_that_is_not_for_tests_counts() {
    let module = format!(
        "//! A.\n#[cfg(feature = \"latest\")]\nmod latest {{\n{}}}\n",
        "    const A: u8 = 1;\n".repeat(700)
    );
    assert!(only("a.rs", &module).contains("the limit is"));
}

#[test]
fn bodiless_functions_are_not_found() {
    let code = "trait A { fn a(&self); }\nstruct B { f: fn (u8) -> u8 }\nfn c() { fn d() {} }\n";
    let names: Vec<String> = functions(code).into_iter().map(|f| f.name).collect();
    assert_eq!(names, ["c", "d"]);
}

#[test]
fn rejects_sleeping_tests_only() {
    for call in [
        "thread::sleep(d)",
        "tokio::time::sleep(d).await",
        "sleep_until(t)",
    ] {
        let code = format!("//! A.\nfn a() {{\n    {call};\n}}\n");
        assert!(messages("a.rs", &code).is_empty());
        assert!(
            only("crates/a/tests/b.rs", &code).contains("sleeps"),
            "{call}"
        );
        let inline = format!("//! A.\n#[cfg(test)]\nmod tests {{\n    fn a() {{ {call}; }}\n}}\n");
        assert!(only("a.rs", &inline).starts_with("a.rs:4"), "{call}");
    }
    for fine in ["fn a() { oversleep(); }", "fn sleep(d: Duration) {}"] {
        let code = format!("//! A.\n{fine}\n");
        assert!(messages("crates/a/tests/b.rs", &code).is_empty(), "{fine}");
    }
}

#[test]
fn a_test_may_wait_while_time_stands_still() {
    let wait = "sleep(d).await;";
    let paused = format!("#[tokio::test(start_paused = true)]\nasync fn a() {{ {wait} }}\n");
    let running = format!("#[tokio::test]\nasync fn b() {{ {wait} }}\n");
    let helper = format!("async fn c() {{\n    {wait}\n}}\n");
    let found = |parts: &[&str]| {
        let code = format!("//! T.\n{}", parts.join("\n"));
        messages("crates/a/tests/b.rs", &code).len()
    };
    assert_eq!(found(&[&paused]), 0);
    assert_eq!(found(&[&paused, &helper]), 0);
    assert_eq!(found(&[&helper]), 1);
    assert_eq!(found(&[&paused, &running]), 1);
    assert_eq!(found(&[&paused.replace("sleep", "thread::sleep")]), 1);
}
