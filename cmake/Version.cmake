# SPDX-License-Identifier: Apache-2.0
# Generates platform/version.hpp. Run as a script at each build it asks git for the revision and
# rewrites the header only if the text changes; without git the revision is empty.
if(CMAKE_SCRIPT_MODE_FILE)
  set(PHBSIM_REVISION "")
  find_program(GIT git)
  if(GIT)
    # An empty prefix: the source directory is the top of its own repository, not inside another one.
    execute_process(COMMAND ${GIT} rev-parse --show-prefix
      WORKING_DIRECTORY ${SOURCE_DIR} RESULT_VARIABLE failed OUTPUT_VARIABLE prefix
      OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(NOT failed AND prefix STREQUAL "")
      execute_process(COMMAND ${GIT} describe --always --dirty --abbrev=12 --match "v[0-9]*"
        WORKING_DIRECTORY ${SOURCE_DIR} OUTPUT_VARIABLE PHBSIM_REVISION
        OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    endif()
  endif()
  set(PHBSIM_FULL_VERSION ${PHBSIM_VERSION})
  if(PHBSIM_REVISION)
    string(APPEND PHBSIM_FULL_VERSION "+${PHBSIM_REVISION}")
  endif()
  configure_file(${SOURCE_DIR}/platform/version.hpp.in ${OUTPUT} @ONLY)
  return()
endif()

function(phbsim_add_version_header name)
  set(target phbsim_${name})
  set(header ${PROJECT_BINARY_DIR}/generated/platform/version.hpp)
  set(command ${CMAKE_COMMAND} -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DOUTPUT=${header}
              -DPHBSIM_VERSION=${PROJECT_VERSION} -P ${PROJECT_SOURCE_DIR}/cmake/Version.cmake)
  execute_process(COMMAND ${command} COMMAND_ERROR_IS_FATAL ANY)
  add_custom_target(phbsim_version COMMAND ${command} BYPRODUCTS ${header}
                    COMMENT "Checking the version" VERBATIM)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    set(scope INTERFACE)
  else()
    set(scope PUBLIC)
  endif()
  target_include_directories(${target} ${scope} $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/generated>)
  add_dependencies(${target} phbsim_version)
endfunction()
