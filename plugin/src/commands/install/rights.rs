//! What the controller may do in namespaces, where it has its rights in each of them alone
//! (`--scope namespaces`): bindings, made with the administrator's rights.

use std::sync::Arc;

use k8s_openapi::{
    api::{
        core::v1::Namespace,
        rbac::v1::{ClusterRoleBinding, Role, RoleBinding},
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{
    Api,
    api::{DeleteParams, ListParams},
};
use serde_json::{Value, json};

use super::{
    CONTROLLER, Shape, apply,
    found::{Found, variable},
    text,
};
use crate::{
    args::Scope,
    connect::Context,
    error::{Error, Kind, Result},
    objects::Deployment,
    preflight::{self, Right},
};

/// The ClusterRole that is bound, and the ClusterRoleBinding that binds it everywhere.
const ROLE: &str = "pg-fleet-namespace";
/// The Role on a configuration that lies elsewhere, and its binding.
const READ: &str = "pg-fleet-configuration";
/// The controller's scope, among its variables.
const SCOPE: &str = "SCOPE";
/// What is put on bindings, to find them by.
const LABEL: (&str, &str) = ("app.kubernetes.io/name", CONTROLLER);

/// Where a controller has its rights.
pub fn scope(controller: &Deployment) -> Scope {
    match variable(Some(controller), SCOPE).as_deref() {
        Some("namespaces") => Scope::Namespaces,
        _ => Scope::Cluster,
    }
}

/// An object of an installation as it is where rights are given by namespace; none for one that
/// would give them everywhere.
pub fn narrowed(mut object: Value) -> Option<Value> {
    if object["kind"] == "ClusterRoleBinding" && object["metadata"]["name"] == ROLE {
        return None;
    }
    if object["kind"] == "Deployment" {
        let env = object
            .pointer_mut("/spec/template/spec/containers/0/env")
            .and_then(Value::as_array_mut);
        if let Some(env) = env {
            env.push(json!({ "name": SCOPE, "value": "namespaces" }));
        }
    }
    Some(object)
}

fn binding(home: &str, namespace: &str, name: &str, kind: &str, role: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": namespace, "labels": {LABEL.0: LABEL.1}},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": CONTROLLER, "namespace": home}],
    })
}

/// The bindings that give a controller its rights in namespaces.
pub fn bindings(home: &str, namespaces: &[String]) -> Vec<Value> {
    namespaces
        .iter()
        .map(|namespace| binding(home, namespace, ROLE, "ClusterRole", ROLE))
        .collect()
}

/// What lets a controller read its configuration, a ConfigMap in another namespace.
pub fn to_read(home: &str, namespace: &str, name: &str) -> [Value; 2] {
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": {"name": READ, "namespace": namespace, "labels": {LABEL.0: LABEL.1}},
        "rules": [{
            "apiGroups": [""], "resources": ["configmaps"], "resourceNames": [name],
            "verbs": ["get", "list", "watch"],
        }],
    });
    [role, binding(home, namespace, READ, "Role", READ)]
}

/// Whether rights can be given, and to whom.
pub async fn judge(context: &Arc<Context>, shape: &Shape) -> Result<Found> {
    let rights = shape.namespaces.iter().map(|namespace| Right {
        verb: "create",
        group: "rbac.authorization.k8s.io",
        resource: "rolebindings",
        namespace,
        name: "",
    });
    preflight::rights(context, &rights.collect::<Vec<_>>()).await?;
    let deployments: Api<Deployment> = context.api(&shape.namespace);
    let controller = context.ask_opt(deployments.get(CONTROLLER)).await?;
    let refused = |what: &str| Error::new(Kind::Refused, what);
    let Some(controller) = controller else {
        return Err(refused("no controller is installed here").hint(format!(
            "kubectl pg install --scope namespaces --namespaces {}",
            shape.namespaces.join(",")
        )));
    };
    if scope(&controller) == Scope::Cluster {
        return Err(refused("the controller has its rights in all namespaces")
            .hint("narrow them with --scope namespaces --namespaces NS,..."));
    }
    are_there(context, shape).await?;
    Ok(Found::default())
}

/// Whether these namespaces are there: nothing is half done for one that is not. The controller's
/// own is made by the installation.
pub async fn are_there(context: &Context, shape: &Shape) -> Result<()> {
    let api: Api<Namespace> = Api::all(context.client.clone());
    let others = shape.namespaces.iter();
    for namespace in others.filter(|one| **one != shape.namespace) {
        if context
            .ask_opt(api.get_metadata(namespace))
            .await?
            .is_none()
        {
            let what = format!("there is no namespace {namespace}");
            return Err(Error::new(Kind::Refused, what));
        }
    }
    Ok(())
}

/// Gives rights, and changes nothing else.
pub async fn give(context: &Context, bindings: &[Value]) -> Result<String> {
    let mut given = Vec::new();
    for binding in bindings {
        apply(context, binding, false).await?;
        given.push(text(&binding["metadata"]["namespace"]));
    }
    Ok(format!(
        "rights in {}; it acts there within 10 s",
        given.join(", ")
    ))
}

/// Takes the rights everywhere away, which an earlier installation had brought.
pub async fn narrow(context: &Context) -> Result<()> {
    let api: Api<ClusterRoleBinding> = Api::all(context.client.clone());
    let now = DeleteParams::default();
    context.ask_opt(api.delete(ROLE, &now)).await.map(drop)
}

/// Namespace and name of one of ours.
fn place(meta: ObjectMeta) -> Option<(String, String)> {
    let name = meta.name.filter(|name| name == ROLE || name == READ)?;
    Some((meta.namespace?, name))
}

/// Takes all rights in namespaces away; whether there were any.
pub async fn withdraw(context: &Context) -> Result<bool> {
    let ours = ListParams::default().labels(&format!("{}={}", LABEL.0, LABEL.1));
    let (everywhere, now) = (context.client.clone(), DeleteParams::default());
    let bindings: Api<RoleBinding> = Api::all(everywhere.clone());
    let roles: Api<Role> = Api::all(everywhere);
    let bindings = context.ask(bindings.list_metadata(&ours)).await?.items;
    let roles = context.ask(roles.list_metadata(&ours)).await?.items;
    let mut found = false;
    for (namespace, name) in bindings.into_iter().filter_map(|one| place(one.metadata)) {
        let api: Api<RoleBinding> = context.api(&namespace);
        found |= context.ask_opt(api.delete(&name, &now)).await?.is_some();
    }
    for (namespace, name) in roles.into_iter().filter_map(|one| place(one.metadata)) {
        let api: Api<Role> = context.api(&namespace);
        found |= context.ask_opt(api.delete(&name, &now)).await?.is_some();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::install::{IMAGE, shaped};

    fn objects(scope: Option<Scope>, namespaces: &[&str]) -> Vec<Value> {
        let shape = Shape {
            namespace: "home".to_owned(),
            image: IMAGE.to_owned(),
            replicas: None,
            set: Vec::new(),
            config: None,
            scope,
            namespaces: namespaces.iter().map(|one| (*one).to_owned()).collect(),
        };
        shaped(&shape).expect("sound manifests")
    }

    fn bound(objects: &[Value], kind: &str) -> Vec<String> {
        let is_it = |object: &&Value| object["kind"] == kind && object["roleRef"]["name"] == ROLE;
        let place = |object: &Value| text(&object["metadata"]["namespace"]).to_owned();
        objects.iter().filter(is_it).map(place).collect()
    }

    #[test]
    fn rights_are_everywhere_or_where_they_are_named() {
        for scope in [None, Some(Scope::Cluster)] {
            let wide = objects(scope, &[]);
            assert_eq!(bound(&wide, "ClusterRoleBinding"), [""]);
            assert!(bound(&wide, "RoleBinding").is_empty());
        }
        let narrow = objects(Some(Scope::Namespaces), &["shop", "team"]);
        assert!(bound(&narrow, "ClusterRoleBinding").is_empty());
        assert_eq!(bound(&narrow, "RoleBinding"), ["shop", "team"]);
        for object in narrow
            .iter()
            .filter(|object| object["kind"] == "RoleBinding")
        {
            assert_eq!(object["subjects"][0]["namespace"], "home");
        }
        let deployment = narrow.iter().find(|object| object["kind"] == "Deployment");
        let deployment = deployment.expect("a controller");
        let deployment: Deployment =
            serde_json::from_value(deployment.clone()).expect("a Deployment");
        assert_eq!(super::scope(&deployment), Scope::Namespaces);
    }

    #[test]
    fn its_own_resources_are_seen_everywhere_in_any_scope() {
        let narrow = objects(Some(Scope::Namespaces), &[]);
        let role = narrow.iter().find(|object| {
            object["kind"] == "ClusterRole" && object["metadata"]["name"] == CONTROLLER
        });
        let rules = role.expect("its role")["rules"].as_array().expect("rules");
        let groups = [
            "acid.zalan.do",
            "pgfleet.io",
            "admissionregistration.k8s.io",
            "apiextensions.k8s.io",
        ];
        for rule in rules {
            let own = groups.iter().any(|group| rule["apiGroups"][0] == *group);
            let seen = rule["resources"][0] == "nodes" || rule["resources"][0] == "namespaces";
            assert!(own || seen, "{rule}");
        }
    }
}
