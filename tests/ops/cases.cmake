# The op cases and the ladder: for tests and for benchmarks, whichever asks first. Objects, not an archive: cases register
# themselves, and a linker would drop from an archive what nobody calls.
if(NOT TARGET hone_op_cases)
  set(cases
    arithmetic
    attention
    binary
    binary_cross_entropy
    cross_entropy
    dropout
    embedding
    feed_forward
    layer_norm
    matmul
    max
    mean_pool
    mean_squared_error
    reduce
    shape
    softmax
    unary
  )
  set(support gradient_check ladder op_case tolerance unary_definition)
  list(TRANSFORM cases REPLACE "(.+)" "${CMAKE_CURRENT_LIST_DIR}/\\1_case.cpp")
  list(TRANSFORM support REPLACE "(.+)" "${CMAKE_CURRENT_LIST_DIR}/../support/\\1.cpp")
  add_library(hone_op_cases OBJECT ${cases} ${support} ${CMAKE_CURRENT_LIST_DIR}/cases.cpp)
  target_include_directories(hone_op_cases PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(hone_op_cases PUBLIC hone PRIVATE hone_options fmt::fmt)
endif()
