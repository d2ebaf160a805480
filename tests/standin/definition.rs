//! Another controller's definition of `postgresqls` drops what status says: that is said once, and
//! nothing is written until the definition is put right.

use k8s_openapi::{
    api::core::v1::Event,
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use pg_core::postgresql::Postgresql;
use pg_tests::{
    Result, ensure,
    sweep::{Act, Ground, Operation, Run},
    wait,
};
use serde_json::{Value, json};

use crate::run;

const EDIT: Operation = Operation::new(
    "outdated",
    Some(1),
    Act::Patch(|| json!({"spec": {"serviceAnnotations": {"seen": "edit"}}})),
);
const NAME: &str = "postgresqls.acid.zalan.do";
const STATUS: &str = "/spec/versions/0/schema/openAPIV3Schema/properties/status";

#[test]
fn a_status_that_is_not_kept_is_written_once() {
    run(async || {
        let ground = Ground::start().await?;
        let client = &ground.server.client;
        let run = Run::new(&ground, &EDIT, 840).await?;
        let crds = Api::<CustomResourceDefinition>::all(client.clone());
        let ours = serde_json::to_value(crds.get(NAME).await?)?;
        let ours = ours.pointer(STATUS).cloned().ok_or("no schema of status")?;
        let put = async |schema: &Value| -> Result {
            let patch = json!([{"op": "replace", "path": STATUS, "value": schema}]);
            let patch: Patch<()> = Patch::Json(serde_json::from_value(patch)?);
            crds.patch(NAME, &PatchParams::default(), &patch).await?;
            Ok(())
        };
        let api = Api::<Postgresql>::namespaced(client.clone(), &run.namespace);
        let status =
            async || -> Result<_> { Ok(api.get("main").await?.status.unwrap_or_default()) };

        let zalandos = json!({
            "type": "object",
            "properties": {"PostgresClusterStatus": {"type": "string"}},
        });
        put(&zalandos).await?;
        wait::until("the definition drops what status says", async || {
            let status = status().await?;
            ensure!(status.ready.is_none(), "{status:?}");
            Ok(())
        })
        .await?;
        run.proxy.line.arm(|_| false);
        run.act().await?;
        let told = async || -> Result<usize> {
            let events = Api::<Event>::namespaced(client.clone(), &run.namespace);
            let all = events.list(&Default::default()).await?.items;
            let outdated = all
                .iter()
                .filter(|event| event.reason.as_deref() == Some("CRDOutdated"));
            Ok(outdated.count())
        };
        wait::until("it is said", async || {
            ensure!(told().await? == 1, "no Event CRDOutdated");
            Ok(())
        })
        .await?;
        run.until_quiet().await?;
        let of_status = |writes: &[String]| {
            let of_status = |write: &&String| write.contains("/status");
            writes.iter().filter(of_status).count()
        };
        let before = of_status(&run.proxy.line.writes());
        ensure!(before <= 2, "{:#?}", run.proxy.line.writes());
        // Something to say each time.
        for edit in ["once", "twice", "again"] {
            let patch = json!({"spec": {"serviceAnnotations": {"seen": edit}}});
            let patch = Patch::Merge(patch);
            api.patch("main", &PatchParams::default(), &patch).await?;
            run.until_quiet().await?;
        }
        let writes = run.proxy.line.writes();
        ensure!(of_status(&writes) == before, "{writes:#?}");
        ensure!(told().await? == 1, "it was said more than once");

        put(&ours).await?;
        run.until_running().await?;
        run.end().await
    });
}
