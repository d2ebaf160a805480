//! kube's errors in words for a person: what happened and what to do.

use kube::core::Status;
use pg_core::causes::{chain, innermost};

use super::Limits;
use crate::error::{Error, Kind};

/// What an error of kube's means. `server`: the address that was asked.
pub fn fault(error: kube::Error, server: &str, limits: Limits) -> Error {
    match error {
        kube::Error::Api(status) => refusal(&status),
        kube::Error::Auth(error) => Error::new(Kind::Unauthorized, innermost(&error)),
        kube::Error::SerdeError(error) => Error::new(
            Kind::Answer,
            format!("the answer of {server} is not understood: {error}"),
        ),
        kube::Error::Service(_) | kube::Error::HyperError(_) => unreachable(&error, server, limits),
        kube::Error::UpgradeConnection(_) | kube::Error::ReadEvents(_) => Error::new(
            Kind::Unreachable,
            format!("{server}: {}", innermost(&error)),
        ),
        other => Error::new(Kind::Kubeconfig, innermost(&other)),
    }
}

fn unreachable(error: &kube::Error, server: &str, limits: Limits) -> Error {
    let timed_out = chain(error).any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|cause| cause.kind() == std::io::ErrorKind::TimedOut)
    });
    let why = if timed_out {
        format!(
            "no connection within {:?} (--connect-timeout)",
            limits.connect
        )
    } else {
        innermost(error)
    };
    Error::new(
        Kind::Unreachable,
        format!("the API server {server} cannot be reached: {why}"),
    )
}

/// What the API server's refusal means.
pub fn refusal(status: &Status) -> Error {
    let kind = match status.code {
        401 => Kind::Unauthorized,
        403 => Kind::Forbidden,
        404 => Kind::NotFound,
        409 if status.is_already_exists() => Kind::AlreadyExists,
        409 => Kind::Conflict,
        400 | 422 => Kind::Invalid,
        // A 500 is of the server alone, as when its etcd has no leader: nothing is said of the object.
        429 | 500 | 502..=504 => Kind::Unreachable,
        _ => Kind::Failed,
    };
    let mut message = without_the_object(status.message.trim()).to_owned();
    if message.is_empty() {
        message = format!("the API server answered {} {}", status.code, status.reason);
    }
    let error = Error::new(kind, message);
    match kind {
        Kind::Unauthorized => error.hint("log in to this context again"),
        Kind::Forbidden => error.hint("ask an administrator for the right, or use --as"),
        Kind::Unreachable => error.hint("the API server is there but cannot serve now; try again"),
        _ => error,
    }
}

/// A refused patch is told with the whole object that it would have made: what is wrong with it
/// stands behind.
fn without_the_object(message: &str) -> &str {
    let object = "Invalid value: \"{";
    let end = "}\": ";
    match (message.find(object), message.rfind(end)) {
        (Some(start), Some(last)) if start < last => {
            let why = message.get(last + end.len()..).unwrap_or(message);
            why.strip_prefix("strict decoding error: ").unwrap_or(why)
        }
        _ => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_without_the_whole_object() {
        let of =
            |message: &str| refusal(&Status::failure(message, "Invalid").with_code(422)).message;
        let long = "\"\" is invalid: patch: Invalid value: \"{\\\"spec\\\":{\\\"nosuch\\\":5}}\": \
                    strict decoding error: unknown field \"spec.nosuch\"";
        assert_eq!(of(long), "unknown field \"spec.nosuch\"");
        let short = "spec.volume.size: Invalid value: \"x\": must be a quantity";
        assert_eq!(of(short), short);
    }

    #[test]
    fn refusals_have_their_kinds() {
        let table = [
            (401, "Unauthorized", Kind::Unauthorized),
            (403, "Forbidden", Kind::Forbidden),
            (404, "NotFound", Kind::NotFound),
            (409, "AlreadyExists", Kind::AlreadyExists),
            (409, "Conflict", Kind::Conflict),
            (422, "Invalid", Kind::Invalid),
            (429, "TooManyRequests", Kind::Unreachable),
            (500, "InternalError", Kind::Unreachable),
            (503, "ServiceUnavailable", Kind::Unreachable),
            (410, "Expired", Kind::Failed),
        ];
        for (code, reason, kind) in table {
            let status = Status::failure("because", reason).with_code(code);
            let error = refusal(&status);
            assert_eq!((error.kind, error.message.as_str()), (kind, "because"));
        }
    }
}
