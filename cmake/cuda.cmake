# hone_cuda_sources(target file.cu...): how the .cu files of a target are compiled. In the real build by nvcc for
# HONE_CUDA_ARCHITECTURES; emulated as C++.
if(HONE_CUDA STREQUAL "emulated")
  set(hone_cuda_folder emulation)
  function(hone_cuda_sources target)
    set_source_files_properties(${ARGN} TARGET_DIRECTORY ${target} PROPERTIES
      LANGUAGE CXX COMPILE_OPTIONS -Wno-unknown-pragmas)  # nvcc knows unroll
  endfunction()
  return()
endif()

set(hone_cuda_folder real)
set(HONE_CUDA_ARCHITECTURES "80-real;86-real;89-real;90" CACHE STRING "What nvcc compiles for; the last also as PTX")
set(CMAKE_CUDA_ARCHITECTURES ${HONE_CUDA_ARCHITECTURES})
find_program(HONE_NVCC nvcc HINTS /usr/local/cuda/bin ENV CUDA_HOME PATH_SUFFIXES bin REQUIRED)
set(CMAKE_CUDA_COMPILER ${HONE_NVCC})
enable_language(CUDA)
# CMake 3.25 does not know that newer compilers know C++20.
set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.4)
  message(FATAL_ERROR "HONE_CUDA=real: nvcc ${CMAKE_CUDA_COMPILER_VERSION} found, 12.4 or newer needed")
endif()
get_filename_component(cuda_root ${HONE_NVCC} REALPATH)
get_filename_component(cuda_root ${cuda_root}/../.. ABSOLUTE)
find_path(CUDA_INCLUDE_DIR cublasLt.h HINTS ${cuda_root}/include ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES} REQUIRED)
find_library(CUDA_CUBLASLT cublasLt HINTS ${cuda_root} PATH_SUFFIXES lib64 lib targets/x86_64-linux/lib REQUIRED)

# Headers alone: the library is opened when it is wanted.
option(HONE_CUDNN "Offer cuDNN's attention, where cuDNN's headers are found" ON)
find_path(CUDNN_INCLUDE_DIR cudnn_backend.h HINTS ${CUDA_INCLUDE_DIR})
set(HONE_HAS_CUDNN false)
if(HONE_CUDNN AND EXISTS "${CUDNN_INCLUDE_DIR}/cudnn_version.h")
  file(STRINGS ${CUDNN_INCLUDE_DIR}/cudnn_version.h lines REGEX "define CUDNN_(MAJOR|MINOR) ")
  string(REGEX REPLACE "[^0-9]+([0-9]+)[^0-9]+([0-9]+).*" "\\1.\\2" cudnn_version "${lines}")
  if(cudnn_version VERSION_GREATER_EQUAL 9.15)
    set(HONE_HAS_CUDNN true)
  endif()
endif()

add_library(hone_cuda_libraries INTERFACE)
target_include_directories(hone_cuda_libraries SYSTEM INTERFACE ${CUDA_INCLUDE_DIR})
if(HONE_HAS_CUDNN)
  target_include_directories(hone_cuda_libraries SYSTEM INTERFACE ${CUDNN_INCLUDE_DIR})
endif()
target_link_libraries(hone_cuda_libraries INTERFACE ${CUDA_CUBLASLT} ${CMAKE_DL_LIBS})

function(hone_cuda_sources target)
  set_source_files_properties(${ARGN} TARGET_DIRECTORY ${target} PROPERTIES
    COMPILE_OPTIONS --expt-relaxed-constexpr)
endfunction()
