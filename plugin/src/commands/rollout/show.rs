//! Rollouts looked at: `list`, `show`, `watch`.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use kube::ResourceExt;
use pg_core::rollout::{Fleet, Rollout, Seen, State, standpoints};
use serde::Serialize;

use super::{
    drive::GONE,
    outline, say,
    site::{Found, Site, find},
    slices::of,
    state,
};
use crate::{
    args::Format,
    connect::{Context, Dated},
    error::{Error, Result},
    exit::Exit,
    output::{
        document::Document,
        table::{Cell, Column, Table},
        text::{age_at, count},
    },
    session::Session,
};

/// One slice, for programs.
#[derive(Serialize)]
struct Item {
    context: String,
    rollout: Rollout,
}

fn seen(slice: Dated<Rollout>) -> Seen {
    Seen {
        at: slice.at.unwrap_or_else(Timestamp::now),
        slice: slice.body,
        operations: Vec::new(),
        silent: None,
    }
}

fn documents(session: &Session, found: Found) -> Result<()> {
    let items = found.slices.into_iter().map(|(context, slice)| {
        let mut rollout = slice.body;
        rollout.metadata.managed_fields = None;
        Item {
            context: context.name.clone(),
            rollout,
        }
    });
    let document = Document::new("RolloutList", items.collect(), found.errors);
    session.screen.document(&document)
}

/// The table.
pub async fn list(session: &Session) -> Result<Exit> {
    let found = find(session, None).await?;
    let exit = Exit::of_read(
        found.answered,
        found.errors.len(),
        session.flags.allow_unreachable,
    );
    for error in &found.errors {
        session.screen.error(error);
    }
    if session.screen.format.is_document() {
        documents(session, found)?;
        return Ok(exit);
    }
    let mut all: BTreeMap<String, Fleet> = BTreeMap::new();
    for (_, slice) in found.slices {
        let fleet = all.entry(slice.body.name_any()).or_default();
        fleet.insert(slice.body.spec.plan.cluster_uid.clone(), seen(slice));
    }
    if session.screen.format == Format::Name {
        for id in all.keys() {
            session.screen.data(&format!("{id}\n"));
        }
        return Ok(exit);
    }
    if all.is_empty() {
        session.screen.note("No rollouts found.");
        return Ok(exit);
    }
    let mut table = Table::new(vec![
        Column::new("ROLLOUT").stays().cuts(),
        Column::new("STATE").stays(),
        Column::new("WAVE"),
        Column::new("DONE"),
        Column::new("FAILED"),
        Column::new("CONTEXTS"),
        Column::new("AGE"),
        Column::new("BY"),
        Column::new("REASON").folds(20),
    ]);
    let mut rows: Vec<(Option<Timestamp>, Vec<Cell>)> =
        all.iter().map(|(id, fleet)| row(id, fleet)).collect();
    rows.sort_by_key(|(created, _)| std::cmp::Reverse(*created));
    for (_, cells) in rows {
        table.row(cells);
    }
    session.screen.table(table)?;
    Ok(exit)
}

fn row(id: &str, fleet: &Fleet) -> (Option<Timestamp>, Vec<Cell>) {
    let waves = say::waves(fleet);
    let newest = fleet
        .values()
        .map(|seen| seen.slice.spec.control.wave)
        .max();
    let sum = |of: fn(&say::Wave) -> u32| waves.iter().map(of).sum::<u32>();
    let total = sum(say::Wave::total);
    let first = fleet.values().next();
    let created = first.and_then(|seen| seen.slice.metadata.creation_timestamp.clone());
    let now = first.map_or_else(Timestamp::now, |seen| seen.at);
    let plan = first.map(|seen| &seen.slice.spec.plan);
    let contexts = plan.map_or(0, |plan| plan.participants.len());
    let contexts = match say::unread(fleet).len() {
        0 => contexts.to_string(),
        unread => format!("{}/{contexts}", contexts - unread),
    };
    let cells = vec![
        id.into(),
        Cell::state(state::state(fleet, GONE)),
        format!("{}/{}", newest.unwrap_or(0), waves.len()).into(),
        format!(
            "{}/{total}",
            sum(|wave| wave.counts.succeeded + wave.counts.skipped)
        )
        .into(),
        sum(|wave| wave.counts.failed).to_string().into(),
        contexts.into(),
        created
            .as_ref()
            .map(|at| age_at(at.0, now))
            .unwrap_or_default()
            .into(),
        plan.map(|plan| plan.requested_by.clone())
            .unwrap_or_default()
            .into(),
        plan.and_then(|plan| plan.reason.clone())
            .unwrap_or_default()
            .into(),
    ];
    (created.map(|at| at.0), cells)
}

async fn read(found: &Found) -> Result<Fleet> {
    let mut fleet = Fleet::new();
    for (context, slice) in &found.slices {
        let site = Site::of(context, &slice.body);
        let mut seen = seen(slice.clone());
        // Whoever may not see operations sees what the controllers said last.
        if let Ok(operations) = site.operations().await {
            seen.operations = operations;
        }
        fleet.insert(site.cluster_uid, seen);
    }
    Ok(fleet)
}

/// One rollout.
pub async fn show(session: &Session, id: &str) -> Result<Exit> {
    let found = of(session, id).await?;
    for error in &found.errors {
        session.screen.error(error);
    }
    let exit = Exit::of_read(
        found.answered,
        found.errors.len(),
        session.flags.allow_unreachable,
    );
    if session.screen.format.is_document() {
        documents(session, found)?;
        return Ok(exit);
    }
    let fleet = read(&found).await?;
    picture(session, id, &found.slices, &fleet)?;
    Ok(exit)
}

fn picture(
    session: &Session,
    id: &str,
    slices: &[(Arc<Context>, Dated<Rollout>)],
    fleet: &Fleet,
) -> Result<()> {
    let screen = &session.screen;
    let Some((_, slice)) = slices.first() else {
        return Ok(());
    };
    let plan = &slice.body.spec.plan;
    let control = &slice.body.spec.control;
    let word = state::state(fleet, GONE);
    let driver = control.driver.clone().unwrap_or_default();
    let mut lines = vec![
        ("Rollout", id.to_owned()),
        ("State", word.to_owned()),
        (
            "Action",
            crate::output::document::render(&plan.action, Format::Yaml)?
                .trim()
                .replace('\n', "; "),
        ),
        ("Asked by", plan.requested_by.clone()),
        ("Reason", plan.reason.clone().unwrap_or_default()),
        (
            "Driver",
            format!(
                "{} on {}, epoch {}",
                driver.user, driver.host, control.epoch
            ),
        ),
        (
            "Manner",
            outline::manner(
                &plan.strategy,
                say::waves(fleet).iter().map(|it| it.total() as usize).sum(),
            )
            .trim()
            .replace('\n', "; "),
        ),
    ];
    if control.epoch == 0 {
        lines.retain(|(title, _)| *title != "Driver");
    }
    lines.retain(|(_, text)| !text.is_empty());
    for (title, text) in lines {
        screen.data(&format!(
            "{title:<9} {}\n",
            crate::output::text::shown(&text)
        ));
    }
    for wave in say::waves(fleet) {
        screen.data(&format!("wave {}  {}\n", wave.number, wave.line()));
    }
    let (what, detail) = say::next(&state::standing(fleet), &say::waves(fleet), session, fleet);
    let next = if detail.is_empty() { what } else { detail };
    if word == "Running" && !next.is_empty() {
        screen.data(&format!("next    {}\n", crate::output::text::shown(&next)));
    }
    let mut table = Table::new(vec![
        Column::new("WAVE").stays(),
        Column::new("TARGET").stays().cuts(),
        Column::new("STATE").stays(),
        Column::new("NOW"),
        Column::new("THEN"),
        Column::new("TOOK"),
        Column::new("OPERATION"),
        Column::new("REASON").stays().folds(20),
    ]);
    for one in standpoints(fleet) {
        let status = &one.status;
        table.row(vec![
            one.target.wave.to_string().into(),
            say::target(&one, session).into(),
            Cell::state(status.state.to_string()),
            Cell::new(&one.target.from),
            Cell::new(&one.target.to),
            Cell::new(say::took(status).trim_start_matches(" in ")),
            Cell::new(status.operation.as_deref().unwrap_or_default()),
            Cell::new(status.reason.as_deref().unwrap_or_default()),
        ]);
    }
    for one in say::unread(fleet) {
        for (wave, number) in (1..).zip(&one.waves).filter(|(_, number)| **number > 0) {
            let targets = count(*number as usize, "target");
            table.row(vec![
                format!("{wave}").into(),
                format!("{targets}@{}", one.hint).into(),
                Cell::state(State::Unknown.to_string()),
                Cell::new(""),
                Cell::new(""),
                Cell::new(""),
                Cell::new(""),
                Cell::new("not read"),
            ]);
        }
    }
    screen.table(table)?;
    let resume = say::resume(session, id);
    match word {
        "Done" | "Aborted" | "Running" => {}
        "NeedsApproval" => screen.note(&format!(
            "it goes on by: kubectl pg rollout approve {id}{}; then resume {id}",
            say::contexts(session)
        )),
        _ => screen.note(&format!("it goes on by: {resume}")),
    }
    Ok(())
}

/// Looks on until nothing more comes.
pub async fn watch(session: &Session, id: &str) -> Result<Exit> {
    let mut lines = super::progress::Lines::new(session);
    let (mut last, mut looked) = (Fleet::new(), Instant::now());
    loop {
        let found = of(session, id).await?;
        let fleet = with_silent(read(&found).await?, last, looked.elapsed());
        looked = Instant::now();
        let word = state::state(&fleet, GONE);
        lines.show(&fleet, &state::standing(&fleet));
        let runs = standpoints(&fleet)
            .iter()
            .any(|one| one.status.state == State::Running && one.seen.silent.is_none());
        if word != "Running" && !runs {
            lines.end();
            session.screen.data(&format!("{id} {word}\n"));
            let stopped = || Error::new(crate::error::Kind::Stopped, "").exit(false);
            return Ok(match word {
                "Done" => Exit::Done,
                _ => stopped(),
            });
        }
        if session.stop.sleep(Duration::from_secs(1)).await {
            lines.end();
            return Ok(Exit::Interrupted);
        }
        last = fleet;
    }
}

/// What answers no longer stays as it was last seen, so much longer ago now.
fn with_silent(mut fleet: Fleet, last: Fleet, elapsed: Duration) -> Fleet {
    for (uid, seen) in last {
        fleet.entry(uid).or_insert_with(|| Seen {
            silent: Some(seen.silent.unwrap_or_default() + elapsed),
            ..seen
        });
    }
    fleet
}
