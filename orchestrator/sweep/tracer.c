/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/tracer.h"

#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"

const char *const *tracer_diff(struct arena *arena, const char *engine, const char *a,
                               const char *b, bool all) {
    const char **argv = arena_array(arena, 8, sizeof(*argv));
    size_t n = 0;
    argv[n++] = engine;
    argv[n++] = "diff";
    argv[n++] = "--json";
    if (all)
        argv[n++] = "--all";
    argv[n++] = "--";
    argv[n++] = a;
    argv[n] = b;
    return argv;
}

/* Words come as parameters, so that nothing of them is read by the shell. What the traces say of
 * themselves is chat; 2 is the engine's own "could not". */
static const char script[] =
    "t=${TMPDIR:-/tmp}/trace.$$; e=$1 f=$2 c=$3 d=$6\n"
    "one() { \"$e\" trace \"$f\" --case=\"$c\" --backend=\"$1\" ${d:+--dtype=\"$d\"} -o \"$t/$2\" "
    ">&2 || exit 2; }\n"
    "one \"$4\" a; one \"$5\" b\n"
    "\"$e\" diff --json $7 -- \"$t/a\" \"$t/b\"; s=$?\n"
    "rm -rf \"$t\"; exit $s";

int tracer_compare(struct arena *arena, const char *engine, const struct tracer_case *c,
                   const char *const **out) {
    const char *words[] = {engine, c->fixture, c->name, c->backend, c->reference, c->dtype};
    enum { WORDS = sizeof(words) / sizeof(*words) };
    const char **argv = arena_array(arena, WORDS + 6, sizeof(*argv));
    size_t n = 0;
    argv[n++] = "sh";
    argv[n++] = "-c";
    argv[n++] = script;
    argv[n++] = "sh";
    for (size_t i = 0; i < WORDS; i++) {
        if (*words[i] == '-')
            return err_set(ERR_ARG, "\"%.100s\" begins like an option", words[i]);
        argv[n++] = words[i];
    }
    argv[n] = c->all ? "--all" : "";
    *out = argv;
    return 0;
}

int tracer_judge(int code, struct buf *said, const struct buf *complaint) {
    while (said->len && said->data[said->len - 1] == '\n')
        said->data[--said->len] = '\0';
    if (code == 0 || code == 1)
        return said->len ? 0 : err_set(ERR_FORMAT, "noctule-engine diff printed nothing");
    return err_set(ERR_IO, "noctule-engine diff ended with %d: %.*s", code,
                   (int)(complaint->len < TRACER_WORDS_MAX ? complaint->len : TRACER_WORDS_MAX),
                   complaint->data);
}
