/* SPDX-License-Identifier: Apache-2.0 */
/* weight_check: what a model holds, against what its files say, read by another path; and whether
 * what it holds is decoded as its format demands.
 *
 * Nothing of format/, nn/ or tensor/ is used to read the files, to round their numbers or to take
 * blocks apart: a fault in those must not be able to hide itself. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct weights;

enum { WEIGHT_CHECK_TEXT = 512 };

struct weight_finding {
    bool found;
    size_t checked; /* tensors */
    const char
        *name; /* of the first that differs, is decoded otherwise or holds NaN: the model's */
    const char
        *part; /* "quant" or "dtype" when it is held rightly and decoded wrongly; else NULL */
    char text[WEIGHT_CHECK_TEXT];
};

/* Whether tensor/ decodes what the weights are stored in. Panels are passed over. */
void weight_check_decoder(const struct weights *w, struct weight_finding *out);
/* path: a folder of *.safetensors, or a GGUF file. 0, also when a tensor differs; ERR_IO or
 * ERR_FORMAT when the files cannot be read in this way. */
int weight_check(const struct weights *w, const char *path, struct weight_finding *out);
