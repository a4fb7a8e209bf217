#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The images: build.sh OUTPUT_FOLDER [GENERATED_HEADERS_FOLDER]
# Makes OUTPUT_FOLDER/phb_firmware_be.elf and phb_firmware_le.elf. Exit status 77 if a cross compiler is missing.
set -euo pipefail
out=$1
here=$(cd "$(dirname "$0")" && pwd)
generated=${2:-$here/include}
mkdir -p "$out"

common=(-std=c11 -O2 -ffreestanding -nostdlib -static -no-pie -fno-pic -mabi=elfv2 -mcpu=power8 -mno-vsx -mno-altivec
  -msoft-float -fno-stack-protector -fno-asynchronous-unwind-tables -mtraceback=no -fno-tree-loop-distribute-patterns
  -Wall -Wextra -Wconversion -Wno-sign-conversion -Werror -I"$here/include" -I"$generated")
sources=("$here"/src/start.S)
for source in "$here"/src/*.c; do
  [[ $source == */hal_host.c ]] || sources+=("$source")
done

for order in be le; do
  cc=powerpc64-linux-gnu-gcc
  [[ $order == be ]] || cc=powerpc64le-linux-gnu-gcc
  if ! command -v "$cc" >/dev/null; then
    echo "$cc is not installed (Debian: gcc-${cc%-gcc})" >&2
    exit 77
  fi
  "$cc" "${common[@]}" -Wl,--build-id=none,--no-warn-rwx-segments -T "$here/src/firmware.ld" "${sources[@]}" \
    -o "$out/phb_firmware_$order.elf"
done
