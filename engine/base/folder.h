/* SPDX-License-Identifier: Apache-2.0 */
/* folder: takes away what somebody else may have built.
 *
 * It walks by descriptors and follows no link. Folders that are closed to us, which are ours all
 * the same, are opened first; what is nested deeper than a path is long comes up to the top. */
#pragma once

/* Removes what lies at path, a folder or not, and all below it. 0, also when nothing is there, or
 * ERR_IO, with as much removed as could be. */
int folder_remove(const char *path);
