#!/bin/sh
# Make .venv, or mend it, so that it holds the toolkit with its server and its
# development tools at the versions of constraints.txt.
#
#   .ci/setup.sh              make .venv; done at once where there is nothing to do
#   .ci/setup.sh browser      find or install the Chromium that the browser tests drive
#   .ci/setup.sh peers        make .venv-peers, with what the benchmarks measure beside
#   .ci/setup.sh constraints  resolve all versions anew and write constraints.txt
#
# It needs Python 3.11, 3.12 or 3.13. What Debian has in packages of its own it installs
# where it may (as root), and else says which command does. uv is used where it is there.
set -eu
cd "$(dirname "$0")/.."

done_file=.venv/.set-up
log=.venv/install.log
# There while packages are being written; found later, it means that this was cut short.
unfinished=.venv/.unfinished

say() { printf '%s\n' "$*" >&2; }

give_up() {
    say "$@"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

installer=pip
! have uv || installer=uv

may_install() { [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && have apt-get; }

# Install Debian packages. The lists of a fresh machine are empty or old.
apt_install() {
    say "Installing $* with apt-get"
    apt_log=$(mktemp)
    if DEBIAN_FRONTEND=noninteractive apt-get update >"$apt_log" 2>&1 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >>"$apt_log" 2>&1 </dev/null; then
        rm -f "$apt_log"
    else
        tail -n 5 "$apt_log" >&2
        rm -f "$apt_log"
        return 1
    fi
}

# Whether $1 is a Python that the toolkit runs on; a command of that name may not even start.
is_fit() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

find_python() {
    for python in python3.11 python3.12 python3.13 python3; do
        if have "$python" && is_fit "$python"; then
            command -v "$python"
            return
        fi
    done
    say "No Python 3.11, 3.12 or 3.13 was found."
    give_up "Install one (Debian 12: apt-get install python3) and run the command again."
}

# What an installation depends on. The checkout's place belongs to it, because scripts
# name it; a copied or moved checkout must not use the files of the first one.
wanted() {
    pwd
    .venv/bin/python -c 'import sys; print(sys.version)'
    cksum pyproject.toml constraints.txt
}

is_set_up() {
    [ -f "$done_file" ] && [ "$(wanted 2>/dev/null)" = "$(cat "$done_file")" ]
}

# Whether .venv is one that we can install into: its own Python starts, and pip where
# it is needed. An interruption may leave half a .venv, or half a package in it.
is_usable() {
    [ ! -e "$unfinished" ] &&
        is_fit .venv/bin/python &&
        .venv/bin/python -c 'import os, sys; sys.exit(not os.path.samefile(sys.prefix, ".venv"))' 2>/dev/null &&
        { [ "$installer" = uv ] || .venv/bin/python -m pip --version >/dev/null 2>&1; }
}

make_venv() {
    python=$(find_python)
    say "Making .venv with $python"
    if [ "$installer" = uv ]; then
        uv venv --quiet --clear --python "$python" .venv
        return
    fi
    if ! "$python" -c 'import ensurepip' >/dev/null 2>&1; then
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        may_install && apt_install "$package" ||
            give_up "$python can't make environments. Run 'apt-get install $package' as root, then the command again."
    fi
    "$python" -m venv --clear .venv
}

# Install into the environment $1 whatever the other arguments say.
install_into() {
    environment=$1
    shift
    if [ "$installer" = uv ]; then
        # Compiled at once, as pip does: the first start is not slower than the next.
        uv pip install --python "$environment/bin/python" --compile-bytecode "$@"
    else
        "$environment/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off "$@"
    fi
}

install_all() {
    : >"$unfinished"
    install_into .venv -c constraints.txt -e '.[server,backend,dev]' >"$log" 2>&1 || {
        rm -f "$unfinished"
        tail -n 15 "$log" >&2
        return 1
    }
}

set_up() {
    if is_set_up; then
        return
    fi
    rm -f "$done_file"
    is_usable || make_venv
    count=$(grep -c '==' constraints.txt)
    failure="The installation failed; $log has all of it. Run the command again to go on."
    say "Installing the toolkit, its server and its development tools: $count packages, two or three minutes (log: $log)"
    if ! install_all; then
        [ "$installer" = uv ] || give_up "$failure"
        # The two trust different certificates and read different settings.
        say "uv could not; trying pip."
        installer=pip
        is_usable || make_venv
        install_all || give_up "$failure"
    fi
    wanted >"$done_file.part"
    mv "$done_file.part" "$done_file"
    rm -f "$unfinished"
    say "Done: .venv is set up."
}

browser() {
    for name in chromium chromium-browser google-chrome; do
        if have "$name"; then
            return
        fi
    done
    may_install && apt_install chromium ||
        say "No Chromium: the browser tests will be skipped. To run them: apt-get install chromium (as root)."
}

# The peers are heavy and not ours to mend: where they can't be installed, what is measured
# beside them is skipped.
peers() {
    wanted_peers=$(cksum benchmarks/peers.txt; .venv/bin/python -c 'import sys; print(sys.version)')
    [ "$wanted_peers" != "$(cat .venv-peers/.set-up 2>/dev/null)" ] || return 0
    say "Installing the benchmarks' peers into .venv-peers: 1 GB, a minute or two"
    rm -rf .venv-peers
    peers_log=$(mktemp)
    if .venv/bin/python -m venv .venv-peers >"$peers_log" 2>&1 &&
        install_into .venv-peers -r benchmarks/peers.txt >>"$peers_log" 2>&1; then
        printf '%s\n' "$wanted_peers" >.venv-peers/.set-up
    else
        tail -n 3 "$peers_log" >&2
        say "The peers could not be installed; what is measured beside them will be skipped."
        rm -rf .venv-peers
    fi
    rm -f "$peers_log"
}

constraints() {
    python=$(find_python)
    # Debian's own is the oldest that we run on; it needs back-ports that later ones don't.
    ! is_fit /usr/bin/python3.11 || python=/usr/bin/python3.11
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    say "Resolving all versions anew with $python"
    if [ "$installer" = uv ]; then
        uv venv --quiet --python "$python" "$scratch/venv"
    else
        "$python" -m venv "$scratch/venv"
    fi
    install_into "$scratch/venv" -e '.[server,backend,dev]' >&2
    # What the installed packages say of themselves.
    "$scratch/venv/bin/python" - >"$scratch/versions" <<'PYTHON'
import re
from importlib.metadata import distributions

for found in distributions():
    name = re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower()
    if name not in {"pip", "uv", "zh-ner-toolkit"}:
        print(f"{name}=={found.version}")
PYTHON
    { sed -n '/^#/p' constraints.txt; LC_ALL=C sort "$scratch/versions"; } >"$scratch/constraints.txt"
    cat "$scratch/constraints.txt" >constraints.txt
    say "constraints.txt is written; 'make test' says whether these versions work together."
}

case ${1:-} in
"") set_up ;;
browser) browser ;;
peers) peers ;;
constraints) constraints ;;
*) give_up "usage: .ci/setup.sh [browser|peers|constraints]" ;;
esac
