/* SPDX-License-Identifier: Apache-2.0 */
/* record_print: records of fixes for people and for programs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct buf;
struct fix_record;

/* A row each, in columns; their age at now_ms. */
void fix_record_print_table(struct buf *out, const struct fix_record *rows, size_t len,
                            int64_t now_ms);
void fix_record_print_json(struct buf *out, const struct fix_record *rows, size_t len);
