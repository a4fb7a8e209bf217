// SPDX-License-Identifier: Apache-2.0
/// Policies by name: one table per interface serves construction, validation and `phbsim list`.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "models/base/check.hpp"

namespace phbsim {

template <class Interface, class... Args>
struct Named {
  std::string_view name;
  std::string_view description;
  std::unique_ptr<Interface> (*make)(Args...);
};

template <class Interface, class... Args, std::size_t N>
std::unique_ptr<Interface> make_named(const Named<Interface, Args...> (&table)[N], std::string_view name, Args... args) {
  std::string allowed;
  for (const auto& entry : table) {
    if (entry.name == name) return entry.make(args...);
    allowed += (allowed.empty() ? "" : ", ") + std::string(entry.name);
  }
  throw UserError("unknown policy \"" + std::string(name) + "\", allowed: " + allowed);
}

}  // namespace phbsim
