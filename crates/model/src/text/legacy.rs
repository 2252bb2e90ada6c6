//! The tables of TCVN3 (TCVN 5712:1993, VN3, as the ABC fonts have it) and VNI for Windows. Marks that stand behind their letter become
//! combining characters; whoever reads a cell puts them together.

/// From 0xA0. What the national standard's VN3 and VN2 have; compared with glibc's TCVN.
#[rustfmt::skip]
const TCVN3: [&str; 96] = [
    "\u{a0}", "Ă", "Â", "Ê", "Ô", "Ơ", "Ư", "Đ", "ă", "â", "ê", "ô", "ơ", "ư", "đ", "Ằ",
    "\u{300}", "\u{309}", "\u{303}", "\u{301}", "\u{323}", "à", "ả", "ã", "á", "ạ", "Ẳ", "ằ", "ẳ", "ẵ", "ắ", "Ẵ",
    "Ắ", "Ầ", "Ẩ", "Ẫ", "Ấ", "Ề", "ặ", "ầ", "ẩ", "ẫ", "ấ", "ậ", "è", "Ể", "ẻ", "ẽ",
    "é", "ẹ", "ề", "ể", "ễ", "ế", "ệ", "ì", "ỉ", "Ễ", "Ế", "Ồ", "ĩ", "í", "ị", "ò",
    "Ổ", "ỏ", "õ", "ó", "ọ", "ồ", "ổ", "ỗ", "ố", "ộ", "ờ", "ở", "ỡ", "ớ", "ợ", "ù",
    "Ỗ", "ủ", "ũ", "ú", "ụ", "ừ", "ử", "ữ", "ứ", "ự", "ỳ", "ỷ", "ỹ", "ý", "ỵ", "Ố",
];

/// From 0xC0 and, small, from 0xE0: a letter of its own, or the marks of the letter before.
#[rustfmt::skip]
const VNI: [(&str, &str); 32] = [
    ("\u{302}\u{300}", "\u{302}\u{300}"), ("\u{302}\u{301}", "\u{302}\u{301}"), ("\u{302}", "\u{302}"), ("\u{302}\u{303}", "\u{302}\u{303}"),
    ("\u{302}\u{323}", "\u{302}\u{323}"), ("\u{302}\u{309}", "\u{302}\u{309}"), ("Ỉ", "ỉ"), ("", ""),
    ("\u{306}\u{300}", "\u{306}\u{300}"), ("\u{306}\u{301}", "\u{306}\u{301}"), ("\u{306}", "\u{306}"), ("\u{306}\u{323}", "\u{306}\u{323}"),
    ("Ì", "ì"), ("Í", "í"), ("Ỵ", "ỵ"), ("\u{323}", "\u{323}"),
    ("", ""), ("Đ", "đ"), ("Ị", "ị"), ("Ĩ", "ĩ"), ("Ơ", "ơ"), ("\u{303}", "\u{303}"), ("Ư", "ư"), ("", ""),
    ("\u{300}", "\u{300}"), ("\u{301}", "\u{301}"), ("\u{306}\u{309}", "\u{306}\u{309}"), ("\u{309}", "\u{309}"),
    ("\u{306}\u{303}", "\u{306}\u{303}"), ("", ""), ("", ""), ("", ""),
];

/// From 0x80: what Windows puts there when text is typed, quotation marks and dashes; both encodings were fonts and left them alone.
#[rustfmt::skip]
const WINDOWS: [&str; 32] = [
    "€", "", "‚", "", "„", "…", "", "", "", "", "", "‹", "", "", "", "",
    "", "‘", "’", "“", "”", "•", "–", "—", "", "™", "", "›", "", "", "", "",
];

/// A byte of TCVN3 beyond ASCII.
#[must_use]
pub fn tcvn3(byte: u8) -> Option<&'static str> {
    match byte {
        0xa0.. => TCVN3.get(usize::from(byte - 0xa0)).copied(),
        _ => windows(byte),
    }
}

/// A byte of VNI beyond ASCII.
#[must_use]
pub fn vni(byte: u8) -> Option<&'static str> {
    let text = match byte {
        0xe0.. => VNI.get(usize::from(byte - 0xe0))?.1,
        0xc0.. => VNI.get(usize::from(byte - 0xc0))?.0,
        0xa0 => "\u{a0}",
        0xab => "«",
        0xbb => "»",
        0xb0 => "°",
        0xb1 => "±",
        0xb2 => "²",
        0xb3 => "³",
        0xbd => "½",
        _ => return windows(byte),
    };
    (!text.is_empty()).then_some(text)
}

fn windows(byte: u8) -> Option<&'static str> {
    let text = WINDOWS.get(usize::from(byte.checked_sub(0x80)?)).copied()?;
    (!text.is_empty()).then_some(text)
}
