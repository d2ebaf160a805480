# shellcheck shell=bash
# Each lab has a bridge pglabN on this machine and the block 10.(32·N).0.0/11. In it, with C for the cluster:
#   10.(32N).C.1 API server   10.(32N).C.2 DNS   10.(32N).C.(10+K) node K   10.(32N).0.1 this machine
#   10.(32N+C).K.0/24 pods of node K
# Every host takes the whole block to be on its own wire, and a node answers ARP for its pods: so everyone reaches
# every pod of every cluster of the lab, and no route has to be told to anyone when a host comes or goes.

SERVICES=10.96.0.0/16 # block 3 holds it, so no lab has number 3
LAB_NUMBERS=(1 2 4 5 6 7)
# shellcheck disable=SC2034
MAX_CLUSTERS=31

# The bridge itself is the note of who has which number: it bears the lab's directory as its alias.
lab_number() { grep -lxF -- "$LAB" /sys/class/net/pglab*/ifalias /dev/null 2>/dev/null | sed -E 's|.*/pglab([0-9]+)/.*|\1|' || true; }
cluster_index() { cat "$LAB/$1/index"; }
node_number() { [[ $1 =~ -n([0-9]+)$ ]] && echo "${BASH_REMATCH[1]}"; }

address_of() {
  local n c k; n=$(lab_number)
  [ -n "$n" ] || { echo -; return; } # after a reboot there is no bridge
  [ "$1" != host ] || { echo "10.$((32 * n)).0.1"; return; }
  c=$(cluster_index "$(cluster_of "$1")")
  case $1 in
    *-dns) echo "10.$((32 * n)).$c.2" ;;
    *) if k=$(node_number "$1"); then echo "10.$((32 * n)).$c.$((10 + k))"; else echo "10.$((32 * n)).$c.1"; fi ;;
  esac
}
pods_of() { local k; ! k=$(node_number "$1") || [ -z "$(lab_number)" ] || echo "10.$((32 * $(lab_number) + $(cluster_index "$(cluster_of "$1")"))).$k.0/24"; }
device_of() { # on this machine's side; the name is short, its alias tells the host
  local k; k=$(address_of "$1"); echo "pg$(lab_number)c$(cluster_index "$(cluster_of "$1")")h${k##*.}"
}
mac_of() { local a b c d; IFS=. read -r a b c d <<<"$(address_of "$1")"; printf '02:00:%02x:%02x:%02x:%02x' "$a" "$b" "$c" "$d"; }

# A lab whose directory is gone, or in which nothing runs, needs no number: its checkout was thrown away, or its run killed.
reclaim_numbers() {
  local alias lab
  for alias in /sys/class/net/pglab*/ifalias; do
    lab=$(cat "$alias" 2>/dev/null) || continue
    [[ $lab == */labs/* ]] || continue
    ! pgrep -f -- "/pause $(sed 's/[^a-zA-Z0-9/_-]/./g' <<<"$lab")/" >/dev/null || continue
    ip link del "$(basename "$(dirname "$alias")")" 2>/dev/null || true
  done
}

network_up() {
  [ -z "$(lab_number)" ] || return 0
  claim_number || { reclaim_numbers; claim_number; } ||
    die "no free network: ${#LAB_NUMBERS[@]} blocks 10.32·N.0.0/11, each used by another lab or by this machine"
}

claim_number() {
  local n block
  for n in "${LAB_NUMBERS[@]}"; do
    block=10.$((32 * n)).0.0/11
    [ -z "$(ip route show root "$block"; ip route show match "$block" | grep -v ^default)" ] || continue # used by this machine
    ip link add "pglab$n" type bridge 2>/dev/null || continue # another lab's
    ip link set "pglab$n" alias "$LAB"
    ip link set "pglab$n" address "02:00:0a:$(printf %02x $((32 * n))):00:01" up # else it changes with every host
    ip addr add "10.$((32 * n)).0.1/11" dev "pglab$n"
    return
  done
  return 1
}

network_down() { # once the last cluster is gone
  local clusters=("$LAB"/*/) n
  [ ${#clusters[@]} -eq 0 ] || return 0
  n=$(lab_number)
  [ -z "$n" ] || ip link del "pglab$n"
  rm -rf "$LAB"
}

connect() { # host, pid of its first process
  local device; device=$(device_of "$1")
  ip link del "$device" 2>/dev/null || true
  # the address of the card stays the same over power cuts, as that of a real one: neighbours keep it for minutes
  ip link add "$device" type veth peer name eth0 address "$(mac_of "$1")" netns "$2"
  ip link set "$device" alias "$1" master "pglab$(lab_number)" up
  # proxy_arp with no delay: a node speaks for its pods. The route lets a node's own programs reach Services:
  # kube-proxy rewrites a packet only after it was routed. There is no default route: the lab has no outside.
  # shellcheck disable=SC2016
  inside "$1" sh -euc '
    ip link set lo up
    ip addr add "$1/11" dev eth0
    ip link set eth0 up
    ip route add "$2" dev eth0
    cd /proc/sys/net/ipv4
    echo 1 >ip_forward
    echo 1 >conf/eth0/proxy_arp
    echo 0 >neigh/eth0/proxy_delay
    iptables -w -t raw -N LAB-CUT; iptables -w -t raw -A PREROUTING -i eth0 -j LAB-CUT
    iptables -w -t mangle -N LAB-CUT; iptables -w -t mangle -A POSTROUTING -o eth0 -j LAB-CUT' - "$(address_of "$1")" "$SERVICES" ||
    die "cannot set up the network of $1"
  apply_cuts "$1"
}

# The kernel would take its time with the device after the last process.
disconnect() { [ -z "$(lab_number)" ] || ip link del "$(device_of "$1")" 2>/dev/null || true; }

# Cuts are lines `A B` in one file (`A *`: everyone), so they outlive power cuts. Both ends drop what comes from the
# other (raw, before connection tracking) and what goes there (mangle POSTROUTING, after Services were resolved).
change_cuts() { # add|remove, A, B (empty: whatever A is cut from)
  local a b ends=("$2" "$3")
  touch "$LAB/cuts"
  while read -r a b; do
    if [ "$a $b" = "$2 $3" ] || [ "$b $a" = "$2 $3" ] || { [ -z "$3" ] && { [ "$a" = "$2" ] || [ "$b" = "$2" ]; }; }; then
      ends+=("$a" "$b")
    else
      echo "$a $b"
    fi
  done <"$LAB/cuts" >"$LAB/cuts.new"
  [ "$1" = remove ] || echo "$2 $3" >>"$LAB/cuts.new"
  mv "$LAB/cuts.new" "$LAB/cuts"
  for a in "${ends[@]}"; do
    if [ -d "$(dir_of "${a:-*}")" ] && is_on "$a"; then apply_cuts "$a"; fi
  done
}

apply_cuts() {
  local from=() a b other
  if [ -e "$LAB/cuts" ]; then
    while read -r a b; do
      [ "$a" = "$1" ] && other=$b || other=$a
      [ "$a" = "$1" ] || [ "$b" = "$1" ] || continue
      if [ "$other" = '*' ]; then from+=(0.0.0.0/0)
      elif [ "$other" = host ] || [ -d "$(dir_of "$other")" ]; then mapfile -t -O ${#from[@]} from < <(address_of "$other"; pods_of "$other"); fi
    done <"$LAB/cuts"
  fi
  # --noflush: the other chains are kube-proxy's; naming ours empties it first
  {
    printf '*raw\n:LAB-CUT -\n'; [ ${#from[@]} -eq 0 ] || printf -- '-A LAB-CUT -s %s -j DROP\n' "${from[@]}"; echo COMMIT
    printf '*mangle\n:LAB-CUT -\n'; [ ${#from[@]} -eq 0 ] || printf -- '-A LAB-CUT -d %s -j DROP\n' "${from[@]}"; echo COMMIT
  } | inside "$1" iptables-restore -w --noflush || die "cannot change the packet filter of $1"
}
