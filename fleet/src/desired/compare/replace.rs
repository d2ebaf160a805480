//! Whether a StatefulSet must be made anew.

use serde_json::Value;

use super::normal::of_kind;

/// Fields of a StatefulSet that the API server refuses to change (1.33 and later; Zalando's
/// operator replaces for more, zalando.md §3.5, but an apply does those in place).
const IMMUTABLE: [&str; 4] = [
    "selector",
    "serviceName",
    "podManagementPolicy",
    "volumeClaimTemplates",
];

/// Why the live StatefulSet cannot become the desired one in place: its pods must be orphaned, it
/// must be deleted and made anew. `None` when an apply is enough.
pub fn replace_needed(live: &Value, desired: &Value) -> Option<String> {
    let (live, desired) = (
        of_kind("StatefulSet", live),
        of_kind("StatefulSet", desired),
    );
    IMMUTABLE
        .into_iter()
        .find(|field| spec(&live, field) != spec(&desired, field))
        .map(|field| format!("spec.{field} differs and cannot be changed in place"))
}

fn spec<'a>(object: &'a Value, field: &str) -> Option<&'a Value> {
    object.get("spec")?.get(field)
}
