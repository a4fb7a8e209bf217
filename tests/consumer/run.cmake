# SPDX-License-Identifier: Apache-2.0
# Installs ${BUILD} under ${WORK}/prefix, then configures, builds and runs ${SOURCE} against it.
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${WORK}/prefix
    -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_BUILD_TYPE=${BUILD_TYPE})
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer_arch)
run(${WORK}/build/consumer_models)
if(EXISTS ${WORK}/prefix/bin/phbsim)
  run(${WORK}/prefix/bin/phbsim --help)
endif()
