/* SPDX-License-Identifier: Apache-2.0 */
/* twin: a file of a sandbox's folder that has another name (hard link) where it may not be written.
 *
 * Walls hold names, and a file is written by each of those it has: one of them in the open folder
 * opens what is closed, or what lies elsewhere on the disk. A command cannot make such a name, for
 * no link goes from one wall to another; so it is enough to look before it begins. */
#pragma once

/* closed: as closed_resolve() makes it. Files all of whose names may be written are none. 0, or
 * ERR_NOTNOW naming one, or a folder that cannot be looked into and is ours to open; ERR_LIMIT. */
int twin_refuse(const char *tree, const char *const *closed);
