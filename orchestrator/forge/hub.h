/* SPDX-License-Identifier: Apache-2.0 */
/* hub: what GitHub and the services made like it are asked in one way: /repos/OWNER/NAME/pulls and
 * /statuses. They differ in how a branch is named and in what else they know; that is their row's
 * to say. */
#pragma once

#include "orchestrator/forge/forge.h"

/* "owner:branch", as a branch of any repository of one network is named. */
void hub_put_head(const struct forge_wish *w, struct buf *out);

/* For a row's create; what the service knows besides can be put behind it. */
void hub_create(const struct forge *f, const struct forge_wish *w, const char *head,
                struct buf *path, struct json_writer *body);
/* A row's update and status, as they are. */
void hub_update(const struct forge *f, const struct forge_wish *w, int64_t number, struct buf *path,
                struct json_writer *body);
void hub_status(const struct forge *f, const char *commit, bool good, const char *description,
                struct buf *path, struct json_writer *body);
