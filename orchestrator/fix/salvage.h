/* SPDX-License-Identifier: Apache-2.0 */
/* salvage: what is taken out of a throw-away tree that was somebody's: what was built there, and
 * the journals of sweeps, to where they stay. Copies are ours, and anybody may read them. */
#pragma once

/* FROM/NAME becomes TO/NAME, as a program that anybody may run, when it is a plain file; no link is
 * followed on the way. NAME may have slashes. 0, ERR_NOTFOUND, ERR_IO. */
int salvage_file(const char *from, const char *to, const char *name);
/* All of FROM: folders, plain files with one name, and links to what lies beside or below them.
 * What is something else is left out; whoever needs it will say so. 0, ERR_IO, ERR_LIMIT when it is
 * too deep or too large. */
int salvage_folder(const char *from, const char *to);
/* Whether each part of BELOW is still a folder of TREE: what ran there may have put a link to
 * somebody's results in its place. 0 or ERR_FORMAT. */
int salvage_check(const char *tree, const char *below);
/* Each FROM/NAME/events.ndjson that is a plain file becomes TO/NAME/events.ndjson, or NAME-2 where
 * an earlier call has left one of that name. No link is
 * followed. 0, ERR_IO, or ERR_LIMIT when there are too many, or one is too large. */
int salvage_journals(const char *from, const char *to);
