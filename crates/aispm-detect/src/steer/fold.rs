//! Text as the lexicon is matched on: lower case, compatibility forms resolved (Unicode NFKD), accents and characters without
//! width dropped, letters that only look Latin made so.

/// Folded text, and where its bytes come from.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub(super) text: String,
    /// `(folded, original)` offsets from which on both advance together.
    anchors: Vec<(usize, usize)>,
}

impl Folded {
    pub(super) fn new(text: &str) -> Self {
        if text.is_ascii() {
            let text = text
                .chars()
                .map(|c| match c {
                    '\n' => c,
                    c if c.is_ascii_control() => ' ',
                    c => c.to_ascii_lowercase(),
                })
                .collect();
            return Self {
                text,
                anchors: Vec::new(),
            };
        }
        let mut out = Self {
            text: String::with_capacity(text.len()),
            anchors: Vec::new(),
        };
        let mut drift = 0usize;
        let mut at = 0usize;
        for word in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
            let latin = word.bytes().any(|b| b.is_ascii_alphabetic()) && !word.is_ascii();
            for c in word.chars() {
                if at.wrapping_sub(out.text.len()) != drift {
                    drift = at.wrapping_sub(out.text.len());
                    out.anchors.push((out.text.len(), at));
                }
                push(&mut out.text, if latin { look_alike(c) } else { c });
                at += c.len_utf8();
            }
        }
        out
    }

    /// The original offset of a folded one.
    pub(super) fn original(&self, folded: usize) -> usize {
        let before = self.anchors.partition_point(|(f, _)| *f <= folded);
        match before.checked_sub(1).and_then(|i| self.anchors.get(i)) {
            Some((f, o)) => o + (folded - f),
            None => folded,
        }
    }
}

/// One term of the lexicon, folded the same way.
pub(super) fn term(text: &str) -> String {
    Folded::new(text).text
}

fn push(out: &mut String, c: char) {
    match c {
        '\n' => out.push('\n'),
        c if c.is_ascii() => out.push(if c.is_ascii_control() {
            ' '
        } else {
            c.to_ascii_lowercase()
        }),
        '\u{2018}' | '\u{2019}' | '\u{02bc}' => out.push('\''),
        '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{300c}'..='\u{300f}' => out.push('"'),
        'ß' => out.push_str("ss"),
        c if invisible(c) => {}
        c if c.is_whitespace() => out.push(' '),
        '\u{300}'..='\u{36f}' => {}
        c => out.extend(plain(c).to_lowercase()),
    }
}

/// The plain letter of a full-width, mathematical or accented one.
fn plain(c: char) -> char {
    let nth = |from: char, base: char, count: u32| {
        char::from_u32(u32::from(base) + (u32::from(c) - u32::from(from)) % count).unwrap_or(c)
    };
    match c {
        '\u{ff01}'..='\u{ff5e}' => nth('\u{ff01}', '!', 94),
        // Alphabets of 52 letters, capitals first.
        '\u{1d400}'..='\u{1d6a3}' => match (u32::from(c) - 0x1d400) % 52 {
            n @ 0..26 => char::from_u32(u32::from('a') + n).unwrap_or(c),
            n => char::from_u32(u32::from('a') + n - 26).unwrap_or(c),
        },
        '\u{24b6}'..='\u{24cf}' => nth('\u{24b6}', 'a', 26),
        '\u{24d0}'..='\u{24e9}' => nth('\u{24d0}', 'a', 26),
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' => {
            'a'
        }
        'ç' | 'Ç' | 'ć' | 'č' => 'c',
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' | 'È' | 'É' | 'Ê' | 'Ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'Ì' | 'Í' | 'Î' | 'Ï' => 'i',
        'ñ' | 'Ñ' | 'ń' | 'ň' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'Ù' | 'Ú' | 'Û' | 'Ü' => 'u',
        'ý' | 'ÿ' | 'Ý' => 'y',
        'š' | 'ś' | 'Š' => 's',
        'ž' | 'ź' | 'ż' | 'Ž' => 'z',
        'й' | 'Й' => 'и',
        'ё' | 'Ё' => 'е',
        c => c,
    }
}

fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
}

/// The Latin letter a Cyrillic or Greek one looks like (Unicode TR39, confusables).
fn look_alike(c: char) -> char {
    match c {
        'а' | 'А' | 'α' | 'Α' => 'a',
        'е' | 'Е' | 'Ε' => 'e',
        'о' | 'О' | 'ο' | 'Ο' => 'o',
        'р' | 'Р' | 'ρ' | 'Ρ' => 'p',
        'с' | 'С' => 'c',
        'х' | 'Х' | 'Χ' => 'x',
        'у' | 'У' | 'Υ' => 'y',
        'і' | 'І' | 'ι' | 'Ι' => 'i',
        'ѕ' | 'Ѕ' => 's',
        'ј' | 'Ј' => 'j',
        'к' | 'К' | 'Κ' => 'k',
        'н' | 'Н' | 'Η' => 'h',
        'т' | 'Т' | 'Τ' => 't',
        'в' | 'В' | 'Β' => 'b',
        'м' | 'М' | 'Μ' => 'm',
        'ԁ' => 'd',
        'ո' | 'п' => 'n',
        c => c,
    }
}
