//! The `postgresql` resource.

pub mod status;
