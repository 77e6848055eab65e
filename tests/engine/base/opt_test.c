/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/opt.h"

#include "engine/base/err.h"
#include "tests/test.h"

struct options {
    bool verbose, quiet;
    int64_t threads, seed;
    double scale;
    const char *device;
    struct opt_list cases;
};

#define AT(field) offsetof(struct options, field)

static const struct opt rows[] = {
    {OPT_FLAG, "verbose", 'v', AT(verbose), NULL,   0,   0,  "Says more."               },
    {OPT_FLAG, "quiet",   'q', AT(quiet),   NULL,   0,   0,  "Says less."               },
    {OPT_INT,  "threads", 't', AT(threads), "N",    1,   64,
     "How many threads share the rows, which changes no result: each row is computed by one of "
     "them, in order."                                                                  },
    {OPT_INT,  "seed",    0,   AT(seed),    "N",    0,   0,  "Where the sampler starts."},
    {OPT_REAL, "scale",   0,   AT(scale),   "X",    0.5, 2,  "Scales."                  },
    {OPT_STR,  "device",  'd', AT(device),  "NAME", 0,   0,  "The device."              },
    {OPT_LIST, "case",    'c', AT(cases),   "ID",   0,   0,  "A case to run."           },
    OPT_END_ROW,
};

enum { WORDS_MAX = 8 };

static char words[WORDS_MAX][64];
static char *w[WORDS_MAX]; /* what the parser works on */

/* Parses the words up to NULL; operands are in w. */
static int parse(struct options *o, int *argc, const char *const *from) {
    *o = (struct options){.threads = 2, .device = "cpu"};
    for (*argc = 0; from[*argc]; (*argc)++) {
        memcpy(words[*argc], from[*argc], strlen(from[*argc]) + 1);
        w[*argc] = words[*argc];
    }
    return opt_parse(rows, o, argc, w);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

TEST(values_come_attached_or_behind) {
    struct options o;
    int argc;
    REQUIRE(parse(&o, &argc,
                  WORDS("--threads=4", "--seed", "-7", "--scale", "1.5", "--device=", "a=b")) == 0);
    EXPECT_INT(o.threads, 4);
    EXPECT_INT(o.seed, -7);
    EXPECT(o.scale > 1.4 && o.scale < 1.6);
    EXPECT_STR(o.device, "");
    EXPECT_INT(argc, 1);
    EXPECT_STR(w[0], "a=b");
}

TEST(defaults_stay_and_the_last_word_wins) {
    struct options o;
    int argc;
    REQUIRE(parse(&o, &argc, WORDS("-d", "a", "--device", "b")) == 0);
    EXPECT_INT(o.threads, 2);
    EXPECT(!o.verbose);
    EXPECT_STR(o.device, "b");
    EXPECT_INT(argc, 0);
}

TEST(letters_may_be_bundled) {
    struct options o;
    int argc;
    REQUIRE(parse(&o, &argc, WORDS("-vqt8", "-dcuda", "-")) == 0);
    EXPECT(o.verbose && o.quiet);
    EXPECT_INT(o.threads, 8);
    EXPECT_STR(o.device, "cuda");
    EXPECT_INT(argc, 1); /* a lone dash is an operand */
}

TEST(operands_keep_their_order_and_two_dashes_end_options) {
    struct options o;
    int argc;
    REQUIRE(parse(&o, &argc, WORDS("one", "-v", "two", "--", "--quiet", "--", "-x")) == 0);
    EXPECT_INT(argc, 5);
    EXPECT(o.verbose && !o.quiet);
    EXPECT_STR(w[0], "one");
    EXPECT_STR(w[1], "two");
    EXPECT_STR(w[2], "--quiet");
    EXPECT_STR(w[3], "--");
    EXPECT_STR(w[4], "-x");
}

TEST(a_list_takes_all) {
    struct options o;
    int argc;
    REQUIRE(parse(&o, &argc, WORDS("-c", "a", "--case=b", "x", "--case", "c")) == 0);
    REQUIRE(o.cases.len == 3);
    EXPECT_STR(o.cases.items[0], "a");
    EXPECT_STR(o.cases.items[1], "b");
    EXPECT_STR(o.cases.items[2], "c");
    opt_list_done(&o.cases);
    EXPECT_INT(o.cases.len, 0);
}

static const struct {
    const char *word, *value, *text;
} refused[] = {
    {"--thread",      NULL,                  "unknown option --thread; did you mean --threads?"},
    {"--vrebose",     NULL,                  "did you mean --verbose?"                         },
    {"--hepl",        NULL,                  "did you mean --help?"                            },
    {"--nonsense=1",  NULL,                  "unknown option --nonsense"                       },
    {"-x",            NULL,                  "unknown option -x"                               },
    {"-vx",           NULL,                  "unknown option -x"                               },
    {"--threads",     NULL,                  "--threads needs a value: --threads N"            },
    {"-t",            NULL,                  "--threads needs a value"                         },
    {"--verbose=yes", NULL,                  "--verbose takes no value"                        },
    {"--threads",     "four",                "--threads needs a whole number, not \"four\""    },
    {"--threads",     "4x",                  "needs a whole number"                            },
    {"--threads",     "1.0",                 "needs a whole number"                            },
    {"--threads",     " 4",                  "needs a whole number"                            },
    {"--threads",     "",                    "needs a whole number"                            },
    {"--threads",     "0",                   "--threads is 0; it must be between 1 and 64"     },
    {"--threads",     "65",                  "between 1 and 64"                                },
    {"--seed",        "9223372036854775808", "needs a whole number"                            },
    {"--scale",       "nan",                 "--scale needs a number, not \"nan\""             },
    {"--scale",       "inf",                 "needs a number"                                  },
    {"--scale",       "1e999",               "needs a number"                                  },
    {"--scale",       "2.5",                 "between 0.5 and 2"                               },
    {"--scale",       "1,5",                 "needs a number"                                  },
};

TEST(what_is_wrong_is_said_with_the_name_of_the_option) {
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct options o;
        int argc;
        int rc = parse(&o, &argc, WORDS(refused[i].word, refused[i].value));
        EXPECT_INT(rc, ERR_ARG);
        EXPECT_HAS(err_text(), refused[i].text);
    }
}

TEST(help_stops_the_parser) {
    struct options o;
    int argc;
    EXPECT_INT(parse(&o, &argc, WORDS("-v", "--help", "--nonsense")), ERR_STOPPED);
    EXPECT_INT(parse(&o, &argc, WORDS("-vh")), ERR_STOPPED);
    (void)parse(&o, &argc, WORDS("--help"));
    EXPECT_INT(opt_parse(NULL, &o, &(int){1}, w), ERR_STOPPED); /* also without rows */
    (void)parse(&o, &argc, WORDS("--verbose"));
    EXPECT_INT(opt_parse(NULL, &o, &(int){1}, w), ERR_ARG);
}

static const char expected_help[] =
    "usage: noctule-engine check [OPTIONS] FIXTURE\n"
    "\n"
    "Runs the cases of a fixture.\n"
    "\n"
    "options:\n"
    "  -v, --verbose      Says more.\n"
    "  -q, --quiet        Says less.\n"
    "  -t, --threads N    How many threads share the rows, which changes no result:\n"
    "                     each row is computed by one of them, in order. (1 to 64)\n"
    "      --seed N       Where the sampler starts.\n"
    "      --scale X      Scales. (0.5 to 2)\n"
    "  -d, --device NAME  The device.\n"
    "  -c, --case ID      A case to run. (may be repeated)\n"
    "  -h, --help         Prints this and does nothing else.\n"
    "\n"
    "exit codes:\n"
    "    0  all is well\n"
    "    1  it ran, and the answer is no\n"
    "    2  it could not run: bad input, missing file, nothing compared, wrong state\n"
    "   64  the command line is wrong\n"
    "  130  stopped on request\n";

TEST(help_is_aligned_and_at_most_80_columns_wide) {
    struct buf b;
    buf_init(&b, 1 << 16);
    opt_help(&b, "noctule-engine", "check", "FIXTURE", "Runs the cases of a fixture.", rows);
    EXPECT_STR(b.data, expected_help);
    for (const char *line = b.data; *line; line += strcspn(line, "\n") + 1)
        EXPECT(strcspn(line, "\n") <= 80);
    buf_done(&b);
}

struct shared {
    const char *device;
    bool exact;
    struct opt_list stops;
};

struct grouping {
    bool quiet;
    struct shared shared;
    const char *own_device;
};

#define OF(field) offsetof(struct shared, field)
static const struct opt shared_rows[] = {
    {OPT_FLAG, "exact",  'e', OF(exact),  NULL,   0, 0, "Is exact."},
    {OPT_STR,  "device", 'd', OF(device), "NAME", 0, 0, "Shared."  },
    {OPT_LIST, "stop",   0,   OF(stops),  "TEXT", 0, 0, "Stops."   },
    OPT_END_ROW,
};

#define IN(field) offsetof(struct grouping, field)
static const struct opt grouping_rows[] = {
    {OPT_FLAG,  "quiet",  'q', IN(quiet),      NULL,        0, 0, "Says less."},
    {OPT_GROUP, "shared", 0,   IN(shared),     shared_rows, 0, 0, NULL        },
    {OPT_STR,   "device", 'D', IN(own_device), "WHERE",     0, 0, "Its own."  },
    OPT_END_ROW,
};

TEST(a_group_is_rows_in_place_but_those_that_the_table_has_itself) {
    static const char *const names[] = {"quiet", "exact", "stop", "device"};
    struct opt row;
    size_t n = 0;
    for (struct opt_walk at = {.rows = grouping_rows}; opt_next(&at, &row); n++)
        if (n < 4)
            EXPECT_STR(row.name, names[n]);
    EXPECT_INT(n, 4);
    for (struct opt_walk at = {.rows = NULL}; opt_next(&at, &row);)
        EXPECT(false);
    struct buf out;
    buf_init(&out, 4096);
    opt_help(&out, "p", "c", "", "S.", grouping_rows);
    EXPECT_HAS(out.data, "  -q, --quiet         Says less.\n"
                         "  -e, --exact         Is exact.\n"
                         "      --stop TEXT     Stops. (may be repeated)\n"
                         "  -D, --device WHERE  Its own.\n");
    buf_done(&out);
}

TEST(the_options_of_a_group_are_parsed_where_its_struct_lies) {
    struct grouping g = {.shared.device = "kept"};
    char text[][16] = {"--exact", "--device", "own", "--stop=a", "--stop", "b"};
    char *argv[] = {text[0], text[1], text[2], text[3], text[4], text[5]};
    int argc = 6;
    REQUIRE(opt_parse(grouping_rows, &g, &argc, argv) == 0);
    EXPECT(g.shared.exact && !g.quiet);
    EXPECT_STR(g.shared.device, "kept");
    EXPECT_STR(g.own_device, "own");
    EXPECT_INT(g.shared.stops.len, 2);
    opt_done(grouping_rows, &g);
    EXPECT_INT(g.shared.stops.len, 0);
    char wrong[] = "--exat", letter[] = "-d";
    argv[0] = wrong;
    argc = 1;
    EXPECT_INT(opt_parse(grouping_rows, &g, &argc, argv), ERR_ARG);
    EXPECT_HAS(err_text(), "did you mean --exact?");
    argv[0] = letter;
    argc = 1;
    EXPECT_INT(opt_parse(grouping_rows, &g, &argc, argv), ERR_ARG);
    EXPECT_HAS(err_text(), "unknown option -d");
}
