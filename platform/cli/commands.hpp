// SPDX-License-Identifier: Apache-2.0
/// The subcommands: one file each.
#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "platform/config/read.hpp"

namespace phbsim::cli {

constexpr int kOk = 0;
constexpr int kFailed = 1;  ///< the command did its work and the answer is no
constexpr int kUsage = 2;   ///< bad input

using Words = std::vector<std::string>;

struct Command {
  std::string_view name;
  std::string_view arguments;
  std::string_view summary;
  std::string_view example;
  int (*run)(const Words& words);
};

int run_command(const Words& words);
int explore_command(const Words& words);
int verify_trace_command(const Words& words);
int replay_firmware_command(const Words& words);
int check_command(const Words& words);
int show_config_command(const Words& words);
int list_command(const Words& words);
int registers_command(const Words& words);
int exec_command(const Words& words);
int firmware_command(const Words& words);

inline constexpr Command kCommands[] = {
    {"run", "CONFIG [--set KEY=VALUE]... [--out DIR] [--json]", "simulate one configuration and print its results",
     "phbsim run examples/nvme-4k-read.toml --set endpoint.nvme.generator.queue_depth=8", run_command},
    {"explore", "CONFIG... [--set KEY=VALUE]... [--out DIR] [--json] [--jobs N]",
     "simulate every point of the axes in the files and rank them",
     "phbsim explore examples/demo-random-read.toml --out out", explore_command},
    {"verify-trace", "FILE...", "replay traces through reference and timed model, check every translation",
     "phbsim verify-trace examples/traces/ps-load-noddw.co.xz", verify_trace_command},
    {"replay-firmware", "TRACE... [--show N]",
     "apply recorded register accesses to the host bridge's registers, compare every read",
     "phbsim replay-firmware examples/traces/skiboot-p9.co.xz", replay_firmware_command},
    {"check", "CONFIG...", "read configurations and report everything wrong with them", "phbsim check examples/*.toml",
     check_command},
    {"show-config", "CONFIG [--set KEY=VALUE]... [--no-comments]",
     "print the configuration with every default, its range and its source",
     "phbsim show-config examples/nvme-4k-read.toml", show_config_command},
    {"list", "[TOPIC] [--markdown]", "list presets, layouts, policies, statistics, keys, ...", "phbsim list stats",
     list_command},
    {"registers", "[REGISTER|OFFSET [VALUE]] [--generation NAME] [--format text|markdown|c-header] [--table phb|scom]",
     "list the host bridge's registers, or take a value apart", "phbsim registers PHB_RTT_BAR 0x8000000032920000",
     registers_command},
    {"firmware",
     "IMAGE [CONFIG] [--preset NAME] [--set KEY=VALUE]... [--gdb PORT] [--max-time TIME] [--trace-registers FILE] "
     "[--boot stubs|raw]",
     "run firmware as PPC64 machine code on a machine with PHBs and devices, its console on standard output",
     "phbsim firmware phb_firmware_be.elf --preset power9 --set firmware.job=self-test", firmware_command},
    {"exec", "[--selftest] [--compat KERNEL] [--host-page SIZE] [--report] -- PROGRAM [ARGUMENT]...",
     "run a program for Linux with the simulator in place of the kernel's iommufd",
     "phbsim exec --report -- ./program", exec_command},
};

/// Parses a command's words: options, and positionals under "words". On --help prints the command's
/// help and returns false. Throws UserError for what does not fit.
bool parse(const Command& command, const boost::program_options::options_description& options, const Words& words,
           boost::program_options::variables_map& values);
const Command& command_named(std::string_view name);

/// Reads a config; prints all its errors to standard error and returns false if there are any.
bool read_config(const std::string& path, const std::vector<std::string>& sets, config::Config& config);

/// One line on a terminal that is rewritten; nothing on a pipe.
class ProgressLine {
 public:
  explicit ProgressLine(std::string label);
  ~ProgressLine();
  void update(double share, const std::string& detail = {});
  void clear();

 private:
  std::string label_;
  bool terminal_;
  bool shown_ = false;
  double begun_;
  double last_ = 0;
};

/// Writes a file whole or not at all; throws UserError naming it.
void write_file(const std::string& path, const std::string& text);
/// Makes a folder and what is above it.
void make_folder(const std::string& path);

}  // namespace phbsim::cli
