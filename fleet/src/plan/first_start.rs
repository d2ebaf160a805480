//! What only the first start of a cluster reads stays as the StatefulSet has it. Operators of
//! Zalando's before 2.0 write another `auth-host` for initdb than later ones; given back to one of
//! those with ours, every pod would be restarted for it.

use serde_json::Value;

use super::View;
use crate::desired::ChildKind;

const ENVIRONMENT: &str = "/spec/template/spec/containers/0/env";
const VARIABLE: &str = "SPILO_CONFIGURATION";
const OPTIONS: &str = "/bootstrap/initdb";
const OPTION: &str = "auth-host";

/// Puts the option that is there into the StatefulSet that is wanted, unless the manifest names it.
pub fn keep(view: &View<'_>, body: &mut Value) {
    let patroni = view.manifest.spec.patroni.as_ref();
    let initdb = patroni.and_then(|patroni| patroni.initdb.as_ref());
    if initdb.is_some_and(|options| options.contains_key(OPTION)) {
        return;
    }
    let id = (ChildKind::StatefulSet.kind(), view.key.name.clone());
    if let Some(live) = view.facts.children.get(&id) {
        // Only what was looked for is put in: a body that cannot be read is applied as it is wanted.
        let _ = put(&live.value(), body);
    }
}

fn put(live: &Value, body: &mut Value) -> Option<()> {
    let live = configuration(live)?;
    let there = option(&live)?;
    let mut wanted = configuration(body)?;
    let option = option_mut(&mut wanted)?;
    if option != there {
        *option = there.clone();
        *variable_mut(body)? = wanted.to_string().into();
    }
    Some(())
}

fn configuration(body: &Value) -> Option<Value> {
    let variables = body.pointer(ENVIRONMENT)?.as_array()?;
    let variable = variables.iter().find(|one| one["name"] == VARIABLE)?;
    serde_json::from_str(variable["value"].as_str()?).ok()
}

fn variable_mut(body: &mut Value) -> Option<&mut Value> {
    let variables = body.pointer_mut(ENVIRONMENT)?.as_array_mut()?;
    variables
        .iter_mut()
        .find(|one| one["name"] == VARIABLE)?
        .get_mut("value")
}

fn option(configuration: &Value) -> Option<&Value> {
    let options = configuration.pointer(OPTIONS)?.as_array()?;
    options.iter().find_map(|one| one.get(OPTION))
}

fn option_mut(configuration: &mut Value) -> Option<&mut Value> {
    let options = configuration.pointer_mut(OPTIONS)?.as_array_mut()?;
    options.iter_mut().find_map(|one| one.get_mut(OPTION))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(configuration: &str) -> Value {
        let env = json!([{ "name": "SCOPE", "value": "db" }, { "name": VARIABLE, "value": configuration }]);
        json!({ "spec": { "template": { "spec": { "containers": [{ "env": env }] } } } })
    }

    #[test]
    fn the_option_of_the_first_start_stays_and_nothing_else() {
        let of = |host: &str, more: &str| {
            set(&format!(
                r#"{{"postgresql":{{}},"bootstrap":{{"initdb":[{{"auth-host":"{host}"}},{{"auth-local":"trust"}}],"dcs":{{{more}}}}}}}"#
            ))
        };
        let put = |live: &Value, mut wanted: Value| {
            let _ = put(live, &mut wanted);
            wanted
        };
        let older = of("md5", r#""ttl":20"#);
        let wanted = || of("scram-sha-256", r#""ttl":30"#);
        assert_eq!(put(&older, wanted()), of("md5", r#""ttl":30"#));
        for live in [wanted(), set("{}"), set("no JSON"), json!({})] {
            assert_eq!(put(&live, wanted()), wanted());
        }
    }
}
