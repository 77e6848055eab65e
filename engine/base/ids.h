/* SPDX-License-Identifier: Apache-2.0 */
/* ids: token ids as people write them: "1 2 3", "[1, 2, 3]". */
#pragma once

#include <stdint.h>

/* How many; *out is the caller's to free(), and left alone on failure. ERR_ARG naming what is no
 * id. */
int64_t ids_parse(int32_t **out, const char *text);
