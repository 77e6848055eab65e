# SPDX-License-Identifier: Apache-2.0
# Read by ctest when it starts: `noctule plan --ctest` prints one add_test() per cell of the plan,
# so that families, backends and dtypes stand nowhere but in noctule.json and tests/models.
set(cells "${binary}/cells.cmake")
# `filter` narrows it: under a sanitizer, which finds in one level what it finds in all, and slowly.
execute_process(COMMAND "${noctule}" plan --ctest --build "${binary}" ${filter}
  WORKING_DIRECTORY "${source}" OUTPUT_FILE "${cells}" ERROR_QUIET RESULT_VARIABLE status)
if(status EQUAL 0)
  include("${cells}")
else()
  # The same command as a test: it fails, and shows why.
  add_test(cell/plan "${noctule}" plan --ctest --build "${binary}" ${filter})
  set_tests_properties(cell/plan PROPERTIES LABELS cell WORKING_DIRECTORY "${source}")
endif()
