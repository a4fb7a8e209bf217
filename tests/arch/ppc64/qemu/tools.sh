# SPDX-License-Identifier: Apache-2.0
# Sourced by vectors.sh and programs.sh: Debian's cross compilers and QEMU, installed if absent.

# Flags of freestanding programs without floating point and vectors, the same ABI for both byte orders.
cross_flags=(-std=gnu11 -mabi=elfv2 -mno-vsx -mno-altivec -msoft-float -ffreestanding -nostdlib -static -no-pie -fno-pic
  -fno-tree-loop-distribute-patterns -fno-stack-protector -fno-asynchronous-unwind-tables -mtraceback=no -Wall -Wextra)
declare -A cross=([big]=powerpc64-linux-gnu-gcc [little]=powerpc64le-linux-gnu-gcc)
declare -A emulator=([big]=qemu-ppc64 [little]=qemu-ppc64le)

skip() {
  echo "SKIPPED, NOTHING WAS COMPARED WITH QEMU: $*" >&2
  exit 77
}

# need_tools FOLDER: where apt's log goes.
need_tools() {
  local packages=(gcc-powerpc64-linux-gnu gcc-powerpc64le-linux-gnu qemu-user) tool missing=0
  for tool in "${cross[@]}" "${emulator[@]}"; do
    command -v "$tool" >/dev/null || missing=1
  done
  ((missing)) || return 0
  install() { DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${packages[@]}"; }
  { install || { apt-get update -q && install; }; } >"$1/apt.log" 2>&1 ||
    skip "apt cannot install ${packages[*]}, see $1/apt.log"
}
