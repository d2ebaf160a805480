//! Clusters without the finalizer (`enable_finalizers: false`), and what is decided when one is
//! deleted.

use std::{sync::Arc, time::Duration};

use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
use pg_core::{configuration::Configuration, names, postgresql::Postgresql};
use serde_json::json;

use crate::{
    observe::{
        facts::{Facts, Key, Now},
        object::{Guarded, Meta},
        record::{self, RawRecord, Record, Told},
    },
    plan::{
        self,
        action::Action,
        tests::cluster::{Cluster, NOW, UID, ago, wall},
        told::{Fate, fate, objection, overtaken},
    },
};

fn without() -> Cluster {
    Cluster::of(2).with(|c| c.configuration.enable_finalizers = false)
}

/// What is written down of a manifest with this identity.
fn written(uid: &str) -> Record {
    let mut manifest = Postgresql::default();
    manifest.metadata.name = Some("db".to_owned());
    manifest.metadata.namespace = Some("shop".to_owned());
    manifest.metadata.uid = Some(uid.to_owned());
    let key = Key {
        namespace: "shop".to_owned(),
        name: "db".to_owned(),
    };
    let mut body = record::body(&key, &manifest, wall()).expect("JSON");
    body["metadata"]["uid"] = json!("uid-of-record");
    body["metadata"]["creationTimestamp"] = json!(wall());
    let raw: RawRecord = serde_json::from_value(body).expect("a ConfigMap");
    Record::read(&raw).expect("a record").1
}

#[test]
fn the_finalizer_is_taken_off_where_it_is_not_configured() {
    let held = without();
    assert_eq!(
        held.actions(),
        [Action::TakeOffFinalizer],
        "nothing else waits"
    );
    let bare = without().with(|c| c.manifest.metadata.finalizers = None);
    assert_eq!(bare.actions(), [], "none is put on");
    let invalid = plan::while_invalid(&held.view());
    assert!(invalid.actions.contains(&Action::TakeOffFinalizer));
    // One that is going is held until nothing is left.
    let going = without().with(|c| c.manifest.metadata.deletion_timestamp = Some(Time(ago(1))));
    let names: Vec<&str> = going.actions().iter().map(Action::name).collect();
    assert_eq!(names, ["delete"]);
}

/// Or what one kept would go by the word of the other.
#[test]
fn a_later_manifest_takes_up_what_is_left() {
    let drop = Action::DropRecord {
        name: "shop.db.deleted.pgfleet.io".to_owned(),
        uid: "uid-of-record".to_owned(),
    };
    let facts = |of: &str, change: fn(&mut Facts)| {
        let mut facts = Facts {
            record: Some(written(of)),
            manifest: Some(Arc::new(guarded(&without().manifest))),
            ..Facts::default()
        };
        change(&mut facts);
        facts.with_ghost()
    };
    type Row = (&'static str, &'static str, fn(&mut Facts), bool);
    let table: [Row; 6] = [
        ("another one", "another", |_| {}, true),
        (
            "another one that cannot be read",
            "another",
            |facts| {
                let metadata = facts.meta().cloned().unwrap_or_default();
                let object = Err("of another version".to_owned());
                facts.manifest = Some(Arc::new(Guarded { metadata, object }));
            },
            true,
        ),
        ("the same, in an old list", UID, |_| {}, false),
        ("none", UID, |facts| facts.manifest = None, false),
        (
            "one that was told to be deleted",
            "another",
            |facts| {
                facts.manifest = None;
                facts.told = Some(told(|_| {}).0);
            },
            true,
        ),
        (
            "nothing is written down",
            UID,
            |facts| facts.record = None,
            false,
        ),
    ];
    for (name, of, change, expected) in table {
        let found = overtaken(&facts(of, change));
        assert_eq!(found, expected.then(|| drop.clone()), "{name}");
    }
}

/// A list may be an old one, with the manifest in it that is known to be gone.
#[test]
fn what_is_written_down_stands_in_for_the_manifest() {
    let mut cluster = without().with(|c| {
        c.facts.record = Some(written(UID));
        c.facts.manifest = Some(Arc::new(guarded(&c.manifest)));
    });
    for listed in [true, false] {
        if !listed {
            cluster.facts.manifest = None;
        }
        assert!(cluster.facts.is_ghost());
        let facts = cluster.facts.clone().with_ghost();
        let ghost = facts.postgresql().expect("a manifest");
        assert_eq!(ghost.metadata.uid.as_deref(), Some(UID));
        let view = plan::View {
            facts: &facts,
            manifest: ghost,
            ..cluster.view()
        };
        let names: Vec<&str> = plan::next(&view).actions.iter().map(Action::name).collect();
        assert_eq!(names, ["delete"], "as if the finalizer held it");
    }
    // A later one that was deleted as well is decided on first.
    cluster.facts.told = Some(told(|_| {}).0);
    assert!(cluster.facts.clone().with_ghost().manifest.is_none());
}

fn guarded(manifest: &Postgresql) -> Guarded<Postgresql> {
    Guarded {
        metadata: Meta {
            uid: manifest.metadata.uid.clone().unwrap_or_default(),
            ..Meta::default()
        },
        object: Ok(manifest.clone()),
    }
}

fn told(change: impl FnOnce(&mut Meta)) -> (Told, Postgresql) {
    let mut manifest = Postgresql::default();
    manifest.metadata.name = Some("db".to_owned());
    let mut guarded = guarded(&manifest);
    guarded.metadata.uid = "later".to_owned();
    change(&mut guarded.metadata);
    let told = Told {
        manifest: Arc::new(guarded),
        at: NOW,
    };
    (told, manifest)
}

#[test]
fn what_becomes_of_what_is_left() {
    type Row = (
        &'static str,
        fn(&mut Configuration),
        fn(&mut Meta),
        u64,
        Option<&'static str>,
    );
    fn guard(of: &mut Configuration) {
        of.delete_annotation_date_key = "date".to_owned();
        of.delete_annotation_name_key = "name".to_owned();
    }
    fn note(meta: &mut Meta, date: &str, name: &str) {
        let notes = [("date", date), ("name", name)];
        let notes = notes.map(|(key, value)| (key.to_owned(), value.to_owned()));
        meta.annotations.extend(notes);
    }
    let nothing = |_: &mut Configuration| {};
    let plain = |_: &mut Meta| {};
    let table: [Row; 10] = [
        ("plain", nothing, plain, 0, None),
        ("after a while", nothing, plain, 300, None),
        (
            "orphaned",
            nothing,
            |meta| meta.finalizers.push("orphan".to_owned()),
            0,
            Some("--cascade=orphan"),
        ),
        (
            "somebody else's finalizer",
            nothing,
            |meta| meta.finalizers.push("other.example/x".to_owned()),
            0,
            None,
        ),
        (
            "given back",
            nothing,
            |meta| {
                drop(
                    meta.annotations
                        .insert(names::RELEASE.to_owned(), String::new()),
                )
            },
            0,
            Some("given back"),
        ),
        (
            "no annotations",
            guard,
            plain,
            0,
            Some("annotation name: db"),
        ),
        (
            "another name",
            guard,
            |meta| note(meta, "2026-11-21", "other"),
            0,
            Some("annotation name: db"),
        ),
        (
            "an old day",
            guard,
            |meta| note(meta, "2026-11-20", "db"),
            0,
            Some("annotation date: 2026-11-21"),
        ),
        (
            "as asked",
            guard,
            |meta| note(meta, "2026-11-21", "db"),
            0,
            None,
        ),
        (
            // Two minutes to noon is the same day; the day counts at which it was deleted.
            "as asked, a while ago",
            guard,
            |meta| note(meta, "2026-11-21", "db"),
            120,
            None,
        ),
    ];
    for (name, configure, change, age, kept) in table {
        let (told, manifest) = told(change);
        let mut configuration = Configuration::default();
        configure(&mut configuration);
        let now = Now {
            wall: wall(),
            mono: NOW + Duration::from_secs(age),
        };
        let found = fate(&told, &manifest, &configuration, now);
        match (kept, &found) {
            (None, Fate::Goes) => {}
            (Some(words), Fate::Kept(why)) if why.contains(words) => {}
            _ => panic!("{name}: {found:?}"),
        }
        configuration.enable_finalizers = true;
        assert_eq!(
            fate(&told, &manifest, &configuration, now),
            Fate::Stays,
            "{name}"
        );
    }
    // Long ago.
    let (old, manifest) = told(|_| {});
    let now = Now {
        wall: wall(),
        mono: NOW + Duration::from_secs(301),
    };
    let found = fate(&old, &manifest, &Configuration::default(), now);
    assert_eq!(found, Fate::Late);
    // Midnight has passed since.
    let (told, manifest) = told(|meta| note(meta, "2026-11-21", "db"));
    let mut configuration = Configuration::default();
    guard(&mut configuration);
    let now = Now {
        wall: "2026-11-22T00:00:05Z".parse().expect("a time"),
        mono: NOW + Duration::from_secs(10),
    };
    assert_eq!(fate(&told, &manifest, &configuration, now), Fate::Goes);
}

/// Whoever deletes a namespace, or the definition, deletes no cluster: all manifests go with it.
#[test]
fn what_goes_with_its_holder_was_not_deleted() {
    let at = |time: &str| -> Option<Timestamp> { Some(time.parse().expect("a time")) };
    let (old, new) = (at("2026-11-21T10:00:00Z"), at("2026-11-21T11:00:00Z"));
    let holder = |made, going| Meta {
        creation_timestamp: made,
        deletion_timestamp: going,
        ..Meta::default()
    };
    let table = [
        ("gone", new, None, Some("it is gone")),
        (
            "going",
            new,
            Some(holder(old, new)),
            Some("it is being deleted"),
        ),
        (
            "made anew",
            old,
            Some(holder(new, None)),
            Some("it was made anew since"),
        ),
        (
            "of no time",
            new,
            Some(holder(None, None)),
            Some("it was made anew since"),
        ),
        (
            "of unknown age",
            None,
            Some(holder(old, None)),
            Some("it was made anew since"),
        ),
        ("there", new, Some(holder(old, None)), None),
        ("of the same second", old, Some(holder(old, None)), None),
    ];
    for (name, made, holder, expected) in table {
        let found = objection(made, "it", holder.as_ref());
        assert_eq!(found.as_deref(), expected, "{name}");
    }
}
