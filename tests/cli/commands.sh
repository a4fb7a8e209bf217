#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The command line: help, exit codes, errors, files, output for programs.
#   commands.sh PHBSIM SOURCE_DIR
set -uo pipefail
phbsim=$(realpath "$1")
source=$(realpath "$2")
failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
config=$source/examples/nvme-4k-read.toml
short=(--set run.duration=20us --set run.warmup=5us)

fail() {
  echo "FAILED: $*" >&2
  failed=1
}

# run STATUS ARGUMENT...: the command ends with the status; its output is in $out and $err.
run() {
  local want=$1 got=0
  shift
  "$phbsim" "$@" >out.txt 2>err.txt </dev/null || got=$?
  out=$(cat out.txt)
  err=$(cat err.txt)
  [[ $got == "$want" ]] || fail "phbsim $*: status $got, not $want; $out $err"
}
out_has() { grep -Eq -- "$1" <<<"$out" || fail "no \"$1\" in the output:"$'\n'"$out"; }
err_has() { grep -Eq -- "$1" <<<"$err" || fail "no \"$1\" in the errors:"$'\n'"$err"; }
quiet() { [[ -z $err ]] || fail "on standard error: $err"; }
no_out() { [[ -z $out ]] || fail "on standard output: $out"; }

# --- help
run 2
err_has "usage: phbsim COMMAND"
no_out
for word in --help -h help; do
  run 0 "$word"
  quiet
  for command in run explore verify-trace replay-firmware check show-config list registers firmware; do out_has "phbsim $command "; done
done
run 0 --version
out_has '^phbsim [0-9]+\.[0-9]+\.[0-9]+'
for command in run explore verify-trace replay-firmware check show-config list registers firmware; do
  run 0 "$command" --help
  quiet
  out_has "^phbsim $command "
  out_has "--help"
  out_has "^example: phbsim $command "
  # The example is one that works.
  example=$(sed -n "s/^example: phbsim //p" <<<"$out")
  case $command in
    explore) example="${example/ --out out/} --set run.duration=20us --set run.warmup=2us" ;;
    run) example="$example --set run.duration=20us --set run.warmup=2us" ;;
    replay-firmware) ;;
    firmware)  # the image of the example is built, not kept: a program of two instructions in its place
      printf '\x38\x60\x00\x00\x00\x00\x02\x00' >tiny.bin
      example="firmware $PWD/tiny.bin --boot raw --preset power9"
      ;;
    verify-trace) example=${example/ps-load-noddw/ps-noddw} ;;
  esac
  (cd "$source" && eval "'$phbsim' $example" >/dev/null 2>&1) || fail "the example of $command does not work: $example"
done

# --- what cannot be understood: status 2, everything on standard error
run 2 rnu
no_out
err_has 'unknown command "rnu", did you mean "run"\?'
run 2 verify-trase
err_has 'did you mean "verify-trace"'
run 2 zzzzzzzzz
err_has 'unknown command "zzzzzzzzz"'
! grep -q "did you mean" <<<"$err" || fail "a suggestion for nothing alike: $err"
run 2 run
err_has "takes one CONFIG.*run --help"
run 2 run "$config" "$config"
err_has "takes one CONFIG, not 2"
run 2 explore
err_has "at least one CONFIG"
run 2 verify-trace
err_has "at least one FILE"
run 2 check
run 2 show-config
run 2 run "$config" --jsn
err_has "jsn.*run --help"
no_out
run 2 run "$config" --set
err_has "set"
run 2 run missing.toml
err_has "missing.toml"
no_out
run 2 explore "$config"
err_has "no \[explore.axes\]; phbsim run"
run 2 list nothing
err_has 'unknown topic "nothing", known: .*stats'
run 2 verify-trace missing.co
err_has "missing.co: cannot be read"

# --- errors of a configuration: place, key, value, what is allowed; all of them at once
cat >bad.toml <<'TOML'
[platform]
preset = "power9"

[pe.nvme]
layout = "ddw-46k"

[endpoint.nvme.generator]
queue_dept = 4
size = "4X"
read_percent = 120

[run]
duration = "1ms"
TOML
for command in check run show-config; do
  run 2 $command bad.toml
  no_out
  err_has '^bad.toml:5:[0-9]+: pe.nvme.layout: "ddw-46k" .*did you mean "ddw-4k"|^bad.toml:5:[0-9]+: pe.nvme.layout: "ddw-46k" .*did you mean "ddw-64k"'
  err_has '^bad.toml:8:1: endpoint.nvme.generator.queue_dept: .*did you mean "queue_depth"'
  err_has '^bad.toml:9:[0-9]+: endpoint.nvme.generator.size: "4X" .*allowed: '
  err_has '^bad.toml:10:[0-9]+: endpoint.nvme.generator.read_percent: 120 .*allowed: 0\.\.100'
  err_has '^bad.toml: 4 errors$'
done
echo 'a = = 1' >syntax.toml
run 2 check syntax.toml
err_has '^syntax.toml:1:[0-9]+: '
run 2 check "$config" bad.toml
out_has "nvme-4k-read.toml: good"
err_has "^bad.toml: 4 errors"

# --- --set
run 0 show-config "$config" --set endpoint.nvme.generator.queue_depth=7 --set pe.nvme.layout=bypass --no-comments
out_has '^queue_depth = 7$'
out_has '^layout = "bypass"$'
! grep -q '#' <<<"$out" || fail "comments in show-config --no-comments"
run 0 show-config "$config"
out_has '# .*phb.md'
cp out.txt shown.toml
run 0 show-config shown.toml
cmp -s out.txt shown.toml || fail "show-config of its own output differs"
run 0 show-config "$config" --set 'phb.*.tce.walk_slots=9' --no-comments
out_has '^walk_slots = 9$'
run 2 run "$config" --set endpoint.nvme.generator.queue_depth=0
err_has -- '^--set: endpoint.nvme.generator.queue_depth: 0 .*allowed: 1\.\.4096'
run 2 run "$config" --set endpoint.nvme.generator.queue_dept=1
err_has -- '--set.*queue_dept'
run 2 run "$config" --set endpoint.other.generator.queue_depth=1
err_has -- '--set.*other'
run 2 run "$config" --set queue_depth
err_has -- '--set'

# --- run: a pipe gets no progress; JSON is JSON; files are whole and the same
run 0 run "$config" "${short[@]}"
quiet
out_has '^nvme '
! grep -q $'\r' out.txt || fail "carriage returns on a pipe"
rm -rf results
run 0 run "$config" "${short[@]}" --out results/deep
quiet
[[ $(ls results/deep | tr '\n' ' ') == "result.json result.txt " ]] || fail "files: $(ls results/deep)"
cmp -s out.txt results/deep/result.txt || fail "result.txt is not what was printed"
run 0 run "$config" "${short[@]}" --json
quiet
cmp -s out.txt results/deep/result.json || fail "result.json is not what --json prints"
python3 -m json.tool out.txt >/dev/null || fail "--json is no JSON"
out_has '"schema": "phbsim-result-1"'
run 0 run "$config" "${short[@]}" --json
cmp -s out.txt results/deep/result.json || fail "a second run differs from the first"
: >file
run 2 run "$config" "${short[@]}" --out file
err_has '^phbsim: file: cannot be made a folder'
run 2 run "$config" "${short[@]}" --out file/below
err_has 'file/below: cannot be made a folder'

# What only shows when it runs is the user's error, too, also in the midst of a trace.
replay=$source/examples/replay-as-recorded.toml
run 2 run "$replay" --set endpoint.nvme.trace.device=nvme7
err_has '^phbsim: .*no DMA of a device "nvme7" in this trace, it has: e1000e, nvme'
run 2 run "$replay" --set endpoint.nvme.trace.transpose=true --set pe.nvme.layout=bypass --set memory.size=512M
err_has '^phbsim: .*ps-load-noddw.co.xz:[0-9]+: the trace reaches real address .*memory.size is 512 MiB$'
no_out

# --- explore
cat >axes.toml <<TOML
title = "axes"
[pe.dev]
layout = "bypass"
[endpoint.dev]
workload = "trace"
trace = { file = "$source/examples/traces/ps-load-noddw.co.xz", device = "nvme", count = 300 }
[explore.axes]
"pe.dev.layout" = ["bypass", "ddw-4k"]
TOML
rm -rf x
run 0 explore axes.toml --out x --jobs 1
quiet
out_has '^written: x/results.json, results.csv, report.html$'
[[ $(ls x | tr '\n' ' ') == "report.html results.csv results.json " ]] || fail "files: $(ls x)"
python3 -m json.tool x/results.json >/dev/null || fail "results.json is no JSON"
[[ $(wc -l <x/results.csv) == 3 ]] || fail "results.csv has $(wc -l <x/results.csv) lines, not 3"
head -c 15 x/report.html | grep -qi '<!doctype html>' || fail "report.html does not begin as HTML"
! grep -Eq '(src|href)="?https?:' x/report.html || fail "report.html needs the network"
run 0 explore axes.toml --json --jobs 2
quiet
cmp -s out.txt x/results.json || fail "results depend on --jobs, or --json differs from the file"
python3 -m json.tool out.txt >/dev/null || fail "explore --json is no JSON"
# A point without a result: status 1, its reason in the table, the others there.
run 1 explore axes.toml --set memory.size=512M
out_has "Without a result:"
out_has "memory.size is 512 MiB"

# --- verify-trace: two lines a file, all files, the worst status
cat >good.co <<'CO'
+0 lt 80000000
+1 tp 80000000 4000 123003 0
+1 xl 80000000 4000 123000 3 12
CO
sed 's/xl 80000000 4000 123000/xl 80000000 4000 124000/' good.co >wrong.co
echo "nonsense" >broken.co
: >empty.co
run 0 verify-trace good.co empty.co
quiet
[[ $out == $'good.co: translations 1 mismatches 0\ngood.co: hypercalls 1 mismatches 0\nempty.co: translations 0 mismatches 0\nempty.co: hypercalls 0 mismatches 0' ]] || fail "verify-trace: $out"
run 1 verify-trace good.co wrong.co
quiet
out_has '^good.co: translations 1 mismatches 0$'
out_has '^wrong.co: translations 1 mismatches 1$'
out_has '^  line 3, reference model: address 0x4000: page 0x123000 expected 0x124000$'
out_has '^  line 3, timed model: '
run 2 verify-trace broken.co wrong.co missing.co good.co --jobs 1
err_has '^broken.co:1: time is "nonsense"'
err_has '^missing.co: cannot be read'
out_has '^wrong.co: translations 1 mismatches 1$'
out_has '^good.co: translations 1 mismatches 0$'
run 0 verify-trace "$source/examples/traces/skiboot-p9.co.xz"
out_has 'skiboot-p9.co.xz: translations 0 mismatches 0$'

# --- list: every topic prints; each statistic says unit, meaning and rule
run 0 list
topics=$(awk '{ print $1 }' out.txt)
for topic in presets layouts policies workloads stats stages faults generations trace-lines keys; do
  grep -qx "$topic" <<<"$topics" || fail "no topic $topic"
done
for topic in $topics; do
  run 0 list "$topic"
  quiet
  [[ $(wc -l <out.txt) -gt 2 ]] || fail "list $topic prints nothing"
  run 0 list "$topic" --markdown
  quiet
  grep -q '^|---' out.txt || fail "list $topic --markdown is no table"
done
run 0 list stats --markdown
cp out.txt stats.md
awk -F' \\| ' 'NR > 2 { gsub(/^\| | \|$/, ""); n = split($0, f, / \| /)
  if (n != 4 || f[1] !~ /\./ || f[2] == "" || f[3] == "" || f[4] == "") { print "statistic without unit, meaning or rule: " $0; bad = 1 } }
  END { exit bad }' stats.md || fail "list stats"
[[ $(wc -l <stats.md) -gt 60 ]] || fail "list stats has $(wc -l <stats.md) lines"
# Each counter of a result is in the list.
run 0 run "$config" "${short[@]}" --json
python3 - out.txt stats.md <<'PY' || fail "counters and list differ"
import json, sys
listed = {l.split(" | ")[0].strip("| ") for l in open(sys.argv[2]) if "." in l.split(" | ")[0]}
missing = [f'{c["group"]}.{name}' for c in json.load(open(sys.argv[1]))["counters"] for name in c["values"]
           if f'{c["group"]}.{name}' not in listed]
sys.exit(f"not listed: {missing}" if missing else 0)
PY

# --- docs/statistics.md is the list under a heading
sed -n '/^|/,$p' "$source/docs/statistics.md" >documented.md
cmp -s stats.md documented.md || fail "docs/statistics.md differs: regenerate it as it says"

exit $failed
