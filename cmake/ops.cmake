# Every op and every kernel, one line each. The files of op x are, where they are there:
#   core/kernels/x.cpp      the contract's check
#   cpu/x.cpp, cuda/x.cu    the kernel
#   autograd/ops/x.cpp      the op
#   tests/ops/x_case.cpp    the case that its tests and benchmarks are made from
# A public op's header is besides in hone.h.
set(hone_ops
  adamw
  attention
  binary
  binary_cross_entropy
  binary_scalar
  copy
  cross_entropy
  dropout
  elementwise
  embedding
  feed_forward
  gemm
  layer_norm
  matmul
  max
  mean_pool
  mean_squared_error
  recompute
  reduce
  sgd
  shape
  softmax
  unary
)

# hone_op_files(result before after): the files `before`NAME`after` of all ops, from the repository's top. They are looked for
# anew in every build, so that none is left out because it was written after its name was listed.
function(hone_op_files result before after)
  file(GLOB there CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${before}*${after})
  set(files)
  foreach(op ${hone_ops})
    if(${before}${op}${after} IN_LIST there)
      list(APPEND files ${PROJECT_SOURCE_DIR}/${before}${op}${after})
    endif()
  endforeach()
  set(${result} ${files} PARENT_SCOPE)
endfunction()

# What is forgotten is said here, before a linker says it.
function(hone_check_ops)
  set(all)
  foreach(pattern "core/kernels/*.cpp" "cpu/*.cpp" "cuda/*.cu" "autograd/ops/*.cpp" "tests/ops/*_case.cpp")
    file(GLOB there CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${pattern})
    foreach(file ${there})
      get_filename_component(name ${file} NAME_WE)
      string(REGEX REPLACE "_case$" "" name ${name})
      if(file MATCHES "^(autograd|tests)/" AND NOT name IN_LIST hone_ops)
        message(FATAL_ERROR "${file}: cmake/ops.cmake has no line ${name}")
      endif()
      list(APPEND all ${name})
    endforeach()
  endforeach()
  foreach(op ${hone_ops})
    if(NOT op IN_LIST all)
      message(FATAL_ERROR "cmake/ops.cmake: ${op} has no file (cpu/${op}.cpp, autograd/ops/${op}.cpp ...)")
    endif()
  endforeach()
endfunction()
hone_check_ops()
