# Builds the library of a copy of SOURCE in WORK by makefiles, with a compiler that only notes what it is asked for
# (note_compilation.sh); adds a .cpp and a .cu, builds again, and wants those two alone to be compiled.
set(copy ${WORK}/source)
set(log ${WORK}/compiled.txt)

include(${CMAKE_CURRENT_LIST_DIR}/../install/steps.cmake)

function(build_and_read_log)
  file(WRITE ${log} "")
  run_step(${CMAKE_COMMAND} --build ${WORK}/build --target hone)
  file(STRINGS ${log} files)
  set(compiled "${files}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
foreach(entry CMakeLists.txt hone.h cmake core cpu cuda autograd nn text data train apps)
  file(COPY ${SOURCE}/${entry} DESTINATION ${copy})
endforeach()
run_step(${CMAKE_COMMAND} -S ${copy} -B ${WORK}/build -G "Unix Makefiles" -DHONE_CUDA=emulated
         -DCMAKE_CXX_COMPILER=${COMPILER}
         "-DCMAKE_CXX_COMPILER_LAUNCHER=sh\;${CMAKE_CURRENT_LIST_DIR}/note_compilation.sh\;${log}")
build_and_read_log()
list(LENGTH compiled all)
if(all LESS 100)
  message(FATAL_ERROR "the whole library was to be compiled first, not ${all} files")
endif()

file(WRITE ${copy}/core/added.cpp "")
file(APPEND ${copy}/core/CMakeLists.txt "target_sources(hone PRIVATE added.cpp)\n")
file(WRITE ${copy}/cuda/added.cu "")
file(READ ${copy}/cuda/CMakeLists.txt lists)
string(REPLACE "set(kernels\n" "set(kernels\n  added.cu\n" lists "${lists}")
file(WRITE ${copy}/cuda/CMakeLists.txt "${lists}")
build_and_read_log()
list(SORT compiled)
if(NOT compiled STREQUAL "${copy}/core/added.cpp;${copy}/cuda/added.cu")
  list(LENGTH compiled count)
  message(FATAL_ERROR "two files were added and ${count} of ${all} compiled:\n${compiled}")
endif()
