//! Folds texts for comparison: without case, accents, width, punctuation and spaces.
//! Imports nothing of the crate.
//!
//! A folded text is a list of 16-bit units, each a letter or digit. A larger code point (rare
//! ideographs, emoji letters) becomes a unit of the private area, so that two such letters are
//! equal if their low bits are.

/// One unit of a folded text, and its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// The letter or digit.
    pub value: u16,
    /// Start and end of the letter in the text, in UTF-16 code units.
    pub span: [u32; 2],
    /// The unit is the first, or a space or a mark comes before it.
    pub starts_word: bool,
}

/// The letters without accent of U+00C0 to U+017F; a dot if that is not a single letter.
const LATIN: &[u8; 192] = b"aaaaaa.ceeeeiiiidnooooo.ouuuuy..aaaaaa.ceeeeiiiidnooooo.ouuuuy.y\
    aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkkklllllll\
    lllnnnnnnnnnoooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/// The same from U+1E00 to U+1EFF.
const LATIN_MORE: &[u8; 256] = b"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm\
    mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv\
    wwwwwwwwwwxxxxyyzzzzzzhtwy.s....aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee\
    eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......";

/// Half-width kana from U+FF66 to U+FF9D, as the low bytes of their hiragana.
const HALF_WIDTH: [u8; 56] = [
    0x92, 0x41, 0x43, 0x45, 0x47, 0x49, 0x83, 0x85, 0x87, 0x63, 0xfc, 0x42, 0x44, 0x46, 0x48, 0x4a,
    0x4b, 0x4d, 0x4f, 0x51, 0x53, 0x55, 0x57, 0x59, 0x5b, 0x5d, 0x5f, 0x61, 0x64, 0x66, 0x68, 0x6a,
    0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x72, 0x75, 0x78, 0x7b, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x86,
    0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8f, 0x93,
];

/// Calls `each` for every unit of `text`, in order.
pub fn fold(text: &str, mut each: impl FnMut(Unit)) {
    fold_each(text, &mut each); // not generic, so that the module has one copy of it
}

fn fold_each(text: &str, each: &mut dyn FnMut(Unit)) {
    let mut at = 0;
    let mut starts_word = true;
    // The previous unit, held back because the next mark may change it or belong to it.
    let mut held: Option<Unit> = None;
    for c in text.chars() {
        let span = [at, at + c.len_utf16() as u32];
        at = span[1];
        if let Some(unit) = held.as_mut().filter(|unit| unit.span[1] == span[0])
            && let Some(value) = with_mark(unit.value, c)
        {
            (unit.value, unit.span[1]) = (value, span[1]);
            continue;
        }
        let mut push = |value: u16| {
            if let Some(unit) = held.replace(Unit { value, span, starts_word }) {
                each(unit);
            }
            starts_word = false;
        };
        match c {
            'a'..='z' | '0'..='9' => push(c as u16),
            'A'..='Z' => push(c as u16 + 32),
            '\'' | '’' => {} // part of the word
            '\0'..='\x7f' => starts_word = true,
            _ => other(c, &mut push, 0).unwrap_or_else(|| starts_word = true),
        }
    }
    held.into_iter().for_each(each);
}

/// Returns the unit with the combining mark after it: drops accents, and voices kana.
fn with_mark(unit: u16, mark: char) -> Option<u16> {
    let is_kana = matches!(unit, 0x3041..=0x3096);
    match mark {
        '\u{300}'..='\u{36f}' => Some(unit),
        '\u{3099}' | 'ﾞ' | '゛' if is_kana => Some(unit + u16::from(is_voiceless(unit))),
        '\u{309a}' | 'ﾟ' | '゜' if is_kana => {
            Some(unit + 2 * u16::from(matches!(unit, 0x306f..=0x307b)))
        }
        _ => None,
    }
}

fn is_voiceless(kana: u16) -> bool {
    match kana {
        0x304b..=0x3061 => kana % 2 == 1,
        0x3064..=0x3068 => kana.is_multiple_of(2),
        0x306f..=0x307b => kana.is_multiple_of(3),
        _ => false,
    }
}

/// Folds a character outside ASCII, or returns `None` if it is neither letter nor digit.
fn other(c: char, push: &mut dyn FnMut(u16), depth: u8) -> Option<()> {
    let code = c as u32;
    let latin = |table: &[u8], from: u32| {
        Some(u16::from(table[(code - from) as usize])).filter(|&l| l != 46)
    };
    match code {
        0xc0..=0x17f => match (latin(LATIN, 0xc0), c) {
            (Some(letter), _) => push(letter),
            (None, 'Æ' | 'æ') => push_all(b"ae", push),
            (None, 'Œ' | 'œ') => push_all(b"oe", push),
            (None, 'ß') => push_all(b"ss", push),
            (None, 'Þ' | 'þ') => push_all(b"th", push),
            (None, 'Ĳ' | 'ĳ') => push_all(b"ij", push),
            (None, '×') => push(u16::from(b'x')),
            (None, _) => return None,
        },
        0x1e00..=0x1eff => push(latin(LATIN_MORE, 0x1e00).unwrap_or(code as u16)),
        0xb2 | 0xb3 => push(code as u16 - 0xb2 + u16::from(b'2')),
        0xb9 => push(u16::from(b'1')),
        0x2160..=0x217f => {
            const ROMAN: [&[u8]; 16] = [
                b"i", b"ii", b"iii", b"iv", b"v", b"vi", b"vii", b"viii", b"ix", b"x", b"xi",
                b"xii", b"l", b"c", b"d", b"m",
            ];
            push_all(ROMAN[(code % 16) as usize], push);
        }
        0x30a1..=0x30f6 => push(code as u16 - 0x60), // katakana to hiragana
        0x30fb => return None, // the middle dot, which Unicode counts as part of a word
        0xff10..=0xff19 | 0xff41..=0xff5a => push((code - 0xfee0) as u16),
        0xff21..=0xff3a => push((code - 0xfee0) as u16 + 32),
        0xff66..=0xff9d => push(0x3000 + u16::from(HALF_WIDTH[(code - 0xff66) as usize])),
        _ if !c.is_alphanumeric() => return None,
        _ => {
            for lower in c.to_lowercase() {
                match u32::from(lower) {
                    // A small letter from the tables above; once, so that this ends.
                    _ if lower != c && depth == 0 && !lower.is_ascii() => other(lower, push, 1)?,
                    code @ 0x1_0000.. => push(0xe000 + (code % 0x1900) as u16),
                    code => push(code as u16),
                }
            }
        }
    }
    Some(())
}

fn push_all(letters: &[u8], push: &mut dyn FnMut(u16)) {
    for &letter in letters {
        push(u16::from(letter));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        let mut units = Vec::new();
        fold(text, |unit| units.push(unit.value));
        String::from_utf16(&units).unwrap()
    }

    #[test]
    fn case_accents_width_and_punctuation_fall_away() {
        for (text, want) in [
            ("Pokémon: The MOVIE!", "pokemonthemovie"),
            ("Poke\u{301}mon", "pokemon"),
            ("Shōjo Kakumei Utena", "shojokakumeiutena"),
            ("Ｆａｔｅ／Ｚｅｒｏ　２", "fatezero2"),
            ("Straße Œuvre Æon Þór", "strasseoeuvreaeonthor"),
            ("HUNTER×HUNTER", "hunterxhunter"),
            ("Yowamushi Pedal Ⅱ ²", "yowamushipedalii2"),
            ("Ž Ậ ỳ ž ſ İ", "zayzsi"),
            ("Naruto'n’s", "narutons"),
            ("ｶﾞﾝﾀﾞﾑ ﾊﾟﾝ ｦ ﾝ ｯ ｰ", "がんだむぱんをんっー"),
            ("ガンダム か\u{3099} は\u{309a}", "がんだむがぱ"),
            ("カウボーイ・ビバップ", "かうぼーいびばっぷ"),
            ("Ночной Дозор", "ночнойдозор"),
            ("한국 🎌 ☆!", "한국"),
            ("\u{200f}\u{202e}ab\0\u{7}c\u{fffd}", "abc"),
            ("!!! ☆", ""),
            ("", ""),
        ] {
            assert_eq!(folded(text), want, "{text}");
        }
    }

    #[test]
    fn voiced_kana_are_those_of_unicode() {
        for (plain, voiced) in "かきくけこさしすせそたちつてとはひふへほ"
            .chars()
            .zip("がぎぐげござじずぜぞだぢづでどばびぶべぼ".chars())
        {
            assert_eq!(folded(&format!("{plain}\u{3099}")), folded(&voiced.to_string()));
        }
        assert_eq!(folded("ﾊﾟﾋﾟﾌﾟﾍﾟﾎﾟ"), "ぱぴぷぺぽ");
        assert_eq!(
            folded("ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝ"),
            "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"
        );
    }

    #[test]
    fn units_know_where_they_stand_in_utf16() {
        let mut units = Vec::new();
        fold("𝐀 Te\u{301} ßa", |unit| units.push((unit.value, unit.span, unit.starts_word)));
        let letter = |l: u8| u16::from(l);
        assert_eq!(
            units[1..],
            [
                (letter(b't'), [3, 4], true),
                (letter(b'e'), [4, 6], false),
                (letter(b's'), [7, 8], true),
                (letter(b's'), [7, 8], false),
                (letter(b'a'), [8, 9], false)
            ]
        );
        assert_eq!(units[0].1, [0, 2]);
    }
}
