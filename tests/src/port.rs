//! Ports for programs that are told where to listen.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::Result;

/// Below those that the kernel gives to outgoing connections: one of them would be in use by the
/// time a program comes to listen.
const FIRST: u32 = 10_000;
const COUNT: u32 = 20_000;

/// One on loopback that is free now, and that nobody in this process was given before.
pub fn free() -> Result<u16> {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    // Two processes that run side by side do not meet.
    let start = std::process::id().wrapping_mul(97);
    for _ in 0..COUNT {
        let n = start.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + n % COUNT)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err("no port is free".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_given_once_and_none_that_is_taken() {
        let one = free().expect("a port");
        let next = free().expect("a port");
        assert_ne!(one, next);
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, one)).expect("free");
        let all: Vec<u16> = (0..10).map(|_| free().expect("a port")).collect();
        assert!(!all.contains(&one), "{held:?}");
    }
}
