#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The firmware's images as machine code on the timed machine: every job on POWER8, 9 and 10, both byte orders,
# and faults that the machine makes by itself.
#   timed_machine.sh SOURCE IMAGES PHBSIM
# IMAGES: where firmware/machine-code has left them; exit status 77 if it could not.
set -uo pipefail
images=$2 phbsim=$3
be=$images/phb_firmware_be.elf le=$images/phb_firmware_le.elf
if [[ ! -e $be || ! -e $le ]]; then
  echo "SKIPPED, THE FIRMWARE DID NOT RUN: there are no images in $images" >&2
  exit 77
fi
failed=0
# A slow processor: firmware mostly waits.
run() {  # NAME IMAGE ARGUMENT...
  local name=$1 image=$2 out status
  shift 2
  out=$("$phbsim" firmware "$image" --set firmware.cpu_mhz=100 --max-time 60s "$@" 2>&1)
  status=$?
  if [[ $status != 0 ]] || ! grep -qx PASS <<<"$out"; then
    echo "FAIL $name: status $status"
    tail -5 <<<"$out"
    failed=1
  fi
  printf '%s\n' "$out" >"$name.txt"
}
scratch=$(mktemp -d) && cd "$scratch" || exit 1
trap 'rm -rf "$scratch"' EXIT
for preset in power8 power9 power10; do
  run "be-$preset" "$be" --preset "$preset" --trace-registers "be-$preset.co"
done
run le-power9 "$le" --set firmware.job=self-test
run again "$be" --trace-registers again.co
# The same again, to the picosecond.
cmp -s be-power9.co again.co || { echo "FAIL two runs differ"; failed=1; }
cmp -s be-power9.txt again.txt || { echo "FAIL two runs print differently"; failed=1; }
grep -q '^+[0-9]* mw pec0\.0-nest-phb-0 20086290 8 600c3c000000000$' be-power9.co || { echo "FAIL no BAR in the trace"; failed=1; }
for kind in err-fatal link-down poison; do
  run "planned-$kind" "$be" --set firmware.job=eeh --set "firmware.faults=\"* $kind after 2 'fault regb'\""
  grep -q 'fault regb' "planned-$kind.txt" || { echo "FAIL planned-$kind: nothing to wait for"; failed=1; }
done
exit $failed
