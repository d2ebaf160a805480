//! The same with Zalando's Spilo image, by its own script ([`script`](crate::node::upgrade::script)): it is begun once, and how
//! it ended is read from the volume. It has no journal: what breaks it off nobody takes up again, and that is told.

use std::time::Duration;

use pg_core::operation::{Phase, Upgrade};

use super::{AGAIN, LONG, Ordered, Progress, Upgrading};
use crate::{node::upgrade::script::Script, plan::raised};

const RUN: &str = "run Zalando's script on ";
const AWAIT: &str = "wait for the new version";

/// Whoever does not say by then whether the script is there has none.
const FIND_WITHIN: Duration = Duration::from_secs(60);
/// After the script's end, the old version that serves is the outcome.
const SERVES_STILL: Duration = Duration::from_secs(120);
/// After its end, something must serve.
const SERVES_AGAIN: Duration = Duration::from_secs(900);

impl Upgrading<'_> {
    /// The primary's pod has no pg-fleet: whether it has the script, and may be given to it.
    pub(super) fn finds_script(&self, primary: &str, asked: &Upgrade) -> Progress {
        let refused = |reason, message: &str| {
            self.ended(Phase::Refused, reason, format!("{primary}: {message}"))
        };
        let accepted = asked.no_way_back || raised::is_of_manifest(self.item.name);
        match self.script(primary) {
            None if self.item.step_age(self.view) < FIND_WITHIN => {
                self.question(primary, Ordered::Look)
            }
            None | Some(Script::Absent) => refused(
                "NotOurImage",
                "its image has neither pg-fleet nor Spilo's /scripts/inplace_upgrade.py, so nothing there can upgrade in place",
            ),
            Some(_) if asked.check => refused(
                "NotCheckable",
                "its image is Spilo's, whose script converts where it finds nothing against it: there is no check alone",
            ),
            Some(_) if !accepted => refused(
                "NoWayBack",
                "its image is Spilo's, whose script keeps no replica of the old version and no journal; accept that with --no-way-back",
            ),
            Some(_) => self.begin(format!("{RUN}{primary}")),
        }
    }

    /// The next step, once the script was chosen.
    pub(super) fn by_script(&self, to: &str) -> Option<Progress> {
        let run = self.begins_with(RUN)?;
        let primary = run.name.strip_prefix(RUN)?;
        if run.finished_at.is_none() {
            return Some(self.run(primary));
        }
        let trouble = run.before.as_deref();
        match self.step(AWAIT) {
            None => return Some(self.begin(AWAIT.to_owned())),
            Some(step) if step.finished_at.is_none() => {
                return Some(self.outcome(primary, trouble));
            }
            Some(_) => {}
        }
        if let Some(progress) = self.written(to) {
            return Some(progress);
        }
        Some(match trouble {
            None => {
                let message = format!("runs {to}, by Zalando's script");
                self.ended(Phase::Succeeded, "Done", message)
            }
            Some(why) => {
                let message = format!("runs {to}, but Zalando's script {why}");
                self.ended(Phase::Failed, "ScriptFailed", message)
            }
        })
    }

    fn script(&self, member: &str) -> Option<&Script> {
        self.report(member)?.script.as_ref()
    }

    /// From the order until the script has ended.
    fn run(&self, primary: &str) -> Progress {
        let trouble = |why: String| self.done_with(Some(why));
        match self.script(primary) {
            Some(Script::Idle) if self.view.facts.leader() != Some(primary) => {
                trouble(format!("was not begun: {primary} leads no longer"))
            }
            Some(Script::Idle) => self.start(primary),
            Some(Script::Absent) => trouble("is not there any more".to_owned()),
            Some(Script::Ended { code: 0, .. }) => self.done(),
            Some(Script::Ended { code, said }) => {
                trouble(format!("ended with code {code}: {said}"))
            }
            Some(Script::Broken { said }) => trouble(format!("was broken off: {said}")),
            _ if self.item.step_age(self.view) > LONG => trouble("does not end".to_owned()),
            None | Some(Script::Running) => self.question(primary, Ordered::Look),
        }
    }

    fn start(&self, primary: &str) -> Progress {
        let members = u32::try_from(self.view.facts.pods.len()).unwrap_or_default();
        let wanted = Ordered::Script {
            to: self.to,
            members,
        };
        let given = self.view.facts.given.get(primary);
        let given = given.filter(|it| it.operation == self.item.name && it.step == wanted);
        match given {
            Some(given) if self.view.now.age(given.at) < AGAIN => {
                self.question(primary, Ordered::Look)
            }
            _ if self.is_busy(primary) => Progress::Wait,
            _ => self.order(primary, wanted),
        }
    }

    /// What serves after the script's end.
    fn outcome(&self, primary: &str, trouble: Option<&str>) -> Progress {
        let leads = self.assessment.primary.is_some();
        let version = self.assessment.server_version.map(|it| it / 10_000);
        if leads && version == Some(self.to.into()) {
            return self.done();
        }
        let patience = match leads {
            true => SERVES_STILL,
            false => SERVES_AGAIN,
        };
        if self.item.step_age(self.view) < patience {
            return Progress::Wait;
        }
        let serves = match version.filter(|_| leads) {
            Some(version) => format!("{version} serves"),
            None => "no primary serves, and Patroni may be paused: a person must look".to_owned(),
        };
        let message = format!(
            "Zalando's script {}; {serves}; its log is pg-fleet/{}/log on the volume of {primary}",
            trouble.unwrap_or("says that it is done"),
            self.item.name,
        );
        self.ended(Phase::Failed, "ScriptFailed", message)
    }
}
