// SPDX-License-Identifier: Apache-2.0
/// How a machine drives the interrupt inputs of a processor.
#pragma once

#include <systemc>

#include "models/arch/ppc64/core.hpp"

namespace phbsim::cpu {

class InterruptIf : public virtual sc_core::sc_interface {
 public:
  /// A level: it stays until it is taken back. From any process, at any time; a processor that executes sees it at
  /// the end of its quantum at the latest, one that is idle at once.
  virtual void set_interrupt(arch::ppc64::Line line, bool level) = 0;
};

}  // namespace phbsim::cpu
