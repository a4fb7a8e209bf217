#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every instruction that a program may execute, on QEMU's POWER9 and on the Core: vectors in both byte orders.
#   vectors.sh FOLDER PROGRAM
# FOLDER: where files stay. PROGRAM: phbsim_ppc64_vectors. Prints how many vectors each instruction had. Exit status
# 77, with a reason, if the packages cannot be had.
set -euo pipefail
folder=$1 program=$2
source "$(dirname "$0")/tools.sh"

mkdir -p "$folder"
need_tools "$folder"
for order in big little; do
  harness=$folder/harness.$order
  "${cross[$order]}" -O1 -mcpu=power8 "${cross_flags[@]}" "$(dirname "$0")/harness.c" -o "$harness"
  "$program" write "$order" "$folder/input.$order"
  "${emulator[$order]}" -cpu power9 "$harness" "$folder/input.$order" "$folder/results.$order"
done
failed=0 total=0
for order in big little; do
  "$program" compare "$order" "$folder/results.$order" >"$folder/report.$order" || failed=1
  cat "$folder/report.$order"
  count=$(sed -n 's/^[a-z]*-endian: \([0-9]*\) vectors.*/\1/p' "$folder/report.$order")
  total=$((total + ${count:-0}))
done
echo "$total vectors"
((total >= 20000)) || { echo "FAILED: expected at least 20000 vectors" >&2; failed=1; }
exit $failed
