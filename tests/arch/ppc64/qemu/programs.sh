#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compiled C programs under QEMU and on the Core: the same output and exit status, in both byte orders, at three
# levels of optimisation, for POWER8 and POWER9.
#   programs.sh FOLDER PROGRAM
# FOLDER: where files stay. PROGRAM: phbsim_ppc64_program. Exit status 77, with a reason, if the packages cannot be had.
set -euo pipefail
folder=$1 program=$2
source "$(dirname "$0")/tools.sh"

mkdir -p "$folder"
need_tools "$folder"
sources=$(dirname "$0")/programs
failed=0 runs=0
for source in "$sources"/*.c; do
  name=$(basename "$source" .c)
  [[ $name != runtime ]] || continue
  for order in big little; do
    for level in -O0 -O2 -O3; do
      for cpu in power8 power9; do
        binary=$folder/$name.$order$level.$cpu
        "${cross[$order]}" "$level" -mcpu=$cpu "${cross_flags[@]}" "$source" "$sources/runtime.c" -o "$binary"
        expected=0 status=0
        "${emulator[$order]}" -cpu power9 "$binary" >"$binary.expected" || expected=$?
        "$program" "$binary" >"$binary.output" 2>"$binary.log" || status=$?
        runs=$((runs + 1))
        if [[ $status != "$expected" || ! -s $binary.expected ]] || ! cmp -s "$binary.expected" "$binary.output"; then
          echo "FAILED: $binary: exit status $status, under QEMU $expected; $(tail -1 "$binary.log")" >&2
          diff "$binary.expected" "$binary.output" | head -4 >&2 || true
          failed=1
        fi
      done
    done
  done
  echo "$name: $(tail -1 "$binary.log")"
done
echo "$runs programs compared"
((runs >= 84)) || failed=1
exit $failed
