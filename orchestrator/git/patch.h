/* SPDX-License-Identifier: Apache-2.0 */
/* patch: what changed in a text, as a unified diff that `git apply` takes. */
#pragma once

struct buf;

/* Appends the diff of one file, named path; nothing when the texts are the same. 0 or ERR_IO. */
int patch_print(struct buf *out, const char *path, const struct buf *before,
                const struct buf *after);
