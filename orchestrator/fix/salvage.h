/* SPDX-License-Identifier: Apache-2.0 */
/* salvage: what goes in and out of a throw-away tree: this program, to where a sandbox with a user
 * of its own can come, and the journals of the sweeps in it, to where they stay. */
#pragma once

/* FROM/NAME becomes TO/NAME, as a program that anybody may run, when it is a plain file; no link is
 * followed on the way. NAME may have slashes. 0, ERR_NOTFOUND, ERR_IO. */
int salvage_file(const char *from, const char *to, const char *name);
/* Whether each part of BELOW is still a folder of TREE: what ran there may have put a link to
 * somebody's results in its place. 0 or ERR_FORMAT. */
int salvage_check(const char *tree, const char *below);
/* A copy that anybody may run. 0 or ERR_IO. */
int salvage_program(const char *from, const char *to);
/* Each FROM/NAME/events.ndjson that is a plain file becomes TO/NAME/events.ndjson. No link is
 * followed. 0, ERR_IO, or ERR_LIMIT when there are too many, or one is too large. */
int salvage_journals(const char *from, const char *to);
