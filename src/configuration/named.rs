//! Texts that become names, labels and selectors of Kubernetes: what its API server refuses would
//! stop every watch, so it is refused here, by name.

/// Longest part of a name, and value of a label.
const PART: usize = 63;
/// Longest prefix of a label's key.
const PREFIX: usize = 253;

/// Whether it can be a label's key (Kubernetes, "Labels and Selectors", syntax).
pub(super) fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_word(name),
        None => is_word(text),
    }
}

/// Whether it can be an annotation's key: as a label's, in whatever case.
pub(super) fn is_annotation_key(text: &str) -> bool {
    is_label_key(&text.to_ascii_lowercase())
}

/// Whether it can be an image's name, as far as an API server looks.
pub(super) fn is_image(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}

/// Whether it can be a label's value.
pub(super) fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_word(text)
}

/// Whether it can be a namespace's name.
pub(super) fn is_dns_label(text: &str) -> bool {
    is_between(
        text,
        |c| c.is_ascii_lowercase() || c.is_ascii_digit(),
        |c| c == '-',
    )
}

/// Whether it can be an object's name.
pub(super) fn is_subdomain(text: &str) -> bool {
    text.len() <= PREFIX && text.split('.').all(is_dns_label)
}

/// A major version, of old also with a point: 17, 9.6.
pub(super) fn is_major(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    text.splitn(2, '.').all(is_number)
}

fn is_word(text: &str) -> bool {
    is_between(
        text,
        |c| c.is_ascii_alphanumeric(),
        |c| matches!(c, '-' | '_' | '.'),
    )
}

fn is_between(text: &str, ends: impl Fn(char) -> bool, within: impl Fn(char) -> bool) -> bool {
    let good = text.chars().all(|c| ends(c) || within(c));
    text.len() <= PART && good && text.starts_with(&ends) && text.ends_with(&ends)
}
