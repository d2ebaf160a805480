//! What the API server said, as a person reads it: the error's own text repeats itself with every
//! field of the answer.

use kube::Error;
use pg_core::causes::innermost;

/// The answer's message; where there was no answer, the cause behind all causes.
pub fn said(error: &Error) -> String {
    match error {
        Error::Api(status) if !status.message.trim().is_empty() => status.message.trim().to_owned(),
        Error::Api(status) => format!("answered {} {}", status.code, status.reason),
        _ => innermost(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_said_once() {
        let status =
            kube::core::Status::failure("pods is forbidden: no", "Forbidden").with_code(403);
        assert_eq!(said(&Error::Api(status.boxed())), "pods is forbidden: no");
    }

    #[test]
    fn an_answer_without_words_is_its_code() {
        let status = kube::core::Status::failure("", "Timeout").with_code(504);
        assert_eq!(said(&Error::Api(status.boxed())), "answered 504 Timeout");
    }

    #[test]
    fn without_an_answer_the_last_cause_is_said() {
        let refused = std::io::Error::other("connection refused");
        let error = Error::Service(Box::new(refused));
        assert_eq!(said(&error), "connection refused");
    }
}
