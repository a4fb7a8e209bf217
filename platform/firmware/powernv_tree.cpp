// SPDX-License-Identifier: Apache-2.0
/// The device tree of the PowerNv machine: what skiboot looks for, no more.
#include "models/arch/pec/pec_layout.hpp"
#include "models/arch/physical_map.hpp"
#include "platform/firmware/powernv.hpp"
#include "platform/firmware/powernv_map.hpp"

namespace phbsim::firmware {
namespace {

constexpr std::uint32_t high(std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); }
constexpr std::uint32_t low(std::uint64_t v) { return static_cast<std::uint32_t>(v); }
std::string at(std::string_view name, std::uint64_t address) {
  std::string digits;
  do digits.insert(digits.begin(), "0123456789abcdef"[address & 15]);
  while ((address >>= 4) != 0);
  return std::string(name) + "@" + digits;
}

constexpr std::uint32_t kTimebaseHz = 512'000'000;
constexpr std::uint32_t kIsaIo = 1;  ///< first cell of an address on LPC

void add_cpu(DeviceTreeNode& root) {
  DeviceTreeNode& cpus = root.add("cpus");
  cpus.cells("#address-cells", {1}).cells("#size-cells", {0});
  cpus.add("PowerPC,POWER9@0")
      .strings("device_type", {"cpu"})
      .strings("status", {"okay"})
      .cells("reg", {0})
      .cells("ibm,pir", {0})
      .cells("ibm,chip-id", {0})
      .cells("ibm,ppc-interrupt-server#s", {0})
      .cells("timebase-frequency", {kTimebaseHz})
      .cells("clock-frequency", {1'000'000'000})
      .cells("cpu-version", {0x004e1202})
      .cells("i-cache-size", {32 * 1024})
      .cells("d-cache-size", {32 * 1024})
      .cells("i-cache-line-size", {128})
      .cells("d-cache-line-size", {128})
      .flag("64-bit");
}

void add_lpc(DeviceTreeNode& root) {
  using namespace powernv;
  DeviceTreeNode& opb = root.add(at("lpcm-opb", kLpc));
  opb.strings("compatible", {"ibm,power9-lpcm-opb", "simple-bus"})
      .cells("#address-cells", {1})
      .cells("#size-cells", {1})
      .cells("ibm,chip-id", {0})
      .cells("reg", {high(kLpc), low(kLpc), high(kLpcBytes), low(kLpcBytes)})
      .cells("ranges", {0, high(kLpc), low(kLpc), 0x8000'0000, 0x8000'0000, high(kLpc), low(kLpc) + 0x8000'0000,
                        0x8000'0000});
  const auto unit = [&opb](std::string_view name, std::string_view compatible, std::uint32_t where,
                           std::uint32_t bytes) {
    opb.add(at(name, where)).strings("compatible", {compatible}).cells("reg", {where, bytes});
  };
  unit("opb-master", "ibm,power9-lpcm-opb-master", 0xc001'0000, 0x60);
  unit("opb-arbitrer", "ibm,power9-lpcm-opb-arbiter", 0xc001'1000, 8);
  unit("lpc-controller", "ibm,power9-lpc-controller", 0xc001'2000, 0x100);
  DeviceTreeNode& lpc = opb.add("lpc@0");
  lpc.strings("compatible", {"ibm,power9-lpc", "ibm,lpc"})
      .cells("#address-cells", {2})
      .cells("#size-cells", {1})
      .cells("phandle", {0x8000})
      .flag("primary")
      .cells("ranges", {0, 0, 0xe000'0000, 0x1000'0000, kIsaIo, 0, low(kLpcIo), low(kLpcIoBytes), 3, 0, 0xf000'0000,
                        0x1000'0000});
  lpc.add("serial@i3f8")
      .strings("device_type", {"serial"})
      .strings("compatible", {"ns16550", "pnpPNP,501"})
      .cells("reg", {kIsaIo, static_cast<std::uint32_t>(kUart), static_cast<std::uint32_t>(kUartBytes)})
      .cells("clock-frequency", {1'843'200})
      .cells("current-speed", {115'200})
      .cells("interrupts", {4})
      .cells("interrupt-parent", {0x8000});
}

void add_xscom(DeviceTreeNode& root) {
  constexpr auto kWindow = *arch::map_window(arch::Generation::Phb4, 0, arch::MapKind::Xscom);
  DeviceTreeNode& xscom = root.add(at("xscom", kWindow.base));
  xscom.strings("compatible", {"ibm,power9-xscom", "ibm,xscom"})
      .cells("#address-cells", {1})
      .cells("#size-cells", {1})
      .cells("ibm,chip-id", {0})
      .cells("ibm,primary-topology-index", {0})
      .flag("primary")
      .flag("scom-controller")
      .cells("reg", {high(kWindow.base), low(kWindow.base), high(kWindow.bytes), low(kWindow.bytes)});
  xscom.add("xive@5013000").strings("compatible", {"ibm,power9-xive-x"}).cells("reg", {0x5013000, 0x300});
  xscom.add("psihb@5012900")
      .strings("compatible", {"ibm,power9-psihb-x", "ibm,psihb-x"})
      .cells("#address-cells", {2})
      .cells("#size-cells", {1})
      .cells("reg", {0x5012900, 0x100});
  const arch::PecLayout& layout = arch::pec_layout(arch::Generation::Phb4);
  for (unsigned pec = 0; pec < layout.pecs; ++pec) {
    DeviceTreeNode& pbcq = xscom.add(at("pbcq", layout.nest[pec]));
    pbcq.strings("compatible", {"ibm,power9-pbcq"})
        .cells("#address-cells", {1})
        .cells("#size-cells", {0})
        .cells("ibm,pec-index", {pec})
        .cells("reg", {layout.nest[pec], 0x100, layout.pci[pec], 0x200});
    for (unsigned stack = 0; stack < layout.stacks[pec]; ++stack)
      pbcq.add(at("stack", stack))
          .strings("compatible", {"ibm,power9-phb-stack"})
          .cells("reg", {stack})
          .cells("ibm,phb-index", {arch::phb_of(layout, pec, stack)});
  }
}

}  // namespace

DeviceTreeNode powernv_tree(const PowerNvOptions& options) {
  DeviceTreeNode root("");
  // skiboot has a platform for QEMU's machine only, and leaves out what neither that nor this one has.
  root.strings("compatible", {"qemu,powernv9", "ibm,powernv"})
      .strings("model", {"phbsim PowerNV"})
      .cells("#address-cells", {2})
      .cells("#size-cells", {2});
  root.add("chosen");
  root.add("memory@0")
      .strings("device_type", {"memory"})
      .cells("ibm,chip-id", {0})
      .cells("reg", {0, 0, high(options.memory_bytes), low(options.memory_bytes)});
  add_cpu(root);
  add_lpc(root);
  add_xscom(root);
  return root;
}

}  // namespace phbsim::firmware
