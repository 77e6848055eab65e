/* SPDX-License-Identifier: Apache-2.0 */
/* subject: what a type of case is about, and so where to look when one fails. */
#pragma once

#include <stdbool.h>

bool subject_has_numbers(const char *type); /* of a model's run */
bool subject_has_weights(const char *type); /* a checkpoint has to do with it */
bool subject_is_output(const char *type);   /* of one pass */
