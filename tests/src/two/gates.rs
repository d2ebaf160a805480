//! What targets answer at gates, and who learns of it.

use super::{PLACES, QUICK, Two, id_of};
use crate::{Result, ensure};

/// A no is told in full only in the slice of the target that said it.
pub async fn told_where_it_comes_from(two: &Two) -> Result {
    let plugin = two.plugin(&[("east", 0), ("west", 1)], true)?;
    for site in &two.sites {
        site.proxy.line.orders(|_| Ok("f\n".to_owned()));
    }
    let line = format!(
        "restart -n team --context east,west one two {QUICK} --canary 3 --gate leader --max-parallel 3"
    );
    let ended = plugin.run(&line, &[]).await?.exits(6)?;
    let ended = ended.says(&["gate leader: 3 of 3 said no: team/"])?;
    let id = id_of(&ended)?;
    for (at, site) in two.sites.iter().enumerate() {
        let gates = site.slices().get(&id).await?.spec.control.gates;
        let text = serde_json::to_string(&gates)?;
        let named = |at: usize| text.contains(&format!("@{}", PLACES[at]));
        ensure!(
            named(at) && !named(1 - at) && text.contains("3 of 3 said no"),
            "{}: {text}",
            PLACES[at]
        );
    }
    let line = format!("rollout abort {id} --context east,west --yes");
    plugin.run(&line, &[]).await?.exits(0)?;
    Ok(())
}
