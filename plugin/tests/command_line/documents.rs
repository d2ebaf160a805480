//! `-o json` and `-o yaml`: one document whatever a verb does, and as docs/output.md says.

use serde_json::Value;

use super::{
    api::There,
    described::{row, untold},
    run_at, text,
    world::World,
};

pub fn page() -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(root.join("../docs/output.md")).expect("a page")
}

/// Two contexts that are not quite alike.
fn two(name: &str, there: &There) -> World {
    let west = There {
        uid: "two",
        clusters: vec![("main", 2), ("follower", 2)],
        ..there.clone()
    };
    World::new(name, &[("east", there.clone()), ("west", west)])
}

impl World {
    /// The one document that a line prints.
    fn document(&self, line: &str) -> Value {
        let said = |form: &str| {
            let line = format!("{line} -o {form}");
            let output = run_at(&self.home, &self.kubeconfig, &line);
            (text(&output.stdout), text(&output.stderr))
        };
        let (json, err) = said("json");
        let document: Value = serde_json::from_str(&json).unwrap_or_default();
        let version = &document["apiVersion"];
        assert_eq!(version, "cli.pgfleet.io/v1alpha1", "{line}: {json}{err}");
        let (yaml, err) = said("yaml");
        let same: Value = serde_saphyr::from_str(&yaml).unwrap_or_default();
        assert_eq!(same["kind"], document["kind"], "{line}: {yaml}{err}");
        document
    }
}

fn items(document: &Value) -> &[Value] {
    document["items"].as_array().map_or(&[], Vec::as_slice)
}

/// Lines that would change something, with what they would write.
#[test]
fn a_dry_run_is_a_document() {
    let world = two("dry", &There::default());
    let yaml = "apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {name: main}\n\
                spec: {teamId: shop, numberOfInstances: 3, postgresql: {version: '17'}, volume: {size: 5Gi}}\n";
    let manifest = world.home.join("main.yaml");
    std::fs::write(&manifest, yaml).expect("a file");
    let both = "--context east,west";
    for (line, changes, object) in [
        (format!("create new {both}"), true, "postgresql"),
        ("clone main copy".to_owned(), true, "postgresql"),
        (format!("apply -f {} {both}", manifest.display()), true, ""),
        ("set main teamId=shop".to_owned(), true, ""),
        (format!("scale main --replicas 4 {both}"), true, ""),
        ("scale main --replicas 3".to_owned(), false, ""),
        ("resize main --size 20Gi".to_owned(), true, ""),
        ("hibernate on main".to_owned(), true, ""),
        ("user add main bob".to_owned(), true, ""),
        ("db add main app --owner ada".to_owned(), true, ""),
        (format!("switchover main {both}"), true, "Operation"),
        ("switchover main --to 0".to_owned(), false, ""),
        ("reload main".to_owned(), true, "Operation"),
        (format!("restart main {both}"), true, ""),
        ("delete main".to_owned(), true, ""),
        (
            "promote follower@west --accept-data-loss".to_owned(),
            true,
            "",
        ),
        (format!("install {both}"), true, ""),
        (format!("uninstall {both}"), true, ""),
    ] {
        let document = world.document(&format!("{line} --dry-run=server"));
        assert_eq!(document["kind"], "DryRun", "{line}: {document}");
        let items = items(&document);
        let wanted = if line.contains(both) { 2 } else { 1 };
        assert_eq!(items.len(), wanted, "{line}: {document}");
        for item in items {
            assert_eq!(item["changes"], changes, "{line}: {item}");
            assert_eq!(item["object"]["kind"].as_str().unwrap_or_default(), object);
            for field in ["context", "namespace", "name", "effect"] {
                let has = item[field].as_str().is_some_and(|text| !text.is_empty());
                assert!(has, "{line}: {field}: {item}");
            }
        }
    }
    for line in ["create new", "clone main copy", "install"] {
        let document = world.document(&format!("{line} --dry-run=client"));
        assert_eq!(document["kind"], "ManifestList", "{line}");
        assert!(!items(&document).is_empty(), "{line}");
    }
    let running = two(
        "dry-running",
        &There {
            phase: "Running",
            ..There::default()
        },
    );
    for how in ["client", "server"] {
        let document = running.document(&format!("ops cancel k3j9x2m4aq --dry-run={how}"));
        assert_eq!(document["kind"], "DryRun", "{document}");
    }
}

/// A name that is in no context is an error, also beside one that is found, and also in a document.
#[test]
fn a_name_found_nowhere_is_an_error() {
    let world = two("nowhere", &There::default());
    for (line, code, missing, kind) in [
        ("list main nope", 1, "nope", "ClusterList"),
        ("list default/main y/main", 1, "y/main", "ClusterList"),
        (
            "list main nope --context east,west",
            1,
            "nope",
            "ClusterList",
        ),
        (
            "list main@east nope@west --problems",
            1,
            "nope",
            "ClusterList",
        ),
        ("status main nope", 1, "nope", "ClusterStatusList"),
        ("df main nope", 1, "nope", "VolumeList"),
        ("user list main nope", 1, "nope", "RoleList"),
        ("db list main y/main", 1, "y/main", "DatabaseList"),
        ("psql main nope -c TABLE", 1, "nope", "PsqlList"),
        ("report main nope --out -", 1, "nope", "Report"),
        // Their own failure is no difference, and no check that failed.
        (
            "diff main@east main@west nope@east",
            3,
            "nope",
            "DifferenceList",
        ),
        ("doctor main nope", 3, "nope", "CheckList"),
    ] {
        let words = format!("{missing}: there is no such Postgres cluster");
        let output = run_at(&world.home, &world.kubeconfig, line);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        assert_eq!(said.matches(&words).count(), 1, "{line}: {said}");
        let document = world.document(line);
        assert_eq!(document["kind"], kind, "{line}: {document}");
        let errors = document["errors"].as_array().cloned().unwrap_or_default();
        let told = errors.iter().filter(|error| error["object"] == missing);
        assert_eq!(told.count(), 1, "{line}: {document}");
        let output = run_at(&world.home, &world.kubeconfig, &format!("{line} -o json"));
        assert_eq!(output.status.code(), Some(code), "{line} -o json");
    }
    // In one of two it is found.
    let output = run_at(
        &world.home,
        &world.kubeconfig,
        "list follower --context east,west -o name",
    );
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("follower: not in 1 context"));
}

/// The page names a document's kind in one row, with each of its fields and the verb that prints
/// it.
pub fn is_described(page: &str, line: &str, document: &Value) {
    let kind = document["kind"].as_str().unwrap_or_default();
    let row = row(page, document).expect(line);
    let untold = untold(page, document).expect(line);
    assert!(
        untold.is_empty(),
        "{line}: {kind} does not tell of {untold:?}: {row}"
    );
    let verb: Vec<&str> = line.split_whitespace().take(2).collect();
    let printed_by = row.split('|').nth(2).unwrap_or_default();
    let named = [verb[0].to_owned(), verb.join(" ")];
    let told = named
        .iter()
        .any(|verb| printed_by.contains(&format!("`{verb}")))
        || printed_by.contains("every");
    assert!(
        told,
        "{line}: {kind} is not told to be printed by it: {row}"
    );
}

/// docs/output.md names the fields that each kind has, and the verbs that print it.
#[test]
fn every_field_is_described() {
    let there = There {
        accepts: true,
        ..There::default()
    };
    let world = two("fields", &there);
    run_at(
        &world.home,
        &world.kubeconfig,
        "fleet add prod east west --label a=b",
    );
    let page = page();
    for (line, kind) in [
        ("list", "ClusterList"),
        ("status --context east,west", "Fleet"),
        ("status main", "ClusterStatusList"),
        ("history main", "History"),
        ("df main", "VolumeList"),
        ("diff main@east --against main@west", "DifferenceList"),
        ("doctor", "CheckList"),
        ("doctor main", "CheckList"),
        ("report main --out -", "Report"),
        ("psql main -c TABLE --context east,west", "PsqlList"),
        ("user list main", "RoleList"),
        ("db list main", "DatabaseList"),
        ("ops list", "OperationList"),
        ("ops show k3j9x2m4aq", "OperationList"),
        ("rollout list", "RolloutList"),
        ("fleet list", "FleetList"),
        ("fleet show", "ContextList"),
        ("version --server", "VersionList"),
        ("create new --dry-run=client", "ManifestList"),
        ("scale main --replicas 4 --dry-run=server", "DryRun"),
        ("apply -f /nowhere", "Result"),
        ("reload main --wait=false", "Result"),
        ("scale none --replicas 4", "Result"),
    ] {
        let document = world.document(line);
        assert_eq!(document["kind"], kind, "{line}: {document}");
        is_described(&page, line, &document);
    }
    let there = There {
        pods: true,
        rollout: true,
        ..There::default()
    };
    let world = two("fields-inside", &there);
    let full = |list: &Value| list.as_array().is_some_and(|list| !list.is_empty());
    for line in [
        "status main",
        "df main",
        "doctor main",
        "diff main@east --against main@west",
        "psql main -c TABLE --context east,west",
        "rollout show restart-20261121-100000-k7f3",
    ] {
        let document = world.document(line);
        assert!(full(&document["items"]), "{line}: {document}");
        assert!(
            document["items"][0]["error"].is_null(),
            "{line}: {document}"
        );
        is_described(&page, line, &document);
        for (list, part) in document["items"][0]["inside"]
            .as_object()
            .into_iter()
            .flatten()
        {
            assert!(!part.is_array() || full(part), "{line}: no {list} is seen");
        }
    }
}

/// docs/output.md names every kind of document that the sources print.
#[test]
fn every_kind_of_document_is_described() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = page();
    let (mut folders, mut kinds) = (vec![root.join("src")], std::collections::BTreeSet::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(path).expect("a source");
            for part in source.split("Document::").skip(1) {
                let Some((_, rest)) = part.split_once("new(") else {
                    continue;
                };
                let kind = rest.trim_start().strip_prefix('"');
                kinds.extend(kind.and_then(|kind| Some(kind.split_once('"')?.0.to_owned())));
            }
        }
    }
    assert!(kinds.len() > 10, "{kinds:?}");
    for kind in kinds {
        assert!(page.contains(&format!("`{kind}`")), "{kind}");
    }
}
