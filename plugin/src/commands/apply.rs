//! `apply`: the same manifests in every context, server-side.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use kube::{
    api::{DynamicObject, Patch, PatchParams},
    core::params::ValidationDirective,
};
use pg_core::{difference::differences, names};
use serde_json::{Value, json};

use super::{
    change::{Foretold, Request, ask, first_of, foretell, goes_on, open, report, write_all},
    create::MANAGER,
    edit::{AGAIN, awaited, follow, keep_request, was_made},
    list::without_resource,
    set::impact::{impact, short},
};
use crate::{
    args::{Apply, new_cluster},
    cluster::Cluster,
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    output::{document::API_VERSION, prompt::Class},
    preflight::{Right, rights, who},
    session::Session,
    target::Target,
};

const SAME: &str = "is so already";

/// A manifest and where it goes, judged by the API server there.
struct Judged {
    context: Arc<Context>,
    target: Target,
    manifest: Value,
    force: bool,
    /// What changes; none: nothing.
    effect: Option<(Class, String)>,
    /// Said where nothing changes.
    same: &'static str,
    new: bool,
}

/// Applies.
pub async fn run(session: &Session, args: Apply) -> Result<Exit> {
    let change = &args.change;
    let manifests = read(&args.files)?;
    let selection = session.select(&[])?;
    let named = manifests
        .iter()
        .all(|one| one["metadata"]["namespace"].is_string());
    if !named && session.flags.namespace.is_none() {
        let defaults: Vec<(String, String)> = selection
            .contexts
            .iter()
            .map(|name| (name.clone(), session.connector.default_namespace(name)))
            .collect();
        crate::target::one_namespace(
            defaults
                .iter()
                .map(|(name, namespace)| (name.as_str(), namespace.as_str())),
        )?;
    }
    let request = Request::begin(session, change, Duration::from_secs(600));
    let sites = open(session, &selection.contexts, !change.wait).await?;
    let places = sites
        .contexts
        .values()
        .flat_map(|context| manifests.iter().map(move |manifest| (context, manifest)));
    let judged = fanout::each(
        places,
        fanout::READS,
        |(context, manifest)| {
            let (args, request) = (&args, &request);
            async move { judge(session, context, manifest, args, request).await }
        },
        |_| (),
    )
    .await;
    let mut all = Vec::new();
    let mut failed = Vec::new();
    for result in judged {
        match result {
            Ok(one) => all.push(one),
            Err(error) => failed.push(error),
        }
    }
    first_of(session, failed)?;
    if let Some(target) = twice(all.iter().map(|one| &one.target)) {
        return Err(Error::usage(format!(
            "more than one of the manifests is that of {target}"
        )));
    }
    if change.dry_run.is_dry() {
        let told = all.iter().map(|one| match &one.effect {
            Some((_, effect)) => Foretold::change(&one.target, effect),
            None => Foretold::same(&one.target, one.same),
        });
        return foretell(session, "be applied", told.collect());
    }
    let changing: Vec<(&Judged, Class, String)> = all
        .iter()
        .filter_map(|one| {
            let (class, effect) = one.effect.as_ref()?;
            Some((one, *class, format!("{}: {effect}", one.target)))
        })
        .collect();
    let effects: Vec<String> = changing
        .iter()
        .map(|(_, _, effect)| effect.clone())
        .collect();
    if let Some(class) = changing.iter().map(|(_, class, _)| *class).max() {
        let targets: Vec<Target> = changing
            .iter()
            .map(|(one, ..)| one.target.clone())
            .collect();
        ask(session, change, class, &targets, "Apply to", &effects).await?;
        goes_on(session, &targets);
    }
    session.touch();
    let all = all.into_iter().map(|one| (one.target.clone(), one));
    let outcomes = write_all(session, &request, change, &sites, all.collect(), |one| {
        act(session, one, change.wait, &request)
    })
    .await;
    report(session, &request, outcomes)
}

/// The first that comes again: the last of its manifests would win, in an order that nobody chose.
fn twice<'a>(targets: impl Iterator<Item = &'a Target>) -> Option<&'a Target> {
    let mut seen = BTreeSet::new();
    targets
        .into_iter()
        .find(|one| !seen.insert(one.to_string()))
}

fn read(files: &[PathBuf]) -> Result<Vec<Value>> {
    let mut manifests = Vec::new();
    for file in files {
        let mut texts = Vec::new();
        let wrong = |error: std::io::Error| Error::usage(format!("{}: {error}", file.display()));
        if file == Path::new("-") {
            texts.push((
                file.clone(),
                std::io::read_to_string(std::io::stdin()).map_err(wrong)?,
            ));
        } else if file.is_dir() {
            let mut inner: Vec<PathBuf> = std::fs::read_dir(file)
                .map_err(wrong)?
                .filter_map(|entry| entry.ok().map(|entry| entry.path()))
                .filter(|path| {
                    path.extension()
                        .is_some_and(|end| end == "yaml" || end == "yml" || end == "json")
                })
                .collect();
            inner.sort();
            for path in inner {
                let text = std::fs::read_to_string(&path).map_err(wrong)?;
                texts.push((path, text));
            }
        } else {
            texts.push((file.clone(), std::fs::read_to_string(file).map_err(wrong)?));
        }
        for (path, text) in texts {
            manifests.extend(
                documents(&text)
                    .map_err(|why| Error::usage(format!("{}: {why}", path.display())))?,
            );
        }
    }
    if manifests.is_empty() {
        return Err(Error::usage("there is no manifest of a Postgres cluster"));
    }
    Ok(manifests)
}

/// The manifests in a text; anything that is not one is an error, nothing is passed over.
fn documents(text: &str) -> Result<Vec<Value>, String> {
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(text).map_err(|error| format!("is not YAML: {error}"))?;
    documents
        .into_iter()
        .flat_map(members)
        .filter(|document| !document.is_null())
        .map(|mut document| {
            if document["apiVersion"] != "acid.zalan.do/v1" || document["kind"] != "postgresql" {
                return Err("holds something that is no postgresql of acid.zalan.do/v1".to_owned());
            }
            let name = document["metadata"]["name"].as_str().unwrap_or_default();
            new_cluster(name)?;
            if let Some(map) = document.as_object_mut() {
                map.remove("status");
            }
            if let Some(metadata) = document["metadata"].as_object_mut() {
                // What a manifest has that was taken from a server.
                metadata.retain(|key, _| {
                    ["name", "namespace", "labels", "annotations"].contains(&key.as_str())
                });
            }
            Ok(document)
        })
        .collect()
}

/// The members of a list, as `kubectl get -o yaml` and `create --dry-run=client -o yaml` print one;
/// any other document is its own.
fn members(document: Value) -> Vec<Value> {
    let is =
        |version: &str, kind: &str| document["apiVersion"] == version && document["kind"] == kind;
    let lists = is("v1", "List")
        || is("acid.zalan.do/v1", "postgresqlList")
        || is(API_VERSION, "ManifestList");
    match document {
        Value::Object(mut list) if lists => match list.remove("items") {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        },
        other => vec![other],
    }
}

async fn judge(
    session: &Session,
    context: &Arc<Context>,
    manifest: &Value,
    args: &Apply,
    request: &Request,
) -> Result<Judged> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let name = text(&manifest["metadata"]["name"]).unwrap_or_default();
    let namespace = text(&manifest["metadata"]["namespace"])
        .or_else(|| session.flags.namespace.clone())
        .unwrap_or_else(|| context.namespace.clone());
    let place = |error: Error| error.context(&context.name).object(&namespace, &name);
    let target = Target {
        namespace: Some(namespace.clone()),
        name: name.clone(),
        context: Some(context.name.clone()),
    };
    let api = context.clusters(&namespace);
    let there = context
        .ask_opt(api.get(&name))
        .await
        .map_err(|error| place(without_resource(error, context)))?;
    let right = |verb| Right {
        verb,
        group: "acid.zalan.do",
        resource: "postgresqls",
        namespace: &namespace,
        name: if verb == "create" { "" } else { &name },
    };
    let mut needed = vec![right("patch")];
    if there.is_none() {
        needed.push(right("create"));
    }
    rights(context, &needed).await.map_err(place)?;
    if there
        .as_ref()
        .is_some_and(|one| one.metadata.deletion_timestamp.is_some())
    {
        return Err(place(Error::new(
            Kind::Refused,
            "this Postgres cluster is being deleted",
        )));
    }
    let mut manifest = manifest.clone();
    manifest["metadata"]["namespace"] = json!(namespace);
    let before = there.as_ref().map(|it| Cluster::new(context, it.clone()));
    let made = match &before {
        Some(cluster) if request.again => {
            was_made(cluster, request, &manifest["spec"]).map_err(place)?
        }
        _ => false,
    };
    // Judged with them: they are other verbs' too, which may be what it meets.
    let spec = manifest["spec"].clone();
    let notes = &mut manifest["metadata"]["annotations"];
    notes[names::REQUESTED_BY] = json!(who(context).await?);
    notes[names::REQUEST_LABEL] = json!(request.id);
    if let Some(reason) = &args.change.reason {
        notes[names::REASON] = json!(reason);
    }
    keep_request(before.as_ref(), notes, &spec);
    let mut force = args.force_conflicts;
    let dry = match apply(context, &manifest, force, true).await {
        Err(error) if error.kind == Kind::Conflict && is_ours(&error.message) => {
            force = true;
            apply(context, &manifest, force, true).await
        }
        other => other,
    }
    .map_err(|error| match error.kind {
        Kind::Conflict => place(error).hint("--force-conflicts takes these fields"),
        _ => place(error),
    })?;
    let effect = effect(there.as_ref(), &dry);
    Ok(Judged {
        context: Arc::clone(context),
        target,
        manifest,
        force,
        same: match (made, &effect) {
            (true, Some(_)) => AGAIN,
            _ => SAME,
        },
        effect: effect.filter(|_| !made),
        new: there.is_none(),
    })
}

/// Whether a conflict is with this program's other verbs alone.
fn is_ours(message: &str) -> bool {
    let managers: Vec<&str> = message
        .split("with \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    !managers.is_empty() && managers.iter().all(|manager| *manager == MANAGER)
}

fn effect(there: Option<&DynamicObject>, dry: &DynamicObject) -> Option<(Class, String)> {
    let Some(there) = there else {
        return Some((Class::Low, "is created".to_owned()));
    };
    let none = Value::Null;
    let spec = |object: &DynamicObject| object.data.get("spec").unwrap_or(&none).clone();
    let changes = differences(&spec(there), &spec(dry));
    let class = changes.iter().map(|(path, ..)| impact(path).0).max()?;
    let words: Vec<String> = changes
        .iter()
        .map(|(path, before, after)| {
            format!(
                "{path} {} → {} ({})",
                short(before),
                short(after),
                impact(path).1
            )
        })
        .collect();
    Some((class, words.join("; ")))
}

async fn apply(
    context: &Context,
    manifest: &Value,
    force: bool,
    dry_run: bool,
) -> Result<DynamicObject> {
    let namespace = manifest["metadata"]["namespace"]
        .as_str()
        .unwrap_or_default();
    let name = manifest["metadata"]["name"].as_str().unwrap_or_default();
    let parameters = PatchParams {
        dry_run,
        force,
        field_manager: Some(MANAGER.to_owned()),
        field_validation: Some(ValidationDirective::Strict),
    };
    let api = context.clusters(namespace);
    context
        .ask(api.patch(name, &parameters, &Patch::Apply(manifest)))
        .await
}

async fn act(session: &Session, one: Judged, wait: bool, request: &Request) -> Result<String> {
    request.may_begin(session)?;
    if one.effect.is_none() {
        return Ok(one.same.to_owned());
    }
    let object = apply(&one.context, &one.manifest, one.force, false).await?;
    let cluster = Cluster::new(&one.context, object);
    if !wait {
        return Ok(format!("accepted; {}", follow(&cluster)));
    }
    let ready = awaited(session, cluster, request).await?;
    let done = if one.new { "created" } else { "changed" };
    Ok(format!("{done}: {ready} serve"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_has_one_manifest() {
        let all = [
            "pg/a@east",
            "pg/a@west",
            "pg/b@east",
            "pg/a@west",
            "pg/b@east",
        ];
        let all = all.map(|it| it.parse::<Target>().expect("a target"));
        assert_eq!(twice(all[..3].iter()), None);
        assert_eq!(twice(all.iter()), all.get(1));
    }

    #[test]
    fn conflicts_with_ourselves_are_none() {
        let table = [
            (
                "Apply failed with 1 conflict: conflict with \"kubectl-pg\" using acid.zalan.do/v1: .spec.x",
                true,
            ),
            (
                "Apply failed with 2 conflicts: conflicts with \"kubectl-pg\" using v1:\n- .a\nconflicts with \"helm\" using v1:\n- .b",
                false,
            ),
            ("the object has been modified", false),
        ];
        for (message, ours) in table {
            assert_eq!(is_ours(message), ours, "{message}");
        }
    }

    #[test]
    fn documents_are_manifests_and_nothing_else() {
        let one = "apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {name: main, uid: x}\nspec: {}\nstatus: {}\n";
        let read = documents(&format!("---\n{one}---\n{one}")).expect("two");
        assert_eq!(read.len(), 2);
        assert_eq!(read[0]["metadata"], json!({"name": "main"}));
        assert!(read[0].get("status").is_none());
        assert!(documents("kind: Secret").is_err());
        let tree: Value = serde_saphyr::from_str(one).expect("YAML");
        for (version, kind, count) in [
            ("v1", "List", Some(2)),
            ("acid.zalan.do/v1", "postgresqlList", Some(2)),
            (API_VERSION, "ManifestList", Some(2)),
            (API_VERSION, "ClusterList", None),
        ] {
            let list = json!({"apiVersion": version, "kind": kind, "items": [tree, tree]});
            let read = documents(&list.to_string());
            assert_eq!(read.ok().map(|all| all.len()), count, "{kind}");
        }
        let other =
            json!({"apiVersion": "v1", "kind": "List", "items": [tree, {"kind": "Secret"}]});
        assert!(documents(&other.to_string()).is_err());
        assert!(documents(&one.replace("main", "Main")).is_err());
    }
}
