/* SPDX-License-Identifier: Apache-2.0 */
/* banner: the one answer a visitor came for: did anything regress. */
#pragma once

#include "orchestrator/dash/site.h"

/* "ok": nothing regressed and nothing is wrong; "bad": something regressed; "warn": nothing did,
 * but cases fail, are missing or were lost, or there is nothing to compare with. */
const char *banner_class(const struct site_run *run);
/* The banner, with links to the reference run and to the cells that are worse. */
int banner_put(struct html *h, struct site *site, const struct site_run *run);
