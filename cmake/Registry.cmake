# SPDX-License-Identifier: Apache-2.0
# Registration is the file's existence.
#
# registry(TARGET HEADER "const struct TYPE" PREFIX FOLDER): every FOLDER/x.c defines PREFIX_x.
# registry_folders(the same): every FOLDER/x/x.c does; other files in FOLDER/x are its own.
# Both write PREFIX_table[], in file-name order and ended by NULL, into TARGET.
function(registry target header type prefix folder)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.c)
  registry_table(${target} ${header} ${type} ${prefix} ${folder} ${files})
endfunction()

function(registry_folders target header type prefix folder)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*/*.c)
  foreach(file ${files})
    get_filename_component(own ${file} NAME_WE)
    get_filename_component(inside ${file} DIRECTORY)
    get_filename_component(inside ${inside} NAME)
    if(NOT own STREQUAL inside)
      list(REMOVE_ITEM files ${file})
    endif()
  endforeach()
  registry_table(${target} ${header} ${type} ${prefix} ${folder} ${files})
endfunction()

function(registry_table target header type prefix folder)
  set(files ${ARGN})
  list(SORT files)
  set(text "/* Generated from the files of ${folder}/. */\n#include <stddef.h>\n\n")
  string(APPEND text "#include \"${header}\"\n\n")
  set(rows "")
  foreach(file ${files})
    get_filename_component(stem ${file} NAME_WE)
    string(APPEND text "extern ${type} ${prefix}_${stem};\n")
    string(APPEND rows "    &${prefix}_${stem},\n")
  endforeach()
  string(APPEND text "\nextern ${type} *const ${prefix}_table[];\n")
  string(APPEND text "${type} *const ${prefix}_table[] = {\n${rows}    NULL,\n};\n")
  set(path ${CMAKE_BINARY_DIR}/generated/${target}/${prefix}_table.c)
  file(CONFIGURE OUTPUT ${path} CONTENT "${text}" @ONLY)
  target_sources(${target} PRIVATE ${path})
endfunction()
