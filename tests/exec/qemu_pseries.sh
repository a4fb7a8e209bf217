#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Debian's own QEMU under phbsim exec: a POWER partition whose firmware (SLOF) has the simulated function.
#   qemu_pseries.sh FOLDER COMMAND...
# FOLDER: where logs stay. COMMAND: runs a program and reports at its end. The firmware's Forth reads
# configuration space and registers, and lets the function copy memory through TCEs that it sets by
# hypercall. Exit status 77, with a reason, if the package cannot be had.
set -euo pipefail
folder=$1
shift
patience=150  # seconds for one text; only a program that hangs needs them

skip() {
  echo "SKIPPED, QEMU DID NOT RUN: $*" >&2
  exit 77
}

fail() {
  echo "FAILED ($case): $*" >&2
  tail -n 25 "$console" "$errors" >&2
  exit 1
}

mkdir -p "$folder"
packages=(qemu-system-ppc qemu-system-data)
install() { apt-get install -qy --no-install-recommends "${packages[@]}"; }
command -v qemu-system-ppc64 >/dev/null || { install || { apt-get update -q && install; }; } >"$folder/apt.log" 2>&1 ||
  skip "apt cannot install ${packages[*]}, see $folder/apt.log"

# Ends what a failure left.
run=
finish() {
  exec 3>&-
  [[ -z $run ]] || kill -9 "$(cat "$pid_file" 2>/dev/null || echo "$run")" 2>/dev/null || true
}
trap finish EXIT

# boot NAME DEVICE-OPTIONS COMMAND...: to the prompt of Forth.
boot() {
  case=$1
  local device=$2
  shift 2
  console=$folder/$case.console errors=$folder/$case.errors trace=$folder/$case.trace pid_file=$folder/$case.pid
  asked=0
  rm -f "$folder/keys" "$console" "$errors" "$trace" "$pid_file"
  mkfifo "$folder/keys"
  exec 3<>"$folder/keys"
  "$@" qemu-system-ppc64 -accel tcg -machine pseries -m 512M -nodefaults -display none -serial stdio -monitor none \
    -pidfile "$pid_file" -D "$trace" -trace vfio_prereg_register -trace 'vfio_spapr_*_window' -trace spapr_iommu_pci_put \
    -device "vfio-pci,host=0000:01:00.0$device" <"$folder/keys" >"$console" 2>"$errors" 3>&- &
  run=$!
  wait_for "^0 > "
}

# Until the console shows the pattern.
wait_for() {
  local end=$((SECONDS + patience))
  until grep -qaE -- "$1" "$console" 2>/dev/null; do
    kill -0 "$run" 2>/dev/null || fail "the program ended before it showed $1"
    ((SECONDS < end)) || fail "the console does not show $1"
    sleep 0.1
  done
}

# do_forth WORDS: carries out. The echo of what is typed is not what it prints.
do_forth() {
  asked=$((asked + 1))
  printf '%s ." <%d" ." >"\r' "$1" "$asked" >&3
  wait_for "<$asked>"
}

# expect VALUE WORDS: what they leave on the stack, in hexadecimal.
expect() {
  asked=$((asked + 1))
  printf '%s ." <%d" ." :" u. ." >"\r' "$2" "$asked" >&3
  wait_for "<$asked:[^>]*>"
  local got
  got=$(grep -aoE "<$asked:[0-9a-f]*" "$console")
  [[ ${got#*:} == "$1" ]] || fail "$2 is ${got#*:}, not $1"
}

shows() { grep -qE -- "$2" "$1" || fail "$(basename "$1") does not show: $2"; }

# The function is found; with its memory enabled, CBVER shows. The partition has PCI address A at
# 2000 0000 0000 + A.
use_registers() {
  wait_for "8086 2021"
  do_forth "dev /pci@800000020000000/system-peripheral@0"
  expect 20218086 "0 config-l@"
  do_forth "146 4 config-w! 10 config-l@ -10 and 200000000000 + value bar"
  expect 33 "bar 8 + rb@"
}

# Three pages of the partition at bus address 4000: source, target, descriptor and its completion.
copy_by_dma() {
  do_forth "8000000 value page 4000 value bus page 3000 erase"
  local at
  for at in 0 1000 2000; do expect 0 "80000000 bus $at + page $at + 3 or hv-put-tce"; done
  do_forth "1122334455667788 page x! 99aabbccddeeff00 page 8 + x!"
  do_forth "800000010 xbflip page 2000 + x! bus xbflip page 2008 + x! bus 1000 + xbflip page 2010 + x!"
  do_forth "bus 2800 + lbflip bar 98 + rl! 0 bar 9c + rl!"
  do_forth "bus 2000 + lbflip bar 90 + rl! 0 bar 94 + rl!"
  do_forth "1 wbflip bar 86 + rw!"
  expect 1122334455667788 "page 1000 + x@"
  expect 99aabbccddeeff00 "page 1008 + x@"
  expect 6001 "page 2800 + x@ xbflip"  # of the descriptor at 6000: done, and idle
  expect 0 "bar a8 + rl@"              # no error
}

# ended STATUS: the program ended so, with nothing left, and no call was refused.
ended() {
  local status=0
  wait "$run" || status=$?
  run=
  exec 3>&-
  [[ $status == "$1" ]] || fail "exit status $status, not $1"
  ! grep -q "internal error" "$errors" || fail "something is left"
  shows "$trace" "vfio_prereg_register .* size=0x20000000 ret=0"
  shows "$trace" "vfio_spapr_remove_window offset=0x0"
  shows "$trace" "vfio_spapr_create_window pageshift=0xc .*winsize=0x40000000 offset=0x0"
  shows "$trace" "spapr_iommu_pci_put .*ioba=0x6000 tce=0x8002003 ret=0"
  local call
  for call in VFIO_SET_IOMMU SPAPR_TCE_GET_INFO SPAPR_REGISTER_MEMORY SPAPR_TCE_REMOVE SPAPR_TCE_CREATE VFIO_EEH_PE_OP \
    VFIO_DEVICE_RESET; do
    shows "$errors" "^phbsim exec: +[0-9]+ +ok .*$call"
  done
  shows "$errors" "^phbsim exec: +3 +ok +VFIO_IOMMU_MAP_DMA"
  ! grep -E "^phbsim exec: +[0-9]+ +E[A-Z]" "$errors" >&2 || fail "calls were refused"
  shows "$errors" "translations 4, .*faults 0"
  echo "$case: a partition's firmware copied memory through its own TCEs, exit status $status"
}

boot mapped "" "$@"
use_registers
copy_by_dma
expect 0 "80000000 bus 0 hv-put-tce"
printf 'power-off\r' >&3
ended 0
shows "$errors" "^phbsim exec: +1 +ok +VFIO_IOMMU_UNMAP_DMA"

# Registers by read and write; killed while pages are mapped.
boot killed ",x-no-mmap=on" "$@"
use_registers
copy_by_dma
kill -9 "$(cat "$pid_file")"
ended 137
