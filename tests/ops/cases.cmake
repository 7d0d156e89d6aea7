# The op cases and the ladder: for tests and for benchmarks, whichever asks first.
include(${CMAKE_CURRENT_LIST_DIR}/../support/support.cmake)
if(NOT TARGET hone_op_cases)
  set(here ${CMAKE_CURRENT_LIST_DIR})
  add_library(hone_op_cases STATIC
    ${here}/attention_case.cpp ${here}/binary_case.cpp ${here}/binary_cross_entropy_case.cpp ${here}/cases.cpp
    ${here}/cross_entropy_case.cpp ${here}/max_case.cpp ${here}/mean_pool_case.cpp ${here}/mean_squared_error_case.cpp
    ${here}/dropout_case.cpp ${here}/embedding_case.cpp ${here}/feed_forward_case.cpp ${here}/layer_norm_case.cpp ${here}/matmul_case.cpp
    ${here}/reduce_case.cpp ${here}/shape_case.cpp ${here}/softmax_case.cpp ${here}/unary_case.cpp)
  target_compile_options(hone_op_cases PRIVATE $<$<CONFIG:Release>:-O1>)  # they call, the library computes
  target_link_libraries(hone_op_cases PUBLIC hone_test_support PRIVATE hone_options fmt::fmt)
endif()
