//! Kubernetes' quantities as numbers, to compare and to sort by.

/// A quantity (`20Gi`, `250m`) or an age (`3h`, `2d4h`) in its base unit; none for other text.
pub fn amount(text: &str) -> Option<f64> {
    plain(text).or_else(|| age(text))
}

fn number(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    text.split_at(end)
}

fn plain(text: &str) -> Option<f64> {
    let (digits, unit) = number(text);
    let factor = match unit {
        "" => 1.0,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024.0_f64.powi(2),
        "Gi" => 1024.0_f64.powi(3),
        "Ti" => 1024.0_f64.powi(4),
        "Pi" => 1024.0_f64.powi(5),
        "Ei" => 1024.0_f64.powi(6),
        _ => return None,
    };
    digits.parse::<f64>().ok().map(|digits| digits * factor)
}

/// In seconds.
pub fn age(text: &str) -> Option<f64> {
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let (digits, tail) = number(rest);
        let factor = match tail.chars().next()? {
            's' => 1.0,
            'm' => 60.0,
            'h' => 3600.0,
            'd' => 86_400.0,
            'y' => 31_536_000.0,
            _ => return None,
        };
        total += digits.parse::<f64>().ok()? * factor;
        rest = tail.get(1..)?;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        let table = [
            ("1Gi", Some(1_073_741_824.0)),
            ("1.5k", Some(1500.0)),
            ("500m", Some(0.5)),
            ("7", Some(7.0)),
            ("3h", Some(10_800.0)),
            ("1d2h", Some(93_600.0)),
            ("", None),
            ("lots", None),
            ("3 Gi", None),
        ];
        for (text, expected) in table {
            assert_eq!(amount(text), expected, "{text}");
        }
        assert_eq!(age("5m"), Some(300.0), "minutes, where it is an age");
    }
}
