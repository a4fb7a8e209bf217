#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The register model against the registers of Debian's QEMU, processors stopped.
#   qtest.sh FOLDER PROGRAM GENERATION MACHINE
# FOLDER: where logs stay. PROGRAM: phbsim_qtest. GENERATION: phb3, phb4 or phb5. MACHINE: QEMU's with such PHBs.
# Exit status 77, with a reason, if QEMU cannot be had.
set -euo pipefail
folder=$1 program=$2 generation=$3 machine=$4

skip() {
  echo "SKIPPED, NOTHING WAS COMPARED WITH QEMU: $*" >&2
  exit 77
}

mkdir -p "$folder"
packages=(qemu-system-ppc qemu-system-data)
install() { DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${packages[@]}"; }
command -v qemu-system-ppc64 >/dev/null || { install || { apt-get update -q && install; }; } >"$folder/apt.log" 2>&1 ||
  skip "apt cannot install ${packages[*]}, see $folder/apt.log"
# What QEMU deviates in is stated for this version.
version=$(qemu-system-ppc64 --version | sed -n 's/^QEMU emulator version \([0-9]*\.[0-9]*\).*/\1/p')
[[ $version == 7.2 ]] || skip "QEMU is version $version; the explanations are of 7.2"
qemu-system-ppc64 -machine help | grep -q "^$machine " || skip "QEMU $version has no machine $machine"

# A short path: names of sockets are limited.
sockets=$(mktemp -d)
qemu=
finish() {
  [[ -z $qemu ]] || kill -9 "$qemu" 2>/dev/null || true
  rm -rf "$sockets"
}
trap finish EXIT

qemu-system-ppc64 -machine "$machine" -accel tcg -S -qtest "unix:$sockets/q,server=on,wait=off" -qtest-log none \
  -display none -serial null -monitor none -nic none >"$folder/qemu.log" 2>&1 &
qemu=$!
for ((i = 0; i < 600; i++)); do
  [[ -S $sockets/q ]] && break
  kill -0 "$qemu" 2>/dev/null || { cat "$folder/qemu.log" >&2; echo "FAILED: QEMU ended" >&2; exit 1; }
  sleep 0.1
done
"$program" "$generation" "$sockets/q" || { tail -n 5 "$folder/qemu.log" >&2; exit 1; }
