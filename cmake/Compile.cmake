# SPDX-License-Identifier: Apache-2.0
# Flags every target of ours gets; third-party headers are SYSTEM and stay out of it.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

set(NOCTULE_SANITIZE "" CACHE STRING "Sanitizers, comma-separated: address,undefined or thread")
set(NOCTULE_LEVELS "" CACHE STRING "The only levels of the native backend to build; empty = all")
option(NOCTULE_FUZZ "Build tests/fuzz as libFuzzer programs (clang)" OFF)
option(NOCTULE_KERNELS_ONLY "Only what computes and its tests: no program, no third-party library" OFF)

find_program(NOCTULE_CCACHE ccache)
if(NOCTULE_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${NOCTULE_CCACHE})
endif()

add_library(noctule_flags INTERFACE)
target_compile_definitions(noctule_flags INTERFACE _GNU_SOURCE)
# -ffp-contract=off: the CPU reference rounds where the source says, on every compiler.
target_compile_options(noctule_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes
  -Wmissing-prototypes -Wvla -Wundef -Wwrite-strings -Wpointer-arith -Wcast-qual
  -Wdouble-promotion -fno-common -ffp-contract=off)
# Fatal with the compilers the tree is known to be clean under: what another one newly warns of must
# not stop somebody's sweep.
if("${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}" MATCHES "^(GNU 12|Clang 14)\\.")
  target_compile_options(noctule_flags INTERFACE -Werror)
endif()
if(CMAKE_C_COMPILER_ID MATCHES Clang)
  target_compile_options(noctule_flags INTERFACE -Wno-double-promotion) # it means NAN too; gcc does not
endif()
if(NOCTULE_SANITIZE)
  target_compile_options(noctule_flags INTERFACE
    -fsanitize=${NOCTULE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  target_link_options(noctule_flags INTERFACE -fsanitize=${NOCTULE_SANITIZE})
endif()
if(NOCTULE_FUZZ)
  target_compile_options(noctule_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# A static library of every .c below folder (main.c and cmd/ belong to the program), but for the
# subfolders and files named behind it. One that has no sources yet gets an empty one.
function(noctule_library name folder)
  set(root ${CMAKE_SOURCE_DIR}/${folder})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE ${root} ${root}/*.c)
  list(FILTER sources EXCLUDE REGEX "^(main\\.c|cmd/[^/]*\\.c)$")
  foreach(excluded ${ARGN})
    list(FILTER sources EXCLUDE REGEX "^${excluded}(/|$)")
  endforeach()
  list(TRANSFORM sources PREPEND ${root}/)
  if(NOT sources)
    set(sources ${CMAKE_BINARY_DIR}/generated/${name}/empty.c)
    file(CONFIGURE OUTPUT ${sources} CONTENT "typedef int ${name}_has_no_sources;\n")
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PRIVATE noctule_flags)
endfunction()
