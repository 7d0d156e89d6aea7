# The op cases and the ladder: for tests and for benchmarks, whichever asks first.
if(NOT TARGET hone_op_cases)
  set(here ${CMAKE_CURRENT_LIST_DIR})
  add_library(hone_op_cases STATIC
    ${here}/attention_case.cpp ${here}/binary_case.cpp ${here}/binary_cross_entropy_case.cpp ${here}/cases.cpp
    ${here}/cross_entropy_case.cpp ${here}/max_case.cpp ${here}/mean_pool_case.cpp ${here}/mean_squared_error_case.cpp
    ${here}/dropout_case.cpp ${here}/embedding_case.cpp ${here}/feed_forward_case.cpp ${here}/layer_norm_case.cpp ${here}/matmul_case.cpp
    ${here}/reduce_case.cpp ${here}/shape_case.cpp ${here}/softmax_case.cpp ${here}/unary_case.cpp
    ${here}/../support/gradient_check.cpp ${here}/../support/ladder.cpp ${here}/../support/op_case.cpp
    ${here}/../support/tolerance.cpp ${here}/../support/unary_definition.cpp)
  target_include_directories(hone_op_cases PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(hone_op_cases PUBLIC hone PRIVATE hone_options fmt::fmt)
endif()
