//! `-o json|yaml`: whole objects, without the server's managed fields.

use std::sync::Arc;

use kube::api::{DynamicObject, ListParams};
use serde::Serialize;

use super::{PAGE, namespaces, without_resource};
use crate::{
    args::List,
    cluster::Cluster,
    commands::{once::Once, sought::Sought},
    connect::Context,
    error::Result,
    exit::Exit,
    output::document::Document,
    session::Session,
    target::{Chosen, Selection},
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
                let found = objects(session, &context, selection, args.problems).await?;
                Ok((context.mark(), found))
            },
            |_, _| (),
        )
        .await?;
    let mut items = Vec::new();
    let mut errors = Vec::new();
    let mut once = Once::default();
    let mut sought = Sought::default();
    let answered = results.iter().filter(|(_, result)| result.is_ok()).count();
    for (context, result) in results {
        match result {
            Ok((mark, (objects, looked))) => {
                for (one, there) in looked {
                    sought.looked(one, there);
                }
                items.extend(
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
                );
            }
            Err(error) => errors.push(error),
        }
    }
    once.say(&session.screen);
    let mut exit = Exit::of_read(answered, errors.len(), session.flags.allow_unreachable);
    let nowhere = sought.nowhere();
    if !nowhere.is_empty() {
        exit = Exit::Failed;
    }
    errors.extend(nowhere);
    for error in &errors {
        session.screen.error(error);
    }
    sought.say(&session.screen);
    let document = Document::new("ClusterList", items, errors);
    session.screen.document(&document)?;
    Ok(exit)
}

/// The whole objects of one context, and of each that was named whether it is there.
async fn objects<'a>(
    session: &Session,
    context: &Context,
    selection: &'a Selection,
    problems: bool,
) -> Result<(Vec<DynamicObject>, Vec<(&'a Chosen, bool)>)> {
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
    let is = |one: &Chosen, object: &DynamicObject| {
        Some(&one.name) == object.metadata.name.as_ref()
            && Some(one.namespace.as_ref().unwrap_or(&context.namespace))
                == object.metadata.namespace.as_ref()
    };
    if !named.is_empty() {
        objects.retain(|object| named.iter().any(|one| is(one, object)));
    }
    let looked = named
        .iter()
        .map(|one| (*one, objects.iter().any(|object| is(one, object))))
        .collect();
    let context = Arc::new(context.clone());
    objects.retain(|object| {
        let cluster = Cluster::new(&context, object.clone());
        session.chooses(|field| cluster.field(field)) && (!problems || cluster.is_a_problem())
    });
    Ok((objects, looked))
}
