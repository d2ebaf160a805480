# shellcheck shell=bash
# What every cluster is made of: Debian's packages, the Go programs, and a container store with all images in it.
# Made once, kept under $CACHE by the hash of what they were made from.

VERSION=v1.34.4
GO_FLAGS=(-trimpath -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$VERSION -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=34")
BIN=$CACHE/programs/$(cd "$SOURCE" && { echo "${GO_FLAGS[@]}"; cat kube/*.go kube/go.* pause/*; } | sha256sum | cut -c1-12)

# The last two are for the images, which are built by others.
PACKAGES=(containerd runc containernetworking-plugins iptables conntrack iproute2 procps openssl util-linux debootstrap buildah)

need_tools() {
  [ "$(id -u)" = 0 ] || die "needs root: clusters are made of namespaces, mounts and network devices"
  unshare --net --mount --pid --fork true 2>/dev/null || die "needs the right to make namespaces (CAP_SYS_ADMIN), which this environment withholds"
  local tool missing=()
  for tool in containerd runc iptables conntrack ip pgrep openssl nsenter debootstrap buildah; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  [ -x /usr/lib/cni/ptp ] || missing+=(/usr/lib/cni/ptp)
  [ ${#missing[@]} -eq 0 ] && return
  "$SOURCE/packages" lab "${PACKAGES[@]}" || exit 1
}

build_programs() { [ -e "$BIN/done" ] || locked "$CACHE/locks/programs" build_programs_now; }

build_programs_now() {
  [ ! -e "$BIN/done" ] || return 0
  command -v go >/dev/null || die "building the lab's programs needs Go 1.24 or newer"
  mkdir -p "$BIN"
  say "building Kubernetes $VERSION: 5 to 10 minutes on 2 cores where Go has nothing cached"
  ( cd "$SOURCE/kube"
    CGO_ENABLED=0 nice go build -v "${GO_FLAGS[@]}" -o "$BIN/labkube" . 2>&1 | tee "$BIN/build.log" |
      awk '/^go: downloading/ { d++; if (d % 50 == 0) { print "lab:   " d " modules fetched"; fflush() } }
           /^[a-z0-9.-]+(\/|$)/ { n++; if (n % 200 == 0) { print "lab:   " n " packages compiled"; fflush() } }' >&2
  ) || die "the build of labkube failed: $(tail -n 1 "$BIN/build.log") ($BIN/build.log)"
  ( cd "$SOURCE/pause" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$BIN/pause" . ) || die "the build of pause failed"
  local program
  for program in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl coredns volumes; do
    ln -sf labkube "$BIN/$program" # the names that ps, pkill and a reader look for
  done
  pause_image
  touch "$BIN/done"
  find "$CACHE/programs" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} + # of sources long gone
  say "programs are in $BIN"
}

# docker.io/lab/pause:1, the sandbox of every pod: a docker archive of one file, written by hand.
pause_image() {
  local work
  work=$(mktemp -d)
  tar --sort=name --owner=0 --group=0 --mtime=@0 -C "$BIN" -cf "$work/layer.tar" pause
  cat >"$work/config.json" <<J
{"architecture":"$(go env GOARCH)","os":"linux","config":{"Entrypoint":["/pause"],"User":"65535:65535"},
 "rootfs":{"type":"layers","diff_ids":["sha256:$(sha256sum "$work/layer.tar" | cut -d' ' -f1)"]}}
J
  echo '[{"Config":"config.json","RepoTags":["docker.io/lab/pause:1"],"Layers":["layer.tar"]}]' >"$work/manifest.json"
  tar -C "$work" -cf "$BIN/pause.tar" manifest.json config.json layer.tar
  rm -r "$work"
}

# Importing a large image takes 10 to 20 s, so nodes do not do it. All archives are imported once, by a containerd
# that lives for that only; what it leaves is the template of every node's store (see `seed_store`).
# Archives are $CACHE/images/*.tar, or those named in PG_LAB_IMAGES.

CONTENT=io.containerd.content.v1.content
METADATA=io.containerd.metadata.v1.bolt
SNAPSHOTS=io.containerd.snapshotter.v1.overlayfs
MAX_GENERATIONS=8 # templates grow out of each other; after so many one is made from nothing, without the old images

# use_template FILE: writes the path of the template that has all archives to FILE, which keeps it from being pruned.
use_template() { locked "$CACHE/locks/templates" use_template_now "$1"; }

use_template_now() {
  local archives template base other
  read -r -a archives <<<"${PG_LAB_IMAGES:-$(echo "$CACHE"/images/*.tar)}"
  for archive in "${archives[@]}"; do [ -r "$archive" ] || die "cannot read the image archive $archive"; done
  # name, size and time to the nanosecond stand for the content: hashing gigabytes at every `up` is what they save
  local list
  list=$(stat -L -c '%n %s %y' "$BIN/pause.tar" "${archives[@]}")
  template=$CACHE/templates/$(sha256sum <<<"$list" | cut -c1-12)
  if [ ! -e "$template/archives" ]; then
    base=
    for other in "$CACHE"/templates/*/archives; do [ "$other" -ot "$base" ] || base=$other; done
    make_template "$template" "${base%/archives}" "$list"
  fi
  echo "$template" >"$1"
  for other in "$CACHE"/templates/*; do
    # no pipe into grep -q: with pipefail its early end would read as "nobody uses it"
    [ "$other" = "$template" ] || grep -qsxF "$other" "$CACHE"/labs/*/*/template || rm -rf "$other"
  done
}

make_template() { # template, base (may be empty), list of archives
  local new=$1.new generation=1 line todo=()
  rm -rf "$new"
  mkdir -p "$new"
  if [ -n "$2" ] && [ "$(cat "$2/generation")" -lt $MAX_GENERATIONS ]; then
    generation=$(($(cat "$2/generation") + 1))
    cp -al "$2/$CONTENT" "$2/$SNAPSHOTS" "$2/$METADATA" "$new/"
    for line in "$SNAPSHOTS/metadata.db" "$METADATA/meta.db"; do # written in place, so they may not be shared
      rm "$new/$line"
      cp -a "$2/$line" "$new/$line"
    done
  fi
  while read -r line; do
    [ $generation -gt 1 ] && grep -qxF "$line" "$2/archives" || todo+=("${line%% *}")
  done <<<"$3"
  say "importing ${#todo[@]} image archives, once for all nodes"
  # its own namespaces: whatever happens, nothing of it stays
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child --mount-proc bash -euc '
    new=$1; shift
    mount -t tmpfs tmpfs /run
    printf "version = 2\nroot = \"%s\"\nstate = \"/run/containerd\"\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n" "$new" >/run/containerd.toml
    containerd -c /run/containerd.toml & containerd=$!
    until ctr version; do sleep 0.1; done
    for archive; do ctr -n k8s.io images import "$archive"; done
    kill $containerd
    wait $containerd || true' - "$new" "${todo[@]}" >"$1.log" 2>&1 9>&- || die "an image archive could not be imported: $(tail -n 1 "$1.log") ($1.log)"
  echo $generation >"$new/generation"
  echo "$3" >"$new/archives"
  rm "$1.log"
  mv "$new" "$1"
}

# seed_store TEMPLATE DIRECTORY: a store for one node. Nothing large is copied: blobs are hard links, which containerd
# never writes again; unpacked layers are links to the template's directories, which overlayfs mounts as lower
# directories and so only reads. The two databases are the node's own.
seed_store() {
  mkdir -p "$2/$CONTENT" "$2/$SNAPSHOTS/snapshots" "$2/$METADATA"
  chmod 711 "$2" # containerd's own mode: others may pass, for images that run as another user
  cp -al "$1/$CONTENT/blobs" "$2/$CONTENT/"
  cp -a "$1/$METADATA/meta.db" "$2/$METADATA/"
  cp -a "$1/$SNAPSHOTS/metadata.db" "$2/$SNAPSHOTS/"
  ln -s "$1/$SNAPSHOTS/snapshots"/* "$2/$SNAPSHOTS/snapshots/"
}
