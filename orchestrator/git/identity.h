/* SPDX-License-Identifier: Apache-2.0 */
/* identity: who makes a commit here, as git would say: GIT_AUTHOR_NAME and its kin before author.*,
 * committer.* and user.* of the configuration, $EMAIL behind them. git would guess from the name of
 * the machine where nothing says so; here nobody does. */
#pragma once

struct commits;
struct git_signature;

enum identity_role { IDENTITY_AUTHOR, IDENTITY_COMMITTER };

/* *out is the caller's to git_signature_free(). 0, or ERR_NOTNOW with what is to be set. */
int identity_find(const struct commits *c, enum identity_role role, struct git_signature **out);
