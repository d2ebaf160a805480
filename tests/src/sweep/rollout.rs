//! A driver of one slice: it starts and drives a rollout as the plugin does, by the same engine.
//! It is the controller that is killed here.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{
    Api, ResourceExt,
    api::{ListParams, Patch, PatchParams, PostParams},
};
use pg_core::{
    names,
    operation::{Action, Operation},
    rollout::{
        Act, Amount, Candidate, Cut, Draft, Fleet, Me, Place, Plan, Rollout, Seen, Standing,
        Strategy, Target, step,
    },
};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    Run,
    operations::{BESIDE, CLUSTER},
};
use crate::{Result, api_server, ensure, operation::operation, wait};

const ID: &str = "rolled";
/// The only Kubernetes cluster that takes part.
const HERE: &str = "here";

/// Plans the act for both clusters, one in each wave, and drives it to its end.
pub(super) async fn drive(run: &Run<'_>, action: Value) -> Result {
    let driver = Driver {
        run,
        slices: Api::namespaced(run.client().clone(), &run.namespace),
        me: Me {
            id: "driver".to_owned(),
            epoch: 1,
        },
    };
    driver.start(serde_json::from_value(action)?).await?;
    loop {
        let fleet = Fleet::from([(HERE.to_owned(), driver.read().await?)]);
        let step = step(&driver.me, &fleet);
        match step.standing {
            Standing::Done => return Ok(()),
            Standing::Stopped(stop) => return Err(format!("the rollout stopped: {stop:?}").into()),
            _ => {}
        }
        for act in step.acts {
            driver.perform(&act).await?;
        }
        sleep(Duration::from_millis(200)).await;
    }
}

struct Driver<'a> {
    run: &'a Run<'a>,
    slices: Api<Rollout>,
    me: Me,
}

impl Driver<'_> {
    /// Makes the slice, and drives from when all targets are its own.
    async fn start(&self, action: Action) -> Result {
        let mut drafts = Vec::new();
        for name in [CLUSTER, BESIDE] {
            drafts.push(self.draft(name).await?);
        }
        let strategy = Strategy {
            canary: 1,
            waves: Cut::Sizes(vec![Amount::Percent(100)]),
            soak_seconds: 0,
            ..Strategy::default()
        };
        let place = Place {
            hint: HERE.to_owned(),
            requested_by: api_server::USER.to_owned(),
            ..Place::default()
        };
        let places = BTreeMap::from([(HERE.to_owned(), place)]);
        let plan = Plan::new(ID, action, strategy, drafts, &places)?;
        for slice in plan.rollouts().values() {
            self.slices.create(&PostParams::default(), slice).await?;
        }
        wait::until("the targets are the rollout's", async || {
            let status = self.slices.get(ID).await?.status.unwrap_or_default();
            let claimed = status.claimed.as_ref();
            ensure!(claimed.is_some_and(|claimed| claimed.held), "{status:?}");
            Ok(())
        })
        .await?;
        self.control(json!({
            "epoch": self.me.epoch,
            "driver": {"id": self.me.id},
            "desired": "Run",
            "desiredSeq": 1,
        }))
        .await
    }

    async fn draft(&self, name: &str) -> Result<Draft> {
        let manifest = self.run.manifests().get(name).await?;
        let target = Target {
            namespace: self.run.namespace.clone(),
            name: name.to_owned(),
            uid: manifest.uid().ok_or("no uid")?,
            generation: manifest.metadata.generation.unwrap_or_default(),
            ..Target::default()
        };
        let candidate = Candidate {
            cluster_uid: HERE.to_owned(),
            namespace: target.namespace.clone(),
            name: target.name.clone(),
            ..Candidate::default()
        };
        Ok(Draft { candidate, target })
    }

    async fn read(&self) -> Result<Seen> {
        let slice = self.slices.get(ID).await?;
        let label = ListParams::default().labels(&format!("{}={ID}", names::ROLLOUT_LABEL));
        Ok(Seen {
            slice,
            operations: self.run.operations().list(&label).await?.items,
            at: Timestamp::now(),
            silent: None,
        })
    }

    async fn perform(&self, act: &Act) -> Result {
        match act {
            Act::Open { wave, .. } => self.control(json!({ "wave": wave })).await,
            Act::Finish { .. } => {
                let now = Time(Timestamp::now());
                self.control(json!({ "finishedAt": now })).await
            }
            Act::Create {
                target, attempt, ..
            } => self.create(target, *attempt).await,
            Act::Look { .. } => Err("there is no gate".into()),
        }
    }

    /// Only this driver writes there, so it need not look for others.
    async fn control(&self, control: Value) -> Result {
        let patch = Patch::Merge(json!({"spec": {"control": control}}));
        let params = PatchParams::default();
        self.slices.patch(ID, &params, &patch).await?;
        Ok(())
    }

    async fn create(&self, uid: &str, attempt: u32) -> Result {
        let plan = self.slices.get(ID).await?.spec.plan;
        let target = plan.targets.iter().find(|one| one.uid == uid);
        let target = target.ok_or("no such target")?;
        let more = json!({
            "queue": true,
            "rollout": {"id": ID, "epoch": self.me.epoch, "wave": target.wave},
        });
        let action = serde_json::to_value(&plan.action)?;
        let mut object = operation(&target.name, uid, action, api_server::USER, more);
        object["metadata"] = json!({
            "name": names::operation(ID, uid, attempt),
            "labels": {names::ROLLOUT_LABEL: ID},
        });
        let object: Operation = serde_json::from_value(object)?;
        let api = self.run.operations();
        match api.create(&PostParams::default(), &object).await {
            // Made by an earlier step, and not seen yet.
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }
}
