//! One copy, carried out: what it borrows first, then the cluster, then the waiting; and all of it
//! taken away again where it does not come about.

use kube::api::PostParams;

use super::{
    Planned,
    follow::{self, Followed},
    manifest::Way,
    passwords::{Made, bind, lent_before, remove},
    relay::{Carried, Relay},
};
use crate::{
    args::Copies,
    cluster::Cluster,
    commands::{change::Request, create::MANAGER, delete::take_away, wait::Pace},
    connect::Context,
    error::{Error, Kind, Result},
    preflight::{Right, lacks},
    session::Session,
    target::Target,
};

/// What is to be said before where a copy that does not come about could not be taken away: to make
/// one is the right of more people than to delete one.
pub async fn may_take_away(context: &Context, target: &Target) -> Result<Option<String>> {
    let namespace = target.namespace.as_deref().unwrap_or_default();
    let needed = ["patch", "delete"].map(|verb| Right {
        verb,
        group: "acid.zalan.do",
        resource: "postgresqls",
        namespace,
        name: &target.name,
    });
    let lacks = lacks(context, &needed).await?;
    Ok((!lacks.is_empty()).then(|| stays(target, &lacks)))
}

fn stays(target: &Target, lacks: &[String]) -> String {
    format!(
        "{target}: you lack {}: if the copy does not come about, what was begun stays until somebody takes it away",
        lacks.join(", ")
    )
}

/// Makes it, and waits for it.
pub async fn copy(
    session: &Session,
    source: &Cluster,
    one: Planned,
    args: &Copies,
    request: &Request,
) -> Result<String> {
    request.may_begin(session)?;
    let (way, fresh) = (one.way.clone(), one.fresh);
    let (copy, borrowed) = begin(one, args, request).await?;
    let target = copy.target();
    let bound = bind(&copy.context, &borrowed.lent, &copy).await;
    let hint = format!("follow it with: kubectl pg status {target}");
    if bound.is_ok() && !args.change.wait {
        return Ok(format!("accepted; {hint}"));
    }
    let task = session.screen.progress().task(&target.to_string());
    let mut otherwise = None;
    let mut carried = Carried::Never;
    let (ended, given_up) = match bound {
        // What is lent would outlive the copy.
        Err(error) => {
            let why = format!("what is lent to it cannot be made its own: {error}");
            (Err(Error::new(Kind::Failed, why)), true)
        }
        Ok(()) => {
            let pace = Pace::new(session, request.until).closely();
            carried = match way {
                Way::Terminal => Carried::By(Relay::open(source, &copy)),
                Way::Either(..) => Carried::IfUnreached,
                Way::Beside | Way::At(..) => Carried::Never,
            };
            let followed = follow::follow(session, source, copy.clone(), pace, &mut carried, &task);
            match followed.await {
                Ok(Followed::Serves(cluster)) => (Ok(cluster), false),
                Ok(Followed::Fails(error)) => (Err(error), true),
                Ok(Followed::CannotCopy(error)) => {
                    otherwise = another_way(&way, args.standby).filter(|_| !carried.is_by_us());
                    (Err(error), true)
                }
                // Without this terminal the copy does not come about, whatever ends it.
                Err(error) => (Err(error), carried.is_by_us()),
            }
        }
    };
    let ended = match ended {
        Err(error) if given_up => {
            task.says("what was begun is taken away");
            // Its time ran out here, and nothing goes on there.
            let error = match error.kind {
                Kind::TimedOut => Error::new(Kind::Failed, "time ran out"),
                _ => error,
            };
            let gone = take_away(session, &copy, fresh, &task).await;
            borrowed.go(&copy.context, &target).await;
            match gone {
                Ok(()) => {
                    let left = "nothing of it is left; the source is as it was";
                    let otherwise = otherwise.unwrap_or_default();
                    Err(error.hint(format!("{left}{otherwise}")))
                }
                Err(left) if left.kind == Kind::Interrupted => {
                    Err(error.hint("what was begun is being taken away; ask again for a new copy"))
                }
                Err(left) => Err(error.hint(format!(
                    "it could not be taken away: {left}; kubectl pg delete {target} --with data,secrets"
                ))),
            }
        }
        Err(error) => Err(error.hint(hint)),
        Ok(cluster) => {
            remove(&copy.context, &target, &borrowed.lent).await;
            Ok(cluster)
        }
    };
    task.end();
    let cluster = ended?;
    let ready = cluster.status.ready.as_deref().unwrap_or("?");
    Ok(match args.standby {
        true => format!("follows its source: {ready} members; kubectl pg promote {target}"),
        false => {
            let primary = cluster.status.primary.as_deref().unwrap_or("?");
            let by = match taken(&way, &carried) {
                Way::Beside => String::new(),
                by => format!("; {}", by.in_words()),
            };
            format!("cloned: {ready} members, primary {primary}{by}")
        }
    })
}

/// The way that it went.
fn taken(way: &Way, carried: &Carried) -> Way {
    match way {
        Way::Either(..) if carried.is_by_us() => Way::Terminal,
        Way::Either(host, port) => Way::At(host.clone(), *port),
        other => other.clone(),
    }
}

/// What else may reach the source where an address did not.
fn another_way(way: &Way, is_standby: bool) -> Option<&'static str> {
    match way {
        Way::At(..) if is_standby => Some("; --host HOST[:PORT] names another address of it"),
        Way::At(..) | Way::Either(..) => Some(
            "; where pods there do not reach it, --through-terminal carries the copy, and --host HOST[:PORT] names another address",
        ),
        Way::Beside | Way::Terminal => None,
    }
}

/// Secrets that were made for a copy.
struct Borrowed {
    /// For the time of the base backup.
    lent: Vec<Made>,
    /// The copy's own.
    kept: Vec<Made>,
}

impl Borrowed {
    async fn go(&self, context: &Context, target: &Target) {
        remove(context, target, &self.lent).await;
        remove(context, target, &self.kept).await;
    }
}

/// Writes the passwords that it needs, and its manifest.
async fn begin(one: Planned, args: &Copies, request: &Request) -> Result<(Cluster, Borrowed)> {
    let Planned {
        target,
        context,
        way,
        object,
        there,
        passwords,
        ..
    } = one;
    let keeps = args.standby || args.copy_passwords;
    let mut borrowed = Borrowed {
        lent: Vec::new(),
        kept: Vec::new(),
    };
    if keeps {
        borrowed.kept = passwords.keep(&context, &target, &request.id).await?;
    }
    if !args.standby && way != Way::Beside {
        let lent = match there.is_some() {
            true => lent_before(&context, &target, &request.id).await,
            false => passwords.lend(&context, &target, &request.id).await,
        };
        match lent {
            Ok(lent) => borrowed.lent = lent,
            Err(error) if there.is_some() => return Err(error),
            Err(error) => {
                borrowed.go(&context, &target).await;
                return Err(error);
            }
        }
    }
    drop(passwords);
    let created = match there {
        Some(there) => Ok(there),
        None => {
            let namespace = target.namespace.clone().unwrap_or_default();
            let parameters = PostParams {
                dry_run: false,
                field_manager: Some(MANAGER.to_owned()),
            };
            context
                .create_cluster(&namespace, &parameters, &object)
                .await
        }
    };
    match created {
        Ok(created) => Ok((Cluster::new(&context, created), borrowed)),
        // Whether it was created is not known where nobody answered; nothing of it is taken back.
        Err(error) if error.kind == Kind::Unreachable => Err(error),
        Err(error) => {
            borrowed.go(&context, &target).await;
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_way_is_named_where_there_is_one() {
        let address = Way::At("db.east.example".to_owned(), 5432);
        let named = |way, is_standby| another_way(way, is_standby).unwrap_or_default();
        assert!(named(&address, false).contains("--through-terminal"));
        assert!(!named(&address, true).contains("--through-terminal"));
        let either = Way::Either("db.east.example".to_owned(), 5432);
        assert!(named(&either, false).contains("--through-terminal"));
        assert_eq!(taken(&either, &Carried::IfUnreached), address);
        assert_eq!(another_way(&Way::Terminal, false), None);
        assert_eq!(another_way(&Way::Beside, false), None);
    }

    #[test]
    fn what_stays_is_said_before() {
        let target = Target {
            namespace: Some("shop".to_owned()),
            name: "new".to_owned(),
            context: Some("west".to_owned()),
        };
        assert_eq!(
            stays(&target, &["delete postgresqls.acid.zalan.do".to_owned()]),
            "shop/new@west: you lack delete postgresqls.acid.zalan.do: if the copy does not come about, what was begun stays until somebody takes it away"
        );
    }
}
