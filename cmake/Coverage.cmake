# SPDX-License-Identifier: Apache-2.0
# phbsim_coverage: gcov instrumentation, per target. Target `coverage-report` summarises a test run.
add_library(phbsim_coverage INTERFACE)
if(PHBSIM_COVERAGE)
  target_compile_options(phbsim_coverage INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(phbsim_coverage INTERFACE --coverage)

  find_program(PHBSIM_GCOVR gcovr)
  mark_as_advanced(PHBSIM_GCOVR)
  if(PHBSIM_GCOVR)
    add_custom_target(coverage-report
      COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/coverage
      COMMAND ${PHBSIM_GCOVR} --root ${PROJECT_SOURCE_DIR} --object-directory ${PROJECT_BINARY_DIR}
              --filter ${PROJECT_SOURCE_DIR}/models/ --filter ${PROJECT_SOURCE_DIR}/platform/
              --exclude-throw-branches --print-summary
              --html-details ${PROJECT_BINARY_DIR}/coverage/index.html
              --txt ${PROJECT_BINARY_DIR}/coverage/summary.txt
      WORKING_DIRECTORY ${PROJECT_BINARY_DIR}
      COMMENT "Coverage report in coverage/index.html"
      VERBATIM)
  endif()
endif()
