//! `-o json|yaml`: whole objects, without the server's managed fields.

use std::sync::Arc;

use kube::api::{DynamicObject, ListParams};
use pg_core::postgresql::Health;
use serde::Serialize;

use super::{PAGE, namespaces, without_resource};
use crate::{
    args::List,
    cluster::Cluster,
    commands::once::Once,
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    output::document::Document,
    session::Session,
    target::Selection,
};

#[derive(Serialize)]
struct Item {
    context: String,
    cluster: DynamicObject,
}

/// `-o json|yaml`: whole objects.
pub async fn run(session: &Session, selection: &Selection, args: &List) -> Result<Exit> {
    let results = session
        .read_each(
            &selection.contexts,
            |context| async move {
                let objects = objects(session, &context, selection, args.problems).await?;
                Ok((context.mark(), objects))
            },
            |_, _| (),
        )
        .await?;
    let mut items = Vec::new();
    let mut errors = Vec::new();
    let mut once = Once::default();
    let answered = results.iter().filter(|(_, result)| result.is_ok()).count();
    for (context, result) in results {
        match result {
            Ok((mark, objects)) => items.extend(
                objects
                    .into_iter()
                    .filter(|cluster| {
                        let uid = cluster.metadata.uid.as_deref().unwrap_or_default();
                        once.is_new(&context, mark, uid)
                    })
                    .map(|cluster| Item {
                        context: context.clone(),
                        cluster,
                    }),
            ),
            Err(error) => errors.push(error),
        }
    }
    once.say(&session.screen);
    let mut exit = Exit::of_read(answered, errors.len(), session.flags.allow_unreachable);
    let chosen = args.problems || session.flags.filter.is_some();
    if !selection.named.is_empty() && !chosen && items.is_empty() && errors.is_empty() {
        errors.push(Error::new(
            Kind::NotFound,
            "there is no such Postgres cluster",
        ));
        exit = Exit::Failed;
    }
    for error in &errors {
        session.screen.error(error);
    }
    let document = Document::new("ClusterList", items, errors);
    session.screen.document(&document)?;
    Ok(exit)
}

/// The whole objects of one context.
async fn objects(
    session: &Session,
    context: &Context,
    selection: &Selection,
    problems: bool,
) -> Result<Vec<DynamicObject>> {
    let named: Vec<_> = selection.named_in(&context.name).collect();
    let mut objects = Vec::new();
    for namespace in namespaces(session, context, selection) {
        let api = match &namespace {
            Some(namespace) => context.clusters(namespace),
            None => context.all_clusters(),
        };
        let mut list = ListParams::default().limit(PAGE);
        list.label_selector = session.flags.selector.clone();
        loop {
            let page = context
                .ask(api.list(&list))
                .await
                .map_err(|error| without_resource(error, context))?;
            objects.extend(page.items.into_iter().map(|mut object| {
                object.metadata.managed_fields = None;
                object
            }));
            list.continue_token = page.metadata.continue_.filter(|token| !token.is_empty());
            if list.continue_token.is_none() {
                break;
            }
        }
    }
    if !named.is_empty() {
        objects.retain(|object| {
            named.iter().any(|one| {
                Some(&one.name) == object.metadata.name.as_ref()
                    && Some(one.namespace.as_ref().unwrap_or(&context.namespace))
                        == object.metadata.namespace.as_ref()
            })
        });
    }
    let context = Arc::new(context.clone());
    objects.retain(|object| {
        let cluster = Cluster::new(&context, object.clone());
        session.chooses(|field| cluster.field(field))
            && !(problems && cluster.health() == Health::Healthy)
    });
    Ok(objects)
}
