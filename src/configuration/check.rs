//! Limits of parameters.

/// Refuses a number below the least.
pub(super) fn at_least<const LEAST: i32>(number: &i32) -> Result<(), String> {
    match *number >= LEAST {
        true => Ok(()),
        false => Err(format!("{number} is less than {LEAST}")),
    }
}

/// Makes a check that refuses all words but those given.
macro_rules! any_of {
    ($($word:literal),+) => {
        |word: &String| match word.as_str() {
            $($word)|+ => Ok(()),
            other => Err(format!("{other:?} is none of {}", [$($word),+].join(", "))),
        }
    };
}
pub(super) use any_of;

/// Refuses what is no amount of CPU or memory in Kubernetes' spelling.
pub(super) fn amount(text: &String) -> Result<(), String> {
    const SUFFIXES: [&str; 16] = [
        "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
    ];
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_number = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent = suffix
        .strip_prefix(['e', 'E'])
        .map(|e| e.strip_prefix(['+', '-']).unwrap_or(e))
        .is_some_and(|e| !e.is_empty() && digits(e));
    match is_number && (SUFFIXES.contains(&suffix) || exponent) {
        true => Ok(()),
        false => Err(format!("{text:?} is no amount such as 500m, 100Mi or 2Gi")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_kubernetes_ones() {
        for text in [
            "0", "1", "100m", "0.5", ".5", "5.", "500Mi", "1.5Gi", "1e3", "1E-2", "2E", "1k",
        ] {
            assert_eq!(amount(&text.to_owned()), Ok(()), "{text}");
        }
        for text in [
            "", "m", "1K", "1 Gi", "1GB", "-1", "1.2.3", ".", "1e", "one", "1Mi5", "1µ",
        ] {
            assert!(amount(&text.to_owned()).is_err(), "{text}");
        }
    }
}
