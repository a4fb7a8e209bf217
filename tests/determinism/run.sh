#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Results do not depend on compiler or optimisation: builds phbsim with gcc -O0, gcc -O3 and clang -O2,
# runs each configuration of this folder with each, and compares the bytes of --json.
#   run.sh SOURCE_DIR WORK_DIR
# PHBSIM_SKIP_CLANG=1: do without clang where there is none (a failure otherwise).
# Builds in WORK_DIR are kept: a second time costs little. ccache is used if installed.
set -euo pipefail
source=$(cd "$1" && pwd)
mkdir -p "$2"
work=$(cd "$2" && pwd)

find_clang() {
  local name
  for name in clang++-14 clang++ clang++-15 clang++-16 clang++-19; do
    command -v "$name" && return
  done
  return 1
}

variants=("gcc-O0:g++:-O0" "gcc-O3:g++:-O3 -DNDEBUG")
if clang=$(find_clang); then
  variants+=("clang-O2:$clang:-O2")
elif [[ ${PHBSIM_SKIP_CLANG:-} == 1 ]]; then
  echo "determinism: no clang, done without it"
else
  echo "determinism: clang++ is not installed (tools/setup installs it; PHBSIM_SKIP_CLANG=1 does without)" >&2
  exit 1
fi

started=$SECONDS
binaries=()
for variant in "${variants[@]}"; do
  IFS=: read -r name compiler flags <<<"$variant"
  dir=$work/$name
  # CMAKE_BUILD_TYPE=Release takes these flags alone; ccache then shares objects with a release build.
  if ! { cmake -S "$source" -B "$dir" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$compiler" \
           -DCMAKE_CXX_FLAGS_RELEASE="$flags" -DPHBSIM_TESTS=OFF -DPHBSIM_BENCHES=OFF &&
         cmake --build "$dir" --target phbsim -j "$(nproc)"; } >"$work/$name.log" 2>&1; then
    tail -40 "$work/$name.log" >&2
    echo "determinism: $name does not build" >&2
    exit 1
  fi
  binaries+=("$name:$dir/phbsim")
done
echo "built in $((SECONDS - started)) s"

status=0
for config in "$source"/tests/determinism/*.toml; do
  name=$(basename "$config" .toml)
  first=""
  for binary in "${binaries[@]}"; do
    out=$work/$name.${binary%%:*}.json
    # The version tells the state of the work tree, which may change between the builds.
    if ! (cd "$source/tests/determinism" && "${binary#*:}" run "$name.toml" --json) >"$out.whole"; then
      echo "determinism: $name fails with ${binary%%:*}" >&2
      status=1
      continue
    fi
    grep -v '^    "version": ' "$out.whole" >"$out"
    digest=$(sha256sum <"$out")
    echo "$name ${binary%%:*} ${digest%% *}"
    if [[ -z $first ]]; then
      first=$out
    elif ! cmp -s "$first" "$out"; then
      status=1
      echo "determinism: $name differs between ${first##*/} and ${out##*/}:" >&2
      diff "$first" "$out" | cut -c1-200 | head -20 >&2 || true
    fi
  done
  grep -qs '"requests": [1-9]' "$first" || { echo "determinism: $name did nothing" >&2; status=1; }
done
exit $status
