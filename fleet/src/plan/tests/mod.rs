//! Tests of the planner: every decision as a table, properties over a world that moves by itself,
//! and faults put into the planner, each of which the former two must notice.

mod asked;
mod cluster;
mod faults;
mod major;
mod model;
mod spilo;
mod tables;
