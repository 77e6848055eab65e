/* SPDX-License-Identifier: Apache-2.0 */
/* weight_check: what a model holds, against what its files say, read by another path.
 *
 * Nothing of format/, nn/ or tensor/dtype is used to read the files or to round their numbers: a
 * fault in those must not be able to hide itself. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct model;

enum { WEIGHT_CHECK_TEXT = 512 };

struct weight_finding {
    bool found;
    size_t checked;   /* tensors */
    const char *name; /* of the first that differs or holds NaN, the model's */
    char text[WEIGHT_CHECK_TEXT];
};

/* folder: of *.safetensors. 0, also when a tensor differs; ERR_IO or ERR_FORMAT when the files
 * cannot be read in this way. */
int weight_check(const struct model *m, const char *folder, struct weight_finding *out);
