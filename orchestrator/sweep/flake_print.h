/* SPDX-License-Identifier: Apache-2.0 */
/* flake_print: cases that are flaky, as people and programs read them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "orchestrator/store/flakes.h"

struct buf;
struct waivers;

/* At most `most` rows, 0 = all. quarantine: the entries of noctule.json, NULL = not said; those
 * that have expired by now_ms quarantine nothing. */
void flake_print_table(struct buf *out, const struct flake_row *rows, size_t len, size_t most,
                       const struct waivers *quarantine, int64_t now_ms);
void flake_print_json(struct buf *out, const struct flake_row *rows, size_t len, const char *run,
                      const struct waivers *quarantine, int64_t now_ms);
