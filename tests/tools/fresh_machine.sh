#!/usr/bin/env bash
# Proves that tools/run and tools/test work as typed on a machine with nothing but apt: makes the root file system of
# a fresh Debian, copies the files that git tracks into it, and runs both in a chroot. Needs root, debootstrap, the
# network and about 3 GB, so it is not part of ctest.
set -euo pipefail
umask 022

usage() {
    cat <<'TEXT'
usage: tests/tools/fresh_machine.sh [--suite bookworm|trixie] [--root FOLDER] [--prepare] [-- COMMAND...]

  --suite NAME    which Debian: bookworm (12, the default) or trixie (13)
  --root FOLDER   make the root file system there, or use the one that is there, and keep it;
                  without it a temporary folder is used and removed
  --prepare       only make the root and install the packages that the tools would install
  -- COMMAND...   run this in the copied tree instead of tools/run and tools/test

The Debian mirror is the one that this machine's apt uses.
example: tests/tools/fresh_machine.sh --suite trixie --root /var/tmp/trixie
TEXT
}

die() {
    printf 'fresh_machine: %s\n' "$*" >&2
    exit 2
}

suite=bookworm root='' prepare=no command=()
while (($# > 0)); do
    case $1 in
        --suite) suite=${2:?--suite needs a name}; shift 2 ;;
        --root) root=${2:?--root needs a folder}; shift 2 ;;
        --prepare) prepare=yes; shift ;;
        --help) usage; exit 0 ;;
        --) shift; command=("$@"); break ;;
        *) die "unknown argument: $1; see --help" ;;
    esac
done
[[ $suite == bookworm || $suite == trixie ]] || die "--suite: '$suite' is neither bookworm nor trixie"
((EUID == 0)) || die "chroot and debootstrap need root; run it as root"
command -v debootstrap >/dev/null || die "debootstrap is missing; install it by apt-get install debootstrap"

source_tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
if [[ -z $root ]]; then
    root=$(mktemp -d "${TMPDIR:-/var/tmp}/aurelis-fresh.XXXXXX")
    trap 'rm -rf --one-file-system "$root"' EXIT
fi

# The address of the first archive whose Release file says that it is Debian's main one.
debian_mirror() {
    apt-get indextargets --format '$(REPO_URI)' \
        'Identifier: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main' | head -n 1
}

make_root() {
    local mirror script=()
    mirror=$(debian_mirror)
    [[ -n $mirror ]] || die "apt knows no Debian mirror; run apt-get update first"
    # An older debootstrap does not know trixie by name; the script is the same as sid's.
    [[ -e /usr/share/debootstrap/scripts/$suite ]] || script=(/usr/share/debootstrap/scripts/sid)
    debootstrap --variant=minbase "$suite" "$root" "$mirror" "${script[@]}"
}

# inside COMMAND...: runs it in the new root with /proc, /dev and /sys. The mounts live in a mount namespace of
# their own, so none is left behind, whatever happens; the processes end with it.
inside() {
    unshare --mount --pid --fork --kill-child bash -c '
        set -euo pipefail
        root=$1; shift
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount --rbind /sys "$root/sys"
        exec chroot "$root" /usr/bin/env -i HOME=/root \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            TERM="${TERM:-dumb}" "$@"' inside "$root" "$@"
}

copy_tree() {
    rm -rf --one-file-system "$root/root/aurelis"
    mkdir -p "$root/root/aurelis"
    (cd "$source_tree" && git ls-files -z | tar --null --verbatim-files-from -T - -c) | tar -x -C "$root/root/aurelis"
    chown -R 0:0 "$root/root/aurelis"
}

[[ -f $root/etc/debian_version ]] || make_root
[[ $(. "$root/etc/os-release" && printf '%s' "$VERSION_CODENAME") == "$suite" ]] ||
    die "$root holds another Debian than $suite"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"

if [[ $prepare == yes ]]; then
    mkdir -p "$root/root/aurelis/tools"
    cp "$source_tree/tools/setup.sh" "$root/root/aurelis/tools/"
    inside bash -c 'set -euo pipefail; . /root/aurelis/tools/setup.sh
        ensure_packages "${build_packages[@]}" "${test_packages[@]}"'
    exit 0
fi

copy_tree
in_tree() {
    printf '\n== Debian %s: %s\n' "$suite" "$*"
    inside bash -c 'cd /root/aurelis && exec "$@"' in_tree "$@" </dev/null
}
if ((${#command[@]} > 0)); then
    in_tree "${command[@]}"
else
    in_tree tools/run
    in_tree tools/test
fi
printf 'Debian %s: done.\n' "$suite"
