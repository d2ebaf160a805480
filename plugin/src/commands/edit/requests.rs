//! Which requests have changed a manifest: it is kept in the manifest itself, so that a request that
//! is made again does not undo what somebody did since.

use pg_core::names;
use serde_json::Value;

/// How many are kept, the latest last.
const KEPT: usize = 100;

/// What a request has done to a manifest so far.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Before {
    /// Nothing, as far as is known.
    Nothing,
    /// This change.
    This,
    /// Another change.
    Another,
}

/// What a request has done, by the annotation that keeps it.
pub fn before(kept: Option<&str>, id: &str, change: &Value) -> Before {
    let mark = mark(id, change);
    match words(kept).any(|word| word == mark) {
        true => Before::This,
        false if is_kept(kept, id) => Before::Another,
        false => Before::Nothing,
    }
}

/// Whether a request has changed it, whatever it was.
pub fn is_kept(kept: Option<&str>, id: &str) -> bool {
    place(kept, id).is_some()
}

/// Whether one request was kept after another.
pub fn is_after(kept: Option<&str>, id: &str, earlier: &str) -> bool {
    place(kept, id) > place(kept, earlier)
}

fn words(kept: Option<&str>) -> impl Iterator<Item = &str> {
    kept.unwrap_or_default().split_whitespace()
}

/// Where a request stands in the row; the latest, should there be several.
fn place(kept: Option<&str>, id: &str) -> Option<usize> {
    let of_it = |word: &str| word.split_once('=').is_some_and(|(one, _)| one == id);
    let at = words(kept).enumerate().filter(|(_, word)| of_it(word));
    at.map(|(at, _)| at).last()
}

/// The annotation with this request behind the others.
pub fn with(kept: Option<&str>, id: &str, change: &Value) -> String {
    let mark = mark(id, change);
    let mut words: Vec<&str> = words(kept).filter(|word| *word != mark).collect();
    words.push(&mark);
    let first = words.len().saturating_sub(KEPT);
    words.split_off(first).join(" ")
}

/// A request, and what tells its change from others.
fn mark(id: &str, change: &Value) -> String {
    let change = names::request_id(change.to_string().as_bytes());
    format!("{id}={change}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_known_by_its_change() {
        let (four, five) = (
            json!({"numberOfInstances": 4}),
            json!({"numberOfInstances": 5}),
        );
        let kept = with(None, "aaa", &four);
        let kept = with(Some(&kept), "bbb", &five);
        let table = [
            (None, "aaa", &four, Before::Nothing),
            (Some(&*kept), "aaa", &four, Before::This),
            (Some(&*kept), "aaa", &five, Before::Another),
            (Some(&*kept), "bbb", &five, Before::This),
            (Some(&*kept), "aa", &four, Before::Nothing),
            (Some("what=ever else"), "aaa", &four, Before::Nothing),
        ];
        for (kept, id, spec, expected) in table {
            assert_eq!(before(kept, id, spec), expected, "{kept:?} {id} {spec}");
        }
        assert_eq!(with(Some(&kept), "bbb", &five), kept, "it is kept once");
    }

    #[test]
    fn the_latest_are_kept() {
        let spec = json!({});
        let kept = (0..KEPT + 10).fold(String::new(), |kept, number| {
            with(Some(&kept), &format!("r{number}"), &spec)
        });
        assert_eq!(kept.split(' ').count(), KEPT);
        assert_eq!(before(Some(&kept), "r9", &spec), Before::Nothing);
        assert_eq!(before(Some(&kept), "r10", &spec), Before::This);
    }

    #[test]
    fn their_order_is_kept() {
        let kept = Some("aaa=1 bbb=2");
        for (id, earlier, expected) in [
            ("bbb", "aaa", true),
            ("aaa", "bbb", false),
            ("aaa", "aaa", false),
            // What is not kept any more was before all that are.
            ("ccc", "aaa", false),
            ("aaa", "ccc", true),
        ] {
            assert_eq!(is_after(kept, id, earlier), expected, "{id} {earlier}");
        }
    }
}
