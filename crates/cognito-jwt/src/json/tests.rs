//! Tests of the parser that need its internal functions.

use super::reader::find_special;
use super::*;

#[test]
fn finds_first_byte_that_ends_plain_text() {
    let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    for byte in 0..=u8::MAX {
        for place in 0..19 {
            // Neighbours that differ from a special byte in a single bit.
            for around in [b'a', b'!', b'#', b']', 0x7f, 0x80, 0xa2, 0xff] {
                let mut text = [around; 19];
                text[place] = byte;
                let expected = is_special(byte).then_some(place);
                assert_eq!(find_special(&text), expected, "{byte} among {around}");
            }
        }
    }
    assert_eq!(find_special(b"aaa\n\"\\aaaaaaaaa"), Some(3));
    assert_eq!(find_special(b""), None);
}

#[test]
fn values_are_handed_over_as_they_were_written() {
    for number in [
        "0", "-0", "10", "0.5", "-0.5e+1", "1e-5", "1e5", "1E5", "2E+05",
    ] {
        let text = format!(r#"{{"a":{number}}}"#);
        assert_eq!(
            members(text.as_bytes()).unwrap()["a"].number(),
            Some(number)
        );
    }
    let text = br#"{"a":true,"b":false,"c":null,"d":{ },"e":[ ]}"#;
    let read = members(text).unwrap();
    let flags = ["a", "b", "c", "d"].map(|name| read[name].flag());
    assert_eq!(flags, [Some(true), Some(false), None, None]);
    assert_eq!(read["d"].object(), Some(b"{ }".as_slice()));
    assert_eq!(read["e"].object(), None);
    assert_eq!(read["e"].each_element(|_| None), Some(()));
    assert_eq!(read["d"].each_element(|_| Some(())), None);
}
