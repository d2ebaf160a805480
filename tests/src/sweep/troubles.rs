//! What a line or a server may suffer from while a manifest is edited: nobody is harmed, and what
//! was missed is made up for when it is over.

use std::time::Duration;

use tokio::time::sleep;

use super::{Ground, Operation, Run, Snapshot, operations::Act};
use crate::{Result, ensure, proxy::Fault};

/// What was missed is made up for within this time.
const CATCH_UP: Duration = Duration::from_secs(5);

/// Longer than any answer counts.
const STALE_FOR: Duration = Duration::from_secs(45);

/// A fault and how long it lasts.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// Its name.
    pub name: &'static str,
    /// What is wrong.
    pub fault: fn() -> Fault,
    /// For so many seconds.
    pub seconds: u64,
}

const fn answers(name: &'static str, fault: fn() -> Fault) -> Trouble {
    let seconds = 15;
    Trouble {
        name,
        fault,
        seconds,
    }
}

/// All of them.
pub const TROUBLES: [Trouble; 10] = [
    answers("401", || Fault::Answers(401)),
    answers("403", || Fault::Answers(403)),
    answers("409", || Fault::Answers(409)),
    answers("429", || Fault::Answers(429)),
    answers("500", || Fault::Answers(500)),
    answers("503", || Fault::Answers(503)),
    answers("silent", || Fault::Silent),
    answers("frozen-watches", || Fault::FrozenWatches),
    answers("lost-events", || Fault::LosesEvents(3)),
    Trouble {
        name: "away",
        fault: || Fault::Away,
        seconds: 60,
    },
];

/// Kinds whose lists are old when a controller starts; the last is all of them.
pub const STALE: [(&str, &str); 9] = [
    ("stale-manifests", "postgresqls"),
    ("stale-pods", "pods"),
    ("stale-patroni", "configmaps"),
    ("stale-claims", "persistentvolumeclaims"),
    ("stale-sets", "statefulsets"),
    ("stale-services", "services"),
    ("stale-budgets", "poddisruptionbudgets"),
    ("stale-operations", "operations"),
    ("stale", ""),
];

/// What is asked for meanwhile.
const EDIT: Operation = Operation::new("edit", Some(2), TO_THREE);
const TO_THREE: Act = Act::Patch(|| serde_json::json!({"spec": {"numberOfInstances": 3}}));

impl Ground {
    /// The end of the edit that nothing troubles.
    pub async fn untroubled(&self) -> Result<Snapshot> {
        Ok(Run::new(self, &EDIT, 0).await?.in_peace().await?.end)
    }

    /// The edit, while the line suffers. Tells how long the rest took.
    pub async fn suffer(
        &self,
        trouble: &Trouble,
        n: usize,
        expected: &Snapshot,
    ) -> Result<Duration> {
        let run = Run::new(self, &EDIT, n).await?;
        let lasts = Duration::from_secs(trouble.seconds);
        let took = run.troubled(expected, (trouble.fault)(), lasts).await?;
        let name = trouble.name;
        ensure!(took <= CATCH_UP, "{name}: caught up after {took:?}");
        Ok(took)
    }

    /// A controller starts, and for some time the API server tells it how things were when the
    /// cluster had one member, of one kind or of all; it has three. Nothing harmful may come of it.
    pub async fn stale(&self, name: &'static str, plural: &'static str) -> Result<Duration> {
        let operation = Operation::new(name, Some(1), TO_THREE);
        let run = Run::new(self, &operation, 0).await?;
        // It lists one member.
        run.start_again().await?;
        run.act().await?;
        run.until_running().await?;
        run.until_quiet().await?;
        let expected = run.snapshot().await?;
        let fault = match plural {
            "" => Fault::stale(),
            one => Fault::stale_only(one),
        };
        run.proxy.line.suffers(fault.clone());
        run.start_again().await?;
        sleep(STALE_FOR).await;
        run.proxy.line.suffers(Fault::None);
        let harm: Vec<String> = run
            .proxy
            .line
            .writes()
            .into_iter()
            .filter(|write| write.starts_with("DELETE") || write.starts_with("POST /"))
            .collect();
        ensure!(harm.is_empty(), "{name}: on a stale view: {harm:?}");
        let took = run.until_same(&expected, &fault).await?;
        ensure!(took <= CATCH_UP, "{name}: caught up after {took:?}");
        run.end().await?;
        Ok(took)
    }
}
