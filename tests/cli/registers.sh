#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# phbsim registers: listings, one register, one value, errors; the header in C, C++ and assembly.
#   registers.sh PHBSIM SOURCE_DIR
set -uo pipefail
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
# run STATUS ARGUMENT...
run() {
  local want=$1 got=0
  shift
  "$phbsim" registers "$@" >out.txt 2>err.txt </dev/null || got=$?
  [[ $got == "$want" ]] || fail "phbsim registers $*: status $got, not $want; $(cat err.txt)"
}
out_has() { grep -Eq -- "$1" out.txt || fail "no \"$1\" in the output:"$'\n'"$(cat out.txt)"; }
err_has() { grep -Fq -- "$1" err.txt || fail "no \"$1\" in the errors:"$'\n'"$(cat err.txt)"; }

run 0
out_has '^0x168 +PHB_RTT_BAR +RW +0, 8:46 '
run 0 --generation phb3
out_has '^0x168 +PHB_RTT_BAR +RW +0, 14:46 '
out_has '^0xd00 +PHB_OUT_ERR_STATUS '
run 0 --format markdown
cmp -s out.txt "$source/docs/registers.md" || fail "docs/registers.md: phbsim registers --format markdown > docs/registers.md"
run 0 --format markdown --generation phb5-big
out_has '^## PHB5 '
run 0 --format c-header
cmp -s out.txt "$source/firmware-stubs/include/phb_registers.h" ||
  fail "phb_registers.h: phbsim registers --format c-header > firmware-stubs/include/phb_registers.h"

run 0 PHB_RTT_BAR
out_has '^  RID to PE table in memory'
run 0 0x168 0x8000000032920000
out_has '^  BASE +8:46 +0x1949 +0x32920000$'
run 0 rtt_bar 0x8000_0000_3292_0000 --generation phb3
out_has '^  BASE +14:46 +0x1949 '

run 2 PHB_RTT_BRA
err_has 'unknown register "PHB_RTT_BRA"; did you mean "PHB_RTT_BAR"?'
run 2 PHB_IVT_BAR
err_has 'phb4-big has no register "PHB_IVT_BAR"; these have: phb3'
run 2 0x169
err_has 'no register of phb4-big at offset 0x169'
run 2 PHB_RTT_BAR 0x1ffffffffffffffff
err_has 'value "0x1ffffffffffffffff" is no 64-bit number'
run 2 PHB_RTT_BAR 1 2
err_has 'what is "2"?'
run 2 --generation phb6
err_has '--generation is "phb6", known: phb3, phb4-big, phb4-small, phb5-big, phb5-small'
run 2 --format html
err_has '--format is "html", known: text, markdown, c-header'
run 2 --format c-header --generation phb3
err_has 'a C header is for all generations'
run 2 PHB_RTT_BAR --format markdown
err_has 'one register is printed as text only'

run 0 --table scom --generation phb5-big
out_has '^0x16 +PEC_NEST_STACK_SPARSE_PAGE +RW +3:5 '
run 0 --table scom --format c-header
cmp -s out.txt "$source/firmware-stubs/include/pec_registers.h" ||
  fail "pec_registers.h: phbsim registers --format c-header --table scom > firmware-stubs/include/pec_registers.h"
run 0 PEC_NEST_STACK_BAR_EN 0xF000000000000000
out_has '^  INT +3 +0x1$'
run 2 --table pec
err_has '--table is "pec", known: phb, scom'
run 2 --table scom --format markdown
err_has 'drop --table'
run 2 --table scom PHB_RTT_BAR
err_has "a register's name says its table"

cat >use.c <<'END'
#include "phb_registers.h"
#include "pec_registers.h"
#include "phb_registers.h"
unsigned long long rtt(unsigned long long base) { return PHB_RTT_BAR_ENABLE | (base & PHB_RTT_BAR_BASE); }
unsigned long long tvt(unsigned index) {
  return SETFIELD(PHB_IODA_ADDR_TSEL, 0ull, PHB_IODA_TVT) | SETFIELD(PHB_IODA_ADDR_TADR, 0ull, index);
}
int pe(unsigned long long word) { return (int)GETFIELD(PHB_CONFIG_ADDRESS_PE, word) + OPAL_HARDWARE; }
END
printf '#include "phb_registers.h"\n#include "pec_registers.h"\n.long PHB_RTT_BAR, PHB_IODA_TVT\n' >use.S
include=$source/firmware-stubs/include
strict=(-Wall -Wextra -Wconversion -Werror -pedantic-errors -I "$include" -fsyntax-only)
if command -v cc >/dev/null; then
  cc -std=c11 "${strict[@]}" use.c || fail "the header as C11"
  cc -I "$include" -c use.S -o use.o || fail "the header in assembly"
fi
if command -v c++ >/dev/null; then
  c++ -std=c++17 -x c++ "${strict[@]}" use.c || fail "the header as C++17"
fi
exit $failed
