# SPDX-License-Identifier: Apache-2.0
# Third-party packages, found once. ARCHITECTURE.md says which folder may use which.
find_package(Threads REQUIRED)
if(NOCTULE_KERNELS_ONLY)
  return()
endif()
find_package(PkgConfig REQUIRED)

function(noctule_package name module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
  add_library(noctule::${name} ALIAS PkgConfig::${name})
endfunction()

noctule_package(crypto libcrypto)
noctule_package(pcre2 libpcre2-8)
noctule_package(utf8proc libutf8proc)
noctule_package(sqlite sqlite3)
noctule_package(git2 libgit2)
noctule_package(zstd libzstd)
noctule_package(curl libcurl)
noctule_package(expat expat)
noctule_package(seccomp libseccomp)
noctule_package(yaml yaml-0.1)
noctule_package(microhttpd libmicrohttpd)
