/* SPDX-License-Identifier: Apache-2.0 */
/* standing: "git" of noctule.json as it stands upstream.
 *
 * It says what the upstream is, which branches may be rewritten and whom a token is shown, and
 * whoever writes commits can change it with them or beside them. So that of the upstream's own
 * commit holds, and what the checkout says of it only where none stands there.
 *
 * The upstream cannot be believed to the checkout either. It is looked for from the branch that a
 * remote calls its own (refs/remotes/NAME/HEAD), by what is said there, and there in turn; without
 * such, from what the checkout says. */
#pragma once

#include "orchestrator/git/repo.h"
#include "orchestrator/git/settings.h"

struct arena;
struct commits;

struct standing {
    struct settings settings;
    char base[REPO_HEX_SIZE]; /* the commit whose they are; "" = the checkout's, for want of one */
    const char *changed;      /* a sentence on what the checkout says otherwise, or NULL */
};

/* said: of the noctule.json in the folder prefix ("" or "sub/") of the checkout. Strings live in
 * arena or are those of said. 0; ERR_FORMAT when what stands upstream cannot be read; ERR_IO,
 * ERR_LIMIT. */
int standing_find(struct standing *out, struct arena *arena, const struct commits *c,
                  const char *prefix, const struct settings *said);
/* The same of the noctule.json in a folder of the checkout. As settings_load(), too. */
int standing_load(struct standing *out, struct arena *arena, const struct commits *c,
                  const char *folder);
