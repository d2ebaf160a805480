//! What the API server itself holds: the custom resources' schemas and rules, and who may do what.
//! No database runs for these; one context is enough.

mod operations;
mod protection;
mod rights;
mod rollouts;
mod schema;
mod status;
