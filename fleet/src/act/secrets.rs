//! Effects on Secrets: they are made once, their metadata is kept as wanted, and none is watched.

use kube::{
    api::{GetParams, Patch, PatchParams, PostParams, PropagationPolicy},
    core::Request,
};
use pg_core::names;
use serde_json::json;

use super::{Actor, Error, kubernetes::is_code, lock};
use crate::{
    desired::{self, ChildKind, RoleSecret},
    kinds::collection,
    observe::{
        facts::{Answer, Facts, Key, SqlFacts},
        object::{Meta, RawMeta},
    },
    plan::children::secret_hash,
    secret,
};

impl Actor {
    /// Makes sure that a secret exists. One that does is left as it is: that is how passwords are
    /// brought along (reference/zalando.md §3.16).
    pub(super) async fn ensure_secret(
        &self,
        key: &Key,
        facts: &Facts,
        wanted: &RoleSecret,
    ) -> Result<(), Error> {
        let what = format!("secret {}", wanted.name);
        let requests = Request::new(collection("Secret", &wanted.namespace));
        // Where a StatefulSet is, the secrets are: a look is cheaper than a refused write.
        if facts
            .children
            .keys()
            .any(|(kind, _)| *kind == "StatefulSet")
        {
            match self
                .send::<RawMeta>(&*what, requests.get(&wanted.name, &GetParams::default()))
                .await
            {
                Ok(live) => return self.mend_secret(key, facts, wanted, &live.metadata).await,
                // Where no member is left, nobody has it any more.
                Err(error)
                    if is_code(&error, 404) && wanted.in_members && !facts.pods.is_empty() =>
                {
                    self.note_lost(key, &wanted.name, &error);
                    return Err(Error::Missing(format!(
                        "secret {} is gone; members that run have its password in their environment",
                        wanted.name
                    )));
                }
                Err(error) if is_code(&error, 404) => {}
                Err(error) => return Err(error),
            }
        }
        let password = secret::password().map_err(|error| Error::Missing(error.to_string()))?;
        let body = desired::secret_body(wanted, password.expose());
        let created = self
            .send::<RawMeta>(
                what,
                requests.create(
                    &PostParams {
                        field_manager: Some(names::FIELD_MANAGER.to_owned()),
                        ..PostParams::default()
                    },
                    body.to_string().into_bytes(),
                ),
            )
            .await;
        match created {
            Ok(_) => {
                tracing::info!(cluster = %key, secret = wanted.name, "created");
                Ok(())
            }
            Err(error) if error.is_conflict() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Notes that a Secret is there, as it is wanted.
    pub(super) fn note_there(&self, key: &Key, secret: RoleSecret) {
        let at = self.mono();
        lock(&self.world).update(key, |facts| {
            let id = (ChildKind::Secret.kind(), secret.name.clone());
            facts.applied.insert(id, secret_hash(&secret));
            if facts.lost_secrets.remove(&secret.name) {
                // Its role has another password still.
                let result = Ok(SqlFacts::default());
                facts.sql = Some(Answer { at, result });
            }
            facts.secrets.insert(secret.name, at);
        });
    }

    /// Secrets are not watched: that somebody has deleted one shows when it is read.
    pub(super) fn note_lost(&self, key: &Key, secret: &str, error: &Error) {
        if error.is_not_found() {
            lock(&self.world).update(key, |facts| {
                facts.secrets.remove(secret);
                facts.lost_secrets.insert(secret.to_owned());
            });
        }
    }

    /// Deletes what was lent to this cluster, and nothing else of that name.
    pub(super) async fn return_loan(
        &self,
        key: &Key,
        facts: &Facts,
        name: &str,
    ) -> Result<(), Error> {
        let what = format!("read secret {name}");
        let request = Request::new(collection("Secret", &key.namespace));
        let found = self
            .send::<RawMeta>(what, request.get(name, &GetParams::default()))
            .await;
        match found {
            Ok(secret)
                if facts
                    .meta()
                    .is_some_and(|copy| is_lent(&secret.metadata, copy)) =>
            {
                let uid = Some(secret.metadata.uid);
                self.delete(key, "Secret", name, uid, PropagationPolicy::Background)
                    .await?;
            }
            Ok(_) => {
                tracing::warn!(cluster = %key, name, "this Secret is not this cluster's; it stays")
            }
            Err(error) if is_code(&error, 404) => {}
            Err(error) => return Err(error),
        }
        let at = self.mono();
        lock(&self.world).update(key, |facts| facts.loan_returned = Some(at));
        Ok(())
    }

    /// Labels, annotations and owners of a secret as they are wanted by now; what others wrote beside
    /// them stays, and so does what is in it.
    async fn mend_secret(
        &self,
        key: &Key,
        facts: &Facts,
        wanted: &RoleSecret,
        live: &Meta,
    ) -> Result<(), Error> {
        let cluster = facts.meta().map(|meta| meta.uid.as_str());
        let Some(patch) = desired::secret_patch(wanted, live, cluster) else {
            return Ok(());
        };
        tracing::info!(cluster = %key, secret = wanted.name, "labels, annotations, owners");
        self.send::<RawMeta>(
            format!("mend secret {}", wanted.name),
            Request::new(collection("Secret", &wanted.namespace)).patch(
                &wanted.name,
                &PatchParams::default(),
                &Patch::Merge(&json!({ "metadata": patch })),
            ),
        )
        .await
        .map(drop)
    }
}

/// Whether a Secret was made for this copy: it goes with it, or the same request made both.
fn is_lent(secret: &Meta, copy: &Meta) -> bool {
    let request = |of: &Meta| of.labels.get(names::REQUEST_LABEL).cloned();
    let owners = &secret.owner_references;
    let is_owned = owners.iter().any(|owner| owner["uid"] == copy.uid.as_str());
    is_owned || (owners.is_empty() && request(secret).is_some() && request(secret) == request(copy))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_was_lent_to_this_copy_is_taken_away() {
        let meta = |uid: &str, request: Option<&str>, owner: Option<&str>| Meta {
            uid: uid.to_owned(),
            labels: request
                .map(|id| (names::REQUEST_LABEL.to_owned(), id.to_owned()))
                .into_iter()
                .collect(),
            owner_references: owner.map(|uid| json!({"uid": uid})).into_iter().collect(),
            ..Meta::default()
        };
        let copy = meta("copy", Some("k3j9"), None);
        for (request, owner, lent) in [
            (Some("k3j9"), Some("copy"), true),
            (None, Some("copy"), true),
            // Its terminal died before it could say whose it is.
            (Some("k3j9"), None, true),
            (Some("k3j9"), Some("other"), false),
            (Some("x"), None, false),
            (None, None, false),
        ] {
            let secret = meta("s", request, owner);
            assert_eq!(is_lent(&secret, &copy), lent, "{request:?} {owner:?}");
        }
        let bare = meta("copy", None, None);
        assert!(!is_lent(&meta("s", None, None), &bare));
    }
}
