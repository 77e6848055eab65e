/* SPDX-License-Identifier: Apache-2.0 */
/* cluster_print: clusters of failures as a person or another program reads them. */
#pragma once

#include <stddef.h>

struct arena;
struct buf;
struct cluster;
struct db;
struct json_writer;
struct run;

/* Id, cause, cells, cases, first seen, in how many runs: one line each, aligned. most 0 = all. */
void cluster_print_table(struct buf *out, const struct cluster *rows, size_t len, size_t most);
void cluster_print_json(struct buf *out, const struct run *run, const struct cluster *rows,
                        size_t len);
/* Everything about one: the diagnosis, how to reproduce it, every case. 0 or ERR_IO. */
int cluster_print_one(struct buf *out, struct db *db, struct arena *arena, const struct cluster *c);
/* The members of what cluster_print_one_json() prints, into the open object. */
int cluster_put_one_json(struct json_writer *w, struct db *db, struct arena *arena,
                         const struct cluster *c);
int cluster_print_one_json(struct buf *out, struct db *db, struct arena *arena,
                           const struct cluster *c);
