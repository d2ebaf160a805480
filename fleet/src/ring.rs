//! The last lines that the log said of clusters, for those who read them over HTTP.

use std::{
    collections::VecDeque,
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use k8s_openapi::jiff::Timestamp;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

use crate::act::lock;

/// Lines that are kept at most, whatever the configuration says.
const MOST: usize = 1000;

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    /// `namespace/name` of the cluster.
    pub cluster: String,
    /// When.
    pub time: Timestamp,
    /// info, warn …
    pub level: &'static str,
    /// What was said.
    pub text: String,
}

/// The lines.
#[derive(Clone, Debug, Default)]
pub struct Ring(Arc<Mutex<VecDeque<Line>>>);

impl Ring {
    /// Adds a line; the oldest goes.
    pub fn add(&self, cluster: &str, time: Timestamp, level: &'static str, text: String) {
        let mut lines = lock(&self.0);
        if lines.len() >= MOST {
            lines.pop_front();
        }
        let cluster = cluster.to_owned();
        lines.push_back(Line {
            cluster,
            time,
            level,
            text,
        });
    }

    /// The newest lines of clusters that are wanted, oldest first.
    pub fn lines(&self, most: i32, wanted: impl Fn(&str) -> bool) -> Vec<Line> {
        let lines = lock(&self.0);
        let most = usize::try_from(most).unwrap_or(0);
        let newest = lines.iter().rev().filter(|line| wanted(&line.cluster));
        let mut found: Vec<Line> = newest.take(most).cloned().collect();
        found.reverse();
        found
    }
}

impl<S: Subscriber> Layer<S> for Ring {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        if said.cluster.is_empty() {
            return;
        }
        let level = match *event.metadata().level() {
            tracing::Level::ERROR => "error",
            tracing::Level::WARN => "warning",
            tracing::Level::INFO => "info",
            _ => return,
        };
        let text = format!("{}{}", said.message, said.fields);
        self.add(&said.cluster, Timestamp::now(), level, text);
    }
}

#[derive(Default)]
struct Said {
    cluster: String,
    message: String,
    fields: String,
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "cluster" => self.cluster = format!("{value:?}"),
            "message" => self.message = format!("{value:?}"),
            name => {
                let _ = write!(self.fields, " {name}={value:?}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn keeps_what_is_said_of_clusters_and_forgets_the_oldest() {
        let ring = Ring::default();
        let subscriber = tracing_subscriber::registry().with(ring.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!("of no cluster");
            for n in 0..=MOST {
                tracing::warn!(cluster = %"shop/main", n, "apply");
            }
        });
        let lines = ring.lines(i32::MAX, |_| true);
        assert_eq!(lines.len(), MOST);
        assert_eq!(lines[0].text, "apply n=1");
        let newest = ring.lines(1, |_| true).remove(0);
        assert_eq!(
            (newest.cluster.as_str(), newest.level),
            ("shop/main", "warning")
        );
        assert_eq!(newest.text, format!("apply n={MOST}"));
        // Others that say much displace nothing of what is asked for.
        for text in ["first", "second", "third"] {
            let text = text.to_owned();
            ring.add("shop/quiet", Timestamp::UNIX_EPOCH, "info", text);
            ring.add("shop/main", Timestamp::UNIX_EPOCH, "info", String::new());
        }
        let quiet = ring.lines(2, |cluster| cluster == "shop/quiet");
        let texts: Vec<_> = quiet.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["second", "third"]);
    }
}
