//! The verbs, what each of them looks at, and in a file for each kind of them their arguments.

mod copy;
mod manifest;
mod operate;
mod program;
mod read;
mod rollout;

pub use copy::*;
pub use manifest::*;
pub use operate::*;
pub use program::*;
pub use read::*;
pub use rollout::*;

use clap::Subcommand;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Table of Postgres clusters over contexts
    #[command(visible_alias = "ls", alias = "get")]
    List(List),
    /// Health: of the fleet, worst first; or everything about one cluster
    #[command(alias = "describe")]
    Status(Status),
    /// Logs of members, merged by time
    Logs(Logs),
    /// Failovers, operations and events of one cluster on one time line
    History(History),
    /// Disk: used, capacity, WAL, growth, days to full
    Df(Df),
    /// Drift of manifests between clusters
    Diff(Diff),
    /// Checks: controllers, rights and clocks; or one cluster from inside
    Doctor(Doctor),
    /// Support bundle without secrets
    Report(Report),
    /// SQL on the primary
    Psql(Psql),
    /// One independent Postgres cluster per context
    Create(Create),
    /// Copies of a Postgres cluster, here and in other contexts
    Clone(Copies),
    /// The same manifests in every context
    Apply(Apply),
    /// Any other field of the manifest; shows its impact first
    Set(Set),
    /// Number of members, absolute
    Scale(Scale),
    /// Size of the volumes, only up; CPU and memory
    Resize(Resize),
    /// Roles of the manifest
    User(User),
    /// Databases of the manifest
    Db(Db),
    /// Planned change of primary
    Switchover(Switchover),
    /// Emergency change of primary
    Failover(Failover),
    /// A standby cluster becomes a primary; the one it follows is stopped first
    Promote(Promote),
    /// Rolling restart of PostgreSQL, replicas first
    Restart(Restart),
    /// Members read their configuration again
    Reload(Reload),
    /// Copies a replica again from the primary
    Reinit(Reinit),
    /// Patroni's pause: on, a primary that fails is replaced by nobody
    Maintenance(Maintenance),
    /// A newer image, or another major version in place
    Upgrade(Upgrade),
    /// Stops all members and keeps their volumes; starts them again
    Hibernate(Hibernate),
    /// Deletes a Postgres cluster
    Delete(Delete),
    /// Changes of many clusters in waves: look, stop, go on
    Rollout(Rollout),
    /// Operations: acts in flight and past ones
    Ops(Ops),
    /// Named sets of contexts, aliases, labels, which are protected
    Fleet(Fleet),
    /// Brings controller, resources and rights into contexts
    Install(Install),
    /// Removes controller and rights; databases go on running
    Uninstall(Uninstall),
    /// Takes Postgres clusters over from Zalando's operator; nothing restarts
    Adopt(Adopt),
    /// Gives adopted Postgres clusters back
    Release(Release),
    /// Version of this program, and of the controllers
    Version(Version),
    /// Completion for shells and for kubectl
    Completion(Completion),
    /// Flags of all verbs and of changes
    Options,
}

impl Verb {
    /// Whether it changes anything: such a verb ends with 5 whatever goes wrong before its first
    /// change.
    pub fn changes(&self) -> bool {
        match self {
            Self::List(_)
            | Self::Status(_)
            | Self::Logs(_)
            | Self::History(_)
            | Self::Df(_)
            | Self::Diff(_)
            | Self::Doctor(_)
            | Self::Report(_)
            | Self::Version(_)
            | Self::Completion(_)
            | Self::Options => false,
            Self::Ops(ops) => matches!(ops.what, OpsVerb::Cancel(_) | OpsVerb::Retry(_)),
            Self::Rollout(rollout) => rollout.what.changes(),
            Self::Psql(psql) => psql.write,
            Self::User(user) => !matches!(user.what, UserVerb::List(_)),
            Self::Db(db) => !matches!(db.what, DbVerb::List(_)),
            Self::Fleet(fleet) => {
                matches!(fleet.what, FleetVerb::Add(_) | FleetVerb::Remove(_))
            }
            Self::Create(_)
            | Self::Clone(_)
            | Self::Apply(_)
            | Self::Set(_)
            | Self::Scale(_)
            | Self::Resize(_)
            | Self::Switchover(_)
            | Self::Failover(_)
            | Self::Promote(_)
            | Self::Restart(_)
            | Self::Reload(_)
            | Self::Maintenance(_)
            | Self::Reinit(_)
            | Self::Upgrade(_)
            | Self::Hibernate(_)
            | Self::Delete(_)
            | Self::Adopt(_)
            | Self::Release(_)
            | Self::Install(_)
            | Self::Uninstall(_) => true,
        }
    }

    /// Whether it prints a table of many, which `--sort-by` sorts.
    pub fn sorts(&self) -> bool {
        match self {
            Self::List(_) | Self::History(_) | Self::Df(_) | Self::Diff(_) | Self::Doctor(_) => {
                true
            }
            Self::Ops(ops) => matches!(ops.what, OpsVerb::List(_)),
            Self::Rollout(rollout) => matches!(rollout.what, RolloutVerb::List),
            Self::User(user) => matches!(user.what, UserVerb::List(_)),
            Self::Db(db) => matches!(db.what, DbVerb::List(_)),
            Self::Fleet(fleet) => matches!(fleet.what, FleetVerb::List | FleetVerb::Show(_)),
            Self::Version(version) => version.server.is_some(),
            _ => false,
        }
    }

    /// Whether it looks at `-l`: wherever it looks at `--where`.
    pub fn labels(&self) -> bool {
        self.filters()
    }

    /// Whether `-A` means something to it.
    pub fn spans(&self) -> bool {
        !matches!(
            self,
            Self::Apply(_) | Self::Install(_) | Self::Uninstall(_) | Self::Fleet(_)
        )
    }

    /// Whether it looks at `--where`.
    pub fn filters(&self) -> bool {
        match self {
            Self::List(_) | Self::Diff(_) | Self::Df(_) | Self::Doctor(_) | Self::Report(_) => true,
            Self::Logs(_) => true,
            Self::Status(_) | Self::History(_) => false,
            Self::Ops(_) | Self::Version(_) | Self::Options => false,
            Self::Clone(_) | Self::Promote(_) => false,
            Self::Create(_) | Self::Apply(_) | Self::Install(_) | Self::Uninstall(_) => false,
            Self::Fleet(_) | Self::Rollout(_) | Self::Completion(_) => false,
            Self::User(_) | Self::Db(_) => true,
            Self::Psql(_)
            | Self::Set(_)
            | Self::Scale(_)
            | Self::Resize(_)
            | Self::Switchover(_)
            | Self::Failover(_)
            | Self::Restart(_)
            | Self::Reload(_)
            | Self::Maintenance(_)
            | Self::Reinit(_)
            | Self::Upgrade(_)
            | Self::Hibernate(_)
            | Self::Adopt(_)
            | Self::Release(_)
            | Self::Delete(_) => true,
        }
    }
}
