# Builds the library of a copy of SOURCE in WORK by makefiles, with a compiler that only notes what it is asked for
# (note_compilation.sh); adds a .cpp and the two kernels of an op, builds again, and wants those three alone to be
# compiled.
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
file(WRITE ${copy}/cpu/added_op.cpp "")
file(WRITE ${copy}/cuda/added_op.cu "")
file(READ ${copy}/cmake/ops.cmake list)
string(REPLACE "set(hone_ops\n" "set(hone_ops\n  added_op\n" list "${list}")
file(WRITE ${copy}/cmake/ops.cmake "${list}")
build_and_read_log()
list(SORT compiled)
if(NOT compiled STREQUAL "${copy}/core/added.cpp;${copy}/cpu/added_op.cpp;${copy}/cuda/added_op.cu")
  list(LENGTH compiled count)
  message(FATAL_ERROR "three files were added and ${count} of ${all} compiled:\n${compiled}")
endif()

# A file of a listed op that is written later is found by the next build.
file(WRITE ${copy}/core/kernels/added_op.cpp "")
build_and_read_log()
if(NOT compiled STREQUAL "${copy}/core/kernels/added_op.cpp")
  message(FATAL_ERROR "the check of a listed op was not found, but compiled: ${compiled}")
endif()

# What is forgotten is said before anything is compiled.
function(expect_refusal message)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${copy} -B ${WORK}/build RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(code EQUAL 0 OR NOT out MATCHES "${message}")
    message(FATAL_ERROR "expected: ${message}\n${out}")
  endif()
endfunction()
file(WRITE ${copy}/autograd/ops/forgotten.cpp "")
expect_refusal("autograd/ops/forgotten.cpp: cmake/ops.cmake has no line forgotten")
file(REMOVE ${copy}/autograd/ops/forgotten.cpp)
string(REPLACE "  added_op\n" "  aded_op\n" list "${list}")
file(WRITE ${copy}/cmake/ops.cmake "${list}")
expect_refusal("cmake/ops.cmake: aded_op has no file")
