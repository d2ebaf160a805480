//! Logs as they are written: of all pods at once, merged by time; a pod that starts again is read
//! on, and one that comes later is read too.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures::{AsyncBufReadExt, StreamExt};
use jiff::Timestamp;
use kube::{ResourceExt, api::LogParams};
use tokio::{
    io::AsyncReadExt,
    sync::mpsc,
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};

use super::{
    files,
    lines::Lines,
    merge::Merge,
    parameters,
    read::Read,
    source::{Group, Prefixes, Source},
};
use crate::{
    args::Logs,
    commands::psql::till_end,
    error::{Error, Kind, Result},
    session::Session,
};

/// How often what is due is printed.
const TICK: Duration = Duration::from_millis(50);
/// Until all logs are open, for as long, nothing is printed: what was before shall be in order.
const OPENING: Duration = Duration::from_secs(2);
/// Between two attempts to read on: shorter than lines are held back, so that a container that
/// starts again is still in order. What does not come back soon is tried more seldom.
const PAUSE: Duration = Duration::from_millis(200);
const SOON: u32 = 50;
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// Batches that wait for the merge; more make the servers wait.
const BATCHES: usize = 256;
/// A line that is longer goes on as another one.
const LONGEST_LINE: usize = 256 * 1024;

/// What the readers tell.
enum Told {
    /// A log is open, or cannot be.
    Opened,
    /// Lines, in their order.
    Lines(usize, Vec<(Timestamp, String)>),
    /// A pod came.
    Pod(Source),
    /// A log cannot be read.
    Failed(Error),
    /// Something to know.
    Note(String),
}

/// What all readers share.
struct Shared {
    args: Logs,
    tell: mpsc::Sender<Told>,
}

/// Follows until somebody stops it, or nothing is left.
pub async fn follow(
    session: &Session,
    args: Logs,
    groups: Vec<(Group, String)>,
    sources: Vec<Source>,
    shown: &Lines,
) -> Result<Vec<Error>> {
    let prefixes = Prefixes::new(session, &sources, false);
    let alone = sources.len() == 1 && groups.len() == 1;
    let (tell, mut told) = mpsc::channel(BATCHES);
    let shared = Arc::new(Shared { args, tell });
    let mut tasks = JoinSet::new();
    let mut known = HashSet::new();
    let mut names: Vec<String> = Vec::new();
    let mut opening = sources.len();
    let mut begin = |tasks: &mut JoinSet<()>, names: &mut Vec<String>, source: Source, first| {
        if known.insert((source.context.mark(), source.uid.clone())) {
            names.push(prefixes.of(session, &source));
            let number = names.len() - 1;
            tasks.spawn(read(Arc::clone(&shared), source, number, first));
        }
    };
    for source in sources {
        begin(&mut tasks, &mut names, source, true);
    }
    for (group, version) in groups {
        tasks.spawn(watch(Arc::clone(&shared), group, version));
    }

    let mut merge = Merge::default();
    let mut all_open = false;
    let mut failed = Vec::new();
    let began = Instant::now();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let print = |names: &[String], lines: &mut dyn Iterator<Item = super::merge::Line>| {
        let mut text = String::new();
        for line in lines {
            let prefix = names.get(line.source).map_or("", String::as_str);
            // One pod alone needs no name, until another one comes.
            if !(alone && names.len() == 1) {
                text.push_str(prefix);
            }
            text.push_str(&line.text);
            text.push('\n');
        }
        if !text.is_empty() {
            session.screen.exact(&text);
        }
    };
    loop {
        tokio::select! {
            some = told.recv() => match some {
                Some(Told::Opened) => opening = opening.saturating_sub(1),
                Some(Told::Lines(source, lines)) => {
                    let safe = |(at, line): (Timestamp, String)| {
                        Some((at, shown.shown(&line)?.into_owned()))
                    };
                    let lines = lines.into_iter().filter_map(safe).collect();
                    merge.came(source, lines, Instant::now());
                    if merge.is_full() {
                        print(&names, &mut merge.too_many());
                    }
                }
                Some(Told::Pod(source)) => begin(&mut tasks, &mut names, source, false),
                Some(Told::Note(text)) => session.screen.note(&text),
                Some(Told::Failed(error)) => {
                    session.screen.error(&error);
                    failed.push(error);
                }
                None => break,
            },
            _ = ticks.tick() => {
                if !all_open && (opening == 0 || began.elapsed() > OPENING) {
                    all_open = true;
                    merge.hold_anew(Instant::now());
                }
                if all_open {
                    print(&names, &mut merge.ready(Instant::now()));
                }
            }
            () = session.stop.asked() => {
                print(&names, &mut merge.rest());
                return Err(Error::new(Kind::Interrupted, "interrupted"));
            }
            Some(_) = tasks.join_next() => {
                if tasks.is_empty() {
                    break;
                }
            }
        }
    }
    print(&names, &mut merge.rest());
    Ok(failed)
}

/// Tells of pods that come; a watch that ends or is not allowed begins anew with a list.
async fn watch(shared: Arc<Shared>, group: Group, mut version: String) {
    let mut pause = PAUSE;
    loop {
        if let Ok(mut pods) = group.clone().watch(&version).await {
            pause = PAUSE;
            while let Some(source) = pods.next().await {
                let _ = shared.tell.send(Told::Pod(source)).await;
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        if let Ok((sources, now)) = group.list().await {
            for source in sources {
                let _ = shared.tell.send(Told::Pod(source)).await;
            }
            version = now;
        }
        if shared.tell.is_closed() {
            return;
        }
    }
}

/// Reads one pod's log for as long as the pod is there.
async fn read(shared: Arc<Shared>, source: Source, number: usize, first: bool) {
    let mut state = Reader {
        shared,
        source,
        number,
        read: Read::default(),
        begun: !first,
    };
    let mut opened = !first;
    let (mut pause, mut attempts) = (PAUSE, 0);
    let mut said = false;
    loop {
        let result = state.pass(&mut opened).await;
        if !opened {
            opened = true;
            let _ = state.shared.tell.send(Told::Opened).await;
        }
        match result {
            Ok(lines) if lines > 0 => (pause, attempts, said) = (PAUSE, 0, false),
            Ok(_) => {}
            Err(error) if matches!(error.kind, Kind::Forbidden | Kind::Unauthorized) => {
                let _ = state.shared.tell.send(Told::Failed(error)).await;
                return;
            }
            // A container that has not started is no news.
            Err(error) if error.kind == Kind::Unreachable && !said => {
                said = true;
                let text = format!("{error}; reading goes on when it answers again");
                let _ = state.shared.tell.send(Told::Note(text)).await;
            }
            Err(_) => {}
        }
        tokio::time::sleep(pause).await;
        attempts += 1;
        if attempts > SOON {
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        if state.is_gone().await || state.shared.tell.is_closed() {
            return;
        }
    }
}

/// One log, and how far it was read.
struct Reader {
    shared: Arc<Shared>,
    source: Source,
    number: usize,
    read: Read,
    /// Whether it was open before, or the pod is new: then all of it is wanted.
    begun: bool,
}

impl Reader {
    /// Reads until the log ends; gives the number of new lines.
    async fn pass(&mut self, opened: &mut bool) -> Result<usize> {
        if self.source.files {
            return self.pass_files(opened).await;
        }
        let mut parameters = self.parameters();
        let again = self.read.since().is_some();
        let mut lines = 0;
        if again {
            // What the container wrote before it ended, where it ended unread.
            let before = LogParams {
                follow: false,
                previous: true,
                ..parameters.clone()
            };
            let pods = self.source.pods();
            let text = pods.logs(&self.source.pod, &before);
            if let Ok(text) = self.source.context.ask(text).await {
                self.read.again();
                lines += self.take(text.lines().map(str::to_owned).collect()).await;
            }
        }
        parameters.follow = true;
        // A log without a line yet answers with its first one: no limit of time is right here.
        let pods = self.source.pods();
        let log = pods.log_stream(&self.source.pod, &parameters).await;
        let log = match log {
            Ok(log) => log,
            Err(error) => {
                let context = &self.source.context;
                let failed = context.ask::<()>(std::future::ready(Err(error))).await;
                return failed
                    .map(|()| lines)
                    .map_err(|error| self.source.place(error));
            }
        };
        self.say_opened(opened).await;
        self.read.again();
        let (mut log, mut part) = (Box::pin(log), Part::default());
        // To the end or a break: both are read on the same way.
        while let Ok(bytes) = log.fill_buf().await
            && !bytes.is_empty()
        {
            let (length, whole) = (bytes.len(), part.whole(bytes));
            log.consume_unpin(length);
            lines += self.take(whole).await;
        }
        Ok(lines)
    }

    fn parameters(&self) -> LogParams {
        if let Some(since) = self.read.since() {
            return LogParams {
                container: Some(self.source.container.clone()),
                timestamps: true,
                since_time: Some(since),
                ..LogParams::default()
            };
        }
        if self.begun {
            return LogParams {
                container: Some(self.source.container.clone()),
                timestamps: true,
                ..LogParams::default()
            };
        }
        parameters(&self.shared.args, &self.source)
    }

    /// The same of PostgreSQL's own files.
    async fn pass_files(&mut self, opened: &mut bool) -> Result<usize> {
        let mut lines = 0;
        if self.read.since().is_none() {
            let text = files::before(&self.source, &self.shared.args).await;
            let text = text.map_err(|error| self.source.place(error))?;
            lines += self.take(text.lines().map(str::to_owned).collect()).await;
        }
        let process = files::after(&self.source).await;
        let mut process = process.map_err(|error| self.source.place(error))?;
        self.say_opened(opened).await;
        self.read.again();
        let _held_open = process.stdin();
        if let Some(mut log) = process.stdout() {
            let reading = async {
                let (mut bytes, mut part) = (vec![0; 16 * 1024], Part::default());
                while let Ok(length @ 1..) = log.read(&mut bytes).await {
                    lines += self.take(part.whole(&bytes[..length])).await;
                }
            };
            // However it ended: what is still there is read again.
            let _ = till_end(process, reading).await;
        }
        Ok(lines)
    }

    async fn say_opened(&mut self, opened: &mut bool) {
        self.begun = true;
        if !*opened {
            *opened = true;
            let _ = self.shared.tell.send(Told::Opened).await;
        }
    }

    async fn take(&mut self, lines: Vec<String>) -> usize {
        let read = &mut self.read;
        let new: Vec<(Timestamp, String)> = lines
            .iter()
            .filter_map(|line| {
                let (time, text) = self.source.split(line);
                Some((read.take(time)?, text.to_owned()))
            })
            .collect();
        let count = new.len();
        if count > 0 {
            let lines = Told::Lines(self.number, new);
            let _ = self.shared.tell.send(lines).await;
        }
        count
    }

    /// Whether the pod is gone, or another one has its name.
    async fn is_gone(&self) -> bool {
        let pods = self.source.pods();
        let pod = self
            .source
            .context
            .ask_opt(pods.get_metadata_opt(&self.source.pod))
            .await;
        match pod {
            Ok(Some(Some(pod))) => pod.uid().as_deref() != Some(&self.source.uid),
            Ok(_) => true,
            // Who cannot be asked may still be there.
            Err(_) => false,
        }
    }
}

/// The beginning of a line of which the rest has not come. Half a line is no line: it comes again.
#[derive(Default)]
struct Part(Vec<u8>);

impl Part {
    /// The lines that are whole with what has come now.
    fn whole(&mut self, bytes: &[u8]) -> Vec<String> {
        self.0.extend_from_slice(bytes);
        let end = match self.0.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => end,
            None if self.0.len() > LONGEST_LINE => {
                return vec![text_of(&std::mem::take(&mut self.0))];
            }
            None => return Vec::new(),
        };
        let lines = self.0[..end].split(|byte| *byte == b'\n').map(text_of);
        let lines = lines.collect();
        self.0.drain(..=end);
        lines
    }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
