# cmake --install: the program, the archives, the public headers.
include(GNUInstallDirs)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/anytls DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/THIRD_PARTY_LICENSES.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
