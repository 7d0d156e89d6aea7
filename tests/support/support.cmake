# hone_test_support: what several test programs and the benchmarks share, compiled once, for whichever asks first.
if(NOT TARGET hone_test_support)
  set(here ${CMAKE_CURRENT_LIST_DIR})
  configure_file(${here}/paths.h.in ${CMAKE_BINARY_DIR}/generated/tests/support/paths.h @ONLY)
  add_library(hone_test_support STATIC
    ${here}/gradient_check.cpp ${here}/ladder.cpp ${here}/op_case.cpp ${here}/process.cpp ${here}/tiny_model.cpp
    ${here}/tolerance.cpp ${here}/unary_definition.cpp)
  target_include_directories(hone_test_support PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(hone_test_support PRIVATE $<$<CONFIG:Release>:-O1>)  # they check and prepare
  target_link_libraries(hone_test_support PUBLIC hone PRIVATE hone_options fmt::fmt)
endif()
