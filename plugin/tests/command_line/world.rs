//! API servers under the names of contexts, the kubeconfig that leads to them, and a home.

use std::path::PathBuf;

use super::{
    api::{Api, There},
    home, kubeconfig, run_at, text,
};

/// What a line of the program meets.
pub struct World {
    pub apis: Vec<Api>,
    pub kubeconfig: PathBuf,
    pub home: PathBuf,
}

impl World {
    /// A context for each of these.
    pub fn new(name: &str, contexts: &[(&str, There)]) -> Self {
        Self::beside(name, contexts, &[])
    }

    /// The same beside contexts that lead elsewhere.
    pub fn beside(name: &str, contexts: &[(&str, There)], others: &[(&str, &str)]) -> Self {
        let start = |(_, there): &(&str, There)| Api::start(there.clone());
        let apis: Vec<Api> = contexts.iter().map(start).collect();
        let own = contexts.iter().zip(&apis);
        let list: Vec<(&str, &str)> = own
            .map(|((name, _), api)| (*name, api.address.as_str()))
            .chain(others.iter().copied())
            .collect();
        Self {
            kubeconfig: kubeconfig(name, &list),
            home: home(name),
            apis,
        }
    }

    /// One context.
    pub fn east(name: &str, there: There) -> Self {
        Self::new(name, &[("east", there)])
    }

    /// Two contexts of two Kubernetes clusters, in which the same is there.
    pub fn both(name: &str, there: &There) -> Self {
        let west = There {
            uid: "two",
            ..there.clone()
        };
        Self::new(name, &[("east", there.clone()), ("west", west)])
    }

    /// Two contexts of one Kubernetes cluster.
    pub fn twice(name: &str, there: There) -> Self {
        let world = Self::east(name, there);
        let address = &*world.apis[0].address;
        kubeconfig(name, &[("east", address), ("again", address)]);
        world
    }

    /// Runs a line in a pipe; gives the code and all that is said.
    pub fn run(&self, line: &str) -> (Option<i32>, String) {
        let output = run_at(&self.home, &self.kubeconfig, line);
        let said = text(&output.stdout) + &text(&output.stderr);
        (output.status.code(), said)
    }

    /// Requests that would have changed something.
    pub fn writes(&self) -> Vec<String> {
        self.apis.iter().flat_map(Api::writes).collect()
    }

    /// What was to be run in pods.
    pub fn execs(&self) -> Vec<String> {
        self.apis.iter().flat_map(Api::execs).collect()
    }
}
