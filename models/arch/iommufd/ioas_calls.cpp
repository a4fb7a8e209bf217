// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "models/arch/iommufd/call.hpp"
#include "models/arch/iommufd/ioas_object.hpp"
#include "models/arch/iommufd/undo.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

IoasObject::~IoasObject() {
  if (context_.compat_ioas_or_null() == this) context_.set_compat_ioas(nullptr);
}

IoasObject& Context::compat_ioas() const {
  if (compat_ioas_ == nullptr) fail(Errno::NoDev, "no IOAS is chosen for VFIO's calls");
  return *compat_ioas_;
}

void Context::create_compat_ioas() {
  if (compat_ioas_ != nullptr) return;
  ObjectTable::Reservation id(objects_);
  compat_ioas_ = &id.publish(std::make_unique<IoasObject>(*this));
}

namespace {

constexpr std::uint64_t kNone = ~0ull;  // an address or length that the ABI cannot express

}  // namespace

namespace calls {

void ioas_alloc(const Call& call, abi::IoasAlloc command) {
  if (command.flags != 0) fail(Errno::OpNotSupp, "IOAS_ALLOC has no flags");
  ObjectTable::Reservation id(call.objects());
  auto ioas = std::make_unique<IoasObject>(call.context);
  command.out_ioas_id = id.id();
  call.respond(command);
  id.publish(std::move(ioas));
}

void ioas_iova_ranges(const Call& call, abi::IoasIovaRanges command) {
  if (command.reserved != 0) fail(Errno::OpNotSupp, "a reserved field is set");
  const Ioas& ioas = call.objects().get<IoasObject>(command.ioas_id).ioas();
  const std::uint32_t room = command.num_iovas;
  const std::vector<IovaRange> ranges = ioas.usable();
  for (std::size_t i = 0; i < ranges.size() && i < room; ++i) {
    const abi::IovaRangeEntry entry{ranges[i].first, ranges[i].last};
    call.caller.copy_out(command.allowed_iovas + i * sizeof entry, &entry, sizeof entry);
  }
  command.num_iovas = static_cast<std::uint32_t>(ranges.size());
  command.out_iova_alignment = ioas.alignment();
  call.respond(command);
  if (ranges.size() > room) fail(Errno::MsgSize, "the array has no room for all ranges");
}

void ioas_allow_iovas(const Call& call, abi::IoasAllowIovas command) {
  if (command.reserved != 0) fail(Errno::OpNotSupp, "a reserved field is set");
  Ioas& ioas = call.objects().get<IoasObject>(command.ioas_id).ioas();
  std::vector<IovaRange> ranges;
  for (std::uint32_t i = 0; i < command.num_iovas; ++i) {
    abi::IovaRangeEntry entry;
    call.caller.copy_in(command.allowed_iovas + i * sizeof entry, &entry, sizeof entry);
    // Before the next one is read: an array may end where the first wrong entry stands.
    if (entry.start >= entry.last) fail(Errno::Inval, "a range is empty");
    ranges.push_back({entry.start, entry.last});
  }
  ioas.allow(std::move(ranges));
}

namespace {

/// What MAP, MAP_FILE and COPY ask of their flags; `reserved` is 0 where there is none.
void check_map_flags(std::uint32_t flags, std::uint32_t reserved) {
  if ((flags & ~(abi::kMapFixed | abi::kMapWriteable | abi::kMapReadable)) != 0 || reserved != 0) {
    fail(Errno::OpNotSupp, "an unknown flag or a reserved field is set");
  }
}

os::Protection protection(std::uint32_t flags) {
  const os::Protection prot{(flags & abi::kMapReadable) != 0, (flags & abi::kMapWriteable) != 0};
  if (!prot.read && !prot.write) fail(Errno::Inval, "neither readable nor writeable");
  return prot;
}

std::optional<Iova> fixed(std::uint32_t flags, Iova iova) {
  return (flags & abi::kMapFixed) != 0 ? std::optional<Iova>(iova) : std::nullopt;
}

void check_not_last(std::initializer_list<std::uint64_t> numbers) {
  for (const std::uint64_t n : numbers) {
    if (n == kNone) fail(Errno::Overflow, "an address or length of 2^64 - 1");
  }
}

/// Maps and tells where: `field` of `command` is the IOVA. A mapping that cannot be told is taken back.
template <typename Command>
void respond_mapped(const Call& call, Ioas& ioas, Command& command, std::uint64_t& field, Iova iova) {
  Undo unmap([&] { ioas.unmap(iova, command.length); });
  field = iova;
  call.respond(command);
  unmap.keep();
}

}  // namespace

void ioas_map(const Call& call, abi::IoasMap command) {
  check_map_flags(command.flags, command.reserved);
  check_not_last({command.iova, command.length});
  const os::Protection prot = protection(command.flags);
  Ioas& ioas = call.objects().get<IoasObject>(command.ioas_id).ioas();
  Source source;
  source.mm = call.caller.mm;
  source.start = command.user_va;
  source.accounting = accounting_of(call.context, call.caller);
  const Iova iova = ioas.map(source, command.length, fixed(command.flags, command.iova), prot);
  respond_mapped(call, ioas, command, command.iova, iova);
}

void ioas_map_file(const Call& call, abi::IoasMapFile command) {
  check_map_flags(command.flags, 0);
  check_not_last({command.iova, command.length});
  const os::Protection prot = protection(command.flags);
  Ioas& ioas = call.objects().get<IoasObject>(command.ioas_id).ioas();
  if (command.length == 0) fail(Errno::Inval, "the length is 0");
  if (command.start + (command.length - 1) < command.start) fail(Errno::Overflow, "the range of the file wraps around");
  const std::shared_ptr<os::File> file = call.caller.files->get(command.fd);
  if (file == nullptr) fail(Errno::BadF, "the descriptor is not open");
  auto* mappable = dynamic_cast<os::MappableFile*>(file.get());
  if (mappable == nullptr) fail(Errno::Inval, "a file of this kind cannot be pinned");
  Source source;
  source.mm = call.caller.mm;
  source.file = mappable->backing();
  source.start = command.start;
  source.accounting = accounting_of(call.context, call.caller);
  const Iova iova = ioas.map(source, command.length, fixed(command.flags, command.iova), prot);
  respond_mapped(call, ioas, command, command.iova, iova);
}

void ioas_copy(const Call& call, abi::IoasCopy command) {
  check_map_flags(command.flags, 0);
  check_not_last({command.length, command.src_iova, command.dst_iova});
  const os::Protection prot = protection(command.flags);
  Ioas& from = call.objects().get<IoasObject>(command.src_ioas_id).ioas();
  if (command.length == 0) fail(Errno::Inval, "the length is 0");
  if (command.src_iova + (command.length - 1) < command.src_iova) fail(Errno::Overflow, "the source wraps around");
  Ioas& to = call.objects().get<IoasObject>(command.dst_ioas_id).ioas();
  const Iova iova =
      to.copy(from, command.src_iova, command.length, fixed(command.flags, command.dst_iova), prot);
  respond_mapped(call, to, command, command.dst_iova, iova);
}

void ioas_unmap(const Call& call, abi::IoasUnmap command) {
  Ioas& ioas = call.objects().get<IoasObject>(command.ioas_id).ioas();
  if (command.iova == 0 && command.length == kNone) {
    command.length = ioas.unmap_all();
  } else {
    check_not_last({command.iova, command.length});
    command.length = ioas.unmap(command.iova, command.length);
  }
  call.respond(command);
}

namespace {

/// Writes the value back, and nothing else.
void tell_value(const Call& call, const abi::Option& command) {
  call.caller.copy_out(call.addr + offsetof(abi::Option, val64), &command.val64, sizeof command.val64);
}

void option_rlimit_mode(const Call& call, abi::Option& command) {
  if (command.object_id != 0) fail(Errno::OpNotSupp, "the accounting is the whole context's");
  if (command.op == abi::kOptionGet) {
    command.val64 = call.context.accounting() == Accounting::Mm ? 1 : 0;
    return tell_value(call, command);
  }
  if (command.op != abi::kOptionSet) fail(Errno::OpNotSupp, "options are set or got");
  if (!call.caller.creds.sys_resource) fail(Errno::Perm, "this needs CAP_SYS_RESOURCE");
  if (call.objects().any()) fail(Errno::Busy, "the accounting is set before there are objects");
  if (command.val64 > 1) fail(Errno::Inval, "0 per user, 1 per process");
  tell_value(call, command);
  call.context.set_accounting(command.val64 == 1 ? Accounting::Mm : Accounting::User);
}

void option_huge_pages(const Call& call, abi::Option& command) {
  Ioas& ioas = call.objects().get<IoasObject>(command.object_id).ioas();
  if (command.op == abi::kOptionGet) {
    command.val64 = ioas.huge_pages() ? 1 : 0;
    return tell_value(call, command);
  }
  if (command.op != abi::kOptionSet) fail(Errno::OpNotSupp, "options are set or got");
  if (command.val64 > 1) fail(Errno::Inval, "0 without large pages, 1 with them");
  const bool before = ioas.huge_pages();
  ioas.set_huge_pages(command.val64 == 1);
  Undo back([&] { ioas.set_huge_pages(before); });
  tell_value(call, command);
  back.keep();
}

}  // namespace

void option(const Call& call, abi::Option command) {
  if (command.reserved != 0) fail(Errno::OpNotSupp, "a reserved field is set");
  switch (command.option_id) {
    case abi::kOptionRlimitMode: return option_rlimit_mode(call, command);
    case abi::kOptionHugePages: return option_huge_pages(call, command);
    default: fail(Errno::OpNotSupp, "there is no such option");
  }
}

void vfio_ioas(const Call& call, abi::VfioIoas command) {
  if (command.reserved != 0) fail(Errno::OpNotSupp, "a reserved field is set");
  switch (command.op) {
    case abi::kVfioIoasGet:
      command.ioas_id = call.context.compat_ioas().id();
      call.respond(command);
      return;
    case abi::kVfioIoasSet: call.context.set_compat_ioas(&call.objects().get<IoasObject>(command.ioas_id)); return;
    case abi::kVfioIoasClear: call.context.set_compat_ioas(nullptr); return;
    default: fail(Errno::OpNotSupp, "get, set or clear");
  }
}

void noiommu_get_pa(const Call& call, abi::NoIommuGetPa command) {
  if (!call.caller.creds.sys_rawio) fail(Errno::Perm, "this needs CAP_SYS_RAWIO");
  if (command.flags != 0 || command.reserved != 0) fail(Errno::OpNotSupp, "a flag or a reserved field is set");
  if (command.length == 0) fail(Errno::Inval, "the length is 0");
  check_not_last({command.iova});
  const Ioas& ioas = call.objects().get<IoasObject>(command.ioas_id).ioas();
  bool mapped = false;
  ioas.for_each_area([&](const Ioas::Shown& area) {
    mapped = mapped || (command.iova >= area.iova && command.iova - area.iova < area.length);
  });
  if (!mapped) fail(Errno::NoEnt, "nothing is mapped there");
  fail(Errno::OpNotSupp, "no domain here is without an IOMMU");
}

}  // namespace calls

}  // namespace phbsim::arch::iommufd
