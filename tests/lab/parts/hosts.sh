# shellcheck shell=bash
# A host is a process, `pause DIRECTORY`, that is the first one in its own PID, mount, network and UTS namespaces.
# All that runs there, pods too, runs below it. Kill it, and the kernel ends every process, mount and network device
# of the host at once: that is the power cut, and it is also why nothing can be left behind.

cluster_of() { sed -E 's/-(n[0-9]+|dns)$//' <<<"$1"; }
dir_of() { echo "$LAB/$(cluster_of "$1")/hosts/$1"; }
log_of() { echo "$LAB/$(cluster_of "$1")/log"; }
hosts_of() { ls -v "$LAB/$1/hosts" 2>/dev/null || true; }

# The host's first process is the one with exactly this command line. Its directory makes it unmistakable, and
# there is no pid file that could be stale. The build may be an older one.
pid_of() { pgrep -f -x "$(sed 's/[^a-zA-Z0-9/_-]/./g' <<<"$CACHE")/programs/[0-9a-f]+/pause $(pattern_of "$1")" || true; }
pattern_of() { dir_of "$1" | sed 's/[^a-zA-Z0-9/_-]/./g'; }
is_on() { [ -n "$(pid_of "$1")" ]; }

inside() { # host, command …
  local pid
  pid=$(pid_of "$1"); shift
  nsenter -t "$pid" --net --mount --uts --pid -- "$@"
}

start() { # host, name of the program, command …: runs on, and logs to NAME's log directory
  local host=$1 log; log=$(log_of "$1")/$1-$2.log
  shift 2
  local pid; pid=$(pid_of "$host")
  setsid nsenter -t "$pid" --net --mount --uts --pid -- "$@" >>"$log" 2>&1 </dev/null 9>&- &
}

host_on() {
  local host=$1 directory pid i
  directory=$(dir_of "$host")
  mkdir -p "$directory/kubelet" "$directory/log" /var/lib/cni /var/lib/kubelet
  # rshared: containers get mounts that the kubelet makes later.
  # /run and CNI's notes are empty after every start, as after a boot; the kubelet and the logs have their usual places.
  # shellcheck disable=SC2016
  setsid unshare --net --mount --uts --pid --fork --kill-child --mount-proc bash -euc '
    mount --make-rshared /
    mount -t tmpfs tmpfs /run
    mount -t tmpfs tmpfs /var/lib/cni
    mount --bind "$1/kubelet" /var/lib/kubelet
    mount --bind "$1/log" /var/log
    echo "$2" >/proc/sys/kernel/hostname
    exec "$3/pause" "$1"' - "$directory" "$host" "$BIN" >>"$(log_of "$host")/$host.log" 2>&1 </dev/null 9>&- &
  for ((i = 0; i < 250; i++)); do
    if pid=$(pid_of "$host") && [ -n "$pid" ]; then
      connect "$host" "$pid"
      return
    fi
    sleep 0.02
  done
  die "$host did not start: $(tail -n 1 "$(log_of "$host")/$host.log")"
}

host_off() {
  local pids pid i
  disconnect "$1"
  # `unshare`, and so a start that was interrupted, has the directory in its command line as well
  while pids=$(pgrep -f -- "(pause|unshare .*) $(pattern_of "$1")( |\$)"); do
    # shellcheck disable=SC2086
    kill -9 $pids 2>/dev/null || true
    for pid in $pids; do # the first process of a namespace becomes a zombie only when the kernel has ended all others
      for ((i = 0; i < 1500; i++)); do
        grep -q '^State:.*[^Z] (' "/proc/$pid/status" 2>/dev/null || break
        sleep 0.02
      done
      [ $i -lt 1500 ] || die "process $pid of $1 does not end"
    done
  done
  remove_cgroups "$1"
}

wait_for_all() { # pids of background jobs, which have said themselves what went wrong
  local pid failed=0
  for pid; do wait "$pid" || failed=1; done
  [ $failed = 0 ] || exit 1
}

# Pods of a node are below a cgroup of its own. Version 1 has a tree per controller, version 2 one for all.
cgroup_trees() { if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo /sys/fs/cgroup; else ls -d /sys/fs/cgroup/*/; fi; }

make_cgroups() {
  local tree directory
  for tree in $(cgroup_trees); do
    directory=$tree/kubectl-pg-lab/$LAB_ID/$1
    mkdir -p "$directory" || mkdir -p "$directory" || die "cannot make cgroups in $tree" # twice: someone's `down` may remove the empty parent
  done
  [ -e /sys/fs/cgroup/cgroup.controllers ] || return 0
  for directory in . kubectl-pg-lab "kubectl-pg-lab/$LAB_ID"; do
    echo "+cpuset +cpu +memory +pids" >"/sys/fs/cgroup/$directory/cgroup.subtree_control" || die "cannot pass cgroup controllers on"
  done
}

# They outlive their processes, and no power cut. A kubelet that finds old ones waits 3 s for each.
remove_cgroups() {
  local tree i
  for tree in $(cgroup_trees); do
    for ((i = 0; i < 100; i++)); do # the kernel may still be busy with one
      [ -d "$tree/kubectl-pg-lab/$LAB_ID/$1" ] || break
      find "$tree/kubectl-pg-lab/$LAB_ID/$1" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.05
    done
    rmdir "$tree/kubectl-pg-lab/$LAB_ID" "$tree/kubectl-pg-lab" 2>/dev/null || true # unless others have theirs there
  done
}
