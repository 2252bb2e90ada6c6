//! Tax codes of enterprises and their branches.

use std::fmt;
use std::str::FromStr;

/// Weights of the first nine digits: Circular 105/2020/TT-BTC, Appendix 1.
const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];

/// A tax code (mã số thuế): ten digits, the last a check digit; a branch adds `-NNN`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaxCode(String);

/// Why a text is no tax code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TaxCodeError {
    /// Neither ten digits nor ten digits, a hyphen and three digits.
    #[error("a tax code is ten digits, or ten digits, a hyphen and a branch number 001 to 999")]
    Form,
    /// The tenth digit does not follow from the first nine.
    #[error("the check digit of this tax code is wrong")]
    CheckDigit,
}

impl TaxCode {
    /// The whole code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The branch number, if it is a branch's code.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.0.get(11..)
    }

    /// The check digit of nine digits; `None` for the nine digits that are never issued (remainder 0).
    #[must_use]
    pub fn check_digit(first_nine: [u8; 9]) -> Option<u8> {
        let sum: u32 = first_nine.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(*digit) * weight).sum();
        // 10 − r with r from 1 to 10 lies between 0 and 9.
        (!sum.is_multiple_of(11)).then(|| u8::try_from(10 - sum % 11).unwrap_or_default())
    }
}

impl FromStr for TaxCode {
    type Err = TaxCodeError;

    fn from_str(text: &str) -> Result<Self, TaxCodeError> {
        let (number, branch) = text.split_once('-').map_or((text, None), |(n, b)| (n, Some(b)));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if branch.is_some_and(|branch| branch.len() != 3 || !all_digits(branch) || branch == "000") {
            return Err(TaxCodeError::Form);
        }
        let digits: [u8; 10] = number.as_bytes().try_into().map_err(|_| TaxCodeError::Form)?;
        if !all_digits(number) {
            return Err(TaxCodeError::Form);
        }
        let [first_nine @ .., check] = digits.map(|byte| byte - b'0');
        if Self::check_digit(first_nine) != Some(check) {
            return Err(TaxCodeError::CheckDigit);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for TaxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_circulars_own_example_holds() {
        assert_eq!(TaxCode::check_digit([0, 1, 0, 0, 0, 4, 7, 5, 1]), Some(6));
        assert_eq!("0100047516".parse::<TaxCode>().unwrap().branch(), None);
        assert_eq!("0100047516-001".parse::<TaxCode>().unwrap().branch(), Some("001"));
    }

    #[test]
    fn the_published_vectors_hold() {
        let rows = crate::table::rows(include_str!("../../../data/person-id/tax-vectors.tsv"));
        let mut count = 0;
        for row in rows {
            let (input, expected) = (row.get("input").unwrap(), row.get("expected").unwrap());
            let got = match row.get("kind").unwrap() {
                "prefix" => {
                    let nine: Vec<u8> = input.bytes().map(|byte| byte - b'0').collect();
                    TaxCode::check_digit(nine.try_into().unwrap())
                        .map_or_else(|| "none".into(), |digit| digit.to_string())
                }
                _ => {
                    if input.parse::<TaxCode>().is_ok() {
                        "valid".into()
                    } else {
                        "invalid".into()
                    }
                }
            };
            assert_eq!(got, expected, "{input}");
            count += 1;
        }
        assert_eq!(count, 4);
    }

    #[test]
    fn a_wrong_code_says_what_is_wrong() {
        assert_eq!("0100047517".parse::<TaxCode>(), Err(TaxCodeError::CheckDigit));
        for text in
            ["", "010004751", "01000475166", "0100047516-1", "0100047516-000", "01000475١6", "0100047516-"]
        {
            assert_eq!(text.parse::<TaxCode>(), Err(TaxCodeError::Form), "{text}");
        }
    }

    proptest! {
        #[test]
        fn of_nine_digits_exactly_one_tenth_fits_or_none(digits in prop::array::uniform9(0u8..10)) {
            let nine: String = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
            let fitting: Vec<u8> = (0..10u8).filter(|tenth| format!("{nine}{tenth}").parse::<TaxCode>().is_ok()).collect();
            prop_assert_eq!(fitting, TaxCode::check_digit(digits).into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn one_wrong_digit_is_always_caught(digits in prop::array::uniform9(0u8..10), at in 0usize..9, by in 1u8..10) {
            prop_assume!(TaxCode::check_digit(digits).is_some());
            let mut wrong = digits;
            wrong[at] = (wrong[at] + by) % 10;
            prop_assert_ne!(TaxCode::check_digit(wrong), TaxCode::check_digit(digits));
        }
    }
}
