#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The firmware's images, compiled here, on the interpreter: their writes are those of the host build.
#   machine_code.sh SOURCE CACHE TESTS
# CACHE: where the images stay. Exit status 77, with a reason, if Debian's cross compilers cannot be had.
set -euo pipefail
source=$1 cache=$2 tests=$3
mkdir -p "$cache"

missing=()
for order in powerpc64 powerpc64le; do
  command -v "$order-linux-gnu-gcc" >/dev/null || missing+=("gcc-$order-linux-gnu")
done
if [[ ${#missing[@]} != 0 ]]; then
  install() { DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"; }
  { install || { apt-get update -q && install; }; } >"$cache/apt.log" 2>&1 || {
    echo "SKIPPED, THE FIRMWARE DID NOT RUN: apt cannot install ${missing[*]}, see $cache/apt.log" >&2
    exit 77
  }
fi
bash "$source/firmware-stubs/build.sh" "$cache"
PHBSIM_FIRMWARE_IMAGES=$cache "$tests" "[images]"
