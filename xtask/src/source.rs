//! Removes comments and strings from a Rust source file, so that checks find words only in code.

/// Replaces comments and the contents of string and character literals by spaces. Lines and columns
/// do not change. The source need not compile.
pub(crate) fn code(text: &str) -> String {
    let mut scanner = Scanner {
        text: text.chars().collect(),
        at: 0,
        code: String::with_capacity(text.len()),
    };
    while scanner.at < scanner.text.len() {
        scanner.step();
    }
    scanner.code
}

/// The way in which a character is copied to the output: unchanged, or as a space.
#[derive(Clone, Copy)]
enum Part {
    Code,
    Blanked,
}

struct Scanner {
    text: Vec<char>,
    at: usize,
    code: String,
}

impl Scanner {
    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (Some('/'), Some('/')) => self.until(Part::Blanked, |this| this.peek(0) == Some('\n')),
            (Some('/'), Some('*')) => self.block_comment(),
            (Some('"'), _) => self.string(),
            (Some('\''), _) => self.quote(),
            (Some('r'), Some('"' | '#')) if !self.after_word() || self.after_prefix() => {
                self.raw_string();
            }
            _ => self.take(Part::Code),
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    /// Copies the next character of the source to the output. If `part` is [`Part::Blanked`],
    /// writes a space instead of the character. Line breaks are never replaced.
    fn take(&mut self, part: Part) {
        let Some(character) = self.peek(0) else {
            return;
        };
        let keep = matches!(part, Part::Code) || character == '\n';
        self.code.push(if keep { character } else { ' ' });
        self.at += 1;
    }

    fn until(&mut self, part: Part, ends: impl Fn(&Self) -> bool) {
        while self.at < self.text.len() && !ends(self) {
            self.take(part);
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.text.len() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                _ => {
                    self.take(Part::Blanked);
                    continue;
                }
            }
            self.take(Part::Blanked);
            self.take(Part::Blanked);
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.take(Part::Code);
        while let Some(character) = self.peek(0) {
            match character {
                '"' => return self.take(Part::Code),
                '\\' => {
                    self.take(Part::Blanked);
                    self.take(Part::Blanked);
                }
                _ => self.take(Part::Blanked),
            }
        }
    }

    /// Copies the apostrophe of a lifetime, or a character literal. The content of the literal is
    /// replaced by spaces.
    fn quote(&mut self) {
        let literal = self.peek(1) == Some('\\') || self.peek(2) == Some('\'');
        self.take(Part::Code);
        if !literal {
            return;
        }
        if self.peek(0) == Some('\\') {
            self.take(Part::Blanked);
        }
        self.take(Part::Blanked);
        self.until(Part::Blanked, |this| this.peek(0) == Some('\''));
        self.take(Part::Code);
    }

    fn raw_string(&mut self) {
        let hashes = self.text[self.at + 1..]
            .iter()
            .take_while(|&&character| character == '#')
            .count();
        self.take(Part::Code);
        if self.peek(hashes) != Some('"') {
            return; // A raw identifier.
        }
        for _ in 0..=hashes {
            self.take(Part::Code);
        }
        self.until(Part::Blanked, |this| {
            this.peek(0) == Some('"') && (1..=hashes).all(|ahead| this.peek(ahead) == Some('#'))
        });
        for _ in 0..=hashes {
            self.take(Part::Code);
        }
    }

    /// Returns `true` if the previous character is part of a word. In that case, an `r` at this
    /// position belongs to the word and does not begin a raw string.
    fn after_word(&self) -> bool {
        self.before(1).is_some_and(is_word)
    }

    /// Returns `true` if the previous word is `b` or `c`, which is the prefix of a byte string or a
    /// C string.
    fn after_prefix(&self) -> bool {
        matches!(self.before(1), Some('b' | 'c')) && !self.before(2).is_some_and(is_word)
    }

    fn before(&self, back: usize) -> Option<char> {
        self.at
            .checked_sub(back)
            .and_then(|at| self.text.get(at))
            .copied()
    }
}

/// Returns `true` if a character can be part of a Rust identifier.
pub(crate) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_comments_and_characters_are_not_code() {
        let text = concat!(
            "let a = \"fn x { // no \\\" \"; // fn y {\n",
            "let b = r#\"fn \" z {\"#; /* fn /* q */ { */ let c = '{';\n",
            "let d = b'\\''; let e: &'static str = br\"{\"; let r#fn = '\\u{7b}';",
        );
        let code = code(text);
        assert!(!code.contains('{'), "{code}");
        for word in [
            "let a",
            "let b",
            "let c",
            "let d",
            "let e",
            "'static str",
            "r#fn",
        ] {
            assert!(code.contains(word), "{word}: {code}");
        }
    }

    #[test]
    fn lines_stay_where_they_are() {
        let text = "/* a\nb */ fn c() {}\n\"d\ne\"";
        let code = code(text);
        assert_eq!(code.lines().count(), text.lines().count());
        assert!(code.lines().nth(1).unwrap().contains("fn c()"));
    }
}
