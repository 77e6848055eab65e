/* SPDX-License-Identifier: Apache-2.0 */
/* script: decoys by a command of the suite.
 *
 * It gets the ids of cases behind its own words, spoils what they are held against in a throw-away
 * copy of the base, and prints the ids of those that must fail now. What it was asked for and does
 * not print, nobody knows of. */
#pragma once

struct decoy_fixture;

/* Tells and edits both trees. 0, ERR_FORMAT when it fails, or as sandbox_run(). */
int script_spoil(const struct decoy_fixture *f);
