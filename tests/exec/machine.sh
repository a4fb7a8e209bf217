#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Programs on the simulated machine: the example, and a driver by group and container.
#   machine.sh PHBSIM SOURCE_DIR DMA_COPY SPAPR
set -uo pipefail
phbsim=$1 source=$2 dma_copy=$3 spapr=$4
platform=$source/examples/exec.toml
failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "FAILED: $*"
  cat "$scratch/out"
  failed=1
}
# run STATUS OPTION... -- PROGRAM...: what it says goes to $scratch/out.
run() {
  local want=$1 got=0
  shift
  what=$*
  "$phbsim" exec "$@" >"$scratch/out" 2>&1 </dev/null || got=$?
  [[ $got == "$want" ]] || fail "$what: status $got, not $want"
}
# said TEXT...: each is in the output; not_said: none is.
said() {
  local text
  for text in "$@"; do grep -qF -- "$text" "$scratch/out" || fail "$what: no \"$text\" in"; done
}
not_said() {
  local text
  for text in "$@"; do ! grep -qF -- "$text" "$scratch/out" || fail "$what: \"$text\" in"; done
}
# A run of dma_copy that went well, with the buffer at $1 and I/O pages of $2 bytes.
copied() {
  said "IOMMU: 2 windows at 0 0x100000000 0x800000000000000" \
    "IOVAs: 0 to 0x3fffffff" "IOVAs: 0x800000000000000 to 0x8000000ffffffff" "aligned to $2" \
    "KiB at $1" "KiB at 0x10000000" "status 1, completion written, equal" \
    "fault: status 3, error 0x100, completion missing" "nothing was copied: the PE is frozen"
  not_said "still"
}

# Doublewords: 256 entries of the buffer and one of the ring, each set and cleared, the buffer's twice; with two levels a
# link for each of the two regions. Kills: group taken, attach, three maps, unmap, detach, group given back.
low=0x20000000 high=0x800000020000000
run 0 --platform "$platform" --report -- "$dma_copy" -l 12:2 -u 12:1
copied $low 0x1000
said "host page 4 KiB" "I/OAT: version 3.3" "phb0 (phb4-big): 1028 table doublewords stored, 8 kills" \
  "window 0 of PE 1, set 1 time: 4 KiB pages, 2 levels, tables of 4 KiB" \
  "window 1 of PE 1, set 1 time: 4 KiB pages, 1 level, tables of 8 MiB" \
  "tce_page_fault of PE 1, 01:00.0 at 0x2000" "IOMMU_HWPT_ALLOC"
grep -qE "translations [1-9][0-9]*, hits [1-9][0-9]*, walks [1-9][0-9]*; faults [1-9]" "$scratch/out" || fail "$what: translations"
not_said "of PE 2"
run 0 --platform "$platform" --report -- "$dma_copy" -l 12:2 -u 12:1 -b 1
copied $high 0x1000
said ": 1027 table doublewords stored, 8 kills" "tce_page_fault of PE 1, 01:00.0 at 0x80000002000"
# The machine without a configuration; a function of another group and kind.
run 0 -- "$dma_copy" -l 12:0 -u 12:3 -b 1
copied $high 0x1000
run 0 --platform "$platform" --report -- "$dma_copy" -d /dev/vfio/devices/vfio2
copied $low 0x1000
said "I/OAT: version 3.4" "of PE 2, 02:00.1 at 0x2000"
# 64K pages on a kernel of 64K pages; 16 entries in place of 256. A kernel of 4K pages takes them by the option only.
run 0 --host-page 64K --platform "$platform" --report -- "$dma_copy" -l 16:1 -u 16:2
copied $low 0x10000
said "host page 64 KiB" ": 66 table doublewords stored" "window 1 of PE 1, set 1 time: 64 KiB pages, 2 levels"
run 0 --host-page 64K --platform "$platform" --report -- "$dma_copy" -l 16:1 -u 16:2 -b 1
copied $high 0x10000
said ": 67 table doublewords stored"
run 1 --platform "$platform" -- "$dma_copy" -l 16:1 -u 16:1
said "IOMMU_HWPT_ALLOC: Invalid argument"
{ cat "$platform" && printf '[vfio]\nlarge_io_pages = true\n'; } >"$scratch/large.toml"
run 0 --platform "$scratch/large.toml" --report -- "$dma_copy" -l 16:1 -u 16:2 -b 1
copied $high 0x10000
said "host page 4 KiB" ": 67 table doublewords stored"
run 0 --platform "$scratch/large.toml" -- "$dma_copy" -l 12:1 -u 21:2 -b 1
copied $high 0x200000
# A table has five levels at most.
run 1 --platform "$platform" -- "$dma_copy" -u 12:6
said "IOMMU_HWPT_ALLOC: Invalid argument"

for what in one two interrupts; do
  run 0 --platform "$platform" --vfio kernel -- "$spapr" "$what"
  not_said "still"
done
run 0 --platform "$platform" --vfio clean -- "$spapr" one
not_said "still"

# Killed anywhere in a loop of maps, unmaps and copies: nothing stays, whatever was under way.
for round in 1 2 3 4 5 6; do
  mkfifo "$scratch/pid$round"
  "$phbsim" exec --platform "$platform" -- "$spapr" maps >"$scratch/pid$round" 2>"$scratch/out" </dev/null &
  server=$!
  read -r pid <"$scratch/pid$round"
  sleep "0.0$round"
  kill -KILL "$pid"
  status=0
  wait "$server" || status=$?
  what="killed in round $round"
  [[ $status == 137 ]] || fail "$what: status $status, not 137"
  not_said "still"
done
exit $failed
