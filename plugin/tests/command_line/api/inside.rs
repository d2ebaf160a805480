//! What runs in pods, and what it says: an order comes by WebSocket (`v5.channel.k8s.io`), as an API
//! server hands it on to a kubelet.

use std::{io::Write, net::TcpStream, time::Duration};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{
    Message, WebSocket, handshake::derive_accept_key, protocol::Role,
};

use super::There;

const PROTOCOL: &str = "v5.channel.k8s.io";
/// Channels of that protocol.
const STDOUT: u8 = 1;
const STATUS: u8 = 3;
/// Longer than anybody reads.
const PATIENCE: Duration = Duration::from_secs(10);

/// Carries out an order that ends well and has said this. `key`: of the request's WebSocket;
/// `order`: its query, decoded.
pub fn carry_out(mut stream: &TcpStream, key: &str, order: &str, said: &str) -> Option<()> {
    let accept = derive_accept_key(key.as_bytes());
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Protocol: {PROTOCOL}\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
    // psql says that it came to the end of its script.
    let mark = order.split_once("\\echo ").map(|(_, rest)| rest);
    let mark = mark.and_then(|rest| rest.split('&').next());
    let end = mark.map(|mark| format!("{mark}\n")).unwrap_or_default();
    let status = json!({"status": "Success"}).to_string();
    for (channel, text) in [(STDOUT, format!("{said}{end}")), (STATUS, status)] {
        let mut frame = vec![channel];
        frame.extend_from_slice(text.as_bytes());
        socket.send(Message::binary(frame)).ok()?;
    }
    socket.close(None).ok()?;
    while socket.read().is_ok() {}
    None
}

/// `%3D` and `+` as what they stand for.
pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let code: String = rest.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&code, 16).unwrap_or(b'?')
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a program of this one's says in a pod; of no other program anything is known.
pub fn said(order: &str, pod: &str, there: &There) -> Option<String> {
    let (cluster, ordinal) = pod.rsplit_once('-')?;
    let members = there.clusters.iter().find(|(name, _)| *name == cluster)?.1;
    let replicas = (1..members).map(|number| format!("{cluster}-{number}"));
    let each = |line: &dyn Fn(&str) -> String| -> String {
        replicas.clone().map(|name| line(&name)).collect()
    };
    let is = |words: &str| order.contains(words);
    Some(if is("du -skL") {
        let used = 1_048_576 + 1_572_864 * ordinal.parse::<i64>().ok()?;
        format!("/dev/vda 5242880 {used} 0 0% /home/postgres/pgdata\n65536\t/home/x/pg_wal\n")
    } else if is("replicas=$(by") {
        let streaming = members - 1;
        format!(
            "primary=f\nreplicas=t\nstreaming={streaming}\narchiving=on|3|t|000000030000000000000007\n\
             slots=1|2147483648\ndisk=40%\n"
        )
    } else if is("pg_control_system") {
        let replica = |name: &str| {
            let slot = name.replace('-', "_");
            format!(
                "replica|{name}|streaming|async|0/7000148|0/7000148|0/7000148|0/7000060|232|1|2|3|0|{slot}\n"
            )
        };
        let slot = |name: &str| {
            let slot = name.replace('-', "_");
            format!("slot|{slot}|physical|t|reserved|0|0/7000060|\n")
        };
        format!(
            "fact|systemIdentifier|7123456789\nfact|started|2026-11-21 10:00:00+00\nfact|dataBytes|31457280\n\
             fact|writeLsn|0/7000148\nfact|walFile|000000030000000000000007\nfact|connections|7 of 100\n\
             fact|archiving|off\nfact|walsToArchive|0\nfact|oldestTransaction|none\nfact|transactionsLeft|2146483648\n\
             {}backup|77|streaming database files|1048576|31457280|2026-11-21T10:05:00Z\n\
             {}slot|old|logical|f|extended|99999999|0/1000000|1048576\n\
             database|shop|20971520|3\ndatabase|postgres|10485760|1\n\
             role|ada|t|f|f|2|\nrole|postgres|t|t|t|1|\ntablespace|pg_default|31457280|\n\
             rule|1|local|all|all||trust|\nrule|2|hostssl|all|all|all|md5|\n\
             setting|max_connections|command line|f|100\nsetting|work_mem|configuration file|t|16MB\n",
            each(&replica),
            each(&slot)
        )
    } else if is("pg_extension") {
        let version = if there.uid == "one" { "3.4" } else { "3.5" };
        format!("shop|plpgsql|1.0\nshop|postgis|{version}\n")
    } else if is("select application_name, coalesce(sync_state") {
        let streams = |name: &str| {
            let near = name.ends_with("-2");
            let (sync, lag) = if near {
                ("sync", 0)
            } else {
                ("async", 16_777_216)
            };
            format!("{name}|{sync}|{lag}\n")
        };
        each(&streams)
    } else if is("command=psql") {
        " answer \n--------\n     42\n(1 row)\n\n".to_owned()
    } else {
        return None;
    })
}

/// The pods of the members that a list's query chooses.
pub fn pods(query: &str, there: &There) -> Value {
    let query = decoded(query);
    let wanted = |key: &str| {
        let (_, rest) = query.split_once(&format!("{key}="))?;
        rest.split([',', '&']).next().map(str::to_owned)
    };
    let (of, with) = (wanted("cluster-name"), wanted("spilo-role"));
    let mut all = Vec::new();
    for (cluster, members) in &there.clusters {
        for ordinal in 0..*members {
            let role = if ordinal == 0 { "master" } else { "replica" };
            let is = |wanted: &Option<String>, own: &str| {
                wanted.as_ref().is_none_or(|wanted| wanted == own)
            };
            if is(&of, cluster) && is(&with, role) {
                all.push(pod(cluster, ordinal, role, there));
            }
        }
    }
    json!(all)
}

fn pod(cluster: &str, ordinal: i64, role: &str, there: &There) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("{cluster}-{ordinal}"), "namespace": "default",
            "uid": format!("{}-{cluster}-{ordinal}", there.uid),
            "labels": {"cluster-name": cluster, "spilo-role": role},
        },
        "spec": {
            "nodeName": format!("node-{ordinal}"),
            "containers": [{"name": "postgres", "image": format!("registry/postgres:{}", there.uid)}],
        },
        "status": {"phase": "Running", "qosClass": "Burstable"},
    })
}

/// A container's log, as with `timestamps`.
pub fn log(pod: &str) -> String {
    let ordinal = pod.rsplit('-').next().unwrap_or_default();
    format!(
        "2026-11-21T10:00:0{ordinal}.000000000Z INFO: no action. I am ({pod})\n\
         2026-11-21T10:00:1{ordinal}.000000000Z ERROR: lock file has gone\n"
    )
}
