//! A watch on its way through: event by event, so that it can be frozen, broken off, or lose some.

use futures::{Stream, StreamExt, stream};
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Bytes, Frame};
use tokio::sync::{mpsc, watch};

use super::{Body, fault::Fault};
use crate::Error;

/// The same events, as the fault of the moment lets them through.
pub(super) fn through(
    body: kube::client::Body,
    plural: String,
    fault: watch::Receiver<Fault>,
) -> Body {
    let (sender, receiver) = mpsc::channel(64);
    tokio::spawn(carry(body, plural, fault, sender));
    let events = stream::unfold(receiver, async |mut receiver| {
        receiver.recv().await.map(|event| (event, receiver))
    });
    UnsyncBoxBody::new(StreamBody::new(events))
}

async fn carry(
    body: kube::client::Body,
    plural: String,
    mut fault: watch::Receiver<Fault>,
    sender: mpsc::Sender<Result<Frame<Bytes>, Error>>,
) {
    let mut lines = std::pin::pin!(lines(body));
    let mut seen = 0;
    loop {
        let line = tokio::select! {
            line = lines.next() => line,
            () = sender.closed() => return,
            changed = fault.changed() => {
                if changed.is_err() || fault.borrow_and_update().breaks() {
                    let _ = sender.send(Err("the line is cut".into())).await;
                    return;
                }
                continue;
            }
        };
        let Some(line) = line else {
            return;
        };
        tokio::select! {
            thawed = fault.wait_for(|fault| !fault.is_frozen(&plural)) => {
                if thawed.is_err() {
                    return;
                }
            }
            () = sender.closed() => return,
        }
        if let Fault::LosesEvents(of) = *fault.borrow()
            && !line.starts_with(br#"{"type":"BOOKMARK""#)
        {
            seen += 1;
            if seen % of == 0 {
                continue;
            }
        }
        if sender.send(Ok(Frame::data(line))).await.is_err() {
            return;
        }
    }
}

/// The lines of a body, each with its end.
fn lines(body: kube::client::Body) -> impl Stream<Item = Bytes> {
    let state = (body, Vec::new(), Vec::<Bytes>::new());
    stream::unfold(state, async |(mut body, mut rest, mut ready)| {
        loop {
            if !ready.is_empty() {
                let line = ready.remove(0);
                return Some((line, (body, rest, ready)));
            }
            let frame = body.frame().await?.ok()?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            rest.extend_from_slice(&data);
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                ready.push(rest.drain(..=end).collect());
            }
        }
    })
}
