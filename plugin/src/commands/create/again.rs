//! The line that waits for a cluster again, for whoever waits no longer: of the same request, so
//! that nothing is created twice, and as it was asked for, should it be gone by then.

use std::path::Path;

use crate::{args::Create, output::text::in_a_shell, target::Target};

/// The line of one target, in full: it can be pasted elsewhere.
pub fn line(args: &Create, request: &str, target: &Target) -> String {
    let mut words = vec![
        "kubectl".to_owned(),
        "pg".to_owned(),
        "create".to_owned(),
        target.to_string(),
    ];
    let mut flag = |flag: &str, value: Option<String>| {
        if let Some(value) = value {
            words.extend([format!("--{flag}"), value]);
        }
    };
    flag("version", args.version.clone());
    flag("replicas", args.replicas.map(|number| number.to_string()));
    flag("size", args.size.clone());
    flag("storage-class", args.storage_class.clone());
    flag("team", args.team.clone());
    // What came through a pipe comes once.
    let file = args.from.as_deref().filter(|file| *file != Path::new("-"));
    flag("from", file.map(|file| file.display().to_string()));
    flag("request", Some(request.to_owned()));
    if args.synchronous {
        words.push("--synchronous".to_owned());
    }
    let words: Vec<_> = words.iter().map(|word| in_a_shell(word)).collect();
    format!("it is waited for again by: {}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Verb};

    #[test]
    fn it_asks_for_the_same() {
        let target: Target = "pg/main@east".parse().expect("a target");
        for (flags, expected) in [
            ("", "--request k3j9"),
            (
                "--synchronous --replicas 3 --version 16 --reason because --timeout 5s",
                "--version 16 --replicas 3 --request k3j9 --synchronous",
            ),
            (
                "--from my;file --size 5Gi",
                "--size 5Gi --from 'my;file' --request k3j9",
            ),
            ("--from -", "--request k3j9"),
        ] {
            let given = format!("kubectl-pg create main {flags}");
            let cli = Cli::try_parse_from(given.split_whitespace()).expect("valid");
            let Verb::Create(args) = cli.verb else {
                panic!("not create")
            };
            let said = line(&args, "k3j9", &target);
            let (_, pasted) = said.split_once(": ").expect("a line");
            assert_eq!(pasted, format!("kubectl pg create pg/main@east {expected}"));
        }
    }
}
