# The toolchain of `./dev foreign`: Debian's cross compiler for TACIT_FOREIGN (arm64, s390x), the
# libraries that tools/dev/foreign-root.sh unpacked for it, and qemu to run what comes out.
set(TACIT_FOREIGN "" CACHE STRING "a Debian architecture")
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES TACIT_FOREIGN)
set(processor_arm64 aarch64)
set(processor_s390x s390x)

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${processor_${TACIT_FOREIGN}})
set(triplet ${CMAKE_SYSTEM_PROCESSOR}-linux-gnu)
set(CMAKE_C_COMPILER ${triplet}-gcc)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-${CMAKE_SYSTEM_PROCESSOR} -L /usr/${triplet})

cmake_path(SET root NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../build/root-${TACIT_FOREIGN})
set(CMAKE_FIND_ROOT_PATH ${root})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${root})
set(ENV{PKG_CONFIG_LIBDIR} ${root}/usr/lib/${triplet}/pkgconfig)
# The headers of OpenSSL and jansson are in two places: those that depend on the architecture.
set(CMAKE_C_FLAGS_INIT "-isystem ${root}/usr/include/${triplet}")
set(CMAKE_LIBRARY_ARCHITECTURE ${triplet})
