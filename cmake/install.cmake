# What `cmake --install` puts where, and the Debian package (`cpack -G DEB`) of the same.
include(GNUInstallDirs)

# Installing the daemon is no reason to build the tests.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

# Written by the program itself, so that they say what it does.
set(generated ${CMAKE_BINARY_DIR}/generated)
install(CODE "
  set(program \"$<TARGET_FILE:freellmapi>\")
  set(generated \"${generated}\")
  file(MAKE_DIRECTORY \"\${generated}\")
  function(write file)
    execute_process(COMMAND \"\${program}\" \${ARGN} OUTPUT_FILE \"\${generated}/\${file}\" COMMAND_ERROR_IS_FATAL ANY)
  endfunction()
  write(freellmapi.1 man)
  write(freellmapi.bash completions bash)
  write(_freellmapi completions zsh)
  write(freellmapi.fish completions fish)
")
install(FILES ${generated}/freellmapi.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${generated}/freellmapi.bash RENAME freellmapi DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${generated}/_freellmapi DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${generated}/freellmapi.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

configure_file(packaging/freellmapi.service.in ${generated}/freellmapi.service @ONLY)
install(FILES ${generated}/freellmapi.service DESTINATION lib/systemd/system)
install(FILES config/freellmapi.toml DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/freellmapi)
install(FILES packaging/freellmapi.default RENAME freellmapi DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/default)
install(FILES LICENSE RENAME copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME freellmapi)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "FreeLLMAPI")
set(CPACK_PACKAGE_CONTACT "The FreeLLMAPI developers <freellmapi@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION
    "Pools the free inference of fifteen platforms behind one address and one key: keeps their\n\
limits, moves on when one fails, and shows in a dashboard who served what. One daemon, one\n\
SQLite file.")
set(CPACK_STRIP_FILES ON)
# Absolute paths (/etc) go into the package like all others.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/packaging/debian/conffiles ${CMAKE_SOURCE_DIR}/packaging/debian/postinst
    ${CMAKE_SOURCE_DIR}/packaging/debian/prerm ${CMAKE_SOURCE_DIR}/packaging/debian/postrm)
include(CPack)
