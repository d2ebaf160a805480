//! The table of parameters: group in the OperatorConfiguration, name, type, default, check.
//!
//! Groups and names are Zalando's; `top` is the group of those without one.

use std::{collections::BTreeMap, time::Duration};

use k8s_openapi::api::core::v1::{Container, Probe};
use serde_json::Value;

use crate::postgresql::Opaque;

use super::{
    effect::{self, Effect},
    limit::Limit::{self, AtLeast, Cpu, Memory, OneOf, Schedule, Window},
    setting::{
        InfrastructureRole, PodManagementPolicy, PodSecurity, RetentionPolicy, Setting,
        StorageResizeMode,
    },
};

/// A parameter of the configuration: where it stands and how it is read and shown.
pub struct Parameter {
    /// Group in the OperatorConfiguration; `top` for those without one.
    pub group: &'static str,
    /// Name, in the ConfigMap and in the group.
    pub name: &'static str,
    /// What it says.
    pub about: &'static str,
    /// What its values are limited to.
    pub(super) limit: Option<Limit>,
    /// Schema of its type.
    pub(super) schema: fn() -> Value,
    /// Reads it as text of a ConfigMap.
    pub(super) read_text: fn(&mut Configuration, &str) -> Result<(), String>,
    /// Reads it as a value of an OperatorConfiguration.
    pub(super) read_json: fn(&mut Configuration, &Value) -> Result<(), String>,
    /// Returns its value.
    pub(super) show: fn(&Configuration) -> Value,
}

impl Parameter {
    /// Its default, as a value of an OperatorConfiguration; null where it has none.
    pub fn default_value(&self) -> Value {
        (self.show)(&Configuration::default())
    }

    /// Whether an empty text is none of its values.
    pub(super) fn has_words(&self) -> bool {
        matches!(self.limit, Some(OneOf(_) | Schedule))
    }

    /// What it does here.
    pub fn effect(&self) -> Effect {
        effect::of(self.group, self.name)
    }
}

macro_rules! limit {
    () => {
        None
    };
    ($limit:expr) => {
        Some($limit)
    };
}

macro_rules! parameters {
    ($($(#[doc = $doc:literal])* $group:ident $name:ident: $type:ty = $default:expr $(=> $limit:expr)?;)*) => {
        /// The operator configuration, with the names and defaults of Zalando's.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Configuration {
            $($(#[doc = $doc])* pub $name: $type,)*
        }

        impl Default for Configuration {
            fn default() -> Self {
                Self { $($name: $default.into(),)* }
            }
        }

        /// All parameters, in the order of Zalando's documentation.
        pub const PARAMETERS: &[Parameter] = &[$(Parameter {
            group: stringify!($group),
            name: stringify!($name),
            about: concat!($($doc),*),
            limit: limit!($($limit)?),
            schema: <$type as Setting>::schema,
            read_text: |configuration, text| {
                let value = <$type as Setting>::from_text(text)?;
                $($limit.check(&value.to_json())?;)?
                configuration.$name = value;
                Ok(())
            },
            read_json: |configuration, value| {
                let value = <$type as Setting>::from_json(value)?;
                $($limit.check(&value.to_json())?;)?
                configuration.$name = value;
                Ok(())
            },
            show: |configuration| configuration.$name.to_json(),
        },)*];
    };
}

type Text = String;
type List = Vec<String>;
type Map = BTreeMap<String, String>;

const NONE: [String; 0] = [];
const NOTHING: [(String, String); 0] = [];

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

fn own(text: &str) -> String {
    text.to_owned()
}

parameters! {
    /// Image of the database pods.
    top docker_image: Text = "ghcr.io/zalando/spilo-18:4.1-p2";
    /// How many clusters are worked on at once.
    top workers: i32 = 8 => AtLeast(1);
    /// Time after which a cluster is looked at although nothing happened.
    top resync_period: Duration = minutes(30);
    /// Without effect, as in Zalando's operator.
    top repair_period: Duration = minutes(5);
    /// Least number of members of a cluster; -1 for no limit.
    top min_instances: i32 = -1 => AtLeast(-1);
    /// Greatest number of members of a cluster; -1 for no limit.
    top max_instances: i32 = -1 => AtLeast(-1);
    /// Whether Patroni keeps its state in ConfigMaps instead of Endpoints.
    top kubernetes_use_configmaps: bool = true;
    /// Whether the controller writes the definitions of its resources.
    top enable_crd_registration: bool = true;
    /// Categories of the resources' definitions.
    top crd_categories: List = [own("all")];
    /// Whether a changed image waits until a pod is restarted for another reason.
    top enable_lazy_spilo_upgrade: bool = false;
    /// Whether pods are told PostgreSQL's version.
    top enable_pgversion_env_var: bool = true;
    /// Whether archives are also looked for where older Spilo images put them.
    top enable_spilo_wal_path_compat: bool = false;
    /// Whether a cluster's name must begin with its team's.
    top enable_team_id_clustername_prefix: bool = false;
    /// Address of an etcd for Patroni; empty means Kubernetes.
    top etcd_host: Text = "";
    /// Whether maintenance windows count.
    top enable_maintenance_windows: bool = true;
    /// Maintenance windows of clusters that have none.
    top maintenance_windows: List = NONE => Window;
    /// Whether memory requests are raised to the limits.
    top set_memory_request_to_limit: bool = false;
    /// Whether /dev/shm is a memory volume; a manifest may ask for it and cannot refuse it.
    top enable_shm_volume: bool = true;
    /// Images of sidecars by container name; the old way.
    top sidecar_docker_images: Map = NOTHING;
    /// Sidecars of all clusters. Not in a ConfigMap.
    top sidecars: Vec<Opaque<Container>> = Vec::<Opaque<Container>>::new();
    /// Annotation that exempts a cluster from `min_instances` and `max_instances`.
    top ignore_instance_limits_annotation_key: Text = "";
    /// Annotation that exempts a cluster from the limits of CPU and memory.
    top ignore_resources_limits_annotation_key: Text = "";

    /// Name of the superuser.
    users super_username: Text = "postgres";
    /// Name of the replication user.
    users replication_username: Text = "standby";
    /// Roles that every owner of a database is made a member of.
    users additional_owner_roles: List = NONE;
    /// Whether passwords of manifests' roles are rotated.
    users enable_password_rotation: bool = false;
    /// Days between two rotations.
    users password_rotation_interval: i32 = 90;
    /// Days that a rotated role is kept.
    users password_rotation_user_retention: i32 = 120;

    /// Whether versions are raised: off, manual (by the manifest) or full (also by itself).
    major_version_upgrade major_version_upgrade_mode: Text = "manual" => OneOf(&["off", "manual", "full"]);
    /// Teams whose clusters are upgraded although the mode is off.
    major_version_upgrade major_version_upgrade_team_allow_list: List = NONE;
    /// Version below which `full` upgrades.
    major_version_upgrade minimal_major_version: Text = "14";
    /// Version to which `full` upgrades.
    major_version_upgrade target_major_version: Text = "18";

    /// Service account of the database pods.
    kubernetes pod_service_account_name: Text = "postgres-pod";
    /// Manifest of that service account; empty means a plain one.
    kubernetes pod_service_account_definition: Text = "";
    /// Manifest of its role binding; empty means to the cluster role `postgres-pod`.
    kubernetes pod_service_account_role_binding_definition: Text = "";
    /// Time that a database pod has for its end.
    kubernetes pod_terminate_grace_period: Duration = minutes(5);
    /// Liveness probe of database pods, where the manifest has none. Not in a ConfigMap.
    kubernetes liveness_probe: Option<Opaque<Probe>> = None;
    /// Whether database pods are privileged.
    kubernetes spilo_privileged: bool = false;
    /// Whether processes in database pods may gain rights.
    kubernetes spilo_allow_privilege_escalation: bool = true;
    /// User id of database pods.
    kubernetes spilo_runasuser: Option<i64> = None;
    /// Group id of database pods.
    kubernetes spilo_runasgroup: Option<i64> = None;
    /// Group id of their volumes.
    kubernetes spilo_fsgroup: Option<i64> = None;
    /// Capabilities that database pods get.
    kubernetes additional_pod_capabilities: List = NONE;
    /// Security context of new clusters: `spilo` as Zalando's, or `restricted` for our own image
    /// under Pod Security `restricted`.
    kubernetes pod_security: PodSecurity = PodSecurity::Spilo;
    /// Namespace that is watched: empty for the controller's own, `*` for all.
    kubernetes watched_namespace: Text = "";
    /// Name of a cluster's PodDisruptionBudget.
    kubernetes pdb_name_format: Text = "postgres-{cluster}-pdb";
    /// Whether the budget protects the primary only.
    kubernetes pdb_master_label_selector: bool = true;
    /// Whether the budget protects anything.
    kubernetes enable_pod_disruption_budget: bool = true;
    /// Who makes a volume larger: pvc (Kubernetes), ebs, mixed (AWS's API), off.
    kubernetes storage_resize_mode: StorageResizeMode = StorageResizeMode::Pvc;
    /// Whether manifests may have init containers.
    kubernetes enable_init_containers: bool = true;
    /// Whether manifests may have sidecars.
    kubernetes enable_sidecars: bool = true;
    /// Whether sidecars see PostgreSQL's socket.
    kubernetes share_pgsocket_with_sidecars: bool = false;
    /// Name of a role's secret.
    kubernetes secret_name_template: Text = "{username}.{cluster}.credentials.{tprkind}.{tprgroup}";
    /// DNS domain of the Kubernetes cluster.
    kubernetes cluster_domain: Text = "cluster.local";
    /// Secret with the token for the teams' API.
    kubernetes oauth_token_secret_name: Text = "postgres-operator";
    /// Secret with roles for all clusters; the old way.
    kubernetes infrastructure_roles_secret_name: Text = "";
    /// Secrets with roles for all clusters.
    kubernetes infrastructure_roles_secrets: Vec<InfrastructureRole> = Vec::<InfrastructureRole>::new();
    /// Label with a pod's role.
    kubernetes pod_role_label: Text = "spilo-role";
    /// Labels of everything that belongs to a cluster.
    kubernetes cluster_labels: Map = [(own("application"), own("spilo"))];
    /// Labels of a manifest that its objects get too.
    kubernetes inherited_labels: List = NONE;
    /// Annotations of a manifest that its objects get too.
    kubernetes inherited_annotations: List = NONE;
    /// Annotations of a manifest (regular expressions) that its StatefulSet gets too.
    kubernetes downscaler_annotations: List = NONE;
    /// Annotations that others may set on a cluster's objects.
    kubernetes ignored_annotations: List = NONE;
    /// Label with the cluster's name.
    kubernetes cluster_name_label: Text = "cluster-name";
    /// Annotation that must hold today's date before a cluster is deleted.
    kubernetes delete_annotation_date_key: Text = "";
    /// Annotation that must hold the cluster's name before it is deleted.
    kubernetes delete_annotation_name_key: Text = "";
    /// Labels of nodes that are ready for database pods.
    kubernetes node_readiness_label: Map = NOTHING;
    /// How these join a manifest's node affinity: OR or AND.
    kubernetes node_readiness_label_merge: Text = "OR" => OneOf(&["AND", "OR"]);
    /// Annotations of all database pods.
    kubernetes custom_pod_annotations: Map = NOTHING;
    /// Toleration of database pods, where the manifest has none.
    kubernetes toleration: Map = NOTHING;
    /// ConfigMap (`namespace/name`) with environment of all database pods.
    kubernetes pod_environment_configmap: Text = "";
    /// Secret in a cluster's namespace with environment of its database pods.
    kubernetes pod_environment_secret: Text = "";
    /// Priority class of database pods, where the manifest has none.
    kubernetes pod_priority_class_name: Text = "";
    /// Time that moving primaries off a node may take.
    kubernetes master_pod_move_timeout: Duration = minutes(20);
    /// Whether members of a cluster keep away from each other's node.
    kubernetes enable_pod_antiaffinity: bool = false;
    /// Whether they do so only where possible.
    kubernetes pod_antiaffinity_preferred_during_scheduling: bool = false;
    /// Label of nodes that says which ones are the same place.
    kubernetes pod_antiaffinity_topology_key: Text = "kubernetes.io/hostname";
    /// Whether members start one after the other or at once.
    kubernetes pod_management_policy: PodManagementPolicy = PodManagementPolicy::OrderedReady;
    /// What becomes of volumes when the StatefulSet is deleted or scaled down.
    kubernetes persistent_volume_claim_retention_policy: RetentionPolicy = RetentionPolicy::default();
    /// Whether a deleted cluster's secrets are deleted.
    kubernetes enable_secrets_deletion: bool = true;
    /// Whether a deleted cluster's volumes are deleted.
    kubernetes enable_persistent_volume_claim_deletion: bool = true;
    /// Whether database pods have a readiness probe.
    kubernetes enable_readiness_probe: bool = false;
    /// Whether roles `namespace.role` get their secret in that namespace.
    kubernetes enable_cross_namespace_secret: bool = false;
    /// Whether clusters carry a finalizer.
    kubernetes enable_finalizers: bool = false;
    /// Whether a cluster's objects carry an owner reference.
    kubernetes enable_owner_references: bool = false;

    /// CPU request, where the manifest has none.
    postgres_pod_resources default_cpu_request: Text = "" => Cpu;
    /// CPU limit, where the manifest has none.
    postgres_pod_resources default_cpu_limit: Text = "" => Cpu;
    /// Memory request, where the manifest has none.
    postgres_pod_resources default_memory_request: Text = "" => Memory;
    /// Memory limit, where the manifest has none.
    postgres_pod_resources default_memory_limit: Text = "" => Memory;
    /// CPU limits below are raised to this.
    postgres_pod_resources min_cpu_limit: Text = "" => Cpu;
    /// Memory limits below are raised to this.
    postgres_pod_resources min_memory_limit: Text = "" => Memory;
    /// CPU requests above are lowered to this.
    postgres_pod_resources max_cpu_request: Text = "" => Cpu;
    /// Memory requests above are lowered to this.
    postgres_pod_resources max_memory_request: Text = "" => Memory;

    /// Time between two looks at an object that is waited for.
    timeouts resource_check_interval: Duration = seconds(3);
    /// Time that an object is waited for.
    timeouts resource_check_timeout: Duration = minutes(10);
    /// Time that a pod's role label is waited for.
    timeouts pod_label_wait_timeout: Duration = minutes(10);
    /// Time that a pod's end is waited for.
    timeouts pod_deletion_wait_timeout: Duration = minutes(10);
    /// Time between two looks at the API server.
    timeouts ready_wait_interval: Duration = seconds(4);
    /// Time that the API server is waited for.
    timeouts ready_wait_timeout: Duration = seconds(30);
    /// Time between two questions to Patroni.
    timeouts patroni_api_check_interval: Duration = seconds(1);
    /// Time that Patroni's answer is waited for.
    timeouts patroni_api_check_timeout: Duration = seconds(5);

    /// Domain of load balancers' names.
    load_balancer db_hosted_zone: Text = "db.example.com";
    /// Whether primaries have a load balancer, where the manifest does not say.
    load_balancer enable_master_load_balancer: bool = false;
    /// Whether primaries' poolers have a load balancer, where the manifest does not say.
    load_balancer enable_master_pooler_load_balancer: bool = false;
    /// Whether replicas have a load balancer, where the manifest does not say.
    load_balancer enable_replica_load_balancer: bool = false;
    /// Whether replicas' poolers have a load balancer, where the manifest does not say.
    load_balancer enable_replica_pooler_load_balancer: bool = false;
    /// Whether primaries have a node port, where the manifest does not say.
    load_balancer enable_master_node_port: bool = false;
    /// Whether primaries' poolers have a node port, where the manifest does not say.
    load_balancer enable_master_pooler_node_port: bool = false;
    /// Whether replicas have a node port, where the manifest does not say.
    load_balancer enable_replica_node_port: bool = false;
    /// Whether replicas' poolers have a node port, where the manifest does not say.
    load_balancer enable_replica_pooler_node_port: bool = false;
    /// Annotations of all Services.
    load_balancer custom_service_annotations: Map = NOTHING;
    /// DNS name of a primary's load balancer.
    load_balancer master_dns_name_format: Text = "{cluster}.{namespace}.{hostedzone}";
    /// Its older DNS name, for clusters whose name begins with their team's.
    load_balancer master_legacy_dns_name_format: Text = "{cluster}.{team}.{hostedzone}";
    /// DNS name of the replicas' load balancer.
    load_balancer replica_dns_name_format: Text = "{cluster}-repl.{namespace}.{hostedzone}";
    /// Its older DNS name, for clusters whose name begins with their team's.
    load_balancer replica_legacy_dns_name_format: Text = "{cluster}-repl.{team}.{hostedzone}";
    /// Whether load balancers send to any node or only to a pod's own: Cluster or Local.
    load_balancer external_traffic_policy: Text = "Cluster" => OneOf(&["Cluster", "Local"]);

    /// Bucket of archives in S3.
    aws_or_gcp wal_s3_bucket: Text = "";
    /// Bucket of archives in Google's store.
    aws_or_gcp wal_gs_bucket: Text = "";
    /// Account of archives in Azure's store.
    aws_or_gcp wal_az_storage_account: Text = "";
    /// Path of Google's credentials in database pods.
    aws_or_gcp gcp_credentials: Text = "";
    /// Bucket of PostgreSQL's logs in S3.
    aws_or_gcp log_s3_bucket: Text = "";
    /// Region of AWS.
    aws_or_gcp aws_region: Text = "eu-central-1";
    /// Role of AWS that database pods take, by annotation of the pod.
    aws_or_gcp kube_iam_role: Text = "";
    /// Role of AWS that database pods take, by annotation of the service account.
    aws_or_gcp irsa_role_arn: Text = "";
    /// Secret that all database pods mount.
    aws_or_gcp additional_secret_mount: Text = "";
    /// Where they mount it.
    aws_or_gcp additional_secret_mount_path: Text = "";

    /// Whether the log is detailed.
    debug debug_logging: bool = true;
    /// Whether the controller connects to databases.
    debug enable_database_access: bool = true;

    /// Whether members of teams become roles.
    teams_api enable_teams_api: bool = false;
    /// Address of the teams' API.
    teams_api teams_api_url: Text = "https://teams.example.com/api/";
    /// Parameters of team members' roles.
    teams_api team_api_role_configuration: Map = [(own("log_statement"), own("all"))];
    /// Whether team members are superusers.
    teams_api enable_team_superuser: bool = false;
    /// Role that team members are made members of.
    teams_api team_admin_role: Text = "admin";
    /// Whether it may make others members of the roles of manifests.
    teams_api enable_admin_role_for_users: bool = true;
    /// Role whose members log in by PAM.
    teams_api pam_role_name: Text = "zalandos";
    /// Configuration of PAM.
    teams_api pam_configuration: Text =
        "https://info.example.com/oauth2/tokeninfo?access_token= uid realm=/employees";
    /// Roles that no manifest may have.
    teams_api protected_role_names: List = [own("admin"), own("cron_admin")];
    /// Teams whose members are superusers of every cluster.
    teams_api postgres_superuser_teams: List = NONE;
    /// Whether PostgresTeam resources count.
    teams_api enable_postgres_team_crd: bool = true;
    /// Whether they may name superusers.
    teams_api enable_postgres_team_crd_superusers: bool = false;
    /// Whether roles of former team members are renamed and locked.
    teams_api enable_team_member_deprecation: bool = false;
    /// What is put behind their names.
    teams_api role_deletion_suffix: Text = "_deleted";

    /// Port of the controller's own endpoints.
    logging_rest_api api_port: i32 = 8080;
    /// Lines of log kept for them.
    logging_rest_api ring_log_lines: i32 = 100;
    /// Edits of a cluster kept for them.
    logging_rest_api cluster_history_entries: i32 = 1000;

    /// Key of Scalyr.
    scalyr scalyr_api_key: Text = "";
    /// Image of Scalyr's sidecar.
    scalyr scalyr_image: Text = "";
    /// Address of Scalyr.
    scalyr scalyr_server_url: Text = "https://upload.eu.scalyr.com";
    /// CPU request of the sidecar.
    scalyr scalyr_cpu_request: Text = "100m" => Cpu;
    /// Memory request of the sidecar.
    scalyr scalyr_memory_request: Text = "50Mi" => Memory;
    /// CPU limit of the sidecar.
    scalyr scalyr_cpu_limit: Text = "1" => Cpu;
    /// Memory limit of the sidecar.
    scalyr scalyr_memory_limit: Text = "500Mi" => Memory;

    /// When databases are dumped, where the manifest does not say.
    logical_backup logical_backup_schedule: Text = "30 00 * * *" => Schedule;
    /// Image of the dump.
    logical_backup logical_backup_docker_image: Text =
        "ghcr.io/zalando/postgres-operator/logical-backup:v2.0.1";
    /// Store of dumps: s3, gcs or az.
    logical_backup logical_backup_provider: Text = "s3" => OneOf(&["az", "gcs", "s3"]);
    /// What CronJobs' names begin with.
    logical_backup logical_backup_job_prefix: Text = "logical-backup-";
    /// Bucket of dumps.
    logical_backup logical_backup_s3_bucket: Text = "";
    /// Directory in the bucket.
    logical_backup logical_backup_s3_bucket_prefix: Text = "spilo";
    /// Region of the bucket.
    logical_backup logical_backup_s3_region: Text = "";
    /// Address of the store.
    logical_backup logical_backup_s3_endpoint: Text = "";
    /// Access key of the store.
    logical_backup logical_backup_s3_access_key_id: Text = "";
    /// Secret key of the store.
    logical_backup logical_backup_s3_secret_access_key: Text = "";
    /// Encryption at the store.
    logical_backup logical_backup_s3_sse: Text = "";
    /// How long dumps are kept.
    logical_backup logical_backup_s3_retention_time: Text = "";
    /// Account of Azure's store.
    logical_backup logical_backup_azure_storage_account_name: Text = "";
    /// Container of Azure's store.
    logical_backup logical_backup_azure_storage_container: Text = "";
    /// Key of Azure's store.
    logical_backup logical_backup_azure_storage_account_key: Text = "";
    /// Path of Google's credentials.
    logical_backup logical_backup_google_application_credentials: Text = "";
    /// Secret with environment of the dump.
    logical_backup logical_backup_cronjob_environment_secret: Text = "";
    /// CPU request of the dump.
    logical_backup logical_backup_cpu_request: Text = "" => Cpu;
    /// CPU limit of the dump.
    logical_backup logical_backup_cpu_limit: Text = "" => Cpu;
    /// Memory request of the dump.
    logical_backup logical_backup_memory_request: Text = "" => Memory;
    /// Memory limit of the dump.
    logical_backup logical_backup_memory_limit: Text = "" => Memory;
    /// Finished jobs that are kept.
    logical_backup logical_backup_successful_jobs_history_limit: i32 = 3 => AtLeast(0);
    /// Failed jobs that are kept.
    logical_backup logical_backup_failed_jobs_history_limit: i32 = 3 => AtLeast(0);
    /// Seconds that a finished job is kept.
    logical_backup logical_backup_ttl_seconds_after_finished: i32 = 86400 => AtLeast(0);

    /// Pods of a pooler.
    connection_pooler connection_pooler_number_of_instances: i32 = 2 => AtLeast(1);
    /// Schema of the pooler's function.
    connection_pooler connection_pooler_schema: Text = "pooler";
    /// Role of the pooler.
    connection_pooler connection_pooler_user: Text = "pooler";
    /// Image of the pooler.
    connection_pooler connection_pooler_image: Text =
        "ghcr.io/zalando/postgres-operator/pgbouncer:v2.0.1";
    /// When a connection goes back to the pool: session or transaction.
    connection_pooler connection_pooler_mode: Text = "transaction" => OneOf(&["session", "transaction"]);
    /// Connections that all pooler pods together open to one database.
    connection_pooler connection_pooler_max_db_connections: i32 = 60;
    /// CPU request of a pooler pod.
    connection_pooler connection_pooler_default_cpu_request: Text = "500m" => Cpu;
    /// Memory request of a pooler pod.
    connection_pooler connection_pooler_default_memory_request: Text = "100Mi" => Memory;
    /// CPU limit of a pooler pod.
    connection_pooler connection_pooler_default_cpu_limit: Text = "1" => Cpu;
    /// Memory limit of a pooler pod.
    connection_pooler connection_pooler_default_memory_limit: Text = "100Mi" => Memory;

    /// Whether a primary stays one while the API server is away but all members answer.
    patroni enable_patroni_failsafe_mode: bool = false;
}
