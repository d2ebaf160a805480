use super::*;

#[test]
fn what_is_watched_follows_from_the_configuration() {
    let mut configuration = Configuration {
        watched_namespace: "*".to_owned(),
        ..Configuration::default()
    };
    let before = Scope::of(&configuration);
    assert_eq!(before.namespace, "");
    assert_eq!(before.selector(), "application=spilo,cluster-name");
    configuration.docker_image = "another".to_owned();
    assert_eq!(
        Scope::of(&configuration),
        before,
        "pods change, watches do not"
    );
    configuration
        .cluster_labels
        .insert("tier".to_owned(), "db".to_owned());
    configuration.cluster_name_label = "pg".to_owned();
    assert_eq!(
        Scope::of(&configuration).selector(),
        "application=spilo,tier=db,pg"
    );
    configuration.watched_namespace = "team".to_owned();
    assert_eq!(Scope::of(&configuration).namespace, "team");
    configuration.pod_service_account_name = "db".to_owned();
    assert_eq!(Scope::of(&configuration).shared, ["db", "db"]);
    configuration.pod_service_account_role_binding_definition =
        "{kind: RoleBinding, metadata: {name: db-rights}}".to_owned();
    assert_eq!(Scope::of(&configuration).shared, ["db", "db-rights"]);
}
