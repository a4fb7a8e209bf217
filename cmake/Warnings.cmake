# SPDX-License-Identifier: Apache-2.0
# phbsim_warnings: linked PRIVATE by every target of this project, never exported.
add_library(phbsim_warnings INTERFACE)
target_compile_options(phbsim_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align
  -Wcast-qual -Wextra-semi -Wimplicit-fallthrough -Wformat=2
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op -Wredundant-decls>
  $<$<BOOL:${PHBSIM_WARNINGS_AS_ERRORS}>:-Werror>)
