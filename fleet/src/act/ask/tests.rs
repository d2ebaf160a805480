use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::oneshot,
};

use super::*;
use crate::observe::world::Labels;

/// Addresses that no other test uses.
fn address(last: u8) -> String {
    let pid = std::process::id();
    format!("127.{}.{}.{last}", pid / 256 % 200 + 30, pid % 256)
}

/// A member's REST API: answers each when it may.
async fn member(address: &str, may: oneshot::Receiver<()>) {
    let listener = TcpListener::bind((address, 8008)).await.expect("a port");
    tokio::spawn(async move {
        let mut may = Some(may);
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            if let Some(may) = may.take() {
                let _ = may.await;
            }
            let body = json!({"state": "running", "role": "primary", "timeline": 4}).to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all((head + &body).as_bytes()).await;
        }
    });
}

fn world() -> (Arc<Mutex<World>>, Key) {
    let mut world = World::new(Labels {
        cluster_name: "cluster-name".to_owned(),
        role: "spilo-role".to_owned(),
        ready_node: Default::default(),
    });
    let mut key = None;
    for ordinal in 0..2 {
        let pod = json!({
            "metadata": {
                "name": format!("main-{ordinal}"), "namespace": "n", "uid": format!("u{ordinal}"),
                "resourceVersion": "7", "labels": {"cluster-name": "main"},
            },
            "status": {"phase": "Running", "podIP": address(ordinal + 1)},
        });
        key = world.pod(&serde_json::from_value(pod).expect("a pod"));
    }
    (Arc::new(Mutex::new(world)), key.expect("a key"))
}

fn facts(world: &Arc<Mutex<World>>, key: &Key) -> Facts {
    lock(world).facts(key).expect("facts").clone()
}

#[tokio::test]
async fn a_silent_member_holds_up_nobody_and_is_heard_when_it_speaks() {
    let (world, key) = world();
    let (first, second) = (oneshot::channel(), oneshot::channel());
    member(&address(1), first.1).await;
    member(&address(2), second.1).await;
    first.0.send(()).expect("the member listens");
    let both = ["main-0".to_owned(), "main-1".to_owned()];
    let epoch = Instant::now();

    ask(&world, epoch, &key, &facts(&world, &key), &both).await;
    let now = facts(&world, &key);
    assert!(now.answer("main-0").is_some_and(|one| one.result.is_ok()));
    assert!(now.answer("main-1").is_none(), "it cannot have spoken");
    assert!(now.asking.contains_key("main-1"));

    // It is not asked a second time: that question would be answered at once.
    ask(&world, epoch, &key, &now, &both[1..]).await;
    assert!(facts(&world, &key).answer("main-1").is_none());

    second.0.send(()).expect("the member listens");
    while facts(&world, &key).answer("main-1").is_none() {
        tokio::task::yield_now().await;
    }
    assert!(facts(&world, &key).asking.is_empty());
}

#[tokio::test]
async fn an_answer_that_was_forgotten_meanwhile_does_not_count() {
    let (world, key) = world();
    let (may, waits) = oneshot::channel();
    member(&address(3), waits).await;
    let mut old = facts(&world, &key);
    old.pods.get_mut("main-0").expect("a pod").ip = Some(address(3));
    let epoch = Instant::now();
    ask(&world, epoch, &key, &old, &["main-0".to_owned()]).await;
    lock(&world).update(&key, Facts::forget_answers);
    may.send(()).expect("the member listens");
    // Asked anew, it answers at once; the old answer is older.
    ask(&world, epoch, &key, &old, &["main-0".to_owned()]).await;
    let now = facts(&world, &key);
    assert!(now.asking.is_empty());
    assert!(now.answer("main-0").is_some_and(|one| one.result.is_ok()));
}

/// A member that was well is not given up for one question that got lost.
#[tokio::test]
async fn a_member_that_was_well_is_asked_twice() {
    let (world, key) = world();
    let at = address(4);
    let listener = TcpListener::bind((at.as_str(), 8008))
        .await
        .expect("a port");
    tokio::spawn(async move {
        let mut lost = Vec::new();
        for number in 0.. {
            let Ok((mut stream, _)) = listener.accept().await else {
                return;
            };
            // The first and the third are answered.
            if number % 2 == 1 || number > 3 {
                lost.push(stream);
                continue;
            }
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let body = json!({"state": "running", "role": "primary", "timeline": 4}).to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all((head + &body).as_bytes()).await;
        }
    });
    let mut known = facts(&world, &key);
    known.pods.get_mut("main-0").expect("a pod").ip = Some(at);
    let epoch = Instant::now();
    let asked = async || {
        ask(&world, epoch, &key, &known, &["main-0".to_owned()]).await;
        while facts(&world, &key).asking.contains_key("main-0") {
            sleep(LOOK).await;
        }
        let now = facts(&world, &key);
        now.answer("main-0").is_some_and(|last| last.result.is_ok())
    };
    assert!(asked().await, "it is well");
    assert!(asked().await, "one question was lost");
    assert!(!asked().await, "two were");
}
