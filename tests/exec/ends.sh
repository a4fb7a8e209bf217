#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How a run ends: the program's status, leaks, daemons, nothing left behind.
#   ends.sh TOY_EXEC LEAK_CLIENT
set -uo pipefail
failed=0
scratch=$(mktemp -d)
export TMPDIR=$scratch
trap 'rm -rf "$scratch"' EXIT

# ends STATUS TEXT WORD...: the run ends with the status, and TEXT is in its output.
ends() {
  local want=$1 text=$2 got=0
  shift 2
  "$@" >"$scratch.out" 2>&1 </dev/null || got=$?
  [[ $got == "$want" ]] || { echo "FAILED: $*: status $got, not $want"; cat "$scratch.out"; failed=1; }
  [[ -z $text ]] || grep -q -- "$text" "$scratch.out" || { echo "FAILED: $*: no \"$text\" in"; cat "$scratch.out"; failed=1; }
  rm -f "$scratch.out"
}
ends 70 "1 pages are still pinned" "$1" "$2" pins
ends 42 "" "$1" "$2" status
ends 137 "" "$1" "$2" kill
ends 0 "daemon was served" "$1" "$2" daemon
ends 127 "No such file" "$1" ./no-such-program
ends 3 "" "$1" sh -c 'exit 3'
# The server passes on what asks it to end.
ends 143 "" "$1" sh -c 'kill -TERM $PPID; exec sleep 60'
ends 129 "" "$1" sh -c 'kill -HUP $PPID; exec sleep 60'
ends 0 "ok .*0x101" "$1" --report "$2" daemon
[[ -z $(ls "$scratch") ]] || { echo "FAILED: left behind: $(ls "$scratch")"; failed=1; }
exit $failed
