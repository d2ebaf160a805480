//! One end of a connection that goes through somebody's terminal: what connects here on the loopback goes out by this
//! process' output, and what comes by its input goes back. `kubectl pg clone` runs it in the pod of a copy that cannot reach
//! its source, and has the other end at the source. The two servers encrypt between themselves, as on any network.

use super::Error;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Between two attempts to be the next one that listens: several of these wait in one pod.
const PAUSE: Duration = Duration::from_millis(5);
const BUFFER: usize = 256 * 1024;

/// Carries one connection, to its end. An input that ends is a terminal that is gone.
pub fn relay(port: u16) -> Result<(), Error> {
    // without a buffer of lines between
    let out = io::stdout().as_fd().try_clone_to_owned();
    let mut out = File::from(out.map_err(Error::io("take over the output"))?);
    let (tell, told) = mpsc::channel();
    thread::spawn(move || back(&mut io::stdin().lock(), &told));
    let connection = accept(port).map_err(Error::io("listen on the loopback"))?;
    let there = connection
        .try_clone()
        .map_err(Error::io("share a connection"))?;
    // it lives until the input ends, and then nobody is there to be told anything
    let _ = tell.send(there);
    forth(&connection, &mut out).map_err(Error::io("carry a connection"))
}

/// The next connection. Only one process can listen; it stops as soon as it has its own.
fn accept(port: u16) -> io::Result<TcpStream> {
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => return listener.accept().map(|(connection, _)| connection),
            Err(error) if error.kind() == ErrorKind::AddrInUse => thread::sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
}

fn forth(mut from: &TcpStream, out: &mut File) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => out.write_all(buffer.get(..count).unwrap_or_default())?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn back(input: &mut impl Read, told: &mpsc::Receiver<TcpStream>) {
    let mut buffer = vec![0; BUFFER];
    let mut connection: Option<TcpStream> = None;
    loop {
        let count = match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        // clients of PostgreSQL speak first: whatever comes is an answer to a connection
        if connection.is_none() {
            connection = told.recv().ok();
        }
        let bytes = buffer.get(..count).unwrap_or_default();
        if connection
            .as_mut()
            .is_none_or(|to| to.write_all(bytes).is_err())
        {
            break;
        }
    }
    match connection.or_else(|| told.try_recv().ok()) {
        Some(connection) => drop(connection.shutdown(Shutdown::Both)),
        None => std::process::exit(0),
    }
}
