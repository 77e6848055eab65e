/* SPDX-License-Identifier: Apache-2.0 */
/* colour: by what a program colours its words, "ESC [ … letter" (ECMA-48, 5.4). */
#pragma once

#include <stddef.h>

/* Length of the sequence that begins at text and ends before end; 0 when none does. */
size_t colour_len(const char *text, const char *end);
