//! What every verb prints with `-o json`: one document of this version, as it was before, with
//! nothing in it that docs/output.md does not name. The lines are those of the screens, where no
//! verb is left out.

use regex_lite::{Captures, Regex};
use serde_json::Value;

use super::{
    documents::{is_described, page},
    run_at,
    screens::{LINES, SENT, World, beginning, keep, steady},
    text,
};

#[test]
fn every_verb_prints_a_document() {
    printed(&World::new("schema", false), "json", LINES);
}

/// What is printed of what was accepted.
#[test]
fn what_was_accepted_is_a_document() {
    printed(&World::new("schema-sent", true), "json-sent", SENT);
}

fn printed(world: &World, kind: &str, lines: &[&str]) {
    let page = page();
    for line in lines {
        let ended = run_at(
            &world.home,
            &world.kubeconfig,
            &world.line(&format!("{line} -o json")),
        );
        let (out, err) = (text(&ended.stdout), text(&ended.stderr));
        let document: Value = serde_json::from_str(&out).unwrap_or_default();
        let version = &document["apiVersion"];
        assert_eq!(version, "cli.pgfleet.io/v1alpha1", "{line}: {out}{err}");
        is_described(&page, line, &document);
        let code = ended.status.code().expect("a code");
        let shown = without_ids(&steady(&beginning(&out), &world.home));
        let shown = format!("$ kubectl pg {line} -o json\nends with {code}\n{shown}");
        keep(kind, line, &shown);
    }
}

/// Ids of requests and operations are ten letters and digits, and others each time.
fn without_ids(text: &str) -> String {
    let rule = |rule: &str| Regex::new(rule).expect("a rule");
    let own = rule("((?:request|operation)\": )\"[a-z0-9]{10}\"");
    let text = own.replace_all(text, "${1}\"ID\"");
    let begins = rule("\"[a-z0-9]{10}(-(?:one|two)main-1\")");
    let text = begins.replace_all(&text, "\"ID${1}");
    // Elsewhere a word of ten letters may be one.
    let known = |found: &Captures<'_>| match &found[0] {
        word if word.contains(|char: char| char.is_ascii_digit()) => "\"ID\"".to_owned(),
        word => word.to_owned(),
    };
    let any = rule("\"[a-z0-9]{10}\"");
    any.replace_all(&text, known).into_owned()
}
