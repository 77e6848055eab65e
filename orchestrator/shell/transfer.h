/* SPDX-License-Identifier: Apache-2.0 */
/* transfer: where what is copied or moved comes to lie.
 *
 * A folder that is named as the target takes the source under the source's own name, and a folder
 * that is moved takes all that lies in it along: each of these names is judged, and not only the
 * two that the command line says. */
#pragma once

struct scope;

enum { TRANSFER_FILES_MAX = 10000 };

/* Whether src may be taken away, with all that lies in it. 0, or ERR_ARG with one sentence. */
int transfer_from(const struct scope *s, const char *src);
/* Whether dest may become src, or take it in. The same. */
int transfer_into(const struct scope *s, const char *src, const char *dest);
