/* SPDX-License-Identifier: Apache-2.0 */
/* noctule fixes: what was tried to mend, and what became of it. */
#include <stdio.h>

#include "engine/base/clock.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/fix/record.h"
#include "orchestrator/fix/record_print.h"
#include "orchestrator/sweep/place.h"

struct options {
    bool json;
};

static const struct opt opts[] = {
    {OPT_FLAG, "json", 0, offsetof(struct options, json), NULL, 0, 0, "Print JSON."},
    OPT_END_ROW,
};

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct place place;
    struct fix_record *rows = NULL;
    struct buf out;
    size_t len = 0;
    if (argc > 0)
        return err_set(ERR_ARG, "\"%s\" is not an option", argv[0]);
    int rc = place_open(&place, NULL);
    if (rc < 0)
        return rc;
    buf_init(&out, 256 << 20);
    rc = fix_records_list(place.logs, &place.arena, &rows, &len);
    if (rc == 0 && o->json)
        fix_record_print_json(&out, rows, len);
    else if (rc == 0 && len)
        fix_record_print_table(&out, rows, len, clock_wall_ms());
    else if (rc == 0)
        buf_puts(&out,
                 "Nothing was tried to be mended yet; \"noctule clusters\" says what could be.\n");
    fputs(out.data, stdout);
    buf_done(&out);
    place_close(&place);
    return rc;
}

const struct cmd cmd_fixes = {
    .name = "fixes",
    .args = "",
    .summary = "Lists what was tried to mend, newest first, and what became of it.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
