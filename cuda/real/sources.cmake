hone_cuda_sources(hone ${kernels} real/probe.cu real/small_copy.cu)
target_sources(hone PRIVATE gemm.cpp real/check.cpp real/memory.cpp real/runtime.cpp real/transfers.cpp)
target_link_libraries(hone PRIVATE $<BUILD_INTERFACE:hone_cuda_libraries>)
# Programs that use an installed hone may lack the CUDA language: what nvcc would link is named (cmake/hone-config.cmake.in).
target_link_libraries(hone PRIVATE $<INSTALL_INTERFACE:CUDA::cublasLt> $<INSTALL_INTERFACE:CUDA::cudart_static>
                                   $<INSTALL_INTERFACE:${CMAKE_DL_LIBS}>)
if(HONE_HAS_CUDNN)
  target_sources(hone PRIVATE real/cudnn.cpp real/cudnn_api.cpp real/cudnn_graphs.cpp)
else()
  message(STATUS "without cuDNN 9.15 or newer: --attention cudnn will be refused")
  target_sources(hone PRIVATE no_cudnn.cpp)
endif()
