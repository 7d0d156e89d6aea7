# hone_objects(name target SOURCES file... OPTIONS option...): files of `target` that need compile options of their own. They are
# a target beside it, because makefiles keep the options of all files of a target in one place, on which each of its objects
# depends: there, an option of one new file would compile the whole library again.
function(hone_objects name target)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "SOURCES;OPTIONS")
  add_library(${name} OBJECT ${arg_SOURCES})
  target_include_directories(${name} PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
  target_compile_options(${name} PRIVATE ${arg_OPTIONS})
  target_link_libraries(${name} PRIVATE hone_options)
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${name}>)
endfunction()
