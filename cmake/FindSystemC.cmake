# SPDX-License-Identifier: Apache-2.0
# Finds SystemC 2.3.3 or later and provides the imported target SystemC::systemc.
#
#   1. SYSTEMC_HOME (CMake or environment variable): an installation prefix;
#   2. the CMake package SystemCLanguage, as installed by SystemC's own CMake build;
#   3. pkg-config, as installed by SystemC's autotools build and by Debian (libsystemc-dev).
#
# SystemC checks at link time that the program uses the C++ standard the library was built with.
# Debian's library is built for C++17, so the program must be C++17 exactly, neither 14 nor 20.

set(_systemc_origin "")
set(_systemc_version "")
set(_systemc_details "")

if(NOT SYSTEMC_HOME AND DEFINED ENV{SYSTEMC_HOME})
  set(SYSTEMC_HOME $ENV{SYSTEMC_HOME})
endif()

if(TARGET SystemC::systemc)
  set(_systemc_origin "SystemC::systemc")
elseif(SYSTEMC_HOME)
  find_path(SystemC_INCLUDE_DIR systemc PATHS ${SYSTEMC_HOME} PATH_SUFFIXES include src NO_DEFAULT_PATH)
  find_library(SystemC_LIBRARY systemc PATHS ${SYSTEMC_HOME}
    PATH_SUFFIXES lib lib64 lib/${CMAKE_LIBRARY_ARCHITECTURE} lib-linux64 lib-linuxaarch64 NO_DEFAULT_PATH)
  mark_as_advanced(SystemC_INCLUDE_DIR SystemC_LIBRARY)
  if(SystemC_INCLUDE_DIR AND SystemC_LIBRARY)
    set(_systemc_origin "SYSTEMC_HOME ${SYSTEMC_HOME}")
  else()
    string(APPEND _systemc_details
      "SYSTEMC_HOME is ${SYSTEMC_HOME} but holds no include/systemc and libsystemc. ")
  endif()
else()
  find_package(SystemCLanguage CONFIG QUIET)
  if(TARGET SystemC::systemc)
    set(_systemc_origin "${SystemCLanguage_DIR}")
    set(_systemc_version "${SystemCLanguage_VERSION}")
  else()
    find_package(PkgConfig QUIET)
    if(PkgConfig_FOUND)
      pkg_check_modules(PC_SystemC QUIET systemc)
    endif()
    if(PC_SystemC_FOUND)
      find_path(SystemC_INCLUDE_DIR systemc HINTS ${PC_SystemC_INCLUDEDIR} ${PC_SystemC_INCLUDE_DIRS})
      find_library(SystemC_LIBRARY systemc HINTS ${PC_SystemC_LIBDIR} ${PC_SystemC_LIBRARY_DIRS})
      mark_as_advanced(SystemC_INCLUDE_DIR SystemC_LIBRARY)
      if(SystemC_INCLUDE_DIR AND SystemC_LIBRARY)
        set(_systemc_origin "pkg-config")
        set(_systemc_version "${PC_SystemC_VERSION}")
      endif()
    else()
      string(APPEND _systemc_details
        "Neither SYSTEMC_HOME, nor the CMake package SystemCLanguage, nor pkg-config module systemc. ")
    endif()
  endif()
endif()

if(_systemc_origin AND NOT TARGET SystemC::systemc)
  find_package(Threads QUIET)
  add_library(SystemC::systemc UNKNOWN IMPORTED)
  set_target_properties(SystemC::systemc PROPERTIES
    IMPORTED_LOCATION ${SystemC_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${SystemC_INCLUDE_DIR}
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${SystemC_INCLUDE_DIR})
  if(TARGET Threads::Threads)
    set_target_properties(SystemC::systemc PROPERTIES INTERFACE_LINK_LIBRARIES Threads::Threads)
  endif()
  if(NOT _systemc_version AND EXISTS ${SystemC_INCLUDE_DIR}/sysc/kernel/sc_ver.h)
    file(STRINGS ${SystemC_INCLUDE_DIR}/sysc/kernel/sc_ver.h _systemc_lines
         REGEX "#define +SC_VERSION_(MAJOR|MINOR|PATCH) +[0-9]+")
    string(REGEX MATCHALL "[0-9]+" _systemc_version "${_systemc_lines}")
    list(JOIN _systemc_version "." _systemc_version)
  endif()
endif()
set(SystemC_VERSION "${_systemc_version}")

# The link-time check of SystemC, done here once so that a mismatch is reported in words.
if(_systemc_origin)
  include(CheckCXXSourceCompiles)
  if(NOT CMAKE_CXX_STANDARD)
    set(_systemc_no_standard TRUE)
    set(CMAKE_CXX_STANDARD 17)
  endif()
  if(NOT "${_systemc_origin} ${CMAKE_CXX_STANDARD}" STREQUAL "${SystemC_LINKS_FOR}")
    unset(SystemC_LINKS CACHE)
  endif()
  set(_systemc_saved ${CMAKE_REQUIRED_LIBRARIES})
  set(CMAKE_REQUIRED_LIBRARIES SystemC::systemc)
  check_cxx_source_compiles(
    "#include <systemc>\nint sc_main(int, char**) { return sc_core::sc_time_stamp().value() != 0; }"
    SystemC_LINKS)
  set(CMAKE_REQUIRED_LIBRARIES ${_systemc_saved})
  set(SystemC_LINKS_FOR "${_systemc_origin} ${CMAKE_CXX_STANDARD}" CACHE INTERNAL "")
  if(NOT SystemC_LINKS)
    string(APPEND _systemc_details
      "SystemC was found (${_systemc_origin}) but a C++${CMAKE_CXX_STANDARD} program does not link with "
      "it. SystemC must be built for the C++ standard of its user. Debian's libsystemc is built for "
      "exactly C++17: set CMAKE_CXX_STANDARD to 17, or point SYSTEMC_HOME to a matching build. ")
  endif()
  if(_systemc_no_standard)
    unset(CMAKE_CXX_STANDARD)
    unset(_systemc_no_standard)
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SystemC
  REQUIRED_VARS _systemc_origin SystemC_LINKS
  VERSION_VAR SystemC_VERSION
  REASON_FAILURE_MESSAGE "${_systemc_details}Debian and Ubuntu: package libsystemc-dev.")
