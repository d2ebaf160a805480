//! A plan in words: its targets with their waves, what they will suffer, what is left out and why,
//! and the manner in which it goes.

use std::time::Duration;

use pg_core::rollout::{Amount, Cut, Effect, Offline, Plan, Strategy};

use crate::output::{
    table::{Cell, Column, Style, Table},
    text::{age, shown},
};

/// A plan as a table: what, in which wave, from and to, what is felt.
pub fn plan(plan: &Plan, style: Style) -> String {
    let effects = &plan.effects;
    let mut columns = vec![
        Column::new("WAVE").stays(),
        Column::new("TARGET").stays().cuts(),
        Column::new("NOW"),
        Column::new("THEN"),
    ];
    if effects.len() > 1 {
        columns.push(Column::new("FEELS").stays());
    }
    let mut table = Table::new(columns);
    let mut all: Vec<_> = plan
        .slices
        .iter()
        .flat_map(|slice| slice.targets.iter().map(move |target| (slice, target)))
        .collect();
    all.sort_by_key(|(_, target)| target.order);
    for (slice, target) in all {
        let mut cells = vec![
            target.wave.to_string().into(),
            format!("{}/{}@{}", target.namespace, target.name, slice.hint).into(),
            Cell::new(&target.from),
            Cell::new(&target.to),
        ];
        if effects.len() > 1 {
            let mut all = effects.iter();
            let own = all.position(|one| one.targets.contains(&target.uid));
            cells.push(own.map(sign).unwrap_or_default().into());
        }
        table.row(cells);
    }
    let mut text = table.render(style);
    text.push_str(&felt(effects));
    for one in &plan.left_out {
        text.push_str(&format!(
            "left out: {}: {}\n",
            shown(&one.target),
            shown(&one.why)
        ));
    }
    text.push_str(&manner(&plan.strategy, plan.total()));
    text
}

/// The sign of an effect in the table: a, b, … z, aa.
fn sign(mut number: usize) -> String {
    let mut signs = Vec::new();
    loop {
        signs.insert(0, char::from(b'a' + u8::try_from(number % 26).unwrap_or(0)));
        if number < 26 {
            return signs.into_iter().collect();
        }
        number = number / 26 - 1;
    }
}

/// What targets will suffer, said once for all that suffer the same.
fn felt(effects: &[Effect]) -> String {
    let line = |(number, one): (usize, &Effect)| {
        let who = match effects.len() {
            1 => "each".to_owned(),
            _ => sign(number),
        };
        format!("{who}: {}\n", shown(&one.effect))
    };
    effects.iter().enumerate().map(line).collect()
}

/// A strategy in a sentence or two.
pub fn manner(strategy: &Strategy, total: usize) -> String {
    let most = strategy.max_parallel;
    let at_once = match most {
        Amount::Percent(_) => format!("{} at once ({most})", most.of(total)),
        Amount::Count(count) => format!("{count} at once"),
    };
    let per = strategy
        .max_per_context
        .map(|per| format!(", {per} in one context"))
        .unwrap_or_default();
    let canary = if strategy.canary > 0 {
        ", none in the first wave"
    } else {
        ""
    };
    let soak = age(Duration::from_secs(strategy.soak_seconds.into()));
    let deadline = age(Duration::from_secs(strategy.deadline_seconds.into()));
    let mut text = format!(
        "{at_once}{per}; stops when more than {} fail{canary}; healthy for {soak} between waves; {deadline} for each\n",
        strategy.max_failures
    );
    let cut = match &strategy.waves {
        Cut::Sizes(_) => None,
        Cut::Contexts {} => Some("a wave for each context".to_owned()),
        Cut::Label(label) => Some(format!("a wave for each value of label {label}")),
    };
    let mut more: Vec<String> = cut.into_iter().collect();
    let gates: Vec<String> = strategy.gates.iter().map(ToString::to_string).collect();
    if !gates.is_empty() {
        more.push(format!("gates: {}", gates.join(", ")));
    }
    if !strategy.windows.is_empty() {
        more.push(format!("only in {} (UTC)", strategy.windows.join(", ")));
    }
    if strategy.offline == Offline::Skip {
        more.push("goes on without contexts that do not answer".to_owned());
    }
    if !more.is_empty() {
        text.push_str(&format!("{}\n", shown(&more.join("; "))));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use pg_core::{
        operation::{Action, Restart},
        rollout::{Candidate, Draft, LeftOut, Place, Target},
    };

    use super::*;

    /// Three targets in two contexts; one is left out.
    fn planned(effects: [&str; 3]) -> Plan {
        let draft = |number: usize| {
            let uid = format!("0000000{number}-0");
            let name = ["main", "orders", "a-cluster-with-a-long-name-of-its-own"][number];
            Draft {
                candidate: Candidate {
                    cluster_uid: format!("cluster-{}", number % 2),
                    name: name.to_owned(),
                    ..Candidate::default()
                },
                target: Target {
                    namespace: "team".to_owned(),
                    name: name.to_owned(),
                    uid,
                    from: "15.18".to_owned(),
                    to: "17".to_owned(),
                    ..Target::default()
                },
            }
        };
        let place = |hint: &str| Place {
            hint: hint.to_owned(),
            ..Place::default()
        };
        let places = BTreeMap::from([
            ("cluster-0".to_owned(), place("east")),
            ("cluster-1".to_owned(), place("west")),
        ]);
        let mut plan = Plan::new(
            "upgrade-1",
            Action::Restart(Restart::default()),
            Strategy::default(),
            (0..3).map(draft).collect(),
            &places,
        )
        .expect("a plan");
        let of =
            |(number, effect): (usize, &str)| (format!("0000000{number}-0"), effect.to_owned());
        plan.suffers(effects.into_iter().enumerate().map(of));
        plan.left_out.push(LeftOut {
            target: "team/copy@east".to_owned(),
            why: "a standby follows its source: upgrade that one".to_owned(),
        });
        plan
    }

    #[test]
    fn each_target_has_its_effect() {
        let style = Style {
            width: Some(80),
            color: false,
            headers: true,
        };
        let long = "15 → 17 in place on the primary: nothing answers for as long as pg_upgrade --link takes, some seconds to minutes";
        let text = plan(&planned([long, long, long]), style);
        assert!(text.contains(&format!("\neach: {long}\n")), "{text}");
        let other = "16 → 17; nothing leads back to the old version";
        insta::assert_snapshot!(plan(&planned([long, other, long]), style), @r"
        WAVE   TARGET                                            NOW     THEN   FEELS
        1      team/main@east                                    15.18   17     a
        2      team/orders@west                                  15.18   17     b
        3      team/a-cluster-with-a-long-name-of-its-own@east   15.18   17     a
        a: 15 → 17 in place on the primary: nothing answers for as long as pg_upgrade --link takes, some seconds to minutes
        b: 16 → 17; nothing leads back to the old version
        left out: team/copy@east: a standby follows its source: upgrade that one
        1 at once (10%); stops when more than 0 fail, none in the first wave; healthy for 10m between waves; 30m for each
        ");
    }

    #[test]
    fn effects_have_signs() {
        let signs: Vec<String> = [0, 25, 26, 701, 702].map(sign).into();
        assert_eq!(signs, ["a", "z", "aa", "zz", "aaa"]);
    }

    #[test]
    fn the_manner_says_what_holds() {
        assert_eq!(
            manner(&Strategy::default(), 29),
            "2 at once (10%); stops when more than 0 fail, none in the first wave; healthy for 10m between waves; 30m for each\n"
        );
    }
}
