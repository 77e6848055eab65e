/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/site.h"

static int write_style(struct site *site) {
    struct buf out;
    buf_init(&out, SITE_PAGE_MAX);
    for (size_t i = 0; html_style[i]; i++)
        buf_puts(&out, html_style[i]);
    return site_write(site, "style.css", &out);
}

const struct page page_style = {"style", 0, write_style};
