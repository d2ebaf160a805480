//! What tells apart a live object and the desired one, once Kubernetes' defaults are set aside.
//!
//! Three questions, three answers: [`covers`]: is there anything to apply? [`restart_needed`]: was
//! a pod made from a template that differs in a way that only a restart mends? [`replace_needed`]:
//! does a field differ that the API server refuses to change?

mod covers;
mod defaults;
mod normal;
mod replace;
mod restart;

pub use covers::{covers, uncovered};
#[cfg(test)]
pub(super) use normal::defaulted;
pub use replace::replace_needed;
pub use restart::restart_needed;
