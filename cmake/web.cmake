# freellm_embed_web(<target>): compiles the dashboard (web/dist, made by scripts/web-build) into <target>, each
# text file also compressed. Without web/dist, or with FREELLM_WEB=OFF, the daemon says that it has no dashboard.
function(freellm_embed_web target)
  set(dist ${CMAKE_SOURCE_DIR}/web/dist)
  set(output ${CMAKE_BINARY_DIR}/embedded/web.cpp)
  set(files "")
  if(FREELLM_WEB)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${dist}/*)
    if(NOT EXISTS ${dist}/index.html)
      message(STATUS "web/dist is missing: building without the dashboard (scripts/web-build makes it)")
      set(files "")
    endif()
  endif()
  find_program(FREELLM_GZIP gzip)
  set(arrays "")
  set(rows "")
  set(count 0)
  foreach(file IN LISTS files)
    file(RELATIVE_PATH name ${dist} ${file})
    set(compressed ${file})
    if(FREELLM_GZIP AND name MATCHES "\\.(js|css|html|svg|json|txt)$")
      set(compressed ${CMAKE_BINARY_DIR}/embedded/web/${name}.gz)
      get_filename_component(folder ${compressed} DIRECTORY)
      file(MAKE_DIRECTORY ${folder})
      execute_process(COMMAND ${FREELLM_GZIP} -9 -n -c ${file} OUTPUT_FILE ${compressed})
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    # .incbin costs the compiler nothing, however large the file.
    foreach(part plain small)
      set(path ${file})
      if(part STREQUAL small)
        set(path ${compressed})
      endif()
      set(symbol freellm_web_${count}_${part})
      string(APPEND arrays
        "asm(\".section .rodata\\n${symbol}:\\n.incbin \\\"${path}\\\"\\n${symbol}_end:\\n.global ${symbol}, ${symbol}_end\\n.previous\\n\");\n"
        "extern \"C\" const char ${symbol}[], ${symbol}_end[];\n")
    endforeach()
    set(s freellm_web_${count})
    string(APPEND rows
      "    {\"/${name}\", {${s}_plain, static_cast<std::size_t>(${s}_plain_end - ${s}_plain)}, "
      "{${s}_small, static_cast<std::size_t>(${s}_small_end - ${s}_small)}},\n")
    math(EXPR count "${count} + 1")
  endforeach()
  file(CONFIGURE OUTPUT ${output} CONTENT
"#include \"server/static/web_files.hpp\"
@arrays@
namespace freellm::embedded {
std::vector<WebFile> web_files() {
  return {
@rows@  };
}
}
" @ONLY)
  target_sources(${target} PRIVATE ${output})
  set_source_files_properties(${output} PROPERTIES SKIP_PRECOMPILE_HEADERS ON OBJECT_DEPENDS "${files}")
endfunction()
