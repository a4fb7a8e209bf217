#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks every #include under models/ and platform/ against the layer table of docs/architecture.md.

usage: check_layers.py <source dir>    exit 1 and one line per violation
       check_layers.py --self-test     runs on a small bad tree and a good one
"""

import pathlib
import re
import sys
import tempfile

ROOMS = ("memory", "pcie", "tce", "phb", "hypervisor", "endpoints", "cpu")
BELOW_ROOMS = {"base", "arch", "stats", "trace", "tlm"}

# Folder of models/ -> the other folders it may include.
MODELS = {
    "base": set(),
    "arch": {"base"},
    "stats": {"base"},
    "trace": {"base", "arch"},
    "tlm": {"base", "arch", "stats", "trace"},
    **{room: BELOW_ROOMS for room in ROOMS},
}

# Folder of platform/ -> which headers of the rooms it may include; others: none.
ROOM_HEADERS = {
    "build": re.compile(r".*"),
    "run": re.compile(r".*"),
    # Runs machine code on the processor, and debugs it.
    "firmware": re.compile(r".*"),
    # Plain structs, and the tables that name policies.
    "config": re.compile(r"([^/]*params[^/]*|policy/[^/]*|kill_policy)\.hpp$"),
    # Software of the host acts on models through sockets only.
    "host": re.compile(r"([^/]*params[^/]*|policy/[^/]*|[^/]*_policy)\.hpp$"),
    # The interface it fills and the bytes it keeps tables in: no modules either.
    "traces": re.compile(r"(op_source|sparse_store)\.hpp$"),
}

# Folders of models/ -> library headers they must not include.
NO_KERNEL_NO_IO = re.compile(
    r"(systemc(\.h)?|tlm(\.h)?|sysc/.*|tlm_core/.*|tlm_utils/.*"
    r"|iostream|fstream|thread|cstdio|stdio\.h)$")
NO_FORMATS = re.compile(r"(toml\+\+/.*|toml\.hpp|boost/json.*|boost/program_options.*|sqlite.*|fmt/.*)$")
FORBIDDEN = [
    ({"base", "arch", "stats", "trace"}, NO_KERNEL_NO_IO, "no kernel, no I/O, no threads here"),
    (set(MODELS), NO_FORMATS, "file formats and command lines belong to platform/"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SUFFIXES = {".hpp", ".cpp", ".h", ".cc", ".in"}


# platform/host: software of the host. Who may include any of it; params and tables of policies: config/, too.
HOST_USERS = {"host", "build", "run"}
HOST_MAY_INCLUDE = {"host"}
HOST_PARAMS = re.compile(r"(.*params.*|.*policy.*|iova_space|tce_calls|page_size_order)\.hpp$")


def host_violation(folder, where, name):
    """Why platform/`folder` may not include `name` of platform/`where`, or None: rules of host/ only."""
    if folder == "host" and where not in HOST_MAY_INCLUDE:
        return "platform/host includes nothing else of platform/"
    if where != "host" or folder in HOST_USERS:
        return None
    if folder == "config":
        return None if HOST_PARAMS.match(name) else "platform/config may include only params and policies of host/"
    return "only build/, run/ and (params, policies) config/ may include platform/host"


def exec_violation(source, target):
    """Rules of platform/exec: only cli/ uses it, and what is loaded into programs knows only itself."""
    parts = target.split("/")
    if source.parts[:3] == ("platform", "exec", "preload"):
        return None if parts[:3] == ["platform", "exec", "preload"] else "the preload library includes only itself"
    if parts[:3] == ["platform", "exec", "preload"] and parts[-1] != "protocol.hpp":
        return "only protocol.hpp of the preload library is for others"
    if parts[:2] == ["platform", "exec"] and source.parts[1] not in ("exec", "cli"):
        return "only cli/ may include platform/exec"
    return None


def violation(source, quote, target):
    """Why the file `source` may not include `target`, or None. Both are paths from the root."""
    tree, folder = source.parts[0], source.parts[1] if len(source.parts) > 2 else ""
    parts = target.split("/")

    if parts[0] not in ("models", "platform"):
        if tree == "models":
            for folders, pattern, why in FORBIDDEN:
                if folder in folders and pattern.match(target):
                    return why
        return "a quoted include starts with models/ or platform/" if quote == '"' else None

    where = parts[1] if len(parts) > 2 else ""
    if tree == "platform":
        why = exec_violation(source, target)
        if why:
            return why
    if tree == "models":
        if folder not in MODELS:
            return f"models/{folder} is not in the layer table"
        if parts[0] == "platform":
            return "models know nothing of platform/"
        if where == folder or where in MODELS[folder]:
            return None
        if where in ROOMS and folder in ROOMS:
            return "modules meet through sockets and never include each other"
        return f"models/{folder} may include {', '.join(sorted(MODELS[folder])) or 'nothing else'}"

    if parts[0] == "platform":
        if where == "cli" and folder != "cli":
            return "nothing includes platform/cli"
        return host_violation(folder, where, parts[-1])
    if where in BELOW_ROOMS:
        return None
    if where not in ROOMS:
        return f"models/{where} is not in the layer table"
    allowed = ROOM_HEADERS.get(folder)
    if allowed is None:
        return "under platform/ only build/, run/ and firmware/ may include modules"
    if not allowed.match("/".join(parts[2:])):
        return f"platform/{folder} may include no modules, only: {allowed.pattern}"
    return None


def check(root):
    """(number of files, violations) of the source tree at `root`."""
    files = sorted(path for tree in ("models", "platform") for path in (root / tree).rglob("*")
                   if path.suffix in SUFFIXES and path.is_file())
    found = []
    for path in files:
        source = path.relative_to(root)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            why = match and violation(source, *match.groups())
            if why:
                found.append(f"{source}:{number}: {match.group(2)}: {why}")
    return len(files), found


GOOD = [
    ("models/base/a.hpp", "<vector>"),
    ("models/arch/a.cpp", '"models/base/a.hpp"'),
    ("models/trace/a.cpp", '"models/arch/a.hpp"'),
    ("models/tlm/a.hpp", "<systemc>"),
    ("models/tce/policy/a.cpp", '"models/tce/a.hpp"'),
    ("models/phb/a.hpp", '"models/stats/a.hpp"'),
    ("models/memory/a.cpp", "<iostream>"),
    ("platform/build/a.cpp", '"models/phb/a.hpp"'),
    ("platform/run/a.cpp", '"models/memory/a.hpp"'),
    ("platform/config/a.hpp", '"models/tce/tce_params.hpp"'),
    ("platform/config/b.cpp", "<toml++/toml.h>"),
    ("platform/config/c.cpp", '"models/tce/policy/replacement.hpp"'),
    ("platform/config/d.cpp", '"models/hypervisor/kill_policy.hpp"'),
    ("platform/results/a.cpp", '"models/stats/a.hpp"'),
    ("platform/host/linux/a.cpp", '"models/tlm/a.hpp"'),
    ("platform/host/linux/b.cpp", '"models/arch/a.hpp"'),
    ("platform/host/linux/c.cpp", '"platform/host/linux/d.hpp"'),
    ("platform/host/linux/e.cpp", '"models/hypervisor/kill_policy.hpp"'),
    ("platform/host/linux/f.cpp", '"models/phb/phb_params.hpp"'),
    ("platform/config/e.cpp", '"platform/host/linux/iova_params.hpp"'),
    ("platform/config/f.cpp", '"platform/host/linux/ddw_policy.hpp"'),
    ("platform/build/b.cpp", '"platform/host/linux/iommu_table.hpp"'),
    ("platform/run/b.cpp", '"platform/host/linux/iommu_table.hpp"'),
    ("platform/firmware/a.cpp", '"models/cpu/cpu.hpp"'),
    ("platform/cli/a.cpp", '"platform/cli/b.hpp"'),
    ("platform/cli/b.cpp", '"platform/version.hpp"'),
    ("platform/cli/c.cpp", '"platform/exec/server.hpp"'),
    ("platform/exec/a.cpp", '"models/arch/os/file.hpp"'),
    ("platform/exec/b.cpp", '"platform/exec/preload/protocol.hpp"'),
    ("platform/exec/preload/a.cpp", '"platform/exec/preload/b.hpp"'),
]
BAD = [
    ("models/base/a.hpp", '"models/arch/a.hpp"'),
    ("models/base/b.hpp", "<iostream>"),
    ("models/arch/a.hpp", "<systemc>"),
    ("models/arch/b.cpp", '"models/tlm/a.hpp"'),
    ("models/arch/c.cpp", '# include "models/stats/a.hpp"'),
    ("models/stats/a.cpp", "<cstdio>"),
    ("models/stats/b.cpp", '"models/trace/a.hpp"'),
    ("models/trace/a.cpp", "<thread>"),
    ("models/trace/b.cpp", "<tlm_utils/simple_target_socket.h>"),
    ("models/tlm/a.hpp", '"models/phb/a.hpp"'),
    ("models/tce/a.cpp", '"models/phb/a.hpp"'),
    ("models/tce/b.cpp", '"b.hpp"'),
    ("models/phb/a.cpp", '"platform/config/a.hpp"'),
    ("models/phb/b.cpp", "<fmt/format.h>"),
    ("models/endpoints/a.cpp", "<boost/json.hpp>"),
    ("models/endpoints/b.cpp", "<toml++/toml.h>"),
    ("models/endpoints/c.cpp", "<boost/program_options/options_description.hpp>"),
    ("models/endpoints/d.cpp", "<sqlite3.h>"),
    ("models/lost/a.cpp", '"models/base/a.hpp"'),
    ("platform/config/a.hpp", '"models/tce/tce_unit.hpp"'),
    ("platform/config/b.cpp", '"models/hypervisor/tce_agent.hpp"'),
    ("platform/results/a.cpp", '"models/memory/memory.hpp"'),
    ("platform/cli/a.cpp", '"models/phb/a.hpp"'),
    ("platform/run/a.cpp", '"platform/cli/a.hpp"'),
    ("platform/host/linux/a.cpp", '"models/phb/phb.hpp"'),
    ("platform/host/linux/b.cpp", '"platform/traces/a.hpp"'),
    ("platform/config/c.cpp", '"platform/host/linux/iommu_table.hpp"'),
    ("platform/results/b.cpp", '"platform/host/linux/iova_params.hpp"'),
    ("platform/traces/a.cpp", '"platform/host/linux/iova_space.hpp"'),
    ("platform/run/b.cpp", '"platform/exec/server.hpp"'),
    ("platform/exec/a.cpp", '"models/phb/phb.hpp"'),
    ("platform/exec/b.cpp", '"platform/exec/preload/transport.hpp"'),
    ("platform/exec/preload/a.cpp", '"models/arch/os/file.hpp"'),
    ("platform/exec/preload/b.cpp", '"platform/exec/frames.hpp"'),
]


def self_test():
    def run(cases):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            for path, include in cases:
                file = root / path
                file.parent.mkdir(parents=True, exist_ok=True)
                line = include if include.startswith("#") else f"#include {include}"
                file.write_text(f"// one violation at most\n{line}\n", encoding="utf-8")
            return check(root)

    count, found = run(GOOD)
    if count != len(GOOD) or found:
        sys.exit("good tree refused:\n" + "\n".join(found))
    count, found = run(BAD)
    missed = {path for path, _ in BAD} - {line.split(":")[0] for line in found}
    if missed or len(found) != len(BAD):
        sys.exit("bad includes not found in: " + ", ".join(sorted(missed)))
    print(f"self-test: {len(GOOD)} good includes accepted, {len(BAD)} bad ones refused")


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 1:
        sys.exit(__doc__)
    count, found = check(pathlib.Path(arguments[0]))
    print("\n".join(found) or f"{count} files keep to the layers")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
