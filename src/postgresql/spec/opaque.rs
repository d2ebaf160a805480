//! Parts of a manifest that are Kubernetes' own types, kept as they came.

use std::{any::type_name, borrow::Cow, fmt, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::{Map, Value};

/// An object of one of Kubernetes' types, kept as it came.
///
/// The API server checks it against the type's schema, but what it lets through may still be
/// strange (a quantity of nonsense, a field of a newer Kubernetes). Decoding a manifest never fails
/// for it and loses nothing of it; [`Opaque::typed`] tells when it is read.
pub struct Opaque<T> {
    value: Value,
    of: PhantomData<fn() -> T>,
}

/// A part of a manifest is not what its type asks for.
#[derive(Debug, thiserror::Error)]
#[error("not a valid {kind}: {source}")]
pub struct NotOfItsType {
    kind: &'static str,
    source: serde_json::Error,
}

impl<T> Opaque<T> {
    /// Takes any value.
    pub fn from_value(value: Value) -> Self {
        Self {
            value,
            of: PhantomData,
        }
    }

    /// Returns the value as it came.
    pub fn value(&self) -> &Value {
        &self.value
    }
}

impl<T: DeserializeOwned> Opaque<T> {
    /// Reads the value as its type; fields that the type does not know are left out.
    pub fn typed(&self) -> Result<T, NotOfItsType> {
        T::deserialize(&self.value).map_err(|source| NotOfItsType {
            kind: type_name::<T>().rsplit("::").next().unwrap_or_default(),
            source,
        })
    }
}

impl<T: Serialize> Opaque<T> {
    /// Makes one from its type.
    pub fn new(of_type: &T) -> Result<Self, NotOfItsType> {
        match serde_json::to_value(of_type) {
            Ok(value) => Ok(Self::from_value(value)),
            Err(source) => Err(NotOfItsType {
                kind: type_name::<T>().rsplit("::").next().unwrap_or_default(),
                source,
            }),
        }
    }
}

impl<T> Clone for Opaque<T> {
    fn clone(&self) -> Self {
        Self::from_value(self.value.clone())
    }
}

impl<T> fmt::Debug for Opaque<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// An empty object.
impl<T> Default for Opaque<T> {
    fn default() -> Self {
        Self::from_value(Value::Object(Map::new()))
    }
}

impl<T> PartialEq for Opaque<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> Serialize for Opaque<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Opaque<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from_value)
    }
}

impl<T: JsonSchema> JsonSchema for Opaque<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        if let Some(schema) = schema.as_object_mut() {
            trim(schema);
        }
        schema
    }
}

/// Fields that types of Kubernetes got after the version that this program is built for. Without
/// them the API server would drop what Zalando's schema of a later release keeps.
const NEWER: [(&str, &str); 5] = [
    // Beside this field of the same object … this one came.
    ("secretKeyRef", "fileKeyRef"),
    ("lifecycle", "restartPolicyRules"),
    ("service", "mode"),
    ("httpHeaders", "protocol"),
    ("mountPropagation", "bindMountOptions"),
];

/// Takes Kubernetes' long descriptions out, which would make the definition too large, lets newer
/// fields in, and lets references go without a name, as Zalando's schema does.
fn trim(schema: &mut Map<String, Value>) {
    schema.remove("description");
    let is_reference = schema
        .get("properties")
        .is_some_and(|properties| properties.get("optional").is_some());
    if is_reference && let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut)
    {
        required.retain(|name| name != "name");
        if required.is_empty() {
            schema.remove("required");
        }
    }
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for property in properties.values_mut().filter_map(Value::as_object_mut) {
            trim(property);
        }
        for (beside, newer) in NEWER {
            if properties.contains_key(beside) && !properties.contains_key(newer) {
                properties.insert(
                    newer.to_owned(),
                    serde_json::json!({ "x-kubernetes-preserve-unknown-fields": true }),
                );
            }
        }
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get_mut(key).and_then(Value::as_object_mut) {
            trim(inner);
        }
    }
}

/// Schema of an object that may hold anything.
pub(super) fn any_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
}

/// Tells a field that is `null` (`Some(None)`) from one that is absent (`None`).
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
