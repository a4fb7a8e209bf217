#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# phbsim firmware under the checker: the correct firmware breaks no rule, one with a bug that bug's rule once and no other.
#   checker.sh PHBSIM SOURCE CACHE
# CACHE: where the images stay. Exit status 77 if the cross compilers are not here.
set -uo pipefail
phbsim=$1 source=$2 cache=$3
mkdir -p "$cache"
bash "$source/firmware-stubs/build.sh" "$cache" >"$cache/build.log" 2>&1 || {
  echo "SKIPPED, THE FIRMWARE DID NOT RUN: $(tail -1 "$cache/build.log")" >&2
  exit 77
}
failed=0
fail() {
  echo "FAILED: $*"
  cat "$cache/err"
  failed=1
}
rules=(stale_tce kill_not_waited tve_in_flight table_reused pe_left_frozen rtt_no_invalidate reserved_field)
run() {  # PRESET IMAGE JOB BUG [OPTION...]
  what=$*
  status=0
  "$phbsim" firmware "$cache/$2" --preset "$1" --set firmware.job="$3" --set firmware.bug="$4" "${@:5}" \
    >"$cache/out" 2>"$cache/err" </dev/null || status=$?
  grep -q PASS "$cache/out" || fail "$what: no PASS"
}
# Rules that were broken; each PHB of the machine does the same job, so a rule is named once for each.
broken() {
  local lines
  lines=$(grep -oE "^phbsim: ($(IFS='|'; echo "${rules[*]}")): phb[0-9]+" "$cache/err" || true)
  [[ -z $(sort <<<"$lines" | uniq -d) ]] || echo twice
  sed -E 's/phbsim: ([a-z_]+):.*/\1/' <<<"$lines" | sort -u
}

for preset in power8 power9 power10; do
  for job in self-test ddw eeh; do
    # A slow processor: firmware mostly waits.
    run $preset phb_firmware_be.elf $job none --set firmware.cpu_mhz=100
    [[ $status == 0 && -z $(broken) ]] || fail "$what: status $status, broken: $(broken)"
  done
  bug=0
  for name in stale-tce kill-not-waited tve-in-flight table-reused pe-left-frozen rtt-no-invalidate reserved-field; do
    image=phb_firmware_be.elf
    ((bug % 2)) && image=phb_firmware_le.elf
    run $preset $image self-test $name
    want=${rules[$bug]}
    [[ $preset == power8 && $name == kill-not-waited ]] && want=
    [[ $(broken) == "$want" ]] || fail "$what: broken: $(broken | tr '\n' ' '), not $want"
    [[ $status == $([[ -n $want ]] && echo 1 || echo 0) ]] || fail "$what: status $status"
    [[ -z $want ]] || grep -qE "at [0-9]+ ns, pc 0x[0-9a-f]+ [a-z_0-9]+" "$cache/err" || fail "$what: no place"
    bug=$((bug + 1))
  done
done
run power9 phb_firmware_be.elf self-test reserved-field --no-check
[[ $status == 0 && -z $(broken) ]] || fail "$what: status $status, broken: $(broken)"
exit $failed
