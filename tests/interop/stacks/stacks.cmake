# The programs by which interop/ speaks to libraries that have no command of their own: each is
# built where its library or compiler is. interop/peers.txt says which have to be there.
set(STACKS ${CMAKE_CURRENT_BINARY_DIR}/stacks)
set(STACK_SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/interop/stacks)
file(MAKE_DIRECTORY ${STACKS})

function(stack_program name)
    add_executable(${name}_peer ${STACK_SOURCES}/${name}_peer.c ${STACK_SOURCES}/peer.c)
    target_compile_definitions(${name}_peer PRIVATE _GNU_SOURCE)
    target_link_libraries(${name}_peer PRIVATE ${ARGN})
    set_target_properties(${name}_peer PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${STACKS})
endfunction()

find_library(MBEDTLS mbedtls)
if(MBEDTLS) # this version comes without a file for pkg-config
    stack_program(mbedtls ${MBEDTLS} mbedx509 mbedcrypto)
endif()
pkg_check_modules(WOLFSSL IMPORTED_TARGET wolfssl)
if(WOLFSSL_FOUND)
    stack_program(wolfssl PkgConfig::WOLFSSL)
endif()

# Go compiles its library into a cache of our own, once: nothing outside the build folder changes,
# and nothing is downloaded.
find_program(GO go)
if(GO)
    add_custom_command(OUTPUT ${STACKS}/go_peer DEPENDS ${STACK_SOURCES}/peer.go VERBATIM
        COMMAND ${CMAKE_COMMAND} -E env GOCACHE=${STACKS}/go-cache GOPROXY=off GOTOOLCHAIN=local
            GOFLAGS= CGO_ENABLED=0 ${GO} build -o ${STACKS}/go_peer ${STACK_SOURCES}/peer.go)
    add_custom_target(go_peer ALL DEPENDS ${STACKS}/go_peer)
endif()

find_program(JAVAC javac)
if(JAVAC)
    add_custom_command(OUTPUT ${STACKS}/Peer.class DEPENDS ${STACK_SOURCES}/Peer.java VERBATIM
        COMMAND ${JAVAC} -d ${STACKS} ${STACK_SOURCES}/Peer.java)
    add_custom_target(java_peer ALL DEPENDS ${STACKS}/Peer.class)
endif()
