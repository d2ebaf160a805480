//! Connections to PostgreSQL: encrypted, and without a password that the other side could read.
//!
//! The driver would answer a server that asks for the password as it is. A database may be one that
//! a manifest has named, so such a question ends the connection (PostgreSQL's protocol, 53.2.1,
//! `AuthenticationCleartextPassword`). Older clusters may still have md5 verifiers: those go on.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::{
    Client, Config,
    config::SslMode,
    tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{secret::Password, tls};

/// A connection as this role, that ends with its client.
pub async fn connect(
    (host, port): (&str, u16),
    user: &str,
    password: &Password,
    database: String,
    options: &str,
) -> Result<Client, tokio_postgres::Error> {
    let mut config = Config::new();
    config
        .host(host)
        .port(port)
        .user(user)
        .password(password.expose())
        .dbname(database)
        .application_name("pg-fleet")
        .connect_timeout(Duration::from_secs(5))
        .ssl_mode(SslMode::Require)
        .options(options);
    let tls = MakeRustlsConnect::new(Arc::unwrap_or_clone(tls::unverified()));
    let (client, connection) = config.connect(Wary(tls)).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "connection to PostgreSQL ended");
        }
    });
    Ok(client)
}

/// Makes connections that listen to what is asked of them.
struct Wary<T>(T);

impl<S, T> MakeTlsConnect<S> for Wary<T>
where
    T: MakeTlsConnect<S>,
    T::TlsConnect: Send + 'static,
    <T::TlsConnect as TlsConnect<S>>::Future: Send + 'static,
    <T::TlsConnect as TlsConnect<S>>::Error: Send + 'static,
    T::Stream: Send + 'static,
{
    type Stream = Heard<T::Stream>;
    type TlsConnect = Wary<T::TlsConnect>;
    type Error = T::Error;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Self::TlsConnect, Self::Error> {
        self.0.make_tls_connect(domain).map(Wary)
    }
}

impl<S, T> TlsConnect<S> for Wary<T>
where
    T: TlsConnect<S>,
    T::Future: Send + 'static,
    T::Error: Send + 'static,
    T::Stream: Send + 'static,
{
    type Stream = Heard<T::Stream>;
    type Error = T::Error;
    type Future = BoxFuture<'static, Result<Self::Stream, Self::Error>>;

    fn connect(self, stream: S) -> Self::Future {
        let connecting = self.0.connect(stream);
        Box::pin(async {
            Ok(Heard {
                inner: connecting.await?,
                words: Words::default(),
            })
        })
    }
}

/// A stream of which the server's words are heard until it lets us in.
struct Heard<S> {
    inner: S,
    words: Words,
}

impl<S: TlsStream + Unpin> TlsStream for Heard<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.inner.channel_binding()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        let new = buffer.filled().get(before..).unwrap_or_default();
        Poll::Ready(self.words.hear(new))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

/// The server's messages as they come: a letter, a length of four bytes, the rest; of one about
/// authentication, the rest begins with a code.
#[derive(Default)]
struct Words {
    head: Vec<u8>,
    /// Bytes of a message that say nothing here.
    rest: usize,
    /// It has let us in.
    in_: bool,
}

impl Words {
    const AUTHENTICATION: u8 = b'R';
    const OK: u32 = 0;
    const CLEARTEXT: u32 = 3;

    fn hear(&mut self, bytes: &[u8]) -> io::Result<()> {
        for byte in bytes {
            if self.in_ {
                return Ok(());
            }
            if self.rest > 0 {
                self.rest -= 1;
                continue;
            }
            self.head.push(*byte);
            let [letter, a, b, c, d, rest @ ..] = &*self.head else {
                continue;
            };
            let length = u32::from_be_bytes([*a, *b, *c, *d]);
            let code = match rest {
                [a, b, c, d] => Some(u32::from_be_bytes([*a, *b, *c, *d])),
                _ => None,
            };
            match (*letter, code) {
                (Self::AUTHENTICATION, None) => continue,
                (Self::AUTHENTICATION, Some(Self::CLEARTEXT)) => {
                    return Err(io::Error::new(
                        io::ErrorKind::PermissionDenied,
                        "the server asks for the password as it is, which it does not get",
                    ));
                }
                (_, code) => self.in_ = code == Some(Self::OK),
            }
            let heard = self.head.len().saturating_sub(1);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            self.rest = length.saturating_sub(heard);
            self.head.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(letter: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).expect("short");
        [&[letter], &length.to_be_bytes()[..], body].concat()
    }

    fn asks(code: u32, more: &[u8]) -> Vec<u8> {
        message(b'R', &[&code.to_be_bytes()[..], more].concat())
    }

    #[test]
    fn nobody_is_told_the_password() {
        let notice = message(b'N', b"SNOTICE\0R\0\0\0\x08\0\0\0\x03\0");
        let md5 = asks(5, b"salt");
        let sasl = asks(10, b"SCRAM-SHA-256\0\0");
        let row = message(b'D', &asks(3, b""));
        let table = [
            (asks(3, b""), false),
            ([notice.clone(), asks(3, b"")].concat(), false),
            ([sasl.clone(), asks(3, b"")].concat(), false),
            ([notice, md5, asks(0, b""), row.clone()].concat(), true),
            (
                [sasl, asks(11, b"x"), asks(12, b"y"), asks(0, b""), row].concat(),
                true,
            ),
            // What comes later is data.
            ([asks(0, b""), asks(3, b"")].concat(), true),
        ];
        for (said, good) in table {
            for size in [1, 3, said.len()] {
                let mut words = Words::default();
                let heard = said.chunks(size).try_for_each(|chunk| words.hear(chunk));
                assert_eq!(heard.is_ok(), good, "{said:?} by {size}");
            }
        }
    }
}
