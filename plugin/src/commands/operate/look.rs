//! What a verb looks at in a cluster before it plans.

use crate::{
    cluster::Cluster,
    error::{Error, Kind, Result},
    target::Member,
};

/// The pod of a member that a person named, if the cluster has it.
pub fn member(cluster: &Cluster, member: &Member) -> Result<String> {
    let pod = member.pod(&cluster.name).map_err(Error::usage)?;
    let known = &cluster.status.members;
    if known.is_empty() || known.iter().any(|one| one.name == pod) {
        return Ok(pod);
    }
    let list: Vec<&str> = known.iter().map(|one| one.name.as_str()).collect();
    Err(Error::new(Kind::Refused, format!("it has no member {pod}"))
        .hint(format!("its members are {}", list.join(", "))))
}

/// Refuses where there is nobody to take over.
pub fn has_replica(cluster: &Cluster) -> Result<()> {
    if cluster.members_wanted() > 1 || cluster.status.members.len() > 1 {
        return Ok(());
    }
    Err(Error::new(
        Kind::Refused,
        "it has one member; there is no replica to take over",
    )
    .hint(format!(
        "kubectl pg scale {} --replicas 2",
        cluster.target()
    )))
}

/// The primary as the controller last saw it.
pub fn primary(cluster: &Cluster) -> Result<&str> {
    cluster.status.primary.as_deref().ok_or_else(|| {
        Error::new(Kind::Refused, "its primary is not known now")
            .hint(format!("kubectl pg status {}", cluster.target()))
    })
}
