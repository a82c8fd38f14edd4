# The manual: docs/man/NAME.SECTION.scd becomes man/NAME.SECTION, by scdoc. Whatever else a page of
# section 3 has under NAME is found as well: `man tacit_conn_write` opens tacit_conn(3).
find_program(SCDOC scdoc)
if(NOT SCDOC)
    message(STATUS "scdoc is not there: no manual")
    return()
endif()

file(GLOB MANUAL_SOURCES CONFIGURE_DEPENDS docs/man/*.scd)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${MANUAL_SOURCES}) # the names
set(manual_dir ${CMAKE_CURRENT_BINARY_DIR}/man)
file(MAKE_DIRECTORY ${manual_dir})

foreach(source ${MANUAL_SOURCES})
    get_filename_component(page ${source} NAME_WLE) # tacit_conn.3
    get_filename_component(title ${page} NAME_WE)
    string(REGEX REPLACE ".*\\." "" section ${page})
    add_custom_command(OUTPUT ${manual_dir}/${page}
        COMMAND sh -c "\"$0\" <\"$1\" >\"$2\"" ${SCDOC} ${source} ${manual_dir}/${page}
        DEPENDS ${source} VERBATIM)
    list(APPEND MANUAL_PAGES ${manual_dir}/${page})

    file(READ ${source} text)
    string(REGEX MATCH "# NAME\n\n[^-]* - " headline "${text}")
    string(REGEX MATCHALL "tacit_[a-z0-9_]+" names "${headline}")
    set(links)
    if(section EQUAL 3)
        list(REMOVE_ITEM names ${title})
        foreach(name ${names})
            file(WRITE ${manual_dir}/${name}.3 ".so man3/${page}\n")
            list(APPEND links ${manual_dir}/${name}.3)
        endforeach()
    endif()
    install(FILES ${manual_dir}/${page} ${links} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
add_custom_target(manual ALL DEPENDS ${MANUAL_PAGES})
