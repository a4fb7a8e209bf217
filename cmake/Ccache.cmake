# SPDX-License-Identifier: Apache-2.0
# Compile through ccache when it is installed and nobody chose a launcher.
if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(PHBSIM_CCACHE ccache)
  mark_as_advanced(PHBSIM_CCACHE)
  if(PHBSIM_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${PHBSIM_CCACHE})
  endif()
endif()
