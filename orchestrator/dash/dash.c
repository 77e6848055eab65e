/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/dash.h"

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/dash/site.h"

extern const struct page *const page_table[];

/* The page that comes behind `after` in the order of the table; NULL at the end. */
static const struct page *next_page(const struct page *after) {
    const struct page *best = NULL;
    for (size_t i = 0; page_table[i]; i++) {
        const struct page *p = page_table[i];
        if ((!after || p->order > after->order) && (!best || p->order < best->order))
            best = p;
    }
    return best;
}

static int make_folders(const char *out) {
    static const char *const names[] = {"models", "runs", "cells"};
    struct buf path;
    int rc = 0;
    buf_init(&path, 1 << 16);
    for (size_t i = 0; rc == 0 && i < sizeof(names) / sizeof(*names); i++) {
        buf_reset(&path);
        rc = file_make_dirs(file_join(&path, out, names[i]));
    }
    buf_done(&path);
    return rc;
}

int dash_write(struct db *db, const char *logs_folder, const char *out_folder) {
    struct site site;
    int rc = site_open(&site, db, logs_folder, out_folder);
    if (rc == 0)
        rc = make_folders(out_folder);
    for (const struct page *p = next_page(NULL); rc == 0 && p; p = next_page(p)) {
        rc = p->write(&site);
        if (rc < 0)
            rc = err_while(rc, "writing the pages of %s", p->name);
    }
    if (rc == 0)
        rc = site_prune(&site);
    site_close(&site);
    return rc;
}
