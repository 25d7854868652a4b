# What tools/run and tools/test share: installing what is missing, configuring and building quietly. It is
# sourced, never executed. Everything that it prints goes to standard error, so that the output of the program that is
# run afterwards stays clean. Leaves to others: what to build, and what to do with it.
umask 022 # The loader refuses plugins that others can write.

aurelis_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

build_packages=(
    g++ gcc cmake ninja-build pkg-config
    libboost-dev libyaml-cpp-dev libsqlite3-dev libspdlog-dev libxxhash-dev libssl-dev libarchive-dev
    libcli11-dev nlohmann-json3-dev zlib1g-dev liblz4-dev libzstd-dev libhiredis-dev
)
test_packages=(catch2 python3 gzip lz4 zstd redis-server openssl)
thread_safety_packages=(clang) # Only for tools/test --thread-safety.

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "$*"
    exit 3
}

# run_quietly WHAT LOG COMMAND...: prints one line with what is done and how long it took; the output goes to LOG, and
# its end is shown only if the command fails.
run_quietly() {
    local what=$1 log=$2 started=$SECONDS status=0
    shift 2
    mkdir -p "$(dirname "$log")"
    printf '%s ... ' "$what" >&2
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if ((status == 0)); then
        say "done in $((SECONDS - started)) s"
        return 0
    fi
    say "failed after $((SECONDS - started)) s; the end of $log:"
    tail -n 120 "$log" >&2
    return "$status"
}

# missing_packages PACKAGE...: prints those that are not installed according to dpkg, one per line.
missing_packages() {
    local installed
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
    local package
    for package in "$@"; do
        [[ $'\n'$installed$'\n' == *$'\n'"installed $package"$'\n'* ]] || printf '%s\n' "$package"
    done
}

# ensure_packages PACKAGE...: installs what is missing if there is apt-get; elsewhere prints what is needed and goes on,
# since the same libraries may be installed under other names.
ensure_packages() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "This is not a Debian system: nothing is installed here. Needed, by their Debian names: $*"
        return 0
    fi
    local missing=()
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0

    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            die "Packages are missing, and there is neither root nor sudo; run as root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
    say "Installing with apt-get: ${missing[*]}"
    # One broken package source among several must not stop us: the installation shows whether it mattered.
    run_quietly "Reading the package lists" "$aurelis_root/build/apt-update.log" "${as_root[@]}" update || true
    run_quietly "Installing ${#missing[@]} packages" "$aurelis_root/build/apt-install.log" \
        "${as_root[@]}" install -y --no-install-recommends "${missing[@]}" ||
        die "apt-get could not install them; see above, then install by hand: ${missing[*]}"
}

# configure PRESET TREE CMAKE_OPTION...: only when the tree is new or its options have changed.
configure() {
    local preset=$1 tree=$aurelis_root/$2 wanted
    shift 2
    wanted="$preset $*"
    if [[ ! -f $tree/build.ninja || $(cat "$tree/configured.txt" 2>/dev/null) != "$wanted" ]]; then
        mkdir -p "$tree"
        rm -f "$tree/configured.txt"
        (cd "$aurelis_root" && run_quietly "Configuring ${tree##*/}/ ($preset)" "$tree/configure.log" \
            cmake --preset "$preset" "$@") || return
        printf '%s\n' "$wanted" >"$tree/configured.txt"
    fi
}

# configure_and_build PRESET TREE CMAKE_OPTION...: ninja itself notices changed CMake files and new sources.
configure_and_build() {
    configure "$@" || return
    local preset=$1 tree=$aurelis_root/$2
    run_quietly "Building ${tree##*/}/ ($preset)" "$tree/build.log" cmake --build "$tree" --parallel "$(nproc)"
}
