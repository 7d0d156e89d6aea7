# The op cases and the ladder: for tests and for benchmarks, whichever asks first. Objects, not an archive: cases register
# themselves, and a linker would drop from an archive what nobody calls.
include(${CMAKE_CURRENT_LIST_DIR}/../support/support.cmake)
if(NOT TARGET hone_op_cases)
  hone_op_files(cases tests/ops/ _case.cpp)
  add_library(hone_op_cases OBJECT ${cases} ${CMAKE_CURRENT_LIST_DIR}/cases.cpp)
  target_compile_options(hone_op_cases PRIVATE $<$<CONFIG:Release>:-O1>)  # they call, the library computes
  target_link_libraries(hone_op_cases PUBLIC hone_test_support PRIVATE hone_options fmt::fmt)
endif()
