/* SPDX-License-Identifier: Apache-2.0 */
/* dash: the dashboard, static pages that open from a folder without server, script or network. */
#pragma once

struct db;

/* Writes every page below out_folder (made when needed), index.html last, so that a half-written
 * dashboard is never the newest. logs_folder holds the logs that results name.
 * 0; ERR_NOTFOUND when there is no run yet; ERR_IO, ERR_LIMIT. */
int dash_write(struct db *db, const char *logs_folder, const char *out_folder);
