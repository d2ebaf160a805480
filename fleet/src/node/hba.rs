//! Spilo's pg_hba.conf: TLS or nothing from outside, people through PAM where that is configured.

use super::environment::Environment;

/// The rules in order.
pub fn rules(env: &Environment) -> Vec<String> {
    let human = format!("+{}", env.or("HUMAN_ROLE", "zalandos"));
    let standby = env.or("PGUSER_STANDBY", "standby");
    let allow_plain = env.get("ALLOW_NOSSL").is_some();
    let mut rules = Vec::new();
    let mut rule = |kind: &str, database: &str, user: &str, from: &str, method: &str| {
        rules.push(format!(
            "{kind:<9} {database:<15} {user:<18} {from:<18} {method}"
        ));
    };
    // `md5` also admits SCRAM, which is what new passwords are stored as
    rule("local", "all", "all", "", "trust");
    for address in ["127.0.0.1/32", "::1/128"] {
        if env.get("PAM_OAUTH2").is_some() {
            rule("hostssl", "all", &human, address, "pam");
        }
        rule("host", "all", "all", address, "md5");
    }
    rule("local", "replication", standby, "", "trust");
    rule("hostssl", "replication", standby, "all", "md5");
    if !allow_plain {
        rule("hostnossl", "all", "all", "all", "reject");
    }
    if env.get("PAM_OAUTH2").is_some() {
        rule("hostssl", "all", &human, "all", "pam");
    }
    rule(
        if allow_plain { "host" } else { "hostssl" },
        "all",
        "all",
        "all",
        "md5",
    );
    rules
}
