// SPDX-License-Identifier: Apache-2.0
#include "platform/traces/device_ops.hpp"

#include <algorithm>

#include "models/base/check.hpp"
#include "models/base/text.hpp"

namespace phbsim::traces {

using endpoints::DmaOp;
using trace::Kind;

namespace {
constexpr std::size_t kSpareBuffers = 256;
}

// ---------------------------------------------------------------------------------------------
// DeviceStream

DeviceStream::DeviceStream(const std::string& path, const std::string& device) : file_(path) {
  survey_ = survey(file_);
  const Survey::Device* found = survey_.find(device);
  if (found == nullptr) {
    std::string known;
    for (const auto& d : survey_.devices) known += (known.empty() ? "" : ", ") + d.name;
    throw UserError(path + ": no DMA of a device \"" + device + "\" in this trace, it has: " +
                    (known.empty() ? "none" : known));
  }
  device_ = *found;
  const Survey::Phb& phb = survey_.phbs[device_.phb];
  const arch::GenerationFacts& facts = arch::facts_of(phb.generation, phb.size);
  if (device_.pe >= facts.max_pes) {
    throw UserError(path + ": PE " + std::to_string(device_.pe) + " of " + device + " is beyond the " +
                    std::to_string(facts.max_pes) + " of a " + std::string(facts.name));
  }
  restart();
}

void DeviceStream::restart() {
  file_.rewind();
  memory_ = std::make_unique<memory::SparseStore>();
  machine_ = std::make_unique<Machine>(survey_, *memory_);
  actions_.clear();
  machine_->begin(actions_);
  opcode_ = 0;
}

void DeviceStream::rewind() { restart(); }

std::string DeviceStream::where() const { return file_.path() + ":" + std::to_string(file_.line()); }

bool DeviceStream::next(Item& item) {
  while (const auto event = file_.next()) {
    const trace::Event& e = *event;
    actions_.clear();
    machine_->apply(e, where(), actions_);
    if (machine_->call() && !machine_->call()->agrees()) throw UserError(where() + ": " + machine_->call()->text());
    if (const auto& change = machine_->change()) {
      if (change->phb != device_.phb) continue;
      item.kind = Item::Kind::Change;
      item.change = *change;
      return true;
    }
    if (e.kind == Kind::Command) opcode_ = e.n[2];
    const bool ours = (e.kind == Kind::DmaNvme || e.kind == Kind::DmaReceive || e.kind == Kind::DmaTransmit ||
                       e.kind == Kind::Descriptor) &&
                      e.text[0] == device_.name;
    if (!ours) continue;
    item.kind = Item::Kind::Access;
    item.iova = e.n[0];
    item.length = e.kind == Kind::Descriptor ? kDescriptorBytes : e.n[1];
    if (item.length == 0) continue;
    // NVMe: opcode bits 1:0 = 01 host to device, 10 device to host.
    const bool writes = e.kind == Kind::DmaReceive || (e.kind == Kind::DmaNvme && (opcode_ & 3) == 2);
    item.access = writes ? arch::Access::Write : arch::Access::Read;
    return true;
  }
  return false;
}

std::vector<RealRun> DeviceStream::resolve(BusAddr iova, std::uint64_t length) const {
  std::vector<RealRun> runs;
  while (length > 0) {
    const arch::Translation t = machine_->resolve(device_, iova);
    if (!t.ok()) {
      throw UserError(where() + ": access of " + device_.name + " to " + text::hex(iova) +
                      " has no translation at this point of the trace (" + std::string(arch::spec_of(t.fault).text) + ")");
    }
    const std::uint64_t page = 1ull << t.page_shift;
    const std::uint64_t part = std::min(length, page - (iova & (page - 1)));
    if (!runs.empty() && runs.back().real + runs.back().bytes == t.real) {
      runs.back().bytes += part;
    } else {
      runs.push_back({t.real, part});
    }
    iova += part;
    length -= part;
  }
  return runs;
}

// ---------------------------------------------------------------------------------------------
// RecordedOps

RecordedSetup recorded_setup(const std::string& path, const std::string& device) {
  DeviceStream stream(path, device);
  RecordedSetup setup;
  // Page by page, the last change before the first access.
  std::map<std::pair<unsigned, BusAddr>, MappingChange> pages;
  DeviceStream::Item item;
  bool found = false;
  while (!found && stream.next(item)) {
    if (item.kind == DeviceStream::Item::Kind::Access) {
      found = true;
      break;
    }
    const MappingChange& c = item.change;
    for (std::uint64_t i = 0; i < c.pages; ++i) {
      const BusAddr iova = c.iova + (i << c.page_shift);
      MappingChange one = c;
      one.iova = iova;
      one.pages = 1;
      one.tce = c.tce ? c.tce + i * c.stride : 0;
      if (one.tce & arch::kTcePermissions) {
        pages[{c.select, iova}] = one;
      } else {
        pages.erase({c.select, iova});
      }
    }
  }
  const Survey::Device& d = stream.device();
  for (unsigned select = 0; select < 2; ++select) {
    const arch::Tve& tve = stream.machine().tve(d.phb, d.pe, select);
    if (tve.kind == arch::Tve::Kind::Invalid) continue;
    setup.windows.push_back({select, tve, stream.machine().tve_word(d.phb, d.pe, select)});
  }
  setup.tve1_above_4g = stream.machine().above_4g(d.phb);
  for (const auto& [key, change] : pages) setup.before.push_back(change);
  return setup;
}

RecordedOps::RecordedOps(const std::string& path, const std::string& device, std::map<unsigned, Table> tables)
    : stream_(path, device), tables_(std::move(tables)) {}

void RecordedOps::rewind() { stream_.rewind(); }

bool RecordedOps::next(DmaOp& op) {
  DeviceStream::Item item;
  while (stream_.next(item)) {
    op = DmaOp{};
    if (item.kind == DeviceStream::Item::Kind::Access) {
      started_ = true;
      op.kind = DmaOp::Kind::Access;
      op.iova = item.iova;
      op.length = item.length;
      op.access = item.access;
      return true;
    }
    // What was mapped before the first access is there when the simulation starts.
    if (!started_) continue;
    const MappingChange& c = item.change;
    const auto it = tables_.find(c.select);
    if (it == tables_.end()) continue;
    const bool map = (c.tce & arch::kTcePermissions) != 0;
    op.kind = map ? DmaOp::Kind::Map : DmaOp::Kind::Unmap;
    op.iova = c.iova;
    op.length = c.pages << c.page_shift;
    op.table = it->second.table;
    op.index = (c.iova - it->second.base) >> c.page_shift;
    op.count = c.pages;
    op.tce = c.tce;
    op.stride = c.stride;
    return true;
  }
  return false;
}

// ---------------------------------------------------------------------------------------------
// TransposedOps

TransposedOps::TransposedOps(const std::string& path, const std::string& device, const TargetWindow& target)
    : stream_(path, device), target_(target) {
  if (!target_.direct && !target_.by_buffer) allocator_ = make_named(arch::kIovaAllocators, target_.allocator, target_.pages);
}

void TransposedOps::rewind() {
  // A driver that is unloaded unmaps what it still has.
  for (const auto& [iova, buffer] : buffers_) drop(buffer);
  buffers_.clear();
  stream_.rewind();
}

bool TransposedOps::next(DmaOp& op) {
  DeviceStream::Item item;
  while (ops_.empty()) {
    if (!stream_.next(item)) return false;
    handle(item);
  }
  op = ops_.front();
  ops_.pop_front();
  return true;
}

void TransposedOps::handle(const DeviceStream::Item& item) {
  if (item.kind == DeviceStream::Item::Kind::Access) {
    access(item.iova, item.length, item.access);
  } else if (!target_.direct) {
    map_change(item.change);
  }
}

void TransposedOps::map_change(const MappingChange& c) {
  const std::uint64_t bytes = c.pages << c.page_shift;
  unmap_range(c.iova, bytes);
  if ((c.tce & arch::kTcePermissions) == 0 || c.identity) return;
  Buffer b;
  b.iova = c.iova;
  b.bytes = bytes;
  b.left = bytes;
  const std::uint64_t permissions = c.tce & arch::kTcePermissions;
  RealRun run;
  const std::uint64_t page = 1ull << c.page_shift;
  for (std::uint64_t i = 0; i < c.pages; ++i) {
    const RealAddr real = arch::tce_page_base(c.tce + i * c.stride, c.page_shift);
    if (run.bytes > 0 && run.real + run.bytes == real) {
      run.bytes += page;
      continue;
    }
    if (run.bytes > 0) b.placed.push_back(place(run, permissions));
    run = {real, page};
  }
  b.placed.push_back(place(run, permissions));
  buffers_[c.iova] = std::move(b);
}

void TransposedOps::unmap_range(BusAddr iova, std::uint64_t bytes) {
  if (buffers_.empty()) return;
  auto it = buffers_.upper_bound(iova);
  if (it != buffers_.begin()) --it;
  while (it != buffers_.end() && it->first < iova + bytes) {
    Buffer& b = it->second;
    const BusAddr from = std::max(b.iova, iova);
    const BusAddr to = std::min(b.iova + b.bytes, iova + bytes);
    if (from < to) b.left -= std::min(b.left, to - from);
    if (from < to && b.left == 0) {
      drop(b);
      it = buffers_.erase(it);
    } else {
      ++it;
    }
  }
}

void TransposedOps::drop(const Buffer& buffer) {
  for (const Placed& p : buffer.placed) remove(p);
}

TransposedOps::Placed TransposedOps::place(const RealRun& run, std::uint64_t permissions) {
  const std::uint64_t page = 1ull << target_.page_shift;
  Placed p;
  p.run = run;
  if (target_.by_buffer) {
    if (free_buffers_.size() < kSpareBuffers) {
      p.buffer = next_buffer_++;
    } else {
      p.buffer = free_buffers_.front();
      free_buffers_.pop_front();
    }
    DmaOp op;
    op.kind = DmaOp::Kind::Map;
    op.buffer = p.buffer;
    op.real = run.real;
    op.length = run.bytes;
    op.device_reads = (permissions & arch::kTceRead) != 0;
    op.device_writes = (permissions & arch::kTceWrite) != 0;
    ops_.push_back(op);
    return p;
  }
  const RealAddr first = align_down(run.real, page);
  p.pages = (align_up(run.real + run.bytes, page) - first) >> target_.page_shift;
  const auto at = allocator_->allocate(p.pages);
  if (!at) {
    throw UserError(stream_.where() + ": the window of " + text::bytes(target_.pages << target_.page_shift) +
                    " has no " + std::to_string(p.pages) + " free pages of " + text::bytes(page) + " in a row for " +
                    stream_.device().name);
  }
  p.page = target_.first_page + *at;
  const BusAddr base = target_.base + (p.page << target_.page_shift);
  p.iova = base + (run.real - first);
  DmaOp op;
  op.kind = DmaOp::Kind::Map;
  op.iova = base;
  op.length = p.pages << target_.page_shift;
  op.table = target_.table;
  op.index = p.page;
  op.count = p.pages;
  op.tce = first | permissions;
  op.stride = page;
  ops_.push_back(op);
  return p;
}

void TransposedOps::remove(const Placed& p) {
  DmaOp op;
  op.kind = DmaOp::Kind::Unmap;
  if (p.buffer != endpoints::kNoBuffer) {
    op.buffer = p.buffer;
    op.length = p.run.bytes;
    ops_.push_back(op);
    free_buffers_.push_back(p.buffer);
    return;
  }
  op.iova = target_.base + (p.page << target_.page_shift);
  op.length = p.pages << target_.page_shift;
  op.table = target_.table;
  op.index = p.page;
  op.count = p.pages;
  ops_.push_back(op);
  allocator_->release(p.page - target_.first_page, p.pages);
}

void TransposedOps::access(BusAddr iova, std::uint64_t bytes, arch::Access access) {
  if (target_.direct) {
    for (const RealRun& r : stream_.resolve(iova, bytes)) {
      if (r.real + r.bytes > target_.memory_bytes) {
        throw UserError(stream_.where() + ": the trace reaches real address " + text::hex(r.real + r.bytes) +
                        ", memory.size is " + text::bytes(target_.memory_bytes));
      }
      emit(target_.base + r.real, r.bytes, access);
    }
    return;
  }
  access_mapped(iova, bytes, access);
}

// Per-I/O windows: the parts that lie in buffers the trace mapped go to those buffers' new places,
// the rest is mapped for this access alone.
void TransposedOps::access_mapped(BusAddr iova, std::uint64_t bytes, arch::Access access) {
  while (bytes > 0) {
    auto after = buffers_.upper_bound(iova);
    const Buffer* buffer = nullptr;
    if (after != buffers_.begin()) {
      const Buffer& b = std::prev(after)->second;
      if (iova < b.iova + b.bytes) buffer = &b;
    }
    std::uint64_t part = bytes;
    if (buffer != nullptr) {
      part = std::min(part, buffer->iova + buffer->bytes - iova);
    } else if (after != buffers_.end()) {
      part = std::min(part, after->first - iova);
    }
    for (const RealRun& r : stream_.resolve(iova, part)) {
      if (buffer != nullptr) {
        emit_in_buffer(*buffer, r, access);
      } else {
        const Placed p = place(r, access == arch::Access::Read ? arch::kTceRead : arch::kTcePermissions);
        emit(p.iova, r.bytes, access, p.buffer);
        remove(p);
      }
    }
    iova += part;
    bytes -= part;
  }
}

void TransposedOps::emit_in_buffer(const Buffer& buffer, const RealRun& run, arch::Access access) {
  for (std::uint64_t done = 0; done < run.bytes;) {
    const Placed* hit = nullptr;
    for (const Placed& p : buffer.placed)
      if (run.real + done >= p.run.real && run.real + done < p.run.real + p.run.bytes) hit = &p;
    PHBSIM_ASSERT(hit != nullptr);
    const std::uint64_t offset = run.real + done - hit->run.real;
    const std::uint64_t part = std::min(run.bytes - done, hit->run.bytes - offset);
    emit(hit->iova + offset, part, access, hit->buffer);
    done += part;
  }
}

void TransposedOps::emit(BusAddr iova, std::uint64_t bytes, arch::Access access, std::uint32_t buffer) {
  DmaOp op;
  op.buffer = buffer;
  op.kind = DmaOp::Kind::Access;
  op.iova = iova;
  op.length = bytes;
  op.access = access;
  ops_.push_back(op);
}

}  // namespace phbsim::traces
