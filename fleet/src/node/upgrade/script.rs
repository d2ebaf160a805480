//! Zalando's own script for another major version, in pods of Spilo's image, where no pg-fleet is. It is begun once for an
//! operation, as Zalando's operator begins it, and goes on by itself: what it said and how it ended lie on the volume, where a
//! controller finds them that did not begin it. The script has no journal and no commit point; nothing here makes up for that.

use serde::{Deserialize, Serialize};

/// Of the script's last words, so many letters are told.
const MOST: usize = 800;

/// How the script of one operation is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Script {
    /// The image has none.
    Absent,
    /// It was not begun.
    Idle,
    /// It runs.
    Running,
    /// It has ended.
    Ended {
        /// With this code.
        code: i32,
        /// Its last words.
        said: String,
    },
    /// It runs no longer, and was killed before its end.
    Broken {
        /// Its last words.
        said: String,
    },
}

/// `$1`: the operation; to begin it, `$2`: the version, `$3`: how many members it must find. The version goes with the
/// command, so no pod is made anew for it. The lock is held by whoever waits for the script, and by nothing that it starts.
const SHELL: &str = r#"
script=/scripts/inplace_upgrade.py
[ -f $script ] || { echo absent; exit 0; }
own=${PGROOT:-/home/postgres/pgdata/pgroot}/pg-fleet/$1
if [ -n "$2" ] && mkdir -p "${own%/*}" && mkdir "$own" 2>/dev/null; then
  export own PGVERSION="$2" SPILO_CONFIGURATION=
  run="cd /home/postgres && exec /usr/bin/env python3 $script $3"
  set -- sh -c "$run"
  [ "$(id -u)" != 0 ] || set -- su postgres -c "$run"
  exec 9>"$own/lock"
  flock 9
  setsid sh -c '
    "$@" 9>&- >"$own/log" 2>&1
    echo $? >"$own/code.part"
    mv "$own/code.part" "$own/code"' sh "$@" </dev/null >/dev/null 2>&1 &
  exec 9>&-
fi
[ -d "$own" ] || { echo idle; exit 0; }
if ! flock -n "$own/lock" true; then echo running
elif [ -f "$own/code" ]; then echo "ended $(cat "$own/code")"
else echo broken; fi
[ ! -f "$own/log" ] || tail -n 8 "$own/log"
"#;

/// The command that begins it, unless it was begun; or asks how it is.
pub fn words(operation: &str, begin: Option<(u32, u32)>) -> Vec<String> {
    let (to, members) = begin.map_or_else(Default::default, |(to, members)| {
        (to.to_string(), members.to_string())
    });
    let words = ["sh", "-c", SHELL, "sh", operation, &to, &members];
    words.map(str::to_owned).into()
}

/// What the command said.
pub fn read(said: &str) -> Option<Script> {
    let (first, rest) = said.split_once('\n')?;
    let words: Vec<&str> = rest.lines().map(str::trim).collect();
    let said = words.join("; ").chars().take(MOST).collect();
    Some(match first.split_once(' ').unwrap_or((first, "")) {
        ("absent", "") => Script::Absent,
        ("idle", "") => Script::Idle,
        ("running", "") => Script::Running,
        ("broken", "") => Script::Broken { said },
        ("ended", code) => Script::Ended {
            code: code.trim().parse().ok()?,
            said,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_command_says() {
        let said = |said: &str| said.to_owned();
        for (text, expected) in [
            ("absent\n", Some(Script::Absent)),
            ("idle\n", Some(Script::Idle)),
            ("running\nINFO: a\n", Some(Script::Running)),
            (
                "ended 1\nINFO: a\n ERROR: b \n",
                Some(Script::Ended {
                    code: 1,
                    said: said("INFO: a; ERROR: b"),
                }),
            ),
            (
                "broken\n",
                Some(Script::Broken {
                    said: String::new(),
                }),
            ),
            ("ended \n", None),
            ("sh: 1: flock: not found\n", None),
            ("", None),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    /// The command itself, with a script that stands in for Zalando's.
    #[test]
    fn it_is_begun_once_and_found_again() {
        use std::{fs, process::Command, time::Duration};
        let root = std::env::temp_dir().join(format!("pg-fleet-script-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).expect("a directory");
        let script = root.join("upgrade.py");
        let ask = |begin| {
            let mut words = words("op", begin);
            let shell = words[2].replace("/scripts/inplace_upgrade.py", &script.to_string_lossy());
            let shell = shell.replace("/usr/bin/env python3", "sh");
            // Whoever runs the tests need not have an account of the server's.
            words[2] = shell
                .replace("su postgres -c", "sh -c")
                .replace("/home/postgres", "/");
            let out = Command::new(&words[0])
                .args(&words[1..])
                .env("PGROOT", &root)
                .output();
            read(&String::from_utf8_lossy(&out.expect("ran").stdout))
        };
        let ended = || {
            for _ in 0..600 {
                match ask(None) {
                    Some(Script::Running) => std::thread::sleep(Duration::from_millis(50)),
                    other => return other,
                }
            }
            None
        };
        assert_eq!(ask(None), Some(Script::Absent));
        let go = root.join("go");
        let text = format!(
            "echo $PGVERSION $1 >>'{0}/runs'; until [ -e '{1}' ]; do sleep 0.05; done; echo bad; exit 3",
            root.display(),
            go.display()
        );
        fs::write(&script, text).expect("written");
        assert_eq!(ask(None), Some(Script::Idle));
        for _ in 0..2 {
            assert_eq!(ask(Some((17, 2))), Some(Script::Running));
        }
        assert_eq!(ask(None), Some(Script::Running));
        fs::write(&go, "").expect("written");
        let end = Script::Ended {
            code: 3,
            said: "bad".to_owned(),
        };
        assert_eq!(ended(), Some(end.clone()));
        assert_eq!(ask(Some((17, 2))), Some(end));
        let runs = fs::read_to_string(root.join("runs")).expect("it ran");
        assert_eq!(runs, "17 2\n", "not once");
        fs::remove_file(root.join("pg-fleet/op/code")).expect("removed");
        assert!(matches!(ask(None), Some(Script::Broken { .. })));
        fs::remove_dir_all(&root).expect("removed");
    }
}
