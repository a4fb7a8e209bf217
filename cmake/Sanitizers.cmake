# SPDX-License-Identifier: Apache-2.0
# phbsim_sanitizers: flags of PHBSIM_SANITIZE, per target.
add_library(phbsim_sanitizers INTERFACE)
if(PHBSIM_SANITIZE)
  target_compile_options(phbsim_sanitizers INTERFACE
    -fsanitize=${PHBSIM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(phbsim_sanitizers INTERFACE -fsanitize=${PHBSIM_SANITIZE})
endif()
