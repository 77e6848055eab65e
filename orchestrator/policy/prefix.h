/* SPDX-License-Identifier: Apache-2.0 */
/* prefix: a path below a root, as lists of roles and of noctule.json hold them: it stands for
 * itself and for what lies below it.
 *
 * Prefixes are compared with the paths that git gives, byte for byte. A pattern, or a path that is
 * written in another way than git's, would be of nothing, and what it should close stay open. */
#pragma once

#include <stdbool.h>

/* As git writes it, without patterns; a slash may stand behind it. */
bool prefix_is_plain(const char *path);
