# Installs the library from BUILD to a folder of its own under WORK. The headers there are hone.h and those that it includes; each
# compiles alone, defines no macro and includes only such headers and the standard's; a program may have headers called as hone's are within hone.
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

file(REMOVE_RECURSE ${WORK})
run_step(${CMAKE_COMMAND} --install ${BUILD} --component library --prefix ${WORK}/prefix)

file(STRINGS ${SOURCE}/hone.h listed REGEX "^#include <hone/")
list(TRANSFORM listed REPLACE "^#include <hone/(.*)>.*" "\\1")
list(APPEND listed hone.h)
file(GLOB_RECURSE installed RELATIVE ${WORK}/prefix/include/hone ${WORK}/prefix/include/*)
list(SORT listed)
list(SORT installed)
if(NOT installed STREQUAL listed)
  list(REMOVE_ITEM installed ${listed})
  message(FATAL_ERROR "installed, but not in hone.h (or the other way round): ${installed}")
endif()

foreach(header ${listed})
  file(STRINGS ${WORK}/prefix/include/hone/${header} macros REGEX "^ *# *define")
  if(macros)
    message(FATAL_ERROR "${header}: ${macros}: a public header defines no macro")
  endif()
  file(STRINGS ${WORK}/prefix/include/hone/${header} lines REGEX "^#include .*[./]")  # the standard's have neither
  foreach(line ${lines})
    string(REGEX REPLACE "^#include <hone/(.*)>.*" "\\1" included "${line}")
    list(FIND listed "${included}" at)
    if(at EQUAL -1)
      message(FATAL_ERROR "${header}: ${line}: neither public nor the standard library's")
    endif()
  endforeach()
endforeach()

set(flags "-Wall -Wextra -Werror -O0")
if(SANITIZE)
  string(APPEND flags " -fsanitize=${SANITIZE}")
endif()
file(COPY ${SOURCE}/tests/install/border/ DESTINATION ${WORK}/source)  # away from the repository's headers
run_step(${CMAKE_COMMAND} -S ${WORK}/source -B ${WORK}/build -DCMAKE_PREFIX_PATH=${WORK}/prefix
         -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${flags} "-DHEADERS=${listed}")
run_step(${CMAKE_COMMAND} --build ${WORK}/build)
run_step(${WORK}/build/own_headers)
if(NOT output STREQUAL "\"mine\" 2\n")
  message(FATAL_ERROR "own_headers wrote ${output}")
endif()
