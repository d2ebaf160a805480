//! What the derived schema of `postgresql` cannot say by itself.

use serde_json::{Map, Value, json};

/// Where `null` is a value; everywhere else the API server drops it, as with Zalando's schema.
///
/// `users.*` is the one place where ours allows it and Zalando's does not: manifests written for
/// its first version have roles without flags, which the second silently loses.
const NULLABLE: [&str; 6] = [
    "spec.allowedSourceRanges",
    "spec.additionalVolumes[].targetContainers",
    "spec.users.*",
    "spec.usersIgnoringSecretRotation",
    "spec.usersWithInPlaceSecretRotation",
    "spec.usersWithSecretRotation",
];

/// Longest name of a cluster: with `-repl` it is the name of a Service, which has 63 at most.
pub const MAX_NAME: usize = 58;

/// Mends the schema (`openAPIV3Schema`) of `postgresql`.
pub(crate) fn mend(root: &mut Value) {
    nullable(root, "", &NULLABLE);
    if let Some(root) = root.as_object_mut() {
        root.insert("x-kubernetes-validations".to_owned(), name_rules());
    }
    // Nothing but the name can be said of metadata; the rules' `fieldPath` needs it.
    root["properties"]["metadata"] =
        json!({ "type": "object", "properties": { "name": { "type": "string" } } });
    if let Some(status) = root.pointer_mut("/properties/status") {
        status["required"] = json!(["PostgresClusterStatus"]);
    }
    if let Some(standby) = root
        .pointer_mut("/properties/spec/properties/standby")
        .and_then(Value::as_object_mut)
    {
        standby.insert(
            "anyOf".to_owned(),
            json!([
                { "required": ["s3_wal_path"] },
                { "required": ["gs_wal_path"] },
                { "required": ["standby_host"] }
            ]),
        );
    }
}

/// Takes what says nothing out of a schema: titles, and the line ends of comments in the source.
pub(crate) fn tidy(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else {
        return;
    };
    schema.remove("title");
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    for (inner, _) in children(schema) {
        tidy(inner);
    }
}

/// Names that the controller would refuse anyway. An object that is there already is left alone,
/// or its finalizers could not be taken off.
fn name_rules() -> Value {
    let new = "oldSelf.hasValue() || ";
    json!([
        {
            "rule": format!("{new}size(self.metadata.name) <= {MAX_NAME}"),
            "optionalOldSelf": true,
            "fieldPath": ".metadata.name",
            "message": format!(
                "may have {MAX_NAME} characters at most: with -repl it is the name of a Service"
            ),
        },
        {
            "rule": format!("{new}self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')"),
            "optionalOldSelf": true,
            "fieldPath": ".metadata.name",
            "message": "must begin with a letter and hold only a-z, 0-9 and -: it is the name of Services",
        }
    ])
}

/// Lets no field be null: the derive lets every optional field be.
pub(crate) fn without_null(root: &mut Value) {
    nullable(root, "", &[]);
}

/// Makes exactly these fields nullable.
fn nullable(schema: &mut Value, path: &str, fields: &[&str]) {
    let Some(schema) = schema.as_object_mut() else {
        return;
    };
    schema.remove("nullable");
    if fields.contains(&path) {
        schema.insert("nullable".to_owned(), Value::Bool(true));
    }
    for (inner, name) in children(schema) {
        let below = format!("{path}{name}");
        nullable(inner, below.trim_start_matches('.'), fields);
    }
}

/// Returns the schemas below one, each with what its path has more: `.key`, `[]`, `.*`.
fn children(schema: &mut Map<String, Value>) -> Vec<(&mut Value, String)> {
    let mut all = Vec::new();
    for (key, below) in schema {
        match (key.as_str(), below) {
            ("properties", Value::Object(properties)) => {
                all.extend(
                    properties
                        .iter_mut()
                        .map(|(name, inner)| (inner, format!(".{name}"))),
                );
            }
            ("items", inner) => all.push((inner, "[]".to_owned())),
            ("additionalProperties", inner) => all.push((inner, ".*".to_owned())),
            _ => {}
        }
    }
    all
}
