//! Lines between the plugin and an API server, as TCP: each adds time, and some lead nowhere.

use std::{net::SocketAddr, time::Duration};

use pg_tests::{Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep_until, timeout},
};

const PIECE: usize = 64 * 1024;
const PIECES: usize = 64;

/// What a line adds to the way there.
#[derive(Clone, Copy, Debug)]
pub struct Delay {
    /// To everything.
    pub each: Duration,
    /// To what comes after the first words of a connection, which TLS needs to stand.
    pub later: Duration,
}

/// A line that works.
pub struct Line {
    /// Where it begins.
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Line {
    /// Begins one that leads there.
    pub async fn to(server: SocketAddr, delay: Delay) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(async move {
                    if let Ok(far) = TcpStream::connect(server).await {
                        pass(near, far, delay);
                    }
                });
            }
        });
        Ok(Self { address, task })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn pass(near: TcpStream, far: TcpStream, delay: Delay) {
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let none = Duration::ZERO;
    tokio::spawn(one_way(near_in, far_out, delay));
    let back = Delay {
        each: none,
        later: none,
    };
    tokio::spawn(one_way(far_in, near_out, back));
}

/// Nothing overtakes, and what is under way does not hold up what follows.
async fn one_way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Delay) {
    let (sender, mut pieces) = mpsc::channel::<(Instant, Vec<u8>)>(PIECES);
    tokio::spawn(async move {
        while let Some((at, piece)) = pieces.recv().await {
            if Instant::now() < at {
                sleep_until(at).await;
            }
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    });
    let mut piece = vec![0; PIECE];
    let mut wait = delay.each;
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let some = piece[..length].to_vec();
        if sender.send((Instant::now() + wait, some)).await.is_err() {
            return;
        }
        wait = delay.each + delay.later;
    }
}

/// An address where nobody listens, and nobody will.
pub struct Refuses {
    /// Where.
    pub address: SocketAddr,
    _held: TcpSocket,
}

impl Refuses {
    /// Takes a port.
    pub fn new() -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        Ok(Self {
            address: socket.local_addr()?,
            _held: socket,
        })
    }
}

/// A black hole: packets that would begin a connection are dropped, since its queue is full.
pub struct Hole {
    /// Where.
    pub address: SocketAddr,
    _listener: TcpListener,
    _fill: Vec<TcpStream>,
}

impl Hole {
    /// Makes one.
    pub async fn new() -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let listener = socket.listen(1)?;
        let address = listener.local_addr()?;
        let mut fill = Vec::new();
        while let Ok(stream) =
            timeout(Duration::from_millis(300), TcpStream::connect(address)).await
        {
            fill.push(stream?);
            ensure!(fill.len() < 64, "{address} takes connections without end");
        }
        Ok(Self {
            address,
            _listener: listener,
            _fill: fill,
        })
    }
}
