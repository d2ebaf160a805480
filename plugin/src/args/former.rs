//! The spellings of Zalando's former `kubectl-pg`, which keep working: each is brought into the
//! words of today before it is parsed, with one line that says them.

use super::FORMS;

/// A command line in the words of today.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Today {
    /// It is so already.
    Same,
    /// These words instead.
    Words(Vec<String>),
    /// There is nothing of the kind; what to do instead.
    Gone(String),
}

/// The flags of the former program that matter, and what stood beside them.
#[derive(Debug, Default)]
struct Former {
    /// `-c`, `--cluster`
    cluster: Option<String>,
    /// `-f`, `--file`
    file: Option<String>,
    /// `-d`, `--database`
    database: Option<String>,
    /// `-u`, `--user`
    user: Option<String>,
    /// `-o`, `--owner`; `logs` has it without a value.
    owner: Option<String>,
    operator: bool,
    /// `-p`, `--privileges`; `connect` has it without a value.
    privileges: Option<String>,
    /// `-r`, `--replica`
    replica: Option<String>,
    on_replica: bool,
    /// All else, in its order.
    rest: Vec<String>,
}

/// What the words behind the program's name are today.
pub fn today(words: &[String]) -> Today {
    let Some((verb, rest)) = words.split_first() else {
        return Today::Same;
    };
    let has = |short: &str, long: &str| {
        rest.iter()
            .any(|word| word == short || word == long || word.starts_with(&format!("{long}=")))
    };
    // --cluster is a cluster of the kubeconfig today; the former had no other way to name a target.
    let with_cluster = has("-c", "-c")
        || has("--cluster", "--cluster") && !has("--replicas", "--replicas") && lone(rest);
    // The former verb before today's words: it names its target without a flag.
    let named = !has("-c", "--cluster") && rest.first().is_some_and(|word| !word.starts_with('-'));
    let sized = ["--size", "--cpu", "--memory"]
        .iter()
        .any(|flag| has(flag, flag));
    let made = match verb.as_str() {
        "connect" if named => Some(Ok(line(&["psql"], rest.to_vec()))),
        "ext-volume" if named && sized => Some(Ok(line(&["resize"], rest.to_vec()))),
        "check" => Some(of_check(rest)),
        "connect" => Some(of_connect(rest)),
        "add-user" => Some(of_user(rest)),
        "add-db" => Some(of_db(rest)),
        "ext-volume" => Some(of_volume(rest)),
        "update" => Some(of_file(rest)),
        "create" if has("-f", "--file") => Some(of_file(rest)),
        "delete" if has("-f", "--file") => {
            return Today::Gone(
                "delete takes a target, not a file: kubectl pg delete NAMESPACE/NAME".to_owned(),
            );
        }
        "scale" if with_cluster => Some(of_scale(rest)),
        "logs" if with_cluster || of_operator(rest) => Some(of_logs(rest)),
        _ => None,
    };
    match made {
        None => Today::Same,
        Some(Ok(words)) => Today::Words(words),
        Some(Err(why)) => Today::Gone(why),
    }
}

/// Whether logs of the operator are asked for; `-o` before a form of output is today's.
fn of_operator(words: &[String]) -> bool {
    let is_form = |word: &String| {
        let of = |form: &str| word == form || form.ends_with('=') && word.starts_with(form);
        FORMS.iter().any(|form| of(form))
    };
    words.iter().enumerate().any(|(at, word)| {
        word == "--operator" || word == "-o" && !words.get(at + 1).is_some_and(is_form)
    })
}

/// Whether no word stands for itself, a number aside: all others are flags or their values.
fn lone(words: &[String]) -> bool {
    const SWITCHES: [&str; 12] = [
        "-f",
        "--follow",
        "-m",
        "--master",
        "-o",
        "--operator",
        "--controller",
        "-A",
        "-q",
        "-v",
        "--no-headers",
        "--no-progress",
    ];
    let takes_one =
        |word: &str| word.starts_with('-') && !word.contains('=') && !SWITCHES.contains(&word);
    let before = std::iter::once("").chain(words.iter().map(String::as_str));
    words.iter().zip(before).all(|(word, before)| {
        word.starts_with('-') || word.parse::<i32>().is_ok() || takes_one(before)
    })
}

/// Reads the former flags; `switches` are those of them that have no value here.
fn former(words: &[String], switches: &str) -> Former {
    let mut found = Former::default();
    let mut words = words.iter().cloned();
    while let Some(word) = words.next() {
        let (flag, own) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => {
                (flag.to_owned(), Some(value.to_owned()))
            }
            _ => (word.clone(), None),
        };
        let letter = match flag.as_str() {
            "-c" | "--cluster" => 'c',
            "-f" | "--file" => 'f',
            "-d" | "--database" => 'd',
            "-u" | "--user" => 'u',
            "-o" | "--owner" | "--operator" => 'o',
            "-p" | "--privileges" | "--psql" => 'p',
            "-r" | "--replica" => 'r',
            "-m" | "--master" => 'm',
            _ => {
                found.rest.push(word);
                continue;
            }
        };
        let value = if switches.contains(letter) {
            None
        } else {
            own.or_else(|| words.next())
        };
        match letter {
            'c' => found.cluster = value,
            'f' => found.file = value,
            'd' => found.database = value,
            'u' => found.user = value,
            'o' => (found.operator, found.owner) = (true, value),
            'p' => found.privileges = value,
            'r' => (found.on_replica, found.replica) = (true, value),
            _ => {}
        }
    }
    found
}

type Made = Result<Vec<String>, String>;

fn line(words: &[&str], rest: Vec<String>) -> Vec<String> {
    let words = words.iter().map(|word| (*word).to_owned());
    words.chain(rest).collect()
}

fn cluster_of(found: &mut Former) -> Result<String, String> {
    found
        .cluster
        .take()
        .ok_or_else(|| "name the Postgres cluster: -c CLUSTER".to_owned())
}

/// Takes the first word that is no flag.
fn first(found: &mut Former, what: &str) -> Result<String, String> {
    let place = found.rest.iter().position(|word| !word.starts_with('-'));
    match place {
        Some(place) => Ok(found.rest.remove(place)),
        None => Err(format!("{what} is missing")),
    }
}

fn of_check(rest: &[String]) -> Made {
    Ok(line(&["version", "--server"], rest.to_vec()))
}

fn of_connect(rest: &[String]) -> Made {
    let mut found = former(rest, "mrp");
    let cluster = cluster_of(&mut found)?;
    let user = found.user.take().filter(|user| user != "postgres");
    let mut words = vec!["psql", cluster.as_str()];
    if let Some(user) = &user {
        words.extend(["--user", user]);
    }
    if found.on_replica {
        words.push("--replica");
    }
    if let Some(database) = &found.database {
        words.extend(["--db", database]);
    }
    Ok(line(&words, found.rest))
}

fn of_user(rest: &[String]) -> Made {
    let mut found = former(rest, "");
    let cluster = cluster_of(&mut found)?;
    let name = first(&mut found, "the name of the role")?;
    let mut words = vec!["user", "add", cluster.as_str(), name.as_str()];
    if let Some(flags) = &found.privileges {
        words.extend(["--flags", flags]);
    }
    Ok(line(&words, found.rest))
}

fn of_db(rest: &[String]) -> Made {
    let mut found = former(rest, "");
    let cluster = cluster_of(&mut found)?;
    let name = first(&mut found, "the name of the database")?;
    let owner = found.owner.take().ok_or("name its owner: -o ROLE")?;
    let words = ["db", "add", cluster.as_str(), &name, "--owner", &owner];
    Ok(line(&words, found.rest))
}

fn of_volume(rest: &[String]) -> Made {
    let mut found = former(rest, "");
    let cluster = cluster_of(&mut found)?;
    let size = first(&mut found, "the size")?;
    Ok(line(&["resize", &cluster, "--size", &size], found.rest))
}

fn of_file(rest: &[String]) -> Made {
    let found = former(rest, "");
    let file = found.file.ok_or("name the manifest: -f FILE")?;
    Ok(line(&["apply", "-f", &file], found.rest))
}

fn of_scale(rest: &[String]) -> Made {
    let mut found = former(rest, "");
    let cluster = cluster_of(&mut found)?;
    let number = first(&mut found, "the number of members")?;
    Ok(line(
        &["scale", &cluster, "--replicas", &number],
        found.rest,
    ))
}

fn of_logs(rest: &[String]) -> Made {
    let mut found = former(rest, "mo");
    if found.operator {
        return Ok(line(&["logs", "--controller", "--follow"], found.rest));
    }
    let cluster = cluster_of(&mut found)?;
    let member = match found.replica.as_deref() {
        Some(replica) if replica.starts_with(&format!("{cluster}-")) => replica.to_owned(),
        _ => cluster,
    };
    Ok(line(&["logs", &member, "--follow"], found.rest))
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches;

    use super::*;

    #[test]
    fn former_spellings_are_those_of_today() {
        let table = [
            ("check", "version --server"),
            ("connect -c main -m -p", "psql main"),
            (
                "connect --cluster=main -r -d app -n pg",
                "psql main --replica --db app -n pg",
            ),
            (
                "add-user bob -p login,createdb -c main",
                "user add main bob --flags login,createdb",
            ),
            ("add-db app -o bob -c main", "db add main app --owner bob"),
            (
                "ext-volume 20Gi -c main -n pg",
                "resize main --size 20Gi -n pg",
            ),
            ("update -f main.yaml", "apply -f main.yaml"),
            ("create -f main.yaml", "apply -f main.yaml"),
            ("scale 3 -c main", "scale main --replicas 3"),
            ("logs -o", "logs --controller --follow"),
            ("logs -c main -m", "logs main --follow"),
            ("logs -c main -r main-1", "logs main-1 --follow"),
            ("logs --cluster main -n pg -m", "logs main --follow -n pg"),
            ("scale --cluster=main 3", "scale main --replicas 3"),
            ("connect main --db x", "psql main --db x"),
            (
                "ext-volume main --size 20Gi -n pg",
                "resize main --size 20Gi -n pg",
            ),
            (
                "connect -c main -u bob -d app",
                "psql main --user bob --db app",
            ),
        ];
        let words = |line: &str| -> Vec<String> { line.split(' ').map(str::to_owned).collect() };
        for (line, expected) in table {
            assert_eq!(today(&words(line)), Today::Words(words(expected)), "{line}");
            let line = format!("kubectl-pg {expected}");
            let matches = super::super::command().try_get_matches_from(words(&line));
            let parsed = matches.and_then(|matches| super::super::Cli::from_arg_matches(&matches));
            assert!(parsed.is_ok(), "{line}: {parsed:?}");
        }
    }

    #[test]
    fn what_is_gone_says_what_to_do() {
        let words = |line: &str| -> Vec<String> { line.split(' ').map(str::to_owned).collect() };
        for line in [
            "delete -f main.yaml",
            "connect -m",
            "add-db app -c main",
            "ext-volume -c main",
            "ext-volume 20Gi",
        ] {
            assert!(matches!(today(&words(line)), Today::Gone(_)), "{line}");
        }
        for line in [
            "list -o json",
            "logs main",
            "logs main -o json",
            "create main",
            "psql main -c SELECT",
            "logs main --cluster kube",
            "logs -f main --cluster kube",
            "scale main --replicas 3 --cluster kube",
        ] {
            assert_eq!(today(&words(line)), Today::Same, "{line}");
        }
    }
}
