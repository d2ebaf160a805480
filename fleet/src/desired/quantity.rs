//! Amounts of CPU, memory and disk as Kubernetes writes them: `250m`, `1.5`, `500Mi`, `1e3`.

use std::fmt;

/// An exact amount. Two spellings of one amount are equal: `1000m` and `1`, `1Gi` and `1024Mi`.
///
/// Kept in billionths, the finest that Kubernetes knows; what is finer is rounded up as it does.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Quantity(i128);

const BILLION: i128 = 1_000_000_000;

/// Longest text that is looked at; Kubernetes itself never writes a longer one.
const LONGEST: usize = 64;

impl Quantity {
    /// Nothing at all.
    pub const ZERO: Self = Self(0);

    /// Reads an amount; `None` if it is none, or larger than anything that exists.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, suffix) = rest.split_at_checked(end)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let (multiplier, exponent) = scale(suffix)?;
        // digits × multiplier × 10^(exponent − digits after the point), in billionths.
        let exponent = exponent
            .checked_add(9)?
            .checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let scaled = digits.checked_mul(multiplier)?;
        let power = 10_i128.checked_pow(exponent.unsigned_abs());
        let amount = match (exponent >= 0, power) {
            (true, Some(power)) => scaled.checked_mul(power)?,
            (true, None) if scaled == 0 => 0,
            (true, None) => return None,
            (false, Some(power)) => scaled.checked_add(power - 1)? / power,
            (false, None) => i128::from(scaled > 0),
        };
        Some(Self(if negative { -amount } else { amount }))
    }

    /// As whole bytes, at least so many.
    pub fn bytes(self) -> u64 {
        let whole = self.0.max(0).saturating_add(BILLION - 1) / BILLION;
        u64::try_from(whole).unwrap_or(u64::MAX)
    }
}

/// Plain numbers and billionths only: for messages and for comparing, not for manifests.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 % BILLION == 0 {
            write!(f, "{}", self.0 / BILLION)
        } else {
            write!(f, "{}n", self.0)
        }
    }
}

/// What a suffix multiplies with: a factor and a power of ten.
fn scale(suffix: &str) -> Option<(i128, i32)> {
    const KIB: i128 = 1024;
    Some(match suffix {
        "" => (1, 0),
        "n" => (1, -9),
        "u" => (1, -6),
        "m" => (1, -3),
        "k" => (1, 3),
        "M" => (1, 6),
        "G" => (1, 9),
        "T" => (1, 12),
        "P" => (1, 15),
        "E" => (1, 18),
        "Ki" => (KIB, 0),
        "Mi" => (KIB.pow(2), 0),
        "Gi" => (KIB.pow(3), 0),
        "Ti" => (KIB.pow(4), 0),
        "Pi" => (KIB.pow(5), 0),
        "Ei" => (KIB.pow(6), 0),
        _ => (1, suffix.strip_prefix(['e', 'E'])?.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_bytes() {
        for (text, bytes) in [("1Gi", 1 << 30), ("1500m", 2), ("0", 0), ("-1", 0)] {
            assert_eq!(
                Quantity::parse(text).map(Quantity::bytes),
                Some(bytes),
                "{text}"
            );
        }
        assert_eq!(Quantity::parse("99E").map(Quantity::bytes), Some(u64::MAX));
    }

    #[test]
    fn spellings_of_one_amount_are_equal() {
        for (a, b) in [
            ("1", "1000m"),
            ("1Gi", "1024Mi"),
            ("0.5", "500m"),
            (".5", "0.5"),
            ("1.", "1"),
            ("1.5Gi", "1536Mi"),
            ("1e3", "1k"),
            ("1E3", "1000"),
            ("1E", "1000P"),
            ("100M", "1e8"),
            ("12e-1", "1200m"),
            ("0.0000000001", "1n"),
            ("0e99", "0"),
            ("+1", "1"),
            ("-1", "-1000m"),
        ] {
            let (a, b) = (Quantity::parse(a), Quantity::parse(b));
            assert!(a.is_some());
            assert_eq!(a, b);
        }
    }

    #[test]
    fn nonsense_is_no_amount() {
        for text in [
            "",
            ".",
            "1..2",
            "1.2.3",
            "Gi",
            "1Gib",
            "1 Gi",
            "1e",
            "0x10",
            "1e999999999999",
            "1e400",
            "--1",
            "９",
            "1Ｇi",
            "NaN",
            "inf",
        ] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
        assert_eq!(Quantity::parse(&"9".repeat(1000)), None);
    }

    #[test]
    fn order_is_that_of_the_amounts() {
        let mut amounts: Vec<_> = ["1Gi", "1", "-1", "999m", "1G", "1n", "0"]
            .into_iter()
            .filter_map(Quantity::parse)
            .collect();
        amounts.sort();
        let sorted: Vec<_> = amounts.iter().map(ToString::to_string).collect();
        assert_eq!(
            sorted,
            [
                "-1",
                "0",
                "1n",
                "999000000n",
                "1",
                "1000000000",
                "1073741824"
            ]
        );
    }

    proptest! {
        #[test]
        fn no_text_is_a_fault(text in "\\PC{0,80}") {
            let _ = Quantity::parse(&text);
        }

        #[test]
        fn what_is_shown_reads_back(text in "[0-9]{1,6}(\\.[0-9]{1,6})?(n|u|m|k|M|Ki|Gi|Ti|e3)?") {
            let amount = Quantity::parse(&text);
            prop_assert!(amount.is_some());
            prop_assert_eq!(amount, amount.and_then(|a| Quantity::parse(&a.to_string())));
        }
    }
}
