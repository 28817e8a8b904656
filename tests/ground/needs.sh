#!/bin/sh
# Programs and fonts that the tests use and pip cannot bring: node, a browser, Korean
# and emoji fonts. Installs what is missing when run as root or with INSTALL=yes, else
# says how to.
set -eu

missing=""
need() {
    missing="$missing $1"
}

command -v node >/dev/null || need nodejs
command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
    command -v google-chrome >/dev/null || need chromium
if command -v fc-list >/dev/null; then
    [ -n "$(fc-list :lang=ko family)" ] || need fonts-noto-cjk
    [ -n "$(fc-list | grep -i emoji)" ] || need fonts-noto-color-emoji
else
    need fontconfig
    need fonts-noto-cjk
    need fonts-noto-color-emoji
fi
[ -n "$missing" ] || exit 0

as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"
if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || [ "${INSTALL:-}" = yes ]; }
then
    echo "Installing for the tests:$missing"
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    if $as_root apt-get update -qq >"$log" 2>&1 &&
        $as_root apt-get install -y -qq --no-install-recommends $missing >>"$log" 2>&1
    then
        rm -f "$log"
        exit 0
    fi
    cat "$log" >&2
    exit 1
fi

echo "The tests need:$missing. On Debian or Ubuntu: sudo apt-get install$missing" >&2
exit 2
