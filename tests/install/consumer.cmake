# Installs the library from BUILD to a folder of its own under WORK, builds SOURCE/examples/consumer with nothing but that
# in sight, runs it, and wants it to have learned.
function(run_step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN}\nended with ${code}:\n${out}")
  endif()
  set(output "${out}" PARENT_SCOPE)
endfunction()

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

# Programs that use the library see no header but the standard's and hone's.
file(GLOB_RECURSE headers ${WORK}/prefix/include/*.h)
foreach(header ${headers})
  file(STRINGS ${header} lines REGEX "^#include <(fmt|nlohmann|utf8proc|zlib|CLI)")
  if(lines)
    message(FATAL_ERROR "${header}: ${lines}")
  endif()
endforeach()
