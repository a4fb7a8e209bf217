#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every file of examples/ is good and does what its comment says, with less work where it is long.
#   examples.sh PHBSIM SOURCE_DIR
set -euo pipefail
phbsim=$(realpath "$1")
source=$(realpath "$2")
failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

fail() {
  echo "FAILED: $*" >&2
  failed=1
}

# expect NAME OUTPUT PATTERN...: each pattern (extended regular expression) is somewhere in the output.
expect() {
  local name=$1 output=$2 pattern
  shift 2
  for pattern in "$@"; do
    grep -Eq -- "$pattern" <<<"$output" || fail "$name: no line with \"$pattern\" in:"$'\n'"$output"
  done
}

# Overrides that make an example shorter.
declare -A less=(
  [alloc-pools]="--set run.duration=150us --set run.warmup=50us"
  [guest-boot-map]="--set endpoint.gpu.populate.size=1G"
  [user-space-driver]="--set endpoint.nic.trace.file=traces/ps-noddw.co.xz"
  [linux-nic-mapping]="--set endpoint.nic.trace.file=traces/ps-noddw.co.xz"
  [demo-linux-load]="--set endpoint.*.trace.file=traces/ps-noddw.co.xz"
  [demo-random-read]="--set run.duration=300us --set run.warmup=50us"
  [kill-policy]="--set endpoint.nvme.trace.count=1500"
  [page-size-sweep]="--set run.duration=300us --set run.warmup=100us"
  [replay-as-recorded]="--set endpoint.nvme.trace.count=4000"
  [tce-thrash-pes]="--set endpoint.*.trace.count=300"
)

# What must be in the output; ";" separates patterns.
declare -A wanted=(
  [alloc-pools]="^ +[1-3] +(0|5|20)ns +4 ;^ +6 +20ns +1 ;^ +5 +5ns +1 "
  [guest-boot-map]="^ +1 +pe +[0-9.]+ ms +1\.00x;^ +2 +page +[0-9.]+ ms +1\.[89]"
  [linux-decides]="^ +[1-4] +259 +524288 .* 2\.[0-9] MiB;^ +[1-4] +1 +2147483648 .* 130 MiB;^ +[56] +1 +524288 .* us"
  [linux-nic-mapping]="^ +1 +static +opal;^ +36 +streaming +papr;streaming +opal +dma_iommu_lazy;static +papr +iommu_table +2m"
  [user-space-driver]="^ +1 +static +linux-dma +64k;^ +12 +streaming +vfio-spapr;static +iommufd +4k"
  [sparse-teardown]="^ +1 +true +1[0-9]+ ms;^ +2 +false +19[0-9] s"
  [tables-on-demand]="one-level.* 8(\.0)? GiB;full-l2.* 8(\.0)? GiB;on-demand-l2.* 2\.[0-9] MiB;on-demand-l3.* 2\.[0-9] MiB"
  [bypass-fault]="^Faults 1;msi_size +3 +0100 +0xffff0000 +fence;^bystander .* [1-9][0-9]*$"
  [custom-layout]="^old +card +two;^new +card +two;old;at 0x0, 4 KiB pages, 1 level;at 0x100000000, 2 MiB pages, 2 level;level 2: [1-9];Host +[1-9][0-9]* map calls"
  [demo-linux-load]="^ +1 ;default32-4k;ddw-64k-io;bypass"
  [demo-random-read]="^ +1 ;ddw-4k-l3;bypass"
  [engine-split]="^card0 .* 16\.[0-9]+ GB/s;^card1 .* 8\.[0-9]+ GB/s;^card2 .* 8\.[0-9]+ GB/s;phb3 +read engines +(100|99)"
  [kill-policy]="page;auto;none;default32-64k"
  [nic-open-loop]="^nic +nic +ddw-64k;at 0x800000000000000, 64 KiB pages"
  [nvme-4k-read]="^nvme +nvme +ddw-64k;% hits;^walk_1;^Faults none"
  [page-size-sweep]="ddw-4k +.*128 MiB;ddw-1g +.*64 KiB"
  [power10-gen5]="^gpu +gpu +ddw-2m;phb1\.link +down;phb1 +read engines +(50|49)"
  [power8-16m]="ddw-16m;16 MiB pages;100 % hits"
  [prefetch]="sequential +next_page;strided +stride;uniform +none"
  [replay-as-recorded]="^nvme +nvme +recorded;at 0x0, 4 KiB pages;kills removed"
  [tce-thrash-pes]="^d7 +pe7;[1-9][0-9]* evictions;phb0 PE 8, ddw-4k"
  [walk-slots]="ddw-64k-l3 +0 +4 ;ddw-64k +0 +64 "
)
# Examples whose point is an error.
faulty="bypass-fault"

for file in "$source"/examples/*.toml; do
  name=$(basename "$file" .toml)
  grep -q "$name\.toml" "$source/examples/README.md" || fail "$name: not in examples/README.md"
  if grep -q 'workload = "program"' "$file"; then  # tests/exec runs programs on it
    [[ $("$phbsim" check "$file" 2>&1) == "$file: good" ]] || fail "$name: check"
    output=$("$phbsim" run "$file" 2>&1) && fail "$name: ran without a program"
    expect "$name" "$output" "needs a program; run it with phbsim exec"
    continue
  fi
  [[ -n ${wanted[$name]:-} ]] || { fail "$name: this script does not say what to expect"; continue; }
  output=$("$phbsim" check "$file" 2>&1) || fail "$name: check: $output"
  [[ $output == "$file: good" ]] || fail "$name: check said: $output"
  grep -q '^# ' "$file" || fail "$name: no comment on top"
  grep -q "^title = \"" "$file" || fail "$name: no title"

  command=run
  grep -q '^\[explore\.axes\]' "$file" && command=explore
  set -f  # the overrides have stars
  overrides=(${less[$name]:-})
  set +f
  started=$SECONDS
  output=$("$phbsim" "$command" "$file" "${overrides[@]}" 2>stderr.txt) || fail "$name: $command ended with status $?: $(cat stderr.txt)"
  [[ ! -s stderr.txt ]] || fail "$name: on standard error: $(cat stderr.txt)"
  title=$(sed -n 's/^title = "\(.*\)"$/\1/p' "$file")
  [[ $(head -1 <<<"$output") == "$title" ]] || fail "$name: the output does not begin with its title"
  IFS=';' read -ra patterns <<<"${wanted[$name]}"
  expect "$name" "$output" "${patterns[@]}"
  if [[ $name != "$faulty" && $command == run ]]; then
    expect "$name" "$output" "^Faults none$"
    # Errors are the last column of the endpoints.
    errors=$(sed -n '/^-----.*  ------$/,/^$/p' <<<"$output" | awk 'NF > 8 && $NF !~ /^-/ { n += $NF } END { print n + 0 }')
    [[ $errors == 0 ]] || fail "$name: $errors errors"
  fi
  if [[ $command == explore ]]; then
    ! grep -q "Without a result" <<<"$output" || fail "$name: points without a result:"$'\n'"$output"
  fi
  echo "$name: $command $((SECONDS - started)) s"
done

# What the comments say to try.
try() {
  local name=$1
  shift
  "$phbsim" run "$source/examples/$name.toml" "$@" 2>&1 || fail "$name $*"
}
expect "nvme-4k-read under bypass" "$(try nvme-4k-read --set pe.nvme.layout=bypass)" "nothing was translated"
expect "nvme-4k-read with 2M pages" "$(try nvme-4k-read --set pe.nvme.layout=ddw-2m)" "9[0-9.]+ % hits|100 % hits"
expect "nvme-4k-read at depth 32" "$(try nvme-4k-read --set endpoint.nvme.generator.queue_depth=32)" "down +(100|99)"
expect "tce-thrash in one PE" "$(try tce-thrash-pes --set 'endpoint.*.pe=pe0' --set 'endpoint.*.trace.count=300')" ", 0 evictions"
expect "engine split 48/8/8" \
  "$(try engine-split --set phb.phb3.stack_limit=48 --set phb.phb4.stack_limit=8 --set phb.phb5.stack_limit=8)" \
  "^card0 .* 24\.[0-9]+ GB/s" "^card1 .* 4\.[0-9]+ GB/s"
expect "engines for Gen5" "$(try power10-gen5 --set pec.0.engines=256)" "phb0\.link +down +(100|99)" "phb1\.link +down +(100|99)"
expect "no MSI hole at 2^59" "$(try bypass-fault --set pe.dev.layout=bypass)" "^Faults none"
expect "POWER8 64K" "$(try power8-16m --set pe.nvme.layout=ddw-64k)" "[1-9][0-9]{3,} walks"
expect "the recorded load under bypass" \
  "$(try replay-as-recorded --set endpoint.nvme.trace.transpose=true --set pe.nvme.layout=bypass --set endpoint.nvme.trace.count=2000)" \
  "^nvme +nvme +bypass"
expect "a NIC beyond its limit" "$(try nic-open-loop --set endpoint.nic.generator.rate=1e8 --set run.duration=1ms --json)" \
  '"backlog_drops": [1-9]'

# Their relative paths start at the file, so they work from anywhere; also all of them in one check.
(cd / && "$phbsim" check "$source"/examples/*.toml >/dev/null) || fail "check of all examples from /"

exit $failed
