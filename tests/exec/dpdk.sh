#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Debian's DPDK, its binaries untouched, under phbsim exec: takes VFIO's sPAPR container, makes a window of
# its own, maps its memory page by page, and copies by DMA with its driver of I/OAT.
#   dpdk.sh CACHE CONFIG PHBSIM
# CACHE: a folder where the packages stay, extracted; nothing is installed. CONFIG: a machine whose group 0
# has "skx" at 0000:01:00.0. Exit status 77, with a reason, if the packages cannot be had.
set -euo pipefail
cache=$1 config=$2 phbsim=$3
libraries=$cache/root/usr/lib/$(uname -m)-linux-gnu
drivers=(librte_dma_ioat.so.23 librte_mempool_ring.so.23)

skip() {
  echo "SKIPPED, DPDK DID NOT RUN: $*" >&2
  exit 77
}

# Downloads packages and extracts them.
get() {
  local scratch package
  scratch=$(mktemp -d -p "$cache")
  (cd "$scratch" && { apt-get download -q "$@" || { apt-get update -q && apt-get download -q "$@"; }; }) \
    >>"$cache/apt.log" 2>&1 || skip "apt cannot download $*, see $cache/apt.log"
  for package in "$scratch"/*.deb; do dpkg-deb -x "$package" "$cache/root"; done
  rm -rf "$scratch"
}

# Libraries that the test program and the drivers miss.
missing() {
  local driver files=("$cache/root/usr/bin/dpdk-test")
  for driver in "${drivers[@]}"; do files+=("$libraries/dpdk/pmds-23.0/$driver"); done
  ldd "${files[@]}" 2>/dev/null | sed -n 's/^\t\(.*\) => not found$/\1/p' | sort -u
}

package_of() {
  local name=${1%.so.*}
  case $1 in
    librte_*[0-9].so.23) echo "${name//_/-}-23" ;;
    librte_*.so.23) echo "${name//_/-}23" ;;
    libnuma.so.1) echo libnuma1 ;;
    libfdt.so.1) echo libfdt1 ;;
    libjansson.so.4) echo libjansson4 ;;
    libbsd.so.0) echo libbsd0 ;;
    libmd.so.0) echo libmd0 ;;
    libelf.so.1) echo libelf1 ;;
    libpcap.so.0.8) echo libpcap0.8 ;;
    libdbus-1.so.3) echo libdbus-1-3 ;;
    libibverbs.so.1) echo libibverbs1 ;;
    libnl-3.so.200) echo libnl-3-200 ;;
    libnl-route-3.so.200) echo libnl-route-3-200 ;;
    *) skip "no package is known for $1" ;;
  esac
}

prepare() {
  local round library packages
  get dpdk-dev librte-dma-ioat23 librte-mempool-ring23 librte-bus-pci23 librte-bus-vdev23
  for round in 1 2 3 4 5 6; do
    packages=()
    for library in $(missing); do packages+=("$(package_of "$library")"); done
    [[ ${#packages[@]} != 0 ]] || { touch "$cache/complete"; return; }
    get "${packages[@]}"
  done
  skip "after $round rounds still missing: ${packages[*]}"
}

# dpdk NAME TEST ARGS...: runs TEST. $cache/NAME.log has the output without the counts that DPDK writes over
# each other, $status the exit status.
dpdk() {
  local log=$cache/$1.log driver loads=()
  for driver in "${drivers[@]}"; do loads+=(-d "$driver"); done
  status=0
  DPDK_TEST=$2 "$phbsim" exec --platform "$config" --report -- "$cache/root/usr/bin/dpdk-test" "${loads[@]}" \
    -l 0 --no-huge --no-shconf --no-telemetry --log-level=lib.eal:debug "${@:3}" >"$log.raw" 2>&1 </dev/null || status=$?
  tr '\r' '\n' <"$log.raw" | grep -v '^Ops submitted: [0-9]*.*Errors: 0$' >"$log" || true
}

failed=0
# has NAME PATTERN...: each matches a line of the log.
has() {
  local log=$cache/$1.log pattern
  for pattern in "${@:2}"; do
    grep -qE -- "$pattern" "$log" && continue
    echo "$1: no line matches: $pattern"
    failed=1
  done
}
# lacks NAME PATTERN...
lacks() {
  local log=$cache/$1.log pattern
  for pattern in "${@:2}"; do
    grep -E -- "$pattern" "$log" || continue
    echo "$1: what should not be there matches: $pattern"
    failed=1
  done
}
# calls NAME TIMES RESULT CALL: the report counts them so.
calls() { has "$1" "^phbsim exec: +$2  $3 +.*$4"; }

mkdir -p "$cache/root"
export LD_LIBRARY_PATH=$libraries:$libraries/dpdk/pmds-23.0
[[ -e $cache/complete ]] || prepare

# With --iova-mode=va DPDK's I/O addresses are its virtual addresses, so its window begins at 0 and reaches
# beyond the highest: 8 GiB here, since its memory begins at 4 GiB. 16 MiB are 4096 pages.
dpdk copies dmadev_autotest -m 16 --iova-mode=va -a 0000:01:00.0
[[ $status = 0 ]] || { echo "copies: status $status"; failed=1; }
has copies "Using IOMMU type 7 \(sPAPR\)" "Selected IOVA mode 'VA'" "Setting DMA window size to 0x200000000" \
  "Probe PCI driver: dmadev_ioat \(8086:2021\) device: 0000:01:00.0" "Running copy Tests" \
  "Running burst capacity Tests" "Running fill Tests" "^Test OK" "8192 table doublewords stored" "faults 0$"
lacks copies "Error" "Test Failed" "internal error"
calls copies 1 ENODEV VFIO_SET_IOMMU
calls copies 1 ok VFIO_SET_IOMMU
calls copies 1 ok SPAPR_TCE_REMOVE
calls copies 1 ok SPAPR_TCE_CREATE
calls copies 4096 ok SPAPR_REGISTER_MEMORY
calls copies 4096 ok VFIO_IOMMU_MAP_DMA

# Memory near the top of the address space: a window of 128 TiB. One level of tables is too much memory
# and DPDK tries the next number. DPDK knows no test "none" and says so.
dpdk window none -m 2 --iova-mode=va --base-virtaddr=0x7f0000000000 -a 0000:01:00.0
has window "Setting DMA window size to 0x800000000000" "Probe PCI driver: dmadev_ioat \(8086:2021\)"
lacks window "internal error" "Cannot"
calls window 1 ENOMEM SPAPR_TCE_CREATE
calls window 1 ok SPAPR_TCE_CREATE
calls window 512 ok SPAPR_REGISTER_MEMORY
calls window 512 ok VFIO_IOMMU_MAP_DMA
exit $failed
