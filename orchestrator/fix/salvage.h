/* SPDX-License-Identifier: Apache-2.0 */
/* salvage: the journals of sweeps that ran where nothing is trusted, copied to where they stay. */
#pragma once

/* Each FROM/NAME/events.ndjson that is a plain file becomes TO/NAME/events.ndjson. No link is
 * followed. 0, ERR_IO, or ERR_LIMIT when there are too many, or one is too large. */
int salvage_journals(const char *from, const char *to);
