#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Debian's gdb-multiarch on a program that runs on the processor model, in both byte orders.
#   gdb.sh FOLDER SOURCE_DIR TOY_FIRMWARE
# FOLDER: where programs and logs stay. Exit status 77, with a reason, if the packages cannot be had.
set -euo pipefail
folder=$1 source=$2 toy=$3
patience=60  # seconds for a debugger; only one that hangs needs them

skip() {
  echo "SKIPPED, GDB DID NOT RUN: $*" >&2
  exit 77
}

mkdir -p "$folder"
packages=(gdb-multiarch gcc-powerpc64-linux-gnu)
install() { apt-get install -qy --no-install-recommends "${packages[@]}"; }
{ command -v gdb-multiarch && command -v powerpc64-linux-gnu-gcc; } >/dev/null ||
  { install || { apt-get update -q && install; }; } >"$folder/apt.log" 2>&1 ||
  skip "apt cannot install ${packages[*]}, see $folder/apt.log"

programs=$source/tests/firmware/programs
flags=(-O1 -g -ffreestanding -nostdlib -static -no-pie -fno-pic -mabi=elfv2 -mcpu=power8 -mno-vsx -mno-altivec
  -msoft-float -fno-stack-protector -fno-asynchronous-unwind-tables -mtraceback=no -Wl,-Ttext-segment=0x100000)
failed=0
server=
finish() { [[ -z $server ]] || kill -9 "$server" 2>/dev/null || true; }
trap finish EXIT

fail() {
  echo "FAILED ($case): $*" >&2
  failed=1
}

# start OPTION...: the program under test; address: where it listens.
start() {
  : >"$folder/$case.out"
  "$toy" "$@" "$image" >"$folder/$case.out" 2>&1 </dev/null &
  server=$!
  local end=$((SECONDS + patience))
  until address=$(sed -n 's/^gdb at //p' "$folder/$case.out") && [[ -n $address ]]; do
    kill -0 "$server" 2>/dev/null || { fail "no server"; cat "$folder/$case.out" >&2; exit 1; }
    ((SECONDS < end)) || { fail "the server does not tell its address"; exit 1; }
    sleep 0.1
  done
}

# debug STATUS: runs gdb with the commands of standard input; STATUS is what the program ends with.
debug() {
  { printf 'set confirm off\nset pagination off\nset width 0\nset height 0\ntarget remote %s\n' "$address"; cat; } \
    >"$folder/$case.gdb"
  timeout "$patience" gdb-multiarch -nx -batch "$image" -x "$folder/$case.gdb" >"$folder/$case.log" 2>&1 </dev/null ||
    fail "gdb's status is $?"
  ended "$1"
}
ended() {
  local status=0
  wait "$server" || status=$?
  server=
  [[ $status == "$1" ]] || fail "the program's status is $status, not $1"
}

# said PATTERN...: each is found in gdb's output, behind the one before.
said() {
  local pattern line=1 at
  for pattern in "$@"; do
    at=$(tail -n "+$line" "$folder/$case.log" | grep -nE -m1 -- "$pattern" | cut -d: -f1) || at=
    [[ -n $at ]] || { fail "no \"$pattern\" from line $line on in $folder/$case.log"; cat "$folder/$case.log" >&2; return; }
    line=$((line + at))
  done
}

for order in big little; do
  image=$folder/debuggee.$order
  powerpc64-linux-gnu-gcc "-m$order-endian" "${flags[@]}" "$programs/start.S" "$programs/debuggee.c" -o "$image"

  case=$order.breakpoints
  start --gdb 0
  debug 0 <<'END'
print $pc == (long)&_start
break leaf
continue
backtrace
print a
print b
x/4xg &table
x/1xb &table
info registers pc r1 r3 msr cr xer
stepi
stepi
print counter
continue
info breakpoints
delete
finish
monitor time
monitor nonsense
continue
END
  said '^\$1 = 1$' '^Breakpoint 1 at ' '^Breakpoint 1, leaf \(a=0, b=(b@entry=)?0\)' '^#0 +leaf \(a=0, ' '^#1 .* middle \(n=' \
    '^#2 .* main \(\)' '^\$2 = 0$' '^\$3 = 0$' '<table>:.*0x1122334455667788.*0x0000000000000002' \
    '<table\+16>:.*0x0000000000000003.*0x0000000000000004' \
    "<table>:.*$([[ $order == big ]] && echo 0x11 || echo 0x88)" '^pc  .*<leaf' '^r1 +0x1[0-9a-f]+ ' '^r3 +0x0 ' \
    "^msr +0x900000000000100$([[ $order == big ]] && echo 0 || echo 1) " '^cr ' '^xer ' '^\$4 = [01]$' \
    '^Breakpoint 1, leaf \(a=0, b=(b@entry=)?1\)' 'breakpoint already hit 2 times' \
    '^Value returned is \$5 = 1$' 'time [0-9]+\.[0-9]{6} us, time base [0-9]+, [0-9]+ instructions' \
    '^unknown command "nonsense"' '^registers ' '^time ' 'Inferior 1 \(.*\) exited normally'
  grep -q '^debuggee$' "$folder/$case.out" || fail "no console"

  # Registers and memory written: the fourth call returns 7 * 3 + 3, or the loop is shorter.
  case=$order.registers
  start --gdb 127.0.0.1:0
  debug 24 <<'END'
break leaf if b == 3
continue
print a
set var $r3 = 7
print $r3
p/x $lr == 0
set var $cr = 0x12345678
p/x $cr
p/x $srr0
monitor registers
continue
END
  said '^Breakpoint 1, leaf \(a=5, b=(b@entry=)?3\)' '^\$1 = 5$' '^\$2 = 7$' '^\$3 = 0x0$' '^\$4 = 0x12345678$' '^\$5 = 0x' \
    ' cr 12345678 ' 'exited with code 030'
  case=$order.memory
  start --gdb "unix:$folder/socket"
  debug 1 <<'END'
set var table[3] = 2
p/x table[3]
set var *(char (*)[40])&table = "twenty and more bytes at once: #$}*"
x/s &table
set var table[0] = 1
set var table[3] = 2
watch counter
continue
continue
delete
continue
END
  said '^\$1 = 0x2$' '"twenty and more bytes at once: #\$\}\*"' '^Hardware watchpoint 1: counter' '^Old value = 0' '^New value = 1' \
    '^Old value = 1' '^New value = 2' 'exited with code 01'
  [[ ! -e $folder/socket ]] || fail "the socket is left behind"

  # A program that spins is interrupted, let go of, and goes on by itself.
  case=$order.interrupt
  start --gdb 0
  printf 'set confirm off\ntarget remote %s\nset var table[1] = 77\ncontinue\nbacktrace\nset var *go = 1\ndetach\n' \
    "$address" >"$folder/$case.gdb"
  gdb-multiarch -nx -batch "$image" -x "$folder/$case.gdb" >"$folder/$case.log" 2>&1 </dev/null &
  gdb=$!
  end=$((SECONDS + patience))
  until grep -q '^Continuing' "$folder/$case.log" || ((SECONDS >= end)); do sleep 0.1; done
  sleep 0.5
  kill -INT "$gdb"
  (sleep "$patience"; kill -9 "$gdb" 2>/dev/null) &
  watchdog=$!
  wait "$gdb" || fail "gdb's status is $?"
  kill "$watchdog" 2>/dev/null || true
  ended 0
  said 'Program received signal SIGINT' '^#0 .*spin \(go=' '^#1 .*main' '[Dd]etach'

  # Killed.
  case=$order.kill
  start --gdb 0
  debug 255 <<'END'
stepi
kill
END
  said 'Inferior 1 .*killed'
done

# What is no debugger, at a program that runs and at one that waits.
case=garbage
image=$folder/debuggee.big
for option in --nowait ""; do
  start --gdb 0 $option
  if { exec 3<>"/dev/tcp/${address%:*}/${address#*:}"; } 2>/dev/null; then
    { head -c 5000 "$toy" >&3; printf '$#$#00$m,#99$M1,ffffffffffffffff:#00$X#\003\003$p%s#' "$(printf 'f%.0s' {1..3000})" >&3; } 2>/dev/null || true
    exec 3>&- 3<&-
  fi
  ended 0
done

for bad in 99999 -1 tcp:1 unix: 10.0.0.1:5; do
  status=0
  "$toy" --gdb "$bad" "$image" >"$folder/$case.out" 2>&1 </dev/null || status=$?
  [[ $status == 2 ]] && grep -q '^error: debugger address ".*": allowed is a ' "$folder/$case.out" || fail "$bad: $(cat "$folder/$case.out")"
done
exit $failed
