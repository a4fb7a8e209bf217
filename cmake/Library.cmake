# SPDX-License-Identifier: Apache-2.0
# One folder, one library. Sources are found by glob on purpose: a new policy, statistic or endpoint
# is one new file and no edit here. CONFIGURE_DEPENDS makes the build notice it.

# Options every compiled target of the project gets; BUILD_INTERFACE keeps them out of the export.
function(phbsim_target_defaults target)
  target_link_libraries(${target} PRIVATE
    $<BUILD_INTERFACE:phbsim_warnings>
    $<BUILD_INTERFACE:phbsim_sanitizers>
    $<BUILD_INTERFACE:phbsim_coverage>)
endfunction()

function(phbsim_glob out)
  set(patterns "")
  foreach(folder IN LISTS ARGN)
    list(APPEND patterns ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  endforeach()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${patterns})
  set(${out} ${sources} PARENT_SCOPE)
endfunction()

# phbsim_add_library(<name> [NO_SOURCES] [FOLDERS <dir>...] [EXCLUDE <regex>] [DEPS <name>...] [EXTERNAL <target>...])
# Target phbsim_<name>, alias phbsim::<name>. FOLDERS defaults to models/<name>; sources that match
# EXCLUDE are not its own. A folder without .cpp files gives an INTERFACE library.
function(phbsim_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_SOURCES" "EXCLUDE" "FOLDERS;DEPS;EXTERNAL")
  set(target phbsim_${name})
  if(NOT arg_FOLDERS)
    set(arg_FOLDERS models/${name})
  endif()
  set(sources "")
  if(NOT arg_NO_SOURCES)
    phbsim_glob(sources ${arg_FOLDERS})
    if(arg_EXCLUDE)
      list(FILTER sources EXCLUDE REGEX "${arg_EXCLUDE}")
    endif()
  endif()

  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    phbsim_target_defaults(${target})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(phbsim::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY PHBSIM_LIBRARIES ${target})
  set_property(GLOBAL APPEND PROPERTY PHBSIM_COMPONENTS ${name})

  target_compile_features(${target} ${scope} cxx_std_17)
  target_include_directories(${target} ${scope}
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/phbsim>)
  list(TRANSFORM arg_DEPS PREPEND phbsim_)
  target_link_libraries(${target} ${scope} ${arg_DEPS} ${arg_EXTERNAL})
endfunction()

# phbsim_add_executable(<target> FOLDERS <dir>... [DEPS <name>...] [EXTERNAL <target>...])
# Does nothing while the folders hold no source. The program is put at the top of the build tree.
function(phbsim_add_executable target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FOLDERS;DEPS;EXTERNAL")
  phbsim_glob(sources ${arg_FOLDERS})
  if(NOT sources)
    return()
  endif()
  add_executable(${target} ${sources})
  phbsim_target_defaults(${target})
  list(TRANSFORM arg_DEPS PREPEND phbsim_)
  target_link_libraries(${target} PRIVATE ${arg_DEPS} ${arg_EXTERNAL})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
endfunction()
