//! Endpoints of the primary's Service, where Patroni keeps its state in Endpoints.

use pg_core::names;

use super::{Child, ChildKind, Inputs, metadata::Pairs};

/// In that mode the Service has no selector, and Patroni writes the primary's address and its lock
/// here; the object itself carries only labels, so that nothing of Patroni's is ever overwritten.
/// The replicas' Service has a selector in both modes, so Kubernetes makes its Endpoints.
pub(super) fn endpoints(inputs: &Inputs) -> Option<Child> {
    if inputs.uses_config_maps() {
        return None;
    }
    let name = names::primary_service(inputs.name());
    let labels = inputs.with_role(inputs.labels(), names::ROLE_PRIMARY);
    Some(Child {
        kind: ChildKind::Endpoints,
        body: inputs.object(
            ChildKind::Endpoints,
            &name,
            &labels,
            &inputs.annotations(Pairs::new()),
        ),
        name,
    })
}
