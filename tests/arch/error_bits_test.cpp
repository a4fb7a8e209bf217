// SPDX-License-Identifier: Apache-2.0
// Names of status bits, and firmware's enables against the letters that phb.md 5.3 gives each bit:
// F freeze, X fence, I interrupt.
#include "models/arch/error_bits.hpp"

#include <string>

#include "models/arch/faults.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;

namespace {

struct Letters {
  ErrorBlock block;
  unsigned first;
  unsigned last;
  const char* letters;
};
using B = ErrorBlock;
constexpr Letters kReference[] = {
    {B::RxeArb, 0, 1, "FI"},    {B::RxeArb, 2, 3, "X"},    {B::RxeArb, 5, 5, "I"},    {B::RxeArb, 6, 17, "X"},
    {B::RxeArb, 18, 18, "I"},   {B::RxeArb, 19, 19, "FXI"}, {B::RxeArb, 20, 20, "FI"}, {B::RxeArb, 21, 23, "X"},
    {B::RxeArb, 24, 24, "FI"},  {B::RxeArb, 25, 25, "I"},  {B::RxeArb, 26, 28, "FI"}, {B::RxeArb, 29, 29, "I"},
    {B::RxeArb, 30, 36, "X"},   {B::RxeArb, 37, 37, ""},   {B::RxeArb, 38, 38, "X"},  {B::RxeArb, 39, 39, "FI"},
    {B::RxeArb, 40, 40, "I"},   {B::RxeArb, 41, 48, "X"},  {B::RxeArb, 49, 49, "I"},  {B::RxeArb, 50, 51, "X"},
    {B::RxeArb, 54, 56, "X"},   {B::RxeArb, 57, 58, "FI"}, {B::RxeArb, 59, 59, "I"},
    {B::RxeTce, 0, 0, "X"},     {B::RxeTce, 1, 2, "FI"},   {B::RxeTce, 3, 8, "X"},    {B::RxeTce, 9, 9, "I"},
    {B::RxeTce, 10, 10, "X"},   {B::RxeTce, 11, 11, "I"},  {B::RxeTce, 12, 14, "X"},  {B::RxeTce, 15, 15, "I"},
    {B::RxeTce, 16, 24, "X"},   {B::RxeTce, 25, 25, "I"},  {B::RxeTce, 26, 26, "X"},  {B::RxeTce, 27, 27, "I"},
    {B::RxeTce, 28, 31, "X"},   {B::RxeTce, 32, 33, "FI"},
    {B::RxeMrg, 8, 16, "X"},    {B::RxeMrg, 17, 18, "FXI"}, {B::RxeMrg, 23, 23, "I"}, {B::RxeMrg, 40, 40, "I"},
    {B::RxeMrg, 51, 51, "X"},   {B::RxeMrg, 56, 56, "I"},  {B::RxeMrg, 58, 58, "I"},  {B::RxeMrg, 60, 60, "I"},
    {B::Txe, 2, 2, "I"},        {B::Txe, 12, 12, "I"},     {B::Txe, 17, 17, "I"},     {B::Txe, 19, 19, "X"},
    {B::Txe, 28, 28, "FI"},     {B::Txe, 29, 29, "XI"},    {B::Txe, 30, 30, "FI"},    {B::Txe, 36, 36, "I"},
    {B::Txe, 42, 42, "I"},
    {B::PhbErr, 24, 24, "I"},   {B::PhbErr, 25, 25, "FI"}, {B::PhbErr, 26, 27, "X"},  {B::PhbErr, 2, 3, "X"},
    {B::PhbErr, 5, 5, "X"},     {B::PhbErr, 7, 7, "X"},    {B::PhbErr, 9, 11, "X"},   {B::PhbErr, 13, 15, "X"},
    {B::PhbErr, 17, 19, "X"},   {B::PhbErr, 30, 31, "X"},
};
constexpr Letters kOnPhb5[] = {  // where PHB5 differs
    {B::Txe, 17, 17, "FI"}, {B::Txe, 19, 19, "FI"}, {B::Txe, 29, 29, "I"}, {B::Txe, 24, 24, "I"},
    {B::Txe, 26, 27, "I"},  {B::Txe, 58, 58, "I"},
};

std::string letters_of(ErrorBlock block, unsigned bit, Generation g) {
  const ErrorEnables& e = firmware_enables(g)[static_cast<unsigned>(block)];
  std::string s;
  if (e.freeze >> (63 - bit) & 1) s += "F";
  if (e.fence >> (63 - bit) & 1) s += "X";
  if (e.interrupt >> (63 - bit) & 1) s += "I";
  return s;
}

}  // namespace

TEST_CASE("Firmware's enables do to each bit what the reference says") {
  for (const Letters& l : kReference) {
    for (unsigned bit = l.first; bit <= l.last; ++bit) {
      INFO("block " << static_cast<int>(l.block) << " bit " << bit);
      CHECK(letters_of(l.block, bit, Generation::Phb4) == l.letters);
    }
  }
  for (const Letters& l : kOnPhb5) {
    for (unsigned bit = l.first; bit <= l.last; ++bit) {
      INFO("PHB5, block " << static_cast<int>(l.block) << " bit " << bit);
      CHECK(letters_of(l.block, bit, Generation::Phb5) == l.letters);
    }
  }
}

TEST_CASE("Status bits that the reference names have a name, one each") {
  for (const Letters& l : kReference) {
    if (l.block == B::PhbErr && l.first != 24 && l.first != 25) continue;  // numbers without names
    if (l.block == B::RxeTce && l.first == 16) continue;
    INFO("block " << static_cast<int>(l.block) << " bit " << l.first);
    CHECK_FALSE(error_bit_text(l.block, l.first).empty());
  }
  for (const ErrorBit& a : kErrorBits) {
    CHECK(a.first <= a.last);
    CHECK(a.last < 64);
    for (const ErrorBit& b : kErrorBits)
      if (&a != &b && a.block == b.block) CHECK((a.last < b.first || b.last < a.first));
  }
  CHECK(error_bit_text(ErrorBlock::RxeArb, 26) == "TVT entry invalid");
  CHECK(error_bit_text(ErrorBlock::RxeTce, 18) == error_bit_text(ErrorBlock::RxeTce, 21));
  CHECK(error_bit_text(ErrorBlock::Pbl, 0).empty());
}

TEST_CASE("Every fault of the model lies on a named status bit") {
  for (const FaultSpec& f : kFaultTable) {
    INFO(std::string(f.name));
    if (f.bit != kNoBit) CHECK_FALSE(error_bit_text(f.block, f.bit).empty());
  }
}
