# The library as hosts get it: an archive and a shared library around one object.
#
# In that object every name but tacit_* is local, so that our short ones (`fail`, `rd_u8`) meet
# none of a host's; and it is machine code, also where its parts were compiled for link-time
# optimisation. docs/adr/0006-one-object.md says why.
set(TACIT_OBJECT ${CMAKE_CURRENT_BINARY_DIR}/tacit.o)
set(merge_flags ${CMAKE_C_FLAGS})
if(TACIT_LTO) # it compiles here
    string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
    string(APPEND merge_flags " ${CMAKE_C_FLAGS_${build_type}} ${TACIT_LTO}"
        " -flinker-output=nolto-rel -ffunction-sections -fdata-sections")
endif()
separate_arguments(merge_flags UNIX_COMMAND "${merge_flags}")
add_custom_command(
    OUTPUT ${TACIT_OBJECT}
    COMMAND ${CMAKE_C_COMPILER} ${merge_flags} -r -nostdlib -o ${TACIT_OBJECT}
        $<TARGET_OBJECTS:tacit_core> $<TARGET_OBJECTS:tacit_provider>
    COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${TACIT_OBJECT}
    DEPENDS $<TARGET_OBJECTS:tacit_core> $<TARGET_OBJECTS:tacit_provider>
    COMMENT "Merging the library into tacit.o"
    COMMAND_EXPAND_LISTS VERBATIM)

# The programs of this tree link the archive: they run from wherever they are copied to.
add_library(tacit STATIC ${TACIT_OBJECT})
add_library(tacit_shared SHARED ${TACIT_OBJECT})
add_dependencies(tacit_shared tacit) # tacit.o is made once

foreach(library tacit tacit_shared)
    set_target_properties(${library} PROPERTIES LINKER_LANGUAGE C OUTPUT_NAME tacit)
    target_include_directories(${library} PUBLIC
        $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
target_link_libraries(tacit PUBLIC PkgConfig::LIBCRYPTO)
target_link_libraries(tacit_shared PRIVATE PkgConfig::LIBCRYPTO)

configure_file(cmake/tacit.map.in tacit.map @ONLY)
set_target_properties(tacit_shared PROPERTIES
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
    EXPORT_NAME tacit LINK_DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/tacit.map)
set_target_properties(tacit PROPERTIES EXPORT_NAME static)
# Calls inside the library stay inside, also in a host that holds another copy of it.
target_link_options(tacit_shared PRIVATE
    -Wl,--version-script=${CMAKE_CURRENT_BINARY_DIR}/tacit.map -Wl,-Bsymbolic-functions)
if(NOT TACIT_SANITIZE) # whose run-time library the program brings
    target_link_options(tacit_shared PRIVATE -Wl,--no-undefined)
endif()

# The names are the same here as in the installed package.
add_library(tacit::tacit ALIAS tacit_shared)
add_library(tacit::static ALIAS tacit)
