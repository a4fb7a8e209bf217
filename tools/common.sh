# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts in tools/: works from any directory, with the repository as current one.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# configure_once PRESET [-DNAME=VALUE...]: runs cmake only if the build directory is missing, the
# presets changed, or a given cache value differs. All else is noticed by the build itself.
configure_once() {
  local preset=$1 dir=build/$1 setting name current=yes
  shift
  if [[ ! -f $dir/build.ninja || CMakePresets.json -nt $dir/configured.stamp ]]; then
    current=no
  fi
  for setting in "$@"; do
    name=${setting#-D}
    if ! grep -qs "^${name%%=*}:[A-Z]*=${name#*=}\$" "$dir/CMakeCache.txt"; then
      current=no
    fi
  done
  if [[ $current == no ]]; then
    cmake --preset "$preset" "$@"
    touch "$dir/configured.stamp"
  fi
}
