// SPDX-License-Identifier: Apache-2.0
/// What there is to choose from and to read: the topics of `phbsim list`.
#pragma once

#include <string>
#include <vector>

namespace phbsim::config {

struct Topic {
  std::string name;
  std::string summary;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

std::vector<Topic> topics();

}  // namespace phbsim::config
