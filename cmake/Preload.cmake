# SPDX-License-Identifier: Apache-2.0
# phbsim_preload: the library that phbsim exec loads into programs. It must bring nothing into them: no
# libstdc++, no symbol but those it interposes, and no instrumentation of ours.
phbsim_glob(preload platform/exec/preload)
add_library(phbsim_preload MODULE ${preload})
target_link_libraries(phbsim_preload PRIVATE phbsim_warnings)
target_include_directories(phbsim_preload PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_definitions(phbsim_preload PRIVATE _GNU_SOURCE)
target_compile_options(phbsim_preload PRIVATE -O2 -U_FORTIFY_SOURCE -fno-exceptions -fno-rtti -fno-threadsafe-statics
  -fno-stack-protector -ftls-model=initial-exec)
target_link_options(phbsim_preload PRIVATE -nodefaultlibs -Wl,-z,defs)
target_link_libraries(phbsim_preload PRIVATE -lc -lgcc)
set_target_properties(phbsim_preload PROPERTIES
  CXX_VISIBILITY_PRESET hidden
  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
target_compile_definitions(phbsim_exec PRIVATE PHBSIM_LIBDIR="${CMAKE_INSTALL_LIBDIR}")

# `operator new` that can be told to fail: for programs that serve fail-nth.
add_library(phbsim_allocation OBJECT platform/exec/allocation/operator_new.cpp)
phbsim_target_defaults(phbsim_allocation)
target_include_directories(phbsim_allocation PRIVATE ${PROJECT_SOURCE_DIR})
