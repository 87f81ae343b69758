# shellcheck shell=bash
# What every script here shares: where things are, how they talk, and how they clean up.
# Sourced, never run.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
LAB_DIR="$ROOT/integration"
STATE_DIR="$ROOT/.build/lab"
# The caller may keep one run's logs apart from another's.
LOG_DIR="${LAB_LOG_DIR:-$STATE_DIR/logs}"
START_SECONDS=$SECONDS

mkdir -p "$STATE_DIR" "$LOG_DIR"

# Progress goes to stderr, so that stdout stays what a program may read.
say() {
  printf '%4ds  %s\n' "$((SECONDS - START_SECONDS))" "$*" >&2
}

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Runs a long command with its output in a log; shows that it is alive, and the end of the log
# when it fails. On a terminal a dot every ten seconds is not needed: the line is rewritten.
quietly() { # LABEL LOGFILE COMMAND...
  local label=$1 log=$2 began=$SECONDS pid status=0 last=0 spent
  shift 2
  say "$label ..."
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    spent=$((SECONDS - began))
    if ((spent >= last + 15)); then
      last=$spent
      say "$label ... ${spent} s: $(tail -n 1 "$log" | tr -d '\r' | cut -c1-90)"
    fi
  done
  wait "$pid" || status=$?
  if ((status != 0)); then
    printf -- '--- %s failed (status %d); the end of %s:\n' "$label" "$status" "$log" >&2
    tail -n 60 "$log" >&2
    return "$status"
  fi
  say "$label: done ($((SECONDS - began)) s)"
}

# Several cleanups may be registered; they run once, last first, however the script ends.
CLEANUPS=()
at_exit() {
  CLEANUPS=("$1" "${CLEANUPS[@]}")
}
run_cleanups() {
  local status=$? action
  trap - EXIT INT TERM HUP
  for action in "${CLEANUPS[@]}"; do
    eval "$action" || true
  done
  exit "$status"
}
trap run_cleanups EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

need_root() {
  [ "$(id -u)" = 0 ] || die "$1 needs root (packages, and the file system shared with the" \
    "lab's virtual machine); run it again with sudo"
}
