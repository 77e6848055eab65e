/* SPDX-License-Identifier: Apache-2.0 */
/* The presets over messages in the public style of each project: every good one passes, and every
 * bad one, made from a good one by one fault, is found by the rule that the fault breaks. */
#include <stdlib.h>

#include "engine/base/buf.h"
#include "orchestrator/policy/preset.h"
#include "tests/orchestrator/policy/policy.h"

enum { GOOD_LEAST = 200, BAD_LEAST = 1000 };

/* Briefs that every style has seen the like of; digits, names, quotes, colons, dashes. */
static const char *const briefs[] = {
    "support any with axis None",          "read end indices beyond the shape",
    "handle 0-d tensors in broadcast_to",  "make `split` accept a tuple of sizes",
    "drop the copy of the lazy attribute", "skip GPU statistics when no GPU is there",
    "add KV cache for the second stage",   "speed up isinf on integers",
    "mend repeat_interleave (again)",      "say which step failed",
    "rename --lr to --learning-rate",      "use 3 workers, not 12",
    "let the user choose: f32 or bf16",    "keep what was there before",
};
/* Bodies in prose, with what is near a fault and is none. */
static const char *const bodies[] = {
    "The scalar was not made a tensor first, so its shape was empty.",
    "What follows the colon is read: a path, a name - or nothing at all.\nIt is trimmed.",
    "Positions go up to\n4096. What is longer is refused, and says so.",
    "Found by the nightly sweep of 2026-01-15.\n\nTwo tests that were skipped run again.",
    "Told here:\nhttps://github.com/example/example-project-with-a-long-name/issues/2390#comment-1",
    "It takes 1) no lock and 2) no copy, so nothing waits for it.",
    "A comprehension is not what it sounds like; neither is a bottle.",
};
static const char *const types[] = {"fix", "feat", "refactor", "docs", "test", "chore"};
static const char *const scopes[] = {"", "(ops)", "(npu)", "(models/qwen2)"};
static const char *const files[] = {"train.py", "lib/optimizers.py", "scripts/check.sh, Makefile",
                                    "gpt2/model", "Kconfig"};

struct style {
    const char *preset;
    bool typed;          /* "type(scope): brief", else "file: brief" */
    bool body;           /* there is always one */
    const char *trailer; /* at the end of every message */
};

static const struct style styles[] = {
    {"conventional", true,  false, ""                                            },
    {"mindnlp",      true,  false, ""                                            },
    {"kernel",       false, true,
     "\n\nGenerated-by: Claude AI\nSigned-off-by: Ada Lovelace <ada@example.org>"},
};

struct fault {
    const char *rule;
    const char *only; /* a preset; NULL = any that has the rule */
    void (*make)(struct buf *out, const char *good);
};

static void copy_with_subject(struct buf *out, const char *good, const char *before,
                              const char *behind) {
    size_t subject = strcspn(good, "\n");
    buf_printf(out, "%s%.*s%s%s", before, (int)subject, good, behind, good + subject);
}

/* Behind the subject, as a paragraph of its own. */
static void copy_with_paragraph(struct buf *out, const char *good, const char *text) {
    size_t subject = strcspn(good, "\n");
    buf_printf(out, "%.*s\n\n%s%s%s", (int)subject, good, text, good[subject] ? "" : "\n",
               good + subject);
}

static const char *brief_of(const char *good) {
    return strstr(good, ": ") + 2;
}

static void no_prefix(struct buf *out, const char *good) {
    buf_puts(out, brief_of(good));
    if (strstr(out->data, ": ") &&
        strcspn(out->data, "\n") > (size_t)(strstr(out->data, ": ") - out->data)) {
        buf_reset(out); /* what is left looks like one: without its colon it does not */
        for (const char *c = brief_of(good); *c; c++)
            if (*c != ':' || c[1] != ' ')
                buf_putc(out, *c);
    }
}
static void no_blank(struct buf *out, const char *good) {
    const char *brief = brief_of(good);
    buf_printf(out, "%.*s%s", (int)(brief - good - 1), good, brief);
}
static void two_blanks(struct buf *out, const char *good) {
    const char *brief = brief_of(good);
    buf_printf(out, "%.*s %s", (int)(brief - good), good, brief);
}
static void full_stop(struct buf *out, const char *good) {
    copy_with_subject(out, good, "", ".");
}
static void wip(struct buf *out, const char *good) {
    copy_with_subject(out, good, "WIP ", "");
}
static void false_merge(struct buf *out, const char *good) {
    copy_with_subject(out, good, "Merge the ", "");
}
static void capital_type(struct buf *out, const char *good) {
    buf_printf(out, "%c%s", *good - 32, good + 1);
}
static void unknown_type(struct buf *out, const char *good) {
    copy_with_subject(out, good, "my", "");
}
static void capital_brief(struct buf *out, const char *good) {
    const char *brief = brief_of(good);
    buf_printf(out, "%.*sThe %s", (int)(brief - good), good, brief);
}
static void long_subject(struct buf *out, const char *good) {
    copy_with_subject(out, good, "",
                      " and go on for so long that nobody who reads a log by lines, in a window "
                      "that is not made for it, gets to the end of it");
}
static void long_body(struct buf *out, const char *good) {
    copy_with_paragraph(out, good,
                        "This line goes on for so long that it does not fit into the window in "
                        "which a log is read, and so it is to be broken.");
}
static void bullets(struct buf *out, const char *good) {
    copy_with_paragraph(out, good, "- one thing is done\n- and another");
}
static void stars(struct buf *out, const char *good) {
    copy_with_paragraph(out, good, "It does this:\n  * one thing");
}
static void numbers(struct buf *out, const char *good) {
    copy_with_paragraph(out, good, "1. one thing is done\n2. and another");
}
static void heading(struct buf *out, const char *good) {
    copy_with_paragraph(out, good, "## Summary");
}
static void word(struct buf *out, const char *good) {
    copy_with_paragraph(out, good, "This is a comprehensive change.");
}
static void shouted_word(struct buf *out, const char *good) {
    copy_with_subject(out, good, "", ", COMPREHENSIVE");
}
static void quoted_word(struct buf *out, const char *good) {
    copy_with_paragraph(out, good, "It is \"comprehensive\".");
}
static void hidden_word(struct buf *out, const char *good) {
    copy_with_paragraph(out, good, "It is compre\xC2\xADhensive.");
}
static void footer(struct buf *out, const char *good) {
    buf_printf(out, "%s\n🤖 Generated with [Claude Code](https://claude.ai/code)", good);
}
static void early_footer(struct buf *out, const char *good) {
    copy_with_paragraph(out, good, "> generated with claude code");
}
static void co_author(struct buf *out, const char *good) {
    copy_with_paragraph(out, good, "co-authored-by: Claude <noreply@anthropic.com>");
}
static void no_trailers(struct buf *out, const char *good) {
    buf_printf(out, "%.*s", (int)(strstr(good, "\n\nGenerated-by") - good), good);
}
static void no_generated(struct buf *out, const char *good) {
    const char *at = strstr(good, "Generated-by"), *end = at + strcspn(at, "\n") + 1;
    buf_printf(out, "%.*s%s", (int)(at - good), good, end);
}
static void no_sign_off(struct buf *out, const char *good) {
    buf_printf(out, "%.*s", (int)(strstr(good, "\nSigned-off-by") - good), good);
}
static void turned_trailers(struct buf *out, const char *good) {
    const char *at = strstr(good, "Generated-by"), *second = strstr(at, "Signed-off-by");
    buf_printf(out, "%.*s%s\n%.*s", (int)(at - good), good, second, (int)(second - at - 1), at);
}
static void split_trailers(struct buf *out, const char *good) {
    const char *at = strstr(good, "Signed-off-by");
    buf_printf(out, "%.*sReviewed-by: Bob <bob@example.org>\n%s", (int)(at - good), good, at);
}
static void apart_trailers(struct buf *out, const char *good) {
    const char *at = strstr(good, "Signed-off-by");
    buf_printf(out, "%.*s\n%s", (int)(at - good), good, at);
}
static void trailers_first(struct buf *out, const char *good) {
    buf_printf(out, "%s\n\nAnd one more thing that was forgotten", good);
}
static void empty_generated(struct buf *out, const char *good) {
    const char *at = strstr(good, "Generated-by"), *end = at + strcspn(at, "\n");
    buf_printf(out, "%.*sGenerated-by: %s", (int)(at - good), good, end);
}
static void machine_signs(struct buf *out, const char *good) {
    buf_printf(out, "%s\n\nSigned-off-by: Claude <noreply@anthropic.com>", good);
}
static void bot_signs(struct buf *out, const char *good) {
    buf_printf(out, "%s\n\nSigned-off-by: dependabot[bot] <support@example.org>", good);
}
static void no_body(struct buf *out, const char *good) {
    buf_printf(out, "%.*s%s", (int)strcspn(good, "\n"), good, strstr(good, "\n\nGenerated-by"));
}
static void no_separation(struct buf *out, const char *good) {
    size_t subject = strcspn(good, "\n");
    buf_printf(out, "%.*s\nIt says more at once.%s", (int)subject, good, good + subject);
}
static void control(struct buf *out, const char *good) {
    copy_with_subject(out, good, "", "\x1b[31m!");
}
static void turned_text(struct buf *out, const char *good) {
    copy_with_paragraph(out, good,
                        "It reads \xE2\x80\xAE"
                        "backwards.");
}
static void no_text(struct buf *out, const char *good) {
    copy_with_paragraph(out, good, "It is \xFF.");
}

static const struct fault faults[] = {
    {"subject",  NULL,           no_prefix      },
    {"subject",  NULL,           no_blank       },
    {"subject",  NULL,           two_blanks     },
    {"subject",  NULL,           full_stop      },
    {"subject",  NULL,           wip            },
    {"subject",  NULL,           false_merge    },
    {"subject",  "conventional", capital_type   },
    {"subject",  "mindnlp",      capital_type   },
    {"subject",  "conventional", unknown_type   },
    {"subject",  "mindnlp",      unknown_type   },
    {"subject",  "conventional", capital_brief  },
    {"width",    NULL,           long_subject   },
    {"width",    "conventional", long_body      },
    {"width",    "kernel",       long_body      },
    {"prose",    "kernel",       bullets        },
    {"prose",    "kernel",       stars          },
    {"prose",    "kernel",       numbers        },
    {"prose",    "kernel",       heading        },
    {"banned",   "kernel",       word           },
    {"banned",   "kernel",       shouted_word   },
    {"banned",   "kernel",       quoted_word    },
    {"text",     "kernel",       hidden_word    },
    {"banned",   "kernel",       footer         },
    {"banned",   "kernel",       early_footer   },
    {"banned",   "kernel",       co_author      },
    {"trailers", "kernel",       no_trailers    },
    {"trailers", "kernel",       no_generated   },
    {"trailers", "kernel",       no_sign_off    },
    {"trailers", "kernel",       turned_trailers},
    {"trailers", "kernel",       split_trailers },
    {"trailers", "kernel",       apart_trailers },
    {"trailers", "kernel",       trailers_first },
    {"trailers", "kernel",       empty_generated},
    {"sign-off", "kernel",       machine_signs  },
    {"sign-off", "mindnlp",      machine_signs  },
    {"sign-off", "kernel",       bot_signs      },
    {"sign-off", "mindnlp",      bot_signs      },
    {"body",     "kernel",       no_body        },
    {"body",     NULL,           no_separation  },
    {"text",     NULL,           control        },
    {"text",     NULL,           turned_text    },
    {"text",     NULL,           no_text        },
};

struct replay {
    const struct style *style;
    struct policy *policy;
    int good, bad;
};

/* Whether `rule` (NULL: any) finds something in the message. */
static bool finds(const struct replay *r, const char *message, const char *rule,
                  const char **what) {
    static char said[256];
    struct arena arena;
    struct view_range range;
    struct findings found;
    const struct shown shown = {.message = message};
    bool hit = false;
    *what = said;
    arena_init(&arena, 0);
    show(&arena, &shown, &range);
    policy_check(r->policy, &arena, &range, &found);
    snprintf(said, sizeof(said), "nothing is found");
    for (size_t i = 0; i < found.len; i++) {
        hit |= !rule || strcmp(found.rows[i].rule, rule) == 0;
        snprintf(said, sizeof(said), "%s: %s", found.rows[i].rule, found.rows[i].text);
    }
    arena_done(&arena);
    return hit;
}

static void spoil(struct replay *r, const char *good) {
    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
        const struct fault *f = &faults[i];
        const char *what = "";
        struct buf bad;
        if (f->only && strcmp(f->only, r->style->preset) != 0)
            continue;
        buf_init(&bad, 1 << 16);
        f->make(&bad, good);
        bool found = finds(r, bad.data, f->rule, &what);
        test_check(found, __FILE__, __LINE__, "%s, fault %zu: %s does not find it (%s):\n%s",
                   r->style->preset, i, f->rule, what, bad.data);
        r->bad++;
        buf_done(&bad);
    }
}

static void replay_one(struct replay *r, const char *subject, const char *body) {
    struct buf good;
    const char *what = "";
    buf_init(&good, 1 << 16);
    buf_printf(&good, "%s%s%s%s", subject, *body ? "\n\n" : "", body, r->style->trailer);
    bool alarm = finds(r, good.data, NULL, &what);
    test_check(!alarm, __FILE__, __LINE__, "%s, a good one: %s\n%s", r->style->preset, what,
               good.data);
    r->good++;
    spoil(r, good.data);
    buf_done(&good);
}

static void replay_style(struct replay *r) {
    size_t heads =
        r->style->typed ? sizeof(types) / sizeof(*types) : sizeof(files) / sizeof(*files);
    size_t count = sizeof(briefs) / sizeof(*briefs);
    for (size_t i = 0; i < heads * count; i++) {
        char subject[128];
        const char *brief = briefs[i % count], *body = bodies[i % 7];
        if (r->style->typed)
            snprintf(subject, sizeof(subject), "%s%s: %s", types[i / count], scopes[i % 4], brief);
        else
            snprintf(subject, sizeof(subject), "%s: %s", files[i / count], brief);
        replay_one(r, subject, i % 3 || r->style->body ? body : "");
    }
}

/* A footer that names a tool is banned where the project bans it, and where a row says so. */
TEST(a_footer_of_a_tool_is_banned_where_it_is_said) {
    static const char *const styled[] = {"conventional", "mindnlp"};
    for (size_t i = 0; i < sizeof(styled) / sizeof(*styled); i++)
        for (int banned = 0; banned < 2; banned++) {
            struct replay r = {0};
            struct buf rules;
            const char *what = "";
            buf_init(&rules, 1 << 12);
            buf_printf(&rules, "{\"rules\": [{\"preset\": \"%s\"}%s]}", styled[i],
                       banned ? ", {\"kind\": \"banned\", \"footers\": [\"Co-Authored-By: "
                                "Claude\", \"Generated with [Claude Code]\"]}"
                              : "");
            REQUIRE(policy_parse(&r.policy, rules.data, rules.len, "rules", "") == 0);
            const char *footers[] = {"🤖 Generated with [Claude Code](https://claude.ai/code)",
                                     "Co-Authored-By: Claude <noreply@anthropic.com>"};
            for (size_t k = 0; k < sizeof(footers) / sizeof(*footers); k++) {
                char message[256];
                snprintf(message, sizeof(message), "fix: read it once\n\nIt was read twice.\n\n%s",
                         footers[k]);
                EXPECT(finds(&r, message, banned ? "banned" : NULL, &what) == (banned == 1));
            }
            policy_free(r.policy);
            buf_done(&rules);
        }
}

TEST(no_bad_message_leaks_and_no_good_one_alarms) {
    int good = 0, bad = 0;
    for (size_t i = 0; i < sizeof(styles) / sizeof(*styles); i++) {
        struct replay r = {.style = &styles[i]};
        const struct preset *p = preset_table;
        while (p->name && strcmp(p->name, styles[i].preset) != 0)
            p++;
        REQUIRE(p->name);
        REQUIRE(policy_parse(&r.policy, p->text, p->len, p->name, "") == 0);
        replay_style(&r);
        good += r.good;
        bad += r.bad;
        policy_free(r.policy);
    }
    EXPECT(good >= GOOD_LEAST);
    EXPECT(bad >= BAD_LEAST);
    printf("%d good messages, %d bad ones\n", good, bad);
}
