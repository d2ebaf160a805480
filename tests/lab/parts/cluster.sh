# shellcheck shell=bash
# One cluster: the host NAME with etcd, the API server and the controllers, NAME-dns with CoreDNS, NAME-nK with a
# kubelet, containerd and kube-proxy each. All is under $LAB/NAME; the file `ready` there says that `up` came to its end.
# Every program is the cluster's administrator: who may do what is not what the lab is for.

DNS_SERVICE=10.96.0.10

kube() { local name=$1; shift; "$BIN/kubectl" --kubeconfig "$LAB/$name/kubeconfig" "$@"; }
api_answers() { kube "$1" get --raw /readyz --request-timeout=2s >/dev/null 2>&1; }

cluster_up() { # name, number of nodes
  local name=$1 here=$LAB/$1 host control jobs=() new=() k
  # What a killed run or a reboot left is of no use any more.
  if [ -e "$here" ] && ! { [ -e "$here/ready" ] && is_on "$name" && is_on "$name-dns"; }; then cluster_down "$name"; fi
  mkdir -p "$here/log" "$here/hosts"
  locked "$CACHE/locks/$LAB_ID" claim_addresses "$name"
  # Its nodes link into the template they were made from; newer images come by `load`.
  [ -e "$here/template" ] || use_template "$here/template"
  raise_inotify

  if [ ! -e "$here/ready" ]; then
    make_keys "$name"
    start_control "$name" &
    control=$!
    host_on "$name-dns"
  else
    api_answers "$name" || start_api "$name"
    wait_for_api "$name" &
    control=$!
  fi
  for ((k = 1; k <= $2; k++)); do
    host=$name-n$k
    is_on "$host" || { new+=("$host"); node_on "$host" & jobs+=($!); }
  done
  wait_for_all "$control" "${jobs[@]}"
  # The kubelets come after the API server: one that finds none waits longer and longer between attempts.
  for host in "${new[@]}"; do start_kubelet "$host"; done
  [ -e "$here/ready" ] || start_dns "$name"
  apply_basics "$name"
  wait_for_nodes "$name" "$2"
  touch "$here/ready"
  locked "$CACHE/locks/$LAB_ID" merge_kubeconfigs
  say "$name is up, Ready nodes: $2, kubeconfig: $LAB/kubeconfig"
}

cluster_down() {
  local host
  [ -e "$LAB/$1" ] || return 0
  rm -f "$LAB/$1/ready"
  for host in $(hosts_of "$1"); do host_off "$host"; done
  rm -rf "${LAB:?}/$1"
  locked "$CACHE/locks/$LAB_ID" cluster_gone "$1"
}

cluster_gone() {
  [ ! -e "$LAB/cuts" ] || sed -i -E "/(^| )$1(-n[0-9]+|-dns)?( |$)/d" "$LAB/cuts"
  merge_kubeconfigs
  network_down
}

claim_addresses() {
  network_up
  [ ! -e "$LAB/$1/index" ] || return 0
  local c
  for ((c = 1; c <= MAX_CLUSTERS; c++)); do
    # one process: in a pipe, the writer fails when grep has seen enough, and a number that is taken counts as free
    if ! grep -qsx $c "$LAB"/*/index /dev/null; then
      echo $c >"$LAB/$1/index"
      return
    fi
  done
  die "no addresses left: a lab holds $MAX_CLUSTERS clusters"
}

merge_kubeconfigs() {
  local files
  files=$(printf '%s:' "$LAB"/*/kubeconfig)
  if [ "$files" = : ]; then rm -f "$LAB/kubeconfig"; return; fi
  KUBECONFIG=$files "$BIN/kubectl" config view --flatten >"$LAB/kubeconfig.new"
  chmod 600 "$LAB/kubeconfig.new"
  mv "$LAB/kubeconfig.new" "$LAB/kubeconfig"
}

# Each kubelet and containerd uses several inotify instances, and Debian's limit per user is 128.
raise_inotify() {
  local limit=/proc/sys/fs/inotify/max_user_instances
  [ "$(cat $limit)" -ge 1024 ] || echo 1024 >$limit
}

make_keys() {
  local name=$1 address; address=$(address_of "$1")
  mkdir -p "$LAB/$name/pki"
  (
    cd "$LAB/$name/pki"
    key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
    # keyUsage here and authorityKeyIdentifier below: Python from 3.13 on, and so Patroni, refuses certificates without
    openssl req -x509 "${key[@]}" -keyout ca.key -out ca.crt -subj "/CN=$name" -days 3650 -addext keyUsage=critical,keyCertSign,cRLSign
    certificate() { # file, subject, names
      openssl req "${key[@]}" -keyout "$1.key" -out "$1.csr" -subj "$2"
      openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -out "$1.crt" -days 3650 \
        -extfile <(printf 'subjectAltName=%s\nauthorityKeyIdentifier=keyid\n' "$3")
    }
    certificate apiserver /CN=kube-apiserver "IP:$address,IP:10.96.0.1,IP:127.0.0.1,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
    certificate admin /O=system:masters/CN=admin DNS:admin
    openssl ecparam -name prime256v1 -genkey -noout -out service-accounts.key
  ) >"$LAB/$name/log/openssl.log" 2>&1 || die "openssl failed: see $LAB/$name/log/openssl.log"
  # names are quoted: y and no are booleans in YAML
  cat >"$LAB/$name/kubeconfig" <<Y
apiVersion: v1
kind: Config
current-context: "$name"
clusters: [{name: "$name", cluster: {server: "https://$address:6443", certificate-authority-data: $(base64 -w0 "$LAB/$name/pki/ca.crt")}}]
users: [{name: "$name-admin", user: {client-certificate-data: $(base64 -w0 "$LAB/$name/pki/admin.crt"), client-key-data: $(base64 -w0 "$LAB/$name/pki/admin.key")}}]
contexts: [{name: "$name", context: {cluster: "$name", user: "$name-admin"}}]
Y
  chmod 600 "$LAB/$name/kubeconfig"
}

start_control() {
  local name=$1 here=$LAB/$1
  host_on "$name"
  # no fsync: a lab need not survive the machine's own power cut, and it shares one disk with all else
  start "$name" etcd "$BIN/etcd" --data-dir "$(dir_of "$name")/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster default=http://127.0.0.1:2380
  start_api "$name"
  wait_for_api "$name"
  # no leader election: there is one of each. No --allocate-node-cidrs: pods have their addresses from `pods_of`.
  start "$name" kube-controller-manager "$BIN/kube-controller-manager" --kubeconfig "$here/kubeconfig" --bind-address 127.0.0.1 --leader-elect=false \
    --service-account-private-key-file "$here/pki/service-accounts.key" --root-ca-file "$here/pki/ca.crt"
  start "$name" kube-scheduler "$BIN/kube-scheduler" --kubeconfig "$here/kubeconfig" --bind-address 127.0.0.1 --leader-elect=false
  start "$name" volumes "$BIN/volumes" --kubeconfig "$here/kubeconfig" --nodes "$here/hosts"
}

start_api() {
  local name=$1 pki=$LAB/$1/pki address audit=(); address=$(address_of "$1")
  if [ "${LAB_AUDIT:-0}" = 1 ]; then
    printf 'apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n' >"$LAB/$name/audit-policy.yaml"
  fi
  if [ -e "$LAB/$name/audit-policy.yaml" ]; then
    audit=(--audit-policy-file "$LAB/$name/audit-policy.yaml" --audit-log-path "$(log_of "$name")/audit.log")
  fi
  # InternalIP: node names resolve nowhere, and exec, logs and port-forward need to reach kubelets
  start "$name" kube-apiserver "$BIN/kube-apiserver" --etcd-servers http://127.0.0.1:2379 --bind-address "$address" --advertise-address "$address" --secure-port 6443 \
    --tls-cert-file "$pki/apiserver.crt" --tls-private-key-file "$pki/apiserver.key" --client-ca-file "$pki/ca.crt" \
    --authorization-mode Node,RBAC --allow-privileged --service-cluster-ip-range "$SERVICES" \
    --service-account-issuer https://kubernetes.default.svc.cluster.local \
    --service-account-key-file "$pki/service-accounts.key" --service-account-signing-key-file "$pki/service-accounts.key" \
    --kubelet-client-certificate "$pki/admin.crt" --kubelet-client-key "$pki/admin.key" --kubelet-preferred-address-types InternalIP "${audit[@]}"
}

wait_for_api() {
  local i address; address=$(address_of "$1")
  for ((i = 0; i < 600; i++)); do
    # the port first: starting kubectl five times a second would cost what the API server needs to start
    if (: <"/dev/tcp/$address/6443") 2>/dev/null && api_answers "$1"; then return; fi
    inside "$1" pgrep -x kube-apiserver >/dev/null || [ $i -lt 10 ] || break
    sleep 0.2
  done
  die "the API server of $1 does not come up; see $(log_of "$1")/$1-kube-apiserver.log"
}

start_dns() {
  local directory; directory=$(dir_of "$1-dns")
  # kubeadm's Corefile, without what asks the outside
  cat >"$directory/Corefile" <<C
.:53 {
  errors
  bind $(address_of "$1-dns")
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig $LAB/$1/kubeconfig $1
    pods insecure
    ttl 30
  }
  cache 30 {
    disable success cluster.local
    disable denial cluster.local
  }
  loadbalance
}
C
  start "$1-dns" coredns "$BIN/coredns" "$directory/Corefile"
}

node_on() { # up to a containerd that answers
  local host=$1 directory i; directory=$(dir_of "$1")
  mkdir -p "$directory/cni" "$directory/volumes"
  [ -e "$directory/containerd" ] || seed_store "$(cat "$LAB/$(cluster_of "$host")/template")" "$directory/containerd"
  # restrict_oom_score_adj: where CAP_SYS_RESOURCE is withheld, no sandbox starts otherwise ("can't get final child's PID")
  # netns_mounts_under_state_dir: else they are in /run/netns, where `ip netns` looks
  cat >"$directory/containerd.toml" <<T
version = 2
root = "$directory/containerd"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/lab/pause:1"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$directory/cni"
T
  # ptp, not bridge: then all traffic of pods passes the node's IP layer, and Services need no br_netfilter
  cat >"$directory/cni/10-lab.conflist" <<J
{"cniVersion": "0.4.0", "name": "lab", "plugins": [
  {"type": "ptp", "ipMasq": false, "ipam": {"type": "host-local", "ranges": [[{"subnet": "$(pods_of "$host")"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
J
  # failSwapOn, failCgroupV1, cgroupDriver: take the machine as it is
  # cgroupRoot: kubelets of one machine must not share /kubepods, where each deletes what it does not know
  # evictionHard, imageGC…: all nodes share the machine's disk, and images are not to be had again
  cat >"$directory/kubelet.yaml" <<Y
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
clusterDomain: cluster.local
clusterDNS: ["$DNS_SERVICE"]
resolvConf: "$directory/resolv.conf"
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: "$LAB/$(cluster_of "$host")/pki/ca.crt"}}
authorization: {mode: Webhook}
failSwapOn: false
failCgroupV1: false
cgroupDriver: cgroupfs
cgroupRoot: "/kubectl-pg-lab/$LAB_ID/$host"
evictionHard: {imagefs.available: "1%", nodefs.available: "1%", memory.available: "1Mi"}
imageGCHighThresholdPercent: 100
Y
  echo "nameserver $DNS_SERVICE" >"$directory/resolv.conf"
  make_cgroups "$host"
  host_on "$host"
  start "$host" containerd containerd -c "$directory/containerd.toml"
  for ((i = 0; i < 600; i++)); do
    if [ -S "/proc/$(pid_of "$host")/root/run/containerd/containerd.sock" ] && inside "$host" ctr version >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  die "containerd of $host does not come up; see $(log_of "$host")/$host-containerd.log"
}

start_kubelet() {
  local host=$1 name address kubeconfig; name=$(cluster_of "$1"); address=$(address_of "$1"); kubeconfig=$LAB/$name/kubeconfig
  start "$host" kubelet "$BIN/kubelet" --config "$(dir_of "$host")/kubelet.yaml" --kubeconfig "$kubeconfig" \
    --hostname-override "$host" --node-ip "$address" --node-labels "topology.kubernetes.io/region=$name,topology.kubernetes.io/zone=$name-z$(node_number "$host")"
  # --conntrack-*=0: leave settings of the whole machine alone, which a namespace may not change
  start "$host" kube-proxy "$BIN/kube-proxy" --kubeconfig "$kubeconfig" --hostname-override "$host" --proxy-mode iptables \
    --cluster-cidr "$(pods_of "$host" | sed -E 's|[0-9]+\.0/24|0.0/16|')" --bind-address "$address" --metrics-bind-address 127.0.0.1:10249 \
    --conntrack-max-per-core 0 --conntrack-tcp-timeout-established 0s --conntrack-tcp-timeout-close-wait 0s
}

host_restart() {
  local name; name=$(cluster_of "$1")
  case $1 in
    "$name") start_control "$1" ;;
    *-dns) host_on "$1"; start_dns "$name" ;;
    *) node_on "$1"; start_kubelet "$1" ;;
  esac
}

apply_basics() {
  local i log; log=$(log_of "$1")/basics.log
  for ((i = 0; i < 150; i++)); do # kube-system appears a moment after the API server
    kube "$1" apply -f - >"$log" 2>&1 <<Y && return
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: standard, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: lab.pgfleet.io/local-disk
volumeBindingMode: WaitForFirstConsumer
allowVolumeExpansion: true
reclaimPolicy: Delete
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec:
  clusterIP: $DNS_SERVICE
  ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kube-dns, namespace: kube-system, labels: {kubernetes.io/service-name: kube-dns}}
addressType: IPv4
endpoints: [{addresses: ["$(address_of "$1-dns")"], conditions: {ready: true}}]
ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]
Y
    sleep 0.2
  done
  die "the basic objects of $1 were refused: $(tail -n 1 "$log")"
}

wait_for_nodes() {
  local i k nodes=()
  for ((k = 1; k <= $2; k++)); do nodes+=("node/$1-n$k"); done
  for ((i = 0; i < 60; i++)); do
    # the default service account: without it no pod can be made
    if kube "$1" wait --for=condition=Ready "${nodes[@]}" --timeout=2s >"$(log_of "$1")/nodes.log" 2>&1 &&
      kube "$1" get serviceaccount default >/dev/null 2>&1; then return; fi
    sleep 0.3
  done
  die "not all nodes of $1 become Ready: $(tail -n 1 "$(log_of "$1")/nodes.log"); the kubelets' logs are in $(log_of "$1")"
}
