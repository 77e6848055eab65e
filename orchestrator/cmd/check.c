/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/opt.h"
#include "engine/base/plain.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/guard/findings.h"
#include "orchestrator/guard/guard.h"

enum { MESSAGE_MAX = 1 << 20, OUTPUT_MAX = 64 << 20 };

struct options {
    const char *range, *message, *upstream, *rules, *build;
    bool staged, pre_push, kinds, json;
};

static const struct opt opts[] = {
    {OPT_STR,  "range",    0, offsetof(struct options, range),    "A..B",   0, 0,
     "These commits; usually those of HEAD that the upstream lacks."                             },
    {OPT_STR,  "message",  0, offsetof(struct options, message),  "FILE",   0, 0,
     "A message alone, as git's commit-msg hook is given it; - is standard input."               },
    {OPT_FLAG, "staged",   0, offsetof(struct options, staged),   NULL,     0, 0,
     "What would be committed now, without a message."                                           },
    {OPT_FLAG, "pre-push", 0, offsetof(struct options, pre_push), NULL,     0, 0,
     "What git's pre-push hook is told on standard input."                                       },
    {OPT_STR,  "upstream", 0, offsetof(struct options, upstream), "BRANCH", 0, 0,
     "What the commits should be based on; usually git.upstream of noctule.json."                },
    {OPT_STR,  "build",    0, offsetof(struct options, build),    "FOLDER", 0, 0,
     "Build each commit below it, which takes its time; else rules of kind builds are not asked."},
    {OPT_STR,  "rules",    0, offsetof(struct options, rules),    "FILE",   0, 0,
     "Take the rules of this noctule.json, not of the one here or above."                        },
    {OPT_FLAG, "kinds",    0, offsetof(struct options, kinds),    NULL,     0, 0,
     "List the kinds of rules and the presets, and check nothing."                               },
    {OPT_FLAG, "json",     0, offsetof(struct options, json),     NULL,     0, 0, "Print JSON."  },
    OPT_END_ROW,
};

static void print_findings(const struct view_range *range, const struct findings *f, bool json) {
    struct json_writer w;
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    if (json) {
        json_writer_init(&w, &out, 2);
        json_open_object(&w, NULL);
        findings_json(&w, range, f);
        json_close_object(&w);
        buf_putc(&out, '\n');
    } else {
        findings_print(&out, f);
    }
    plain_print(stdout, out.data);
    (void)fflush(stdout); /* where both go to one place, the sum is the last line */
    buf_reset(&out);
    findings_sum(&out, range, f);
    if (!json)
        (void)fputs(out.data, stderr);
    buf_done(&out);
}

/* Standard input is read to its end. */
static int read_stdin(struct buf *text) {
    char chunk[4096];
    size_t n;
    while ((n = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
        buf_add(text, chunk, n);
    return ferror(stdin) ? err_errno(ERR_IO, "cannot read standard input")
                         : buf_ok(text, "standard input");
}

static int check_message(struct guard *g, const char *path, struct view_range *range,
                         struct findings *found) {
    struct buf text;
    struct file file;
    int rc = 0;
    if (strcmp(path, "-") != 0) {
        rc = file_read(&file, path, MESSAGE_MAX);
        if (rc < 0)
            return rc;
        guard_message(g, (const char *)file.data, file.size, true, range, found);
        file_done(&file);
        return 0;
    }
    buf_init(&text, MESSAGE_MAX);
    rc = read_stdin(&text);
    if (rc == 0)
        guard_message(g, text.data, text.len, true, range, found);
    buf_done(&text);
    return rc;
}

static int check_range(struct guard *g, const struct options *o, struct view_range *range,
                       struct findings *found) {
    const char *words = o->range;
    if (!words) {
        if (guard_is_free(g, o->upstream)) /* then it is no matter whether there is a base */
            return guard_want_rules(g);
        int rc = guard_range(g, o->upstream, "HEAD", o->upstream, range, found);
        return rc == ERR_NOTFOUND ? err_set(rc,
                                            "%s; --range A..B names others, git.upstream of "
                                            "noctule.json what they are based on",
                                            err_text())
                                  : rc;
    }
    const char *dots = strstr(words, "..");
    const char *from = dots ? arena_strndup(&g->arena, words, (size_t)(dots - words)) : words;
    const char *to = dots && dots[2] ? dots + 2 : "HEAD";
    if (dots && dots[2] == '.')
        return err_set(ERR_ARG, "\"%s\": A..B is wanted, with two dots", words);
    return guard_range(g, *from ? from : "HEAD", to, o->upstream, range, found);
}

static bool is_hex(const char *word) {
    return strlen(word) == REPO_HEX_SIZE - 1 &&
           strspn(word, "0123456789abcdef") == REPO_HEX_SIZE - 1;
}

/* "LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID" (githooks(5)); an id of zeros is nothing. What any
 * remote has already is not checked again. Returns the exit code or an error. */
static int check_pushed(struct guard *g, const struct options *o, const char *line) {
    char local[REPO_HEX_SIZE + 24] = "", remote[REPO_HEX_SIZE + 24] = "";
    char upstream[REPO_HEX_SIZE] = "", base[REPO_HEX_SIZE];
    struct view_range range = {.len = 0};
    struct findings found = {.len = 0};
    struct views_ask ask = {
        .tip = local, .upstream = g->settings.upstream, .upstream_id = upstream};
    if (sscanf(line, "%*s %64s %*s %64s", local, remote) != 2 || !is_hex(local) || !is_hex(remote))
        return err_set(ERR_FORMAT, "\"%s\" is no line that git writes for a pre-push hook", line);
    if (strspn(local, "0") == strlen(local))
        return EXIT_OK; /* a branch is deleted: there is no commit to look at */
    int rc = commits_tips(g->commits, &g->arena, "refs/remotes/*", &ask.hidden, &ask.hidden_count);
    if (commits_find_remote(g->commits, g->settings.upstream, upstream) < 0)
        *upstream = '\0';
    memcpy(base, upstream, sizeof(base));
    if (rc == 0 && !*base)
        rc = commits_fork(g->commits, local, ask.hidden, ask.hidden_count, base);
    if (rc == 0)
        rc = guard_tip(g, &ask, base, &range, &found);
    if (rc == 0 && found.rules == 0)
        rc = guard_want_rules(g);
    if (rc == 0 && range.len > 0)
        print_findings(&range, &found, o->json);
    return rc < 0 ? rc : range.len && found.errors ? EXIT_FAILED : EXIT_OK;
}

static int check_push(struct guard *g, const struct options *o) {
    struct buf text;
    int code = EXIT_OK;
    buf_init(&text, MESSAGE_MAX);
    int rc = read_stdin(&text);
    for (char *at = text.data; rc == 0 && *at;) {
        char *end = at + strcspn(at, "\n"), *next = end + (*end == '\n');
        *end = '\0';
        int got = *at ? check_pushed(g, o, at) : EXIT_OK;
        rc = got < 0 ? got : 0;
        code = got > 0 ? got : code;
        at = next;
    }
    buf_done(&text);
    return rc < 0 ? rc : code;
}

static int check(struct guard *g, const struct options *o) {
    struct view_range range = {.len = 0};
    struct findings found = {.len = 0};
    int rc;
    if (o->pre_push)
        return check_push(g, o);
    rc = o->message || o->staged ? guard_want_rules(g) : 0;
    if (rc < 0)
        return rc;
    if (o->message)
        rc = check_message(g, o->message, &range, &found);
    else
        rc = o->staged ? guard_staged(g, &range, &found) : check_range(g, o, &range, &found);
    if (rc == 0 && range.len == 0)
        rc = err_set(ERR_NOTFOUND, "nothing is staged, so nothing was checked");
    if (rc == 0 && found.rules == 0)
        rc = guard_want_rules(g);
    if (rc < 0)
        return rc;
    print_findings(&range, &found, o->json);
    /* A hook must let messages through where only changes have rules; the sum has said so. */
    if (found.asked == 0 && !o->message)
        return err_set(ERR_NOTFOUND, "no rule speaks of this, so nothing was checked");
    return found.errors ? EXIT_FAILED : EXIT_OK;
}

static int print_kinds(void) {
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    findings_kinds(&out);
    (void)fputs(out.data, stdout);
    buf_done(&out);
    return EXIT_OK;
}

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct guard g;
    if (argc > 0)
        return err_set(ERR_ARG, "\"%s\" is not an option", argv[0]);
    if (!!o->range + !!o->message + o->staged + o->pre_push > 1)
        return err_set(ERR_ARG, "one of --range, --message, --staged and --pre-push at a time");
    if (o->kinds)
        return print_kinds();
    int rc = guard_open(&g, o->rules);
    if (rc < 0)
        return rc;
    g.build_cache = o->build;
    rc = check(&g, o);
    guard_close(&g);
    return rc;
}

const struct cmd cmd_check = {
    .name = "check",
    .args = "",
    .summary = "Holds commits, a message or what is staged to the rules of noctule.json, and says "
               "what breaks which and how to mend it.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
