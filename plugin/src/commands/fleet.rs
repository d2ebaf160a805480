//! `fleet`: named sets of contexts, short names, labels, and which are protected. All of it is in
//! a file of the person's own; no Kubernetes cluster is asked.

use serde::Serialize;

use crate::{
    args::{FleetAdd, FleetRemove, FleetShow, FleetVerb, Format},
    error::{Error, Kind, Result},
    exit::Exit,
    output::{
        document::Document,
        table::{Cell, Column, Table, Tone},
    },
    session::Session,
    settings,
    target::{fleets::Fleets, is_pattern},
};

/// Lists, shows, adds or removes.
pub fn run(session: &Session, what: FleetVerb) -> Result<Exit> {
    match what {
        FleetVerb::List => list(session),
        FleetVerb::Show(args) => show(session, &args),
        FleetVerb::Add(args) => add(session, args),
        FleetVerb::Remove(args) => remove(session, &args),
    }
}

#[derive(Serialize)]
struct Item {
    name: String,
    contexts: Vec<String>,
}

fn list(session: &Session) -> Result<Exit> {
    let all = &session.connector.contexts;
    let items: Vec<Item> = all
        .fleets()
        .fleets
        .iter()
        .map(|(name, words)| Item {
            name: name.clone(),
            contexts: words.clone(),
        })
        .collect();
    let screen = &session.screen;
    if screen.format.is_document() {
        screen.document(&Document::new("FleetList", items, Vec::new()))?;
        return Ok(Exit::Done);
    }
    if items.is_empty() {
        screen.note("No fleets. kubectl pg fleet add NAME CONTEXT… makes one.");
        return Ok(Exit::Done);
    }
    let mut table = Table::new(vec![
        Column::new("FLEET").stays(),
        Column::new("CONTEXTS").stays(),
        Column::new("OF").cuts(),
    ]);
    for item in &items {
        let number = all
            .of_fleets(std::slice::from_ref(&item.name))
            .map_or_else(|error| error.message, |found| found.len().to_string());
        if screen.format == Format::Name {
            screen.data(&format!("{}\n", item.name));
        }
        table.row(vec![
            item.name.as_str().into(),
            number.into(),
            item.contexts.join(", ").into(),
        ]);
    }
    if screen.format != Format::Name {
        screen.table(table)?;
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    context: String,
    short: String,
    fleets: Vec<String>,
    labels: Vec<String>,
    protected: bool,
}

fn show(session: &Session, args: &FleetShow) -> Result<Exit> {
    let all = &session.connector.contexts;
    let of = |fleet: &String| all.of_fleets(std::slice::from_ref(fleet)).ok();
    let chosen = args
        .name
        .as_ref()
        .map(|name| all.of_fleets(std::slice::from_ref(name)));
    let chosen = chosen.transpose()?;
    let items: Vec<Shown> = all
        .names()
        .iter()
        .filter(|name| {
            chosen
                .as_ref()
                .is_none_or(|chosen| chosen.contains(name.as_str()))
        })
        .map(|name| Shown {
            context: name.clone(),
            short: all.short(name).to_owned(),
            fleets: all
                .fleets()
                .fleets
                .keys()
                .filter(|fleet| of(fleet).is_some_and(|found| found.contains(name.as_str())))
                .cloned()
                .collect(),
            labels: all
                .fleets()
                .contexts
                .get(name)
                .map_or_else(Vec::new, |about| {
                    about
                        .labels
                        .iter()
                        .map(|(key, value)| format!("{key}={value}"))
                        .collect()
                }),
            protected: all.is_protected(name),
        })
        .collect();
    let screen = &session.screen;
    if screen.format.is_document() {
        screen.document(&Document::new("ContextList", items, Vec::new()))?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(vec![
        Column::new("SHORT").stays().cuts(),
        Column::new("PROTECTED").stays(),
        Column::new("FLEETS"),
        Column::new("LABELS"),
        Column::new("CONTEXT").cuts(),
    ]);
    for item in &items {
        if screen.format == Format::Name {
            screen.data(&format!("{}\n", item.context));
        }
        table.row(vec![
            item.short.as_str().into(),
            if item.protected {
                Cell::new("yes").tone(Tone::Warning)
            } else {
                "".into()
            },
            item.fleets.join(",").into(),
            item.labels.join(",").into(),
            item.context.as_str().into(),
        ]);
    }
    if screen.format != Format::Name {
        screen.table(table)?;
    }
    Ok(Exit::Done)
}

fn add(session: &Session, args: FleetAdd) -> Result<Exit> {
    let all = &session.connector.contexts;
    let mut fleets = all.fleets().clone();
    let mut words = Vec::new();
    let mut names = Vec::new();
    for word in args.contexts.iter().flat_map(|word| word.split(',')) {
        match all.named(word) {
            Ok(name) => {
                words.push(name.clone());
                names.push(name);
            }
            Err(error) if !is_pattern(word) => return Err(error),
            Err(_) => {
                let matching = all.matching(word)?;
                names.extend(matching.into_iter().map(str::to_owned));
                words.push(word.to_owned());
            }
        }
    }
    if args.alias.is_some() && names.len() != 1 {
        return Err(Error::usage("--alias names one context"));
    }
    let fleet = fleets.fleets.entry(args.name.clone()).or_default();
    for word in words {
        if !fleet.contains(&word) {
            fleet.push(word);
        }
    }
    if !args.labels.is_empty() || args.alias.is_some() || args.protected.is_some() {
        for name in &names {
            let about = fleets.contexts.entry(name.clone()).or_default();
            about.labels.extend(args.labels.iter().cloned());
            about.protected = args.protected.unwrap_or(about.protected);
            if args.alias.is_some() {
                about.alias.clone_from(&args.alias);
            }
        }
    }
    if let Some(fault) = fleets.fault(all.names()) {
        return Err(Error::usage(fault));
    }
    let file = settings::write_fleets(&fleets)?;
    let words = fleets.fleets.get(&args.name).map(|words| words.join(", "));
    session.screen.note(&format!(
        "fleet {}: {}; written to {}",
        args.name,
        words.unwrap_or_default(),
        file.display()
    ));
    written(session, &fleets, &args.name)
}

/// The fleet as it is now, for a program.
fn written(session: &Session, fleets: &Fleets, name: &str) -> Result<Exit> {
    let screen = &session.screen;
    if screen.format.is_document() {
        let now = fleets.fleets.get(name).map(|words| Item {
            name: name.to_owned(),
            contexts: words.clone(),
        });
        let items = now.into_iter().collect();
        screen.document(&Document::new("FleetList", items, Vec::new()))?;
    }
    Ok(Exit::Done)
}

fn remove(session: &Session, args: &FleetRemove) -> Result<Exit> {
    let all = &session.connector.contexts;
    let mut fleets = all.fleets().clone();
    let Some(fleet) = fleets.fleets.get_mut(&args.name) else {
        return Err(Error::new(
            Kind::Refused,
            format!("there is no fleet {:?}", args.name),
        ));
    };
    let before = fleet.clone();
    for word in &args.contexts {
        let full = all.named(word).unwrap_or_else(|_| word.clone());
        let many = fleet.len();
        fleet.retain(|one| one != word && *one != full);
        if fleet.len() == many {
            return Err(Error::new(
                Kind::Refused,
                format!("fleet {} has no {word:?}", args.name),
            )
            .hint(format!("it has {}", fleet.join(", "))));
        }
    }
    if args.contexts.is_empty() || fleet.is_empty() {
        fleets.fleets.remove(&args.name);
        session.screen.note(&format!("fleet {} is gone", args.name));
    }
    let left = |word: &&String| !fleets.fleets.values().flatten().any(|one| one == *word);
    let gone = before.iter().filter(left);
    for name in gone.filter(|word| all.is_protected(word)) {
        session.screen.note(&format!("{name} stays protected"));
    }
    settings::write_fleets(&fleets)?;
    written(session, &fleets, &args.name)
}
