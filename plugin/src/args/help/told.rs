//! What is told of each verb behind its flags: examples, and the rights that it needs.

/// Examples and rights, by verb.
pub const VERBS: [(&str, &[&str], &str); VERB_COUNT] = [
    (
        "list",
        &[
            "list -A --context 'prod-*' --problems",
            "list --where version=15 --sort-by age",
            "list -o jsonpath='{.items[*].cluster.metadata.name}'",
        ],
        "list postgresqls",
    ),
    (
        "status",
        &[
            "status --all-contexts",
            "status team/main@east --watch",
            "status team/main@east -v",
        ],
        "fleet: get rollups; cluster: get postgresqls; for all of it: get rollups, list operations, events, pods, poddisruptionbudgets, get, create pods/exec",
    ),
    (
        "logs",
        &[
            "logs main -f --since 10m",
            "logs -A -l team=shop --fleet prod --postgres -i ERROR",
        ],
        "get postgresqls, list pods; without a name: list postgresqls; without --postgres: get pods/log; --postgres: get, create pods/exec; -f: get, watch pods",
    ),
    (
        "history",
        &["history team/main@east"],
        "get postgresqls; for all of it: list operations, events, get configmaps (endpoints)",
    ),
    (
        "df",
        &["df --all-contexts -A", "df main"],
        "get postgresqls, list pods, get, create pods/exec",
    ),
    (
        "diff",
        &[
            "diff main --context east,west",
            "diff main@west --against main@east",
        ],
        "get postgresqls; for all of it: list pods, get, create pods/exec",
    ),
    (
        "doctor",
        &["doctor --all-contexts", "doctor team/main@east"],
        "fleet: get rollups; cluster: get postgresqls; for all of it: list pods, get, create pods/exec",
    ),
    (
        "report",
        &["report team/main@east --out main.yaml"],
        "get postgresqls; for all of it: get rollups, list operations, events, pods",
    ),
    (
        "psql",
        &["psql -l app=shop --user app --db shop -c 'TABLE t' --fleet prod"],
        "get (list) postgresqls, list pods, get, create pods/exec; --user, --local: get, create pods/portforward, get secrets",
    ),
    (
        "create",
        &[
            "create pg/main --context east,west --version 17 --size 20Gi",
            "create main@east main@west --from main.yaml",
        ],
        "create postgresqls; to wait: get postgresqls",
    ),
    (
        "clone",
        &["clone team/main@east copy @west --host db.east.example"],
        "get, create postgresqls (delete); elsewhere: get, create, patch, delete secrets (get, create pods/exec, portforward); --standby: list secrets; for all of it: list persistentvolumeclaims, resourcequotas, get services, pods/log",
    ),
    (
        "apply",
        &[
            "apply -f main.yaml --context east,west",
            "apply -f clusters/",
        ],
        "get, create, patch postgresqls",
    ),
    (
        "set",
        &[
            "set main postgresql.parameters.work_mem=16MB",
            "set main postgresql.parameters.max_connections=300 --dry-run=server",
        ],
        "get, patch postgresqls",
    ),
    (
        "scale",
        &[
            "scale team/main --replicas 3",
            "scale main --replicas 2 --context east,west",
        ],
        "get, patch postgresqls (policy: scale)",
    ),
    (
        "resize",
        &[
            "resize main --size 50Gi",
            "resize main --cpu 500m:2 --memory 1Gi:2Gi",
        ],
        "get, patch postgresqls",
    ),
    ("user", &[], ""),
    ("db", &[], ""),
    (
        "switchover",
        &["switchover team/main@east", "switchover main --to 1 --yes"],
        "get, switchover postgresqls; create operations; to wait: get operations; for the lag of candidates: list pods, get, create pods/exec",
    ),
    (
        "failover",
        &["failover team/main@east --accept-data-loss"],
        "get, failover postgresqls; create operations; to wait: get operations; for the lag of candidates: list pods, get, create pods/exec",
    ),
    (
        "promote",
        &[
            "promote team/main@west",
            "promote main@west --source team/main@east",
        ],
        "get, patch postgresqls (policy: promote); get configmaps (or endpoints); to fence: list pods",
    ),
    (
        "restart",
        &[
            "restart main --if-pending",
            "restart -A -l app=shop --context 'prod-*' --soak 10m",
        ],
        "get, restart postgresqls; create operations; to wait: get operations; several: a rollout's",
    ),
    (
        "reload",
        &["reload team/main@east", "reload main --context east,west"],
        "get, reload postgresqls; create operations; to wait: get operations",
    ),
    (
        "maintenance",
        &[
            "maintenance on team/main@east",
            "maintenance off team/main@east",
        ],
        "get, maintenance postgresqls; create operations; to wait: get operations",
    ),
    (
        "reinit",
        &["reinit team/main@east 2"],
        "get, reinit postgresqls; create operations; to wait: get operations",
    ),
    (
        "upgrade",
        &[
            "upgrade team/main@east --to 17 --check",
            "upgrade -A -l app=shop --to 17 --waves 10%,50% --plan plan.yaml",
        ],
        "get, upgrade postgresqls; create operations; to wait: get operations; several: a rollout's",
    ),
    (
        "hibernate",
        &[
            "hibernate on team/main@east",
            "hibernate off team/main@east",
        ],
        "get, patch postgresqls (policy: scale)",
    ),
    (
        "delete",
        &[
            "delete team/main@east",
            "delete team/main@east --with data,secrets --confirm team/main@east",
        ],
        "get, patch, delete postgresqls; what stays: list persistentvolumeclaims",
    ),
    ("rollout", &[], ""),
    ("ops", &[], ""),
    ("fleet", &[], ""),
    (
        "install",
        &[
            "install --context east,west --set enable_secrets_deletion=true",
            "install --config default/postgres-operator",
            "install --scope namespaces --namespaces shop,team",
        ],
        "those of a cluster's administrator",
    ),
    (
        "uninstall",
        &["uninstall --context west"],
        "those of a cluster's administrator",
    ),
    (
        "adopt",
        &[
            "adopt team/main@east --dry-run=server",
            "adopt -A -l team=pg",
        ],
        "get, patch postgresqls; get rollups; list pods (of all namespaces)",
    ),
    (
        "release",
        &["release team/main@east"],
        "get, patch postgresqls; get rollups",
    ),
    (
        "version",
        &["version --server --all-contexts"],
        "--server: get rollups",
    ),
    (
        "completion",
        &["completion bash", "completion install"],
        "of names: list postgresqls",
    ),
];
const VERB_COUNT: usize = 36;

/// The same for verbs within verbs.
pub const PARTS: [(&str, &str, &[&str], &str); 25] = [
    (
        "rollout",
        "list",
        &["rollout list --all-contexts"],
        "list rollouts",
    ),
    (
        "rollout",
        "show",
        &["rollout show restart-20261121-031207-k7f3"],
        "list rollouts; for all of it: list operations",
    ),
    (
        "rollout",
        "start",
        &["rollout start plan.yaml --context east,west"],
        "get, create, patch, delete rollouts; VERB postgresqls (the act's); create, list operations; get rollups; gates: get postgresqls, list pods, get, create pods/exec",
    ),
    (
        "rollout",
        "watch",
        &["rollout watch restart-20261121-031207-k7f3"],
        "list rollouts; for all of it: list operations",
    ),
    (
        "rollout",
        "pause",
        &["rollout pause restart-20261121-031207-k7f3 --reason lunch"],
        "list, get, patch rollouts",
    ),
    (
        "rollout",
        "resume",
        &[
            "rollout resume restart-20261121-031207-k7f3 --context east,west",
            "rollout resume restart-20261121-031207-k7f3 --without west",
        ],
        "list, get, patch rollouts; VERB postgresqls (the act's); create, list operations; gates: get postgresqls, list pods, get, create pods/exec",
    ),
    (
        "rollout",
        "abort",
        &["rollout abort restart-20261121-031207-k7f3"],
        "list, get, patch rollouts",
    ),
    (
        "rollout",
        "retry",
        &["rollout retry restart-20261121-031207-k7f3 team/main@east"],
        "list, get, patch rollouts; VERB postgresqls (the act's); create, list operations; gates: get postgresqls, list pods, get, create pods/exec",
    ),
    (
        "rollout",
        "skip",
        &["rollout skip restart-20261121-031207-k7f3 team/main@east"],
        "list, get, patch rollouts",
    ),
    (
        "rollout",
        "approve",
        &["rollout approve restart-20261121-031207-k7f3"],
        "list, get, patch rollouts",
    ),
    ("ops", "list", &["ops list -A --mine"], "list operations"),
    ("ops", "show", &["ops show k3j9x2m4aq"], "list operations"),
    (
        "ops",
        "watch",
        &["ops watch", "ops watch k3j9x2m4aq"],
        "list operations; of one: get operations",
    ),
    (
        "ops",
        "cancel",
        &["ops cancel k3j9x2m4aq --yes"],
        "list, patch operations; VERB postgresqls (the act's); to wait: get operations",
    ),
    (
        "ops",
        "retry",
        &["ops retry k3j9x2m4aq"],
        "list, create operations; get, VERB postgresqls (the act's); to wait: get operations",
    ),
    ("fleet", "list", &["fleet list"], "none"),
    ("fleet", "show", &["fleet show", "fleet show prod"], "none"),
    (
        "fleet",
        "add",
        &[
            "fleet add prod 'prod-*' --label env=prod --protected",
            "fleet add edge a b c",
        ],
        "none",
    ),
    (
        "fleet",
        "remove",
        &["fleet remove prod west", "fleet remove prod"],
        "none",
    ),
    ("user", "list", &["user list main"], "get postgresqls"),
    (
        "user",
        "add",
        &["user add main bob --flags login,createdb"],
        "get, patch postgresqls",
    ),
    (
        "user",
        "drop",
        &["user drop main bob"],
        "get, patch postgresqls",
    ),
    (
        "user",
        "rotate",
        &[
            "user rotate team/main@east app",
            "user rotate main app reader --context east,west",
        ],
        "get, patch postgresqls",
    ),
    ("db", "list", &["db list main"], "get postgresqls"),
    (
        "db",
        "add",
        &["db add main app --owner bob"],
        "get, patch postgresqls",
    ),
];
