#!/usr/bin/env bash
# Installs what is missing for a purpose, or says what to install. Quick when all is there.
#
#   scripts/setup.sh demo    a Rust toolchain, a C compiler, PostgreSQL's server programs
#   scripts/setup.sh test    the same, and what the checks need: Node.js, Go with sprig, Python's venv, and the
#                            programs that stand for providers (SSH, IMAP and database servers, a browser)
#
# Packages come from Debian (or a relative with apt-get), as root or through sudo. No service is
# started and no database cluster is created: the program runs a private server of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:-test}
case $purpose in demo | test) ;; *) echo "usage: scripts/setup.sh demo|test" >&2; exit 2 ;; esac

postgres_oldest=15
node_oldest=18
sprig=/usr/share/gocode/src/github.com/Masterminds/sprig

have() { command -v "$1" >/dev/null 2>&1; }
at_least() { printf '%s\n%s\n' "$2" "$1" | sort -V -C; } # at_least 1.95.0 1.94
fail() { printf '%s\n' "$@" | sed 's/^/setup: /' >&2; exit 1; }

# --- what is there --------------------------------------------------------------------------------

check_rust() {
    local oldest version
    oldest=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
    have cargo || fail "no Rust toolchain (cargo) found; $oldest or newer is needed." \
        "Install it with rustup, as https://rustup.rs says; a distribution's own cargo is usually too old." \
        "Then open a new shell, or add ~/.cargo/bin to PATH."
    version=$(cargo --version | cut -d' ' -f2)
    at_least "$version" "$oldest" || fail "cargo is $version, but $oldest or newer is needed." \
        "With rustup: rustup update stable. A distribution's own cargo is usually too old: see https://rustup.rs."
}

# Where the program looks as well (platform::postgres): an explicit setting, or pg_config and the usual
# places of Debian, Red Hat and Homebrew.
postgres_folders() {
    if [ -n "${TUNEMANTRA_POSTGRES_BIN:-}" ]; then
        printf '%s\n' "$TUNEMANTRA_POSTGRES_BIN"
    else
        if have pg_config; then pg_config --bindir; fi
        printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin \
            {/opt/homebrew,/usr/local}/opt/postgresql*/bin
    fi
}

postgres_found() {
    local folder version
    while read -r folder; do
        if [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ]; then
            version=$("$folder/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
            [ "$version" -ge "$postgres_oldest" ] && return 0
        fi
    done < <(postgres_folders)
    return 1
}

node_found() { have node && at_least "$(node --version | tr -d v)" "$node_oldest"; }
# Debian keeps the programs of services out of the usual path.
service_found() {
    have "$1" || [ -x "/usr/sbin/$1" ] || [ -x "/usr/local/sbin/$1" ]
}
venv_found() { have python3 && python3 -c 'import venv, ensurepip' 2>/dev/null; }

# Prints what is missing, one line each: Debian package(s), a colon, what it is for.
missing() {
    have cc || echo "build-essential: a C compiler, for the parts of dependencies written in C"
    # A server that is named serves the demo; the tests always run one of their own.
    if [ "$purpose" = test ] || [ -z "${DATABASE_URL:-}${TUNEMANTRA_DATABASE_URL:-}${TUNEMANTRA_DATABASE_URL_APP:-}" ]; then
        postgres_found || echo "postgresql: PostgreSQL $postgres_oldest or newer, its server programs"
    fi
    [ "$purpose" = test ] || return 0
    node_found || echo "nodejs: Node.js $node_oldest or newer, for the subscription test with the browsers' client"
    have npm || echo "npm: the package manager that fetches that client"
    venv_found || echo "python3 python3-venv: Python, for the validators of the Helm chart"
    service_found sshd && have ssh-keygen || echo "openssh-server openssh-client: OpenSSH, for collection by SFTP"
    service_found mariadbd && have mariadb-install-db && have mariadb ||
        echo "mariadb-server mariadb-client: MariaDB, for collection from a provider's database"
    service_found dovecot && [ -d /usr/lib/dovecot ] || echo "dovecot-imapd: an IMAP server, for collection from a mailbox"
    have chromium && have chromedriver || echo "chromium chromium-driver: a browser, for collection from a portal"
    have go || echo "golang-go: Go, for the renderer of the Helm chart"
    [ -d "$sprig" ] && [ -d /usr/share/gocode/src/sigs.k8s.io/yaml ] ||
        echo "golang-github-masterminds-sprig-dev golang-k8s-sigs-yaml-dev: the libraries Helm renders with"
}

# --- installing -----------------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif [ -t 0 ]; then sudo "$@"
    else sudo -n "$@"
    fi
}

# With a terminal sudo may ask for a password; without one it must do without.
may_install() { [ "$(id -u)" = 0 ] || { have sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }; }

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"
}

# Debian's packaging makes and starts a cluster when PostgreSQL is first installed. While we install
# it, a settings file of its own kind says not to; afterwards the system's defaults stand again.
without_cluster() {
    local settings=/etc/postgresql-common/createcluster.d/zz-tunemantra-setup.conf status=0
    as_root mkdir -p "${settings%/*}"
    echo "create_main_cluster = off" | as_root tee "$settings" >/dev/null
    "$@" || status=$?
    as_root rm -f "$settings"
    return "$status"
}

# Servers are started by the tests, with configurations of their own; none of the distribution's is. Its packaging asks a
# policy before it starts one: ours says no, unless the machine has a policy already.
without_services() {
    local policy=/usr/sbin/policy-rc.d status=0
    if [ -e "$policy" ]; then "$@"; return; fi
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    "$@" || status=$?
    as_root rm -f "$policy"
    return "$status"
}

install_missing() {
    local lines=$1 packages
    packages=$(printf '%s\n' "$lines" | cut -d: -f1 | tr '\n' ' ')
    if ! have apt-get; then
        fail "these are missing, and only Debian's apt-get is known to this script (Debian's names are given):" "$lines" \
            "On macOS: brew install postgresql@17 node go python. The chart check needs Debian's Go libraries;" \
            "the tests themselves run without it: cargo test --workspace."
    fi
    if ! may_install; then
        fail "these are missing, and installing them needs root or sudo:" "$lines" "As root: apt-get install $packages"
    fi
    printf 'setup: installing from the distribution:\n%s\n' "$lines"
    apt update || echo "setup: the package lists could not be refreshed; trying with what is there" >&2
    # shellcheck disable=SC2086  # a list of words
    without_services without_cluster apt install --no-install-recommends $packages ||
        fail "installing failed; see the lines above. Wanted:" "$lines"
}

# --- npm packages of the tests --------------------------------------------------------------------

npm_packages() {
    local lock folder
    while read -r lock; do
        folder=${lock%/*}
        [ "$folder/node_modules/.package-lock.json" -nt "$lock" ] && continue
        (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error)
        touch "$folder/node_modules/.package-lock.json"
    done < <(find tests -name node_modules -prune -o -name package-lock.json -print)
}

check_rust
lines=$(missing)
if [ -n "$lines" ]; then
    install_missing "$lines"
    lines=$(missing)
    [ -z "$lines" ] || fail "installed, but still missing (the distribution's version may be too old):" "$lines"
fi
[ "$purpose" != test ] || npm_packages
