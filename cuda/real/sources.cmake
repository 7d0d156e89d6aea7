hone_cuda_sources(hone ${kernels})
target_sources(hone PRIVATE gemm.cpp real/check.cpp real/memory.cpp real/runtime.cpp)
target_link_libraries(hone PRIVATE $<BUILD_INTERFACE:hone_cuda_libraries>)
