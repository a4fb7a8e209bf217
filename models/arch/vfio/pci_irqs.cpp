// SPDX-License-Identifier: Apache-2.0
#include "models/arch/vfio/pci_irqs.hpp"

#include <cstring>
#include <vector>

#include "models/arch/os/allocation.hpp"
#include "models/arch/vfio/backend.hpp"
#include "models/base/bits.hpp"

namespace phbsim::arch::vfio {

using abi::IrqInfo;
using abi::IrqSet;
using os::Errno;
using os::fail;

namespace {

constexpr pci::Interrupts kind_of(std::uint32_t index) {
  return index == abi::kIrqIntx ? pci::Interrupts::Intx : index == abi::kIrqMsi ? pci::Interrupts::Msi : pci::Interrupts::Msix;
}

/// Null for a negative number; EBADF closed, EINVAL no eventfd.
std::shared_ptr<os::EventFd> event_of(const os::Caller& caller, std::int32_t fd) {
  if (fd < 0) return nullptr;
  const auto file = caller.files->get(fd);
  if (file == nullptr) fail(Errno::BadF, "the event's descriptor is closed");
  auto event = std::dynamic_pointer_cast<os::EventFd>(file);
  if (event == nullptr) fail(Errno::Inval, "the descriptor is no eventfd");
  return event;
}

}  // namespace

/// SET_IRQS as read from the program.
struct PciIrqs::Args {
  IrqSet head;
  std::vector<unsigned char> bytes;

  bool none() const { return (head.flags & IrqSet::kDataNone) != 0; }
  bool events() const { return (head.flags & IrqSet::kDataEventfd) != 0; }
  std::vector<std::int32_t> fds;
  std::vector<Trigger> triggers;
  /// Vector `i` is meant: DATA_NONE means all of them.
  bool wanted(std::uint32_t i) const { return none() || bytes[i] != 0; }
};

PciIrqs::PciIrqs(pci::Function& function, VirtualConfig& config) : function_(function), config_(config) {}

PciIrqs::~PciIrqs() { disable(); }

unsigned PciIrqs::count(std::uint32_t index) const {
  switch (index) {
    case abi::kIrqIntx: return config_.has_interrupt_pin() ? 1 : 0;
    case abi::kIrqMsi:
      if (const unsigned at = config_.find(pci::kCapMsi)) return 1u << (function_.read_config(at + pci::reg::kMsiFlags, 2) >> 1 & 7);
      return 0;
    case abi::kIrqMsix:
      if (const unsigned at = config_.find(pci::kCapMsix)) return (function_.read_config(at + pci::reg::kMsixFlags, 2) & 0x7FF) + 1;
      return 0;
    case abi::kIrqErr: return config_.find(pci::kCapExp) != 0 ? 1 : 0;
    case abi::kIrqReq: return 1;
    default: return 0;
  }
}

void PciIrqs::info(IrqInfo& info) const {
  if (info.index >= abi::kIrqs || (info.index == abi::kIrqErr && count(abi::kIrqErr) == 0)) {
    fail(Errno::Inval, "the device has no such interrupt");
  }
  info.count = count(info.index);
  info.flags = IrqInfo::kEventfd;
  info.flags |= info.index == abi::kIrqIntx ? IrqInfo::kMaskable | IrqInfo::kAutomasked : IrqInfo::kNoresize;
}

void PciIrqs::set(os::Caller& caller, std::uint64_t arg) {
  Args a{copy_args<IrqSet>(caller, arg, abi::least(abi::Cmd::DeviceSetIrqs)), {}, {}, {}};
  const IrqSet& h = a.head;
  if (h.index >= abi::kIrqs || h.count >= ~0u - h.start || (h.flags & ~(IrqSet::kDataMask | IrqSet::kActionMask)) != 0) {
    fail(Errno::Inval, "SET_IRQS has no such interrupt or flag");
  }
  if (h.start >= count(h.index) || h.start + h.count > count(h.index)) fail(Errno::Inval, "the device has fewer vectors");
  std::size_t each = 0;
  switch (h.flags & IrqSet::kDataMask) {
    case IrqSet::kDataNone: break;
    case IrqSet::kDataBool: each = 1; break;
    case IrqSet::kDataEventfd: each = sizeof(std::int32_t); break;
    default: fail(Errno::Inval, "SET_IRQS has one kind of data");
  }
  if (h.argsz - sizeof h < h.count * each) fail(Errno::Inval, "argsz is less than the data needs");
  a.bytes.resize(h.count * each);
  caller.copy_in(arg + sizeof h, a.bytes.data(), a.bytes.size());
  const std::uint32_t action = h.flags & IrqSet::kActionMask;
  const bool message = h.index == abi::kIrqMsi || h.index == abi::kIrqMsix;
  if (action != IrqSet::kTrigger && (h.index != abi::kIrqIntx || (action != IrqSet::kMask && action != IrqSet::kUnmask))) {
    fail(Errno::NoTty, "SET_IRQS has no such action for this interrupt");
  }
  if (a.events() && action == IrqSet::kTrigger) {
    a.fds.resize(h.count);
    std::memcpy(a.fds.data(), a.bytes.data(), a.bytes.size());
    for (const std::int32_t fd : a.fds) a.triggers.push_back(event_of(caller, fd));
  }
  if (message) {
    set_messages(a);
  } else if (h.index == abi::kIrqErr) {
    set_single(error_, a);
  } else if (h.index == abi::kIrqReq) {
    set_single(request_, a);
  } else if (action == IrqSet::kTrigger) {
    set_intx_trigger(a);
  } else if (action == IrqSet::kMask) {
    set_intx_mask(a);
  } else {
    set_intx_unmask(a);
  }
}

void PciIrqs::set_intx_mask(const Args& a) {
  if (!is(abi::kIrqIntx) || a.head.count != 1) fail(Errno::Inval, "INTx is not in use");
  if (a.events()) fail(Errno::NoTty, "INTx is not masked by a descriptor");
  if (a.wanted(0)) mask();
}

void PciIrqs::set_intx_unmask(const Args& a) {
  if (!is(abi::kIrqIntx) || a.head.count != 1) fail(Errno::Inval, "INTx is not in use");
  if (a.events()) {
    std::int32_t fd = -1;
    std::memcpy(&fd, a.bytes.data(), sizeof fd);
    if (fd >= 0) fail(Errno::OpNotSupp, "INTx is not unmasked by a descriptor here");
    return;
  }
  if (a.wanted(0)) unmask();
}

void PciIrqs::set_intx_trigger(const Args& a) {
  if (is(abi::kIrqIntx) && a.head.count == 0 && a.none()) return disable();
  if ((!is(abi::kIrqIntx) && !is(abi::kIrqs)) || a.head.count != 1) fail(Errno::Inval, "another interrupt is in use");
  if (a.events()) {
    if (is(abi::kIrqIntx)) {
      triggers_[0] = a.triggers[0];
      return;
    }
    triggers_[0] = a.triggers[0];
    try {
      enable(pci::Interrupts::Intx, 1);
    } catch (...) {
      triggers_.clear();
      throw;
    }
    active_ = abi::kIrqIntx;
    masked_ = virtually_disabled_;
    function_intx(!masked_);
    if ((function_.read_config(pci::reg::kStatus, 2) & pci::kStatusInterrupt) != 0) intx();
    return;
  }
  if (!is(abi::kIrqIntx)) fail(Errno::Inval, "INTx is not in use");
  if (a.wanted(0)) send_intx();
}

void PciIrqs::set_messages(const Args& a) {
  const IrqSet& h = a.head;
  if (is(h.index) && h.count == 0 && a.none()) return disable();
  if (!is(h.index) && !is(abi::kIrqs)) fail(Errno::Inval, "another interrupt is in use");
  if (!a.events()) {
    if (!is(h.index)) fail(Errno::Inval, "the interrupt is not in use");
    for (std::uint32_t i = 0; i < h.count; ++i) {
      const auto it = triggers_.find(h.start + i);
      if (it != triggers_.end() && a.wanted(i)) it->second->signal();
    }
    return;
  }
  if (is(h.index) && h.start + h.count > vectors_) fail(Errno::Inval, "vectors are added only while none is in use");
  std::map<unsigned, Trigger> changed = triggers_;
  for (std::uint32_t i = 0; i < h.count; ++i) {
    if (a.triggers[i] == nullptr) {
      changed.erase(h.start + i);
    } else {
      changed[h.start + i] = a.triggers[i];
    }
  }
  if (!is(h.index)) {
    enable(kind_of(h.index), h.start + h.count);
    active_ = h.index;
    if (h.index == abi::kIrqMsi) config_.set_msi(true, log2_ceil(vectors_));
  }
  triggers_.swap(changed);
}

void PciIrqs::set_single(Trigger& trigger, const Args& a) {
  if (a.none()) {
    if (trigger == nullptr) fail(Errno::Inval, "no descriptor is set");
    if (a.head.count != 0) {
      trigger->signal();
    } else {
      trigger.reset();
    }
    return;
  }
  if (a.head.count == 0) fail(Errno::Inval, "the data is missing");
  if (a.events()) {
    if (a.fds[0] < -1) fail(Errno::Inval, "the event's descriptor is negative");
    trigger = a.triggers[0];
  } else if (a.bytes[0] != 0 && trigger != nullptr) {
    trigger->signal();
  }
}

// -- the function -----------------------------------------------------------------------------------

void PciIrqs::enable(pci::Interrupts kind, unsigned vectors) {
  if (vectors == 0) fail(Errno::Inval, "no vectors are asked for");
  function_.enable_interrupts(kind, vectors, *this);
  vectors_ = vectors;
}

void PciIrqs::disable() noexcept {
  if (is(abi::kIrqs)) return;
  const os::NoFail going;
  function_.disable_interrupts(kind_of(active_));
  if (is(abi::kIrqMsi)) config_.set_msi(false, log2_ceil(vectors_));
  active_ = abi::kIrqs;
  vectors_ = 0;
  masked_ = false;
  triggers_.clear();
}

void PciIrqs::restore() {
  if (is(abi::kIrqs)) return;
  function_.enable_interrupts(kind_of(active_), vectors_, *this);
  if (is(abi::kIrqIntx)) function_intx(!masked_);
}

void PciIrqs::function_intx(bool on) {
  const std::uint32_t command = function_.read_config(pci::reg::kCommand, 2);
  const std::uint32_t wanted = on ? command & ~std::uint32_t{pci::kCommandIntxDisable} : command | pci::kCommandIntxDisable;
  if (wanted != command) function_.write_config(pci::reg::kCommand, 2, wanted);
}

void PciIrqs::command_intx_disable(bool disabled) {
  if (disabled == virtually_disabled_) return;
  virtually_disabled_ = disabled;
  if (disabled) {
    mask();
  } else {
    unmask();
  }
}

void PciIrqs::mask() {
  function_intx(false);
  if (is(abi::kIrqIntx)) masked_ = true;
}

void PciIrqs::unmask() {
  if (!is(abi::kIrqIntx)) return function_intx(true);
  if (!masked_ || virtually_disabled_) return;
  const bool pending = (function_.read_config(pci::reg::kStatus, 2) & pci::kStatusInterrupt) != 0;
  // What is still asserted comes again at once, and stays masked.
  if (pending) return send_intx();
  masked_ = false;
  function_intx(true);
}

void PciIrqs::send_intx() noexcept {
  if (!is(abi::kIrqIntx) || virtually_disabled_) return;
  const auto it = triggers_.find(0);
  if (it != triggers_.end() && it->second != nullptr) it->second->signal();
}

void PciIrqs::intx() noexcept {
  if (!is(abi::kIrqIntx) || masked_) return;
  const os::NoFail interrupt;
  function_intx(false);
  masked_ = true;
  send_intx();
}

void PciIrqs::message(unsigned vector) noexcept {
  if (is(abi::kIrqIntx) || is(abi::kIrqs)) return;
  const auto it = triggers_.find(vector);
  if (it != triggers_.end()) it->second->signal();
}

void PciIrqs::signal_error() noexcept {
  if (error_ != nullptr) error_->signal();
}

void PciIrqs::signal_request() noexcept {
  if (request_ != nullptr) request_->signal();
}

}  // namespace phbsim::arch::vfio
