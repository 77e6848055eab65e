/* SPDX-License-Identifier: Apache-2.0 */
/* record_print: records of fixes for people and for programs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct buf;
struct fix_record;
struct json_writer;

/* A row each, in columns; their age at now_ms. */
void fix_record_print_table(struct buf *out, const struct fix_record *rows, size_t len,
                            int64_t now_ms);
void fix_record_print_json(struct buf *out, const struct fix_record *rows, size_t len);
/* The same as the array "fixes" of the open object. */
void fix_record_put_list(struct json_writer *w, const struct fix_record *rows, size_t len);
