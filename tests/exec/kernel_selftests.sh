#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The kernel's own tests of iommufd, their source untouched, under phbsim exec.
#   kernel_selftests.sh PACKAGE CACHE COMMAND...
# PACKAGE: linux-source-VERSION of Debian. CACHE: a folder where what was extracted and compiled stays.
# COMMAND: runs a program with the mock driver. Exit status 77, with a reason, if Debian's packages or
# what they need to be compiled cannot be had.
set -euo pipefail
package=$1 cache=$2
shift 2
version=${package#linux-source-}
tests=(iommufd iommufd_fail_nth)

skip() {
  echo "SKIPPED, THE KERNEL'S TESTS DID NOT RUN: $*" >&2
  exit 77
}

# The paths of the tarball that the tests are compiled from.
fetch() {
  local tar=$1
  tar -xf "$tar" -C "$cache/source" --strip-components=1 --wildcards --occurrence=1 \
    "*/tools/testing/selftests/iommu" "*/tools/testing/selftests/kselftest.h" \
    "*/tools/testing/selftests/kselftest_harness.h" "*/drivers/iommu/iommufd/iommufd_test.h" \
    "*/include/uapi/linux/iommufd.h" "*/include/uapi/linux/vfio.h" "*/scripts/headers_install.sh" \
    "*/scripts/unifdef.c" 2>/dev/null || true
}

extract() {
  local scratch
  scratch=$(mktemp -d -p "$cache")
  (cd "$scratch" && { apt-get download -q "$package" || { apt-get update -q && apt-get download -q "$package"; }; }) \
    >"$cache/apt.log" 2>&1 || skip "apt cannot download $package, see $cache/apt.log"
  dpkg-deb --fsys-tarfile "$scratch"/*.deb | tar -x -C "$scratch" --wildcards '*/linux-source-*.tar.xz'
  mkdir -p "$cache/source"
  fetch "$scratch"/usr/src/linux-source-*.tar.xz
  rm -rf "$scratch"
}

compile() {
  local source=$cache/source include=$cache/include/linux name
  [[ -e /usr/include/sys/capability.h ]] || apt-get install -qy libcap-dev >>"$cache/apt.log" 2>&1 ||
    skip "libcap-dev cannot be installed, see $cache/apt.log"
  mkdir -p "$include"
  gcc -w -o "$source/scripts/unifdef" "$source/scripts/unifdef.c"
  for name in iommufd vfio; do
    (cd "$source" && sh scripts/headers_install.sh "include/uapi/linux/$name.h" "$include/$name.h")
  done
  # 6.12.117 put newer tests over older headers and does not build as it is (iommufd.md 0).
  local extra=()
  [[ $version != 6.12 ]] || extra=(-DIOMMU_HW_INFO_TYPE_DEFAULT=0 -DIOMMU_HW_INFO_FLAG_INPUT_TYPE=1
    -DMOCK_FLAGS_DEVICE_PASID=4 -DMOCK_PASID_WIDTH=20 -Din_data_type=out_data_type)
  for name in "${tests[@]}"; do
    (cd "$source/tools/testing/selftests/iommu" && gcc -O2 -w -D_GNU_SOURCE= "-D__counted_by(x)=" "${extra[@]}" \
      -isystem "$cache/include" -I.. "$name.c" -o "$cache/$name.part" -lcap && mv "$cache/$name.part" "$cache/$name")
  done
}

mkdir -p "$cache"
[[ -e $cache/source/tools/testing/selftests/iommu/iommufd.c ]] || extract
for name in "${tests[@]}"; do [[ -x $cache/$name ]] || { compile; break; }; done

failed=0
for name in "${tests[@]}"; do
  status=0
  "$@" "$cache/$name" >"$cache/$name.log" 2>&1 </dev/null || status=$?
  totals=$(grep '^# Totals' "$cache/$name.log" || true)
  echo "$version $name: ${totals:-no totals}, status $status"
  if [[ $status != 0 || $totals != *" fail:0 "* || $totals == *"Totals: pass:0 "* ]]; then
    grep -E '^not ok|internal error' "$cache/$name.log" || tail -5 "$cache/$name.log"
    failed=1
  fi
done
exit $failed
