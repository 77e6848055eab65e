/* SPDX-License-Identifier: Apache-2.0 */
/* config_edit: noctule.json changed in place. Comments, layout and order of all that an edit is not
 * about stay as they are.
 *
 * text is one that config_parse() took. list is a key of the root that holds a list of objects.
 * All return 0, or ERR_NOTFOUND when the text has no such list, entry or key as plain words. */
#pragma once

#include <stddef.h>

struct buf;

/* An entry with its lines and, unless it is the first, the comment lines right above it. */
int config_edit_remove(struct buf *text, const char *list, size_t index);
/* The value of a key of an entry; value is JSON. */
int config_edit_set(struct buf *text, const char *list, size_t index, const char *key,
                    const char *value);
/* A further entry at the end of the list, which is added to the root when it is not there. members
 * are lines of "key": value without commas, NULL-terminated. */
int config_edit_append(struct buf *text, const char *list, const char *const *members);
