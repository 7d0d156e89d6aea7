# Installs the library from BUILD to a folder of its own under WORK, builds SOURCE/examples/consumer with nothing but that
# in sight, runs it, and wants it to have learned.
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

file(REMOVE_RECURSE ${WORK}/prefix ${WORK}/consumer ${WORK}/source)
run_step(${CMAKE_COMMAND} --install ${BUILD} --component library --prefix ${WORK}/prefix)
file(COPY ${SOURCE}/examples/consumer/ DESTINATION ${WORK}/source)  # away from the repository's headers
set(flags "-Wall -Wextra -Werror")
if(SANITIZE)
  string(APPEND flags " -fsanitize=${SANITIZE}")
endif()
run_step(${CMAKE_COMMAND} -S ${WORK}/source -B ${WORK}/consumer -DCMAKE_PREFIX_PATH=${WORK}/prefix
         -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${flags})
run_step(${CMAKE_COMMAND} --build ${WORK}/consumer)
run_step(${WORK}/consumer/xor)
if(NOT output MATCHES "step 200  loss 0\\.0[0-9]*\n$")
  message(FATAL_ERROR "the network did not learn XOR:\n${output}")
endif()
