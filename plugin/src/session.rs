//! One run of the program: flags, screen, contexts, and whether anything was changed yet.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    future::Future,
    io::Read,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{
    args::Common,
    cluster::Cluster,
    connect::{Connector, Context},
    error::{Error, Kind, Result},
    fanout,
    output::{Screen, progress::Task},
    settings,
    stop::Stop,
    target::{Field, Labels, Selection, Target, TargetArg, contexts::Wanted, select, targets_in},
    turns::Turns,
};

/// After this time a read says whom it waits for.
const PATIENCE: Duration = Duration::from_millis(300);

/// What every command works with.
pub struct Session {
    /// Flags that every verb takes.
    pub flags: Common,
    /// Where text goes.
    pub screen: Screen,
    /// Opens contexts.
    pub connector: Connector,
    /// Ctrl-C.
    pub stop: Stop,
    labels: Option<Labels>,
    touched: AtomicBool,
    follow: Mutex<Option<String>>,
    ridden: Mutex<Ridden>,
    doubles: Mutex<BTreeMap<String, BTreeSet<String>>>,
}

impl Session {
    /// A new one; reads the kubeconfig.
    pub fn new(flags: Common, screen: Screen, stop: Stop) -> Result<Self> {
        let labels = flags.selector.as_deref();
        let labels = labels.filter(|text| !text.is_empty());
        let labels = labels.map(str::parse::<Labels>).transpose();
        Ok(Self {
            labels: labels.map_err(Error::usage)?,
            connector: Connector::new(&flags)?,
            screen,
            stop,
            flags,
            touched: AtomicBool::new(false),
            follow: Mutex::default(),
            ridden: Mutex::default(),
            doubles: Mutex::default(),
        })
    }

    /// The same run with another screen.
    pub fn with_screen(&self, screen: Screen) -> Result<Self> {
        Self::new(self.flags.clone(), screen, self.stop.clone())
    }

    /// Turns that the terminals of this person take.
    pub fn turns(&self) -> Turns<'_> {
        Turns::new(settings::turns(), |text| self.screen.note(text))
    }

    /// From here on something may have been changed.
    pub fn touch(&self) {
        self.touched.store(true, Ordering::SeqCst);
    }

    /// Whether something may have been changed.
    pub fn is_touched(&self) -> bool {
        self.touched.load(Ordering::SeqCst)
    }

    /// Two contexts were seen to be one Kubernetes cluster; the first is the one that is worked in.
    pub fn stands_for(&self, first: &str, double: &str) {
        if let Ok(mut doubles) = self.doubles.lock() {
            let of = doubles.entry(first.to_owned()).or_default();
            of.insert(double.to_owned());
        }
    }

    /// Whether changes in a context are confirmed one class up: it is protected under any of the
    /// names that were seen to lead there.
    pub fn is_protected(&self, context: &str) -> bool {
        let contexts = &self.connector.contexts;
        contexts.is_protected(context)
            || self.doubles.lock().is_ok_and(|doubles| {
                let mut of = doubles.get(context).into_iter().flatten();
                of.any(|double| contexts.is_protected(double))
            })
    }

    /// What the flags say about contexts.
    pub fn wanted(&self) -> Wanted<'_> {
        self.flags.wanted()
    }

    /// How to follow what runs on when this program ends.
    pub fn runs_on(&self, how: String) {
        if let Ok(mut follow) = self.follow.lock() {
            *follow = Some(how);
        }
    }

    /// What a rollout goes over: for the command that takes it up again.
    pub fn goes_over(&self, over: Ridden) {
        if let Ok(mut ridden) = self.ridden.lock() {
            *ridden = over;
        }
    }

    /// The same.
    pub fn gone_over(&self) -> Ridden {
        self.ridden
            .lock()
            .map(|all| all.clone())
            .unwrap_or_default()
    }

    /// The same, for whoever says good-bye.
    pub fn how_to_follow(&self) -> Option<String> {
        let follow = self.follow.lock().ok()?.clone();
        follow.filter(|_| self.is_touched())
    }

    /// Whether targets are chosen by anything but their names.
    pub fn chooses_many(&self) -> bool {
        self.flags.all_namespaces || self.flags.selector.is_some() || self.flags.filter.is_some()
    }

    /// Whether `--where` chooses a cluster with these texts.
    pub fn chooses(&self, text: impl Fn(Field) -> String) -> bool {
        self.flags
            .filter
            .as_ref()
            .is_none_or(|filter| filter.holds(text))
    }

    /// Whether `-l` and `--where` choose a cluster.
    pub fn chooses_cluster(&self, cluster: &Cluster) -> bool {
        let none = BTreeMap::new();
        let own = cluster.object.metadata.labels.as_ref().unwrap_or(&none);
        self.labels.as_ref().is_none_or(|it| it.matches(own))
            && self.chooses(|field| cluster.field(field))
    }

    /// The targets in words, those of stdin read.
    pub fn targets(&self, words: &[TargetArg]) -> Result<Vec<Target>> {
        let mut targets = Vec::new();
        for word in words {
            match word {
                TargetArg::One(target) => targets.push(target.clone()),
                TargetArg::Picked => match &self.flags.picked {
                    Some(target) => targets.push(target.clone()),
                    None => return Err(Error::usage("@ alone names no target")),
                },
                TargetArg::Stdin => {
                    let mut text = String::new();
                    std::io::stdin()
                        .read_to_string(&mut text)
                        .map_err(|error| Error::usage(format!("stdin cannot be read: {error}")))?;
                    targets.extend(targets_in(&text).map_err(Error::usage)?);
                }
            }
        }
        if targets.is_empty() && words.contains(&TargetArg::Stdin) {
            return Err(Error::usage("stdin names no target"));
        }
        Ok(targets)
    }

    /// The contexts and clusters that words and flags name.
    pub fn select(&self, words: &[TargetArg]) -> Result<Selection> {
        let targets = self.targets(words)?;
        if self.flags.all_namespaces && !targets.is_empty() {
            return Err(Error::usage("-A and targets exclude each other"));
        }
        let selection = select(
            &targets,
            self.flags.namespace.as_deref(),
            &self.wanted(),
            &self.connector.contexts,
        )?;
        if let Some(flag) = self.flags.of_one_context()
            && selection.contexts.len() > 1
        {
            return Err(Error::usage(format!("{flag} is for one context")));
        }
        Ok(selection)
    }

    /// How a context is called on this screen: short on a terminal, in full elsewhere.
    pub fn label(&self, context: &str) -> String {
        if self.screen.live {
            self.connector.contexts.short(context).to_owned()
        } else {
            context.to_owned()
        }
    }

    /// Runs reading work in every context at once; each result comes with its context's name.
    /// Ctrl-C ends it.
    pub async fn read_each<'a, T, F, W>(
        &'a self,
        contexts: &'a [String],
        work: W,
        mut seen: impl FnMut(&str, &Result<T>),
    ) -> Result<Vec<(String, Result<T>)>>
    where
        W: Fn(Arc<Context>) -> F,
        F: Future<Output = Result<T>>,
    {
        let waiting = Waiting::for_all(contexts.iter().cloned());
        let work = &work;
        let reading = fanout::each(
            contexts,
            fanout::READS,
            |name| async move {
                let result = match self.connector.open(name).await {
                    Ok(context) => work(Arc::new(context)).await,
                    Err(error) => Err(error),
                };
                (name.clone(), result.map_err(|error| error.context(name)))
            },
            |(name, result)| {
                waiting.is_done(name);
                seen(name, result);
            },
        );
        self.within(async { Ok(self.patiently(&waiting, reading).await) })
            .await
    }

    /// Awaits work, and says whom it waits for when that is not over in a moment.
    pub async fn patiently<T>(&self, waiting: &Waiting, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let mut pause = PATIENCE;
        let mut task = None;
        loop {
            if let Ok(ended) = tokio::time::timeout(pause, &mut work).await {
                return ended;
            }
            pause = Duration::from_millis(100);
            let task = task.get_or_insert_with(|| {
                EndsWithScope(self.screen.progress().passing("waiting for"))
            });
            task.0.says(&waiting.in_words());
        }
    }

    /// Awaits reading work; Ctrl-C ends it.
    pub async fn within<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            result = work => result,
            () = self.stop.asked() => Err(Error::new(Kind::Interrupted, "interrupted")),
        }
    }

    /// Opens contexts for a change: all, or none.
    pub async fn open_all(&self, names: &[String]) -> Result<BTreeMap<String, Arc<Context>>> {
        let opened = fanout::each(
            names,
            fanout::READS,
            |name| async move { (name.clone(), self.connector.open(name).await) },
            |_| (),
        )
        .await;
        opened
            .into_iter()
            .map(|(name, context)| Ok((name, Arc::new(context?))))
            .collect()
    }
}

/// What a rollout goes over.
#[derive(Clone, Debug, Default)]
pub struct Ridden {
    /// The contexts.
    pub contexts: Vec<String>,
    /// Where all of its slices lie, if that is another namespace than one of these contexts has by
    /// default: whoever may look into that one alone has to say so.
    pub namespace: Option<String>,
}

impl Ridden {
    /// Over slices, each in a context and a namespace.
    pub fn new<'a>(slices: impl Iterator<Item = (&'a Context, &'a str)>) -> Self {
        let (mut contexts, mut namespaces) = (Vec::new(), BTreeSet::new());
        let mut is_default = true;
        for (context, namespace) in slices {
            contexts.push(context.name.clone());
            namespaces.insert(namespace.to_owned());
            is_default &= context.namespace == namespace;
        }
        let one = namespaces.len() == 1 && !is_default;
        Self {
            contexts,
            namespace: namespaces.pop_first().filter(|_| one),
        }
    }
}

/// A line of progress that goes when its owner goes.
struct EndsWithScope(Task);

impl Drop for EndsWithScope {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// The names of those that are waited for.
pub struct Waiting(RefCell<Vec<String>>);

impl Waiting {
    /// All of them, for now.
    pub fn for_all(names: impl IntoIterator<Item = String>) -> Self {
        Self(RefCell::new(names.into_iter().collect()))
    }

    /// One is waited for no longer.
    pub fn is_done(&self, name: &str) {
        self.0.borrow_mut().retain(|one| one != name);
    }

    fn in_words(&self) -> String {
        const SHOWN: usize = 3;
        let names = self.0.borrow();
        let list = names.iter().take(SHOWN).cloned();
        let list = list.collect::<Vec<_>>().join(", ");
        let more = if names.len() > SHOWN { " …" } else { "" };
        format!("{}: {list}{more}", names.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_namespace_is_said_where_it_is_one_and_no_default() {
        let context = Context::nowhere();
        for (namespaces, said) in [
            (&["team", "team"][..], Some("team")),
            (&["default", "default"], None),
            // No one flag finds both.
            (&["team", "other"], None),
            (&[], None),
        ] {
            let over = Ridden::new(namespaces.iter().map(|one| (&context, *one)));
            assert_eq!(over.namespace.as_deref(), said, "{namespaces:?}");
            assert_eq!(over.contexts.len(), namespaces.len());
        }
    }
}
