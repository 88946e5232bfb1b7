#!/bin/sh
# Usage: with-keyring.sh COMMAND [ARGUMENT...]
# Runs COMMAND on a session bus of its own with an unlocked, throw-away keyring, so that a test can use a real
# Secret Service and can touch nothing of the person's. Needs Debian's dbus, gnome-keyring and libsecret-1-0.
set -eu

if [ "${KEYRING_STAGE:-}" != inside ]; then
  KEYRING_DIR=$(mktemp -d)
  trap 'rm -rf "$KEYRING_DIR"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  mkdir -m 700 "$KEYRING_DIR/run" "$KEYRING_DIR/data" "$KEYRING_DIR/config"
  # Without a display a locked keyring says no at once; with one it asks a question that nobody answers.
  # The command gets the display back.
  code=0
  KEYRING_STAGE=inside \
    KEYRING_DISPLAY="${DISPLAY:-}" KEYRING_WAYLAND="${WAYLAND_DISPLAY:-}" KEYRING_RUNTIME="${XDG_RUNTIME_DIR:-}" \
    XDG_RUNTIME_DIR="$KEYRING_DIR/run" XDG_DATA_HOME="$KEYRING_DIR/data" XDG_CONFIG_HOME="$KEYRING_DIR/config" \
    env -u DISPLAY -u WAYLAND_DISPLAY -u GNOME_KEYRING_CONTROL dbus-run-session -- sh "$0" "$@" || code=$?
  exit "$code"
fi

# The password is read to the end of its input, so a newline would be part of it.
printf 'test' | gnome-keyring-daemon --unlock --foreground --components=secrets >/dev/null 2>&1 &
daemon=$!
trap 'kill "$daemon" 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

reply() { dbus-send --session --print-reply "$@" 2>/dev/null; }
# Asked of the bus first: a message to a name without an owner would start a second daemon, and that one is locked.
owned() {
  reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \
    org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true
}
unlocked() {
  reply --dest=org.freedesktop.secrets /org/freedesktop/secrets/collection/login \
    org.freedesktop.DBus.Properties.Get string:org.freedesktop.Secret.Collection string:Locked |
    grep -q 'boolean false'
}
tries=0
until owned && unlocked; do
  tries=$((tries + 1))
  if [ "$tries" -gt 200 ]; then
    echo 'with-keyring: there is no unlocked keyring after 10 s' >&2
    exit 99
  fi
  sleep 0.05
done

[ -z "$KEYRING_DISPLAY" ] || export DISPLAY="$KEYRING_DISPLAY"
if [ -n "$KEYRING_WAYLAND" ]; then
  export WAYLAND_DISPLAY="$KEYRING_WAYLAND" XDG_RUNTIME_DIR="$KEYRING_RUNTIME"
fi
unset KEYRING_STAGE KEYRING_DISPLAY KEYRING_WAYLAND KEYRING_RUNTIME
code=0
"$@" || code=$?
exit "$code"
