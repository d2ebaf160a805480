//! Before the commit point: whoever is held goes on in the old version.

use pg_core::operation::{Phase, Step};

use super::{BACK, HOLD, Progress, RELEASE, TAKEN_BACK, Upgrading};
use crate::plan::action::Ordered;

impl Upgrading<'_> {
    /// Nothing was converted: whoever is held goes on in the old version.
    pub(super) fn back_out(&self, reason: &str, why: String) -> Progress {
        if self.begins_with(HOLD).is_none() {
            return self.ended(phase(reason), reason, why);
        }
        let mut status = self.item.step_done(self.view);
        let name = format!("{BACK}{why}");
        let new = self.item.begun(self.view, name, Some(reason.to_owned()));
        status.message = new.message;
        status.steps.extend(new.steps.last().cloned());
        Progress::Write(status)
    }

    pub(super) fn go_back(&self, back: &Step) -> Progress {
        let held = self.item.status.steps.iter();
        let held = held.filter_map(|step| step.name.strip_prefix(HOLD));
        for member in held {
            match self.step(&format!("{RELEASE}{member}")) {
                None => return self.begin(format!("{RELEASE}{member}")),
                Some(step) if step.finished_at.is_some() => {}
                Some(_) => {
                    return match self.report(member) {
                        None => self.ask(member),
                        // It has noted so: an order to hold it that comes late is refused.
                        Some(report) if self.last(report).is_some() => self.done(),
                        Some(report)
                            if report.journal.is_some() && self.journal(report).is_none() =>
                        {
                            self.done()
                        }
                        Some(_) => self.order_or_ask(member, Ordered::Release),
                    };
                }
            }
        }
        let why = back.name.strip_prefix(BACK).unwrap_or_default();
        let reason = back.before.as_deref().unwrap_or("Failed");
        let message = format!("{why}; the old version serves");
        self.ended(phase(reason), reason, message)
    }
}

fn phase(reason: &str) -> Phase {
    match reason {
        TAKEN_BACK => Phase::Cancelled,
        _ => Phase::Failed,
    }
}
