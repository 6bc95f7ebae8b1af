# freellm_embed(<target> <symbol> <file>): compiles a file into <target> as raw bytes.
# The code sees it as  namespace freellm::embedded { extern const std::string_view <symbol>; }
# The array ends in 64 zero bytes that the view leaves out, so that SIMD parsers may read past the end.
function(freellm_embed target symbol file)
  get_filename_component(input ${file} ABSOLUTE BASE_DIR ${CMAKE_SOURCE_DIR})
  set(output ${CMAKE_BINARY_DIR}/embedded/${symbol}.cpp)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DSYMBOL=${symbol} -DINPUT=${input} -DOUTPUT=${output}
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake
    DEPENDS ${input} ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake
    COMMENT "Embedding ${file}" VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
