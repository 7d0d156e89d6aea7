# hone_cuda_sources(target file.cu...): how the .cu files of a target are compiled.
if(HONE_CUDA STREQUAL "emulated")
  set(hone_cuda_folder emulation)
  function(hone_cuda_sources target)
    set_source_files_properties(${ARGN} TARGET_DIRECTORY ${target} PROPERTIES LANGUAGE CXX)
  endfunction()
else()
  set(hone_cuda_folder real)
endif()
