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
  mkdir -m 700 "$KEYRING_DIR/run" "$KEYRING_DIR/data" "$KEYRING_DIR/config" "$KEYRING_DIR/services"
  # Whatever the system can start on demand, but keyrings: one started by a question would be a second one, and locked.
  grep -L gnome-keyring-daemon /usr/share/dbus-1/services/*.service 2>/dev/null |
    while read -r service; do ln -s "$service" "$KEYRING_DIR/services/"; done
  cat >"$KEYRING_DIR/bus.conf" <<EOF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=$KEYRING_DIR/run</listen>
  <auth>EXTERNAL</auth>
  <servicedir>$KEYRING_DIR/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
EOF
  # Without a display a locked keyring says no at once; with one it asks a question that nobody answers.
  # The command gets the display back.
  code=0
  KEYRING_STAGE=inside \
    KEYRING_DISPLAY="${DISPLAY:-}" KEYRING_WAYLAND="${WAYLAND_DISPLAY:-}" KEYRING_RUNTIME="${XDG_RUNTIME_DIR:-}" \
    XDG_RUNTIME_DIR="$KEYRING_DIR/run" XDG_DATA_HOME="$KEYRING_DIR/data" XDG_CONFIG_HOME="$KEYRING_DIR/config" \
    env -u DISPLAY -u WAYLAND_DISPLAY -u GNOME_KEYRING_CONTROL \
    dbus-run-session --config-file="$KEYRING_DIR/bus.conf" -- sh "$0" "$@" || code=$?
  exit "$code"
fi

keyring_log="$XDG_RUNTIME_DIR/keyring.log"
# The password is read to the end of its input, so a newline would be part of it. A daemon that crashes is started
# again, as the desktop's session manager would; one that was replaced or stopped leaves with 0.
(
  daemon=''
  trap '[ -z "$daemon" ] || kill "$daemon" 2>/dev/null; wait; exit 0' TERM
  while :; do
    printf 'test' >"$XDG_RUNTIME_DIR/password"
    gnome-keyring-daemon --unlock --foreground --components=secrets <"$XDG_RUNTIME_DIR/password" >>"$keyring_log" 2>&1 &
    daemon=$!
    ended=0
    wait "$daemon" || ended=$?
    echo "with-keyring: the keyring ended with $ended" >>"$keyring_log"
    [ "$ended" -ne 0 ] || exit 0
  done
) &
keeper=$!
trap 'kill "$keeper" 2>/dev/null || true; wait' EXIT
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
    cat "$keyring_log" >&2
    exit 99
  fi
  sleep 0.05
done

[ -z "$KEYRING_DISPLAY" ] || export DISPLAY="$KEYRING_DISPLAY"
if [ -n "$KEYRING_WAYLAND" ]; then
  export WAYLAND_DISPLAY="$KEYRING_WAYLAND" XDG_RUNTIME_DIR="$KEYRING_RUNTIME"
fi
export KEYRING_LOG="$keyring_log"
unset KEYRING_STAGE KEYRING_DISPLAY KEYRING_WAYLAND KEYRING_RUNTIME
code=0
"$@" || code=$?
exit "$code"
