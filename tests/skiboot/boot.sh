#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Debian's skiboot.lid boots on the PowerNV machine until it enters its payload, and finds what is there.
#   boot.sh CACHE PROGRAM
# CACHE: where logs stay. SKIBOOT names another image. Exit status 77, with a reason, if the image cannot be had.
set -euo pipefail
cache=$1 program=$2
image=${SKIBOOT:-/usr/share/qemu/skiboot.lid}
mkdir -p "$cache"

if [[ ! -e $image ]]; then
  install() { DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends qemu-system-data; }
  { install || { apt-get update -q && install; }; } >"$cache/apt.log" 2>&1 || true
  if [[ ! -e $image ]]; then
    echo "SKIPPED, SKIBOOT DID NOT BOOT: no $image, and apt cannot install qemu-system-data, see $cache/apt.log" >&2
    exit 77
  fi
fi
echo "skiboot is $(dpkg-query -W -f '${Package} ${Version}' qemu-system-data 2>/dev/null || echo "$image")"

failed=0
complain() { echo "FAILED: $1" >&2; failed=1; }
# lines FILE COUNT PATTERN: the pattern stands in exactly so many lines.
lines() {
  local found
  found=$(tr -d '\r\0' <"$1" | grep -acE -- "$3" || true)
  [[ $found == "$2" ]] || complain "$(basename "$1"): $found lines, not $2, with: $3"
}

# Six PHBs, x16 x8 x8 x8 x4 x4; cards of 8 lanes behind three of them.
log=$cache/cards.log
"$program" "$image" >"$log" || complain "the payload was not entered, see $log"
log_only=$cache/cards.memory.log
sed -n '/^-- log$/,/^-- unanswered$/p' "$log" >"$log_only"
lines "$log_only" 1 'OPAL v[^ ]* starting'
lines "$log_only" 1 'CHIP: Chip ID 0000 type: P9N DD2\.20$'
lines "$log_only" 1 'LPC\[000\]: Initialized$'
lines "$log_only" 1 'CPU: All 1 processors called in'
lines "$log_only" 6 'PHB: Chip 0 Found PHB4 PBCQ[0-2] Stack [0-2] at '
lines "$log_only" 6 'PHB\[0:[0-5]\] X\[PE\]'
lines "$log_only" 2 'Found 512 max PEs and 4096 IRQs'
lines "$log_only" 4 'Found 256 max PEs and 2048 IRQs'
lines "$log_only" 6 'PHB#000[0-5]\[0:[0-5]\]: Initialization complete$'
lines "$log_only" 1 'PHB#0000\[0:0\]: LINK: Width Train:x08 PHB:x16 DEV:x08$'
lines "$log_only" 2 'PHB#000[13]\[0:[13]\]: LINK: Width Train:x08 PHB:x08 DEV:x08$'
lines "$log_only" 3 'PHB#000[013]\[0:[013]\]: LINK: Speed Train:GEN4 PHB:GEN4 DEV:GEN4$'
lines "$log_only" 3 'PHB#000[245]\[0:[245]\]: LINK: No in-band presence$'
lines "$log_only" 6 'PHB#000[0-5]:00:00\.0 \[ROOT\] 1014 04c1 '
lines "$log_only" 3 'PHB#000[013]:01:00\.0 \[EP  \] 8086 2021 '
lines "$log_only" 1 'INIT: Starting kernel at 0x20000000'
# No PHB is in trouble, and skiboot asks for nothing that the machine lacks but a core's power management.
lines "$log_only" 0 'PHB.*,[0-4]\]|assert failed|FATAL|EEH|fenc|Timeout|MCE|Fatal'
lines "$log_only" 1 'XSCOM: (read|write) error'
[[ $(sed -n '/^-- unanswered$/,/^-- devices$/p' "$log" | sed '1d;$d') == "read SCOM 0x200f010d (1)" ]] ||
  complain "other accesses than 0x200f010d were not answered, see $log"
# What the payload is told.
lines "$log" 6 '^pci /pciex@600c3c0[0-5]00000/pci@0 vendor 1014 device 04c1$'
lines "$log" 3 '^pci /pciex@600c3c0[013]00000/pci@0/system-peripheral@0 vendor 8086 device 2021$'

# The same again is the same.
"$program" "$image" | cmp - "$log" || complain "a second run differs"

# Other slots; delays that are cut short.
log=$cache/other.log
"$program" "$image" cards=5 ticks=64 >"$log" || complain "the payload was not entered, see $log"
sed -n '/^-- log$/,/^-- unanswered$/p' "$log" >"$log_only"
lines "$log_only" 1 'PHB#0005:01:00\.0 \[EP  \] 8086 2021 .* LOC_CODE=pcie\.5$'
lines "$log" 1 '^pci /pciex@600c3c0500000/pci@0/system-peripheral@0 vendor 8086 device 2021$'
lines "$log_only" 1 'PHB#0005\[0:5\]: LINK: Width Train:x04 PHB:x04 DEV:x08$'
lines "$log_only" 5 'LINK: No in-band presence$'

# Three quarters of the way is not through.
if "$program" "$image" instructions=80000000 >"$cache/short.log"; then complain "80e6 instructions are enough"; fi

[[ $failed == 0 ]] || exit 1
tail -n 1 "$cache/cards.log"
