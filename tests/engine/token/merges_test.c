/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/merges.h"

#include <stdio.h>

#include "engine/base/err.h"
#include "engine/token/tokenizer.h"
#include "tests/test.h"

/* Tokens 0 to 99 are "a0" to "a99"; the merge of i and i + 1 has the id 100 + (i * step) % 99. */
enum { SINGLES = 100, MERGES = SINGLES - 1 };

static struct json_doc *doc;

/* bad[i], where it is not NULL, takes the place of merge i. */
static void write_merges(struct buf *b, int step, const char *const *bad, bool pairs) {
    buf_puts(b, "{\"vocab\":{");
    for (int i = 0; i < SINGLES; i++)
        buf_printf(b, "\"a%d\":%d,", i, i);
    for (int i = 0; i < MERGES; i++)
        buf_printf(b, "%s\"a%da%d\":%d", i ? "," : "", i, i + 1, SINGLES + i * step % MERGES);
    buf_puts(b, "},\"merges\":[");
    for (int i = 0; i < MERGES; i++)
        if (bad && bad[i])
            buf_printf(b, "%s%s", i ? "," : "", bad[i]);
        else
            buf_printf(b, pairs ? "%s[\"a%d\",\"a%d\"]" : "%s\"a%d a%d\"", i ? "," : "", i, i + 1);
    buf_puts(b, "]}");
}

static int parse(struct merges *out, struct vocab *vocab, int step, const char *const *bad,
                 bool pairs) {
    struct buf b;
    buf_init(&b, 1 << 20);
    write_merges(&b, step, bad, pairs);
    int rc = json_parse(&doc, b.data, b.len, "t", 0);
    if (rc == 0)
        rc = vocab_parse(vocab, json_get(json_root(doc), "vocab"));
    if (rc == 0)
        rc = merges_parse(out, vocab, 0, json_get(json_root(doc), "merges"));
    buf_done(&b);
    return rc;
}

static void done(struct merges *m, struct vocab *vocab) {
    merges_done(m);
    vocab_done(vocab);
    json_free(doc);
    doc = NULL;
}

static void check_all(int step, bool pairs) {
    struct merges m = {0};
    struct vocab v = {0};
    EXPECT_INT(parse(&m, &v, step, NULL, pairs), 0);
    for (int i = 0; i < MERGES; i++) {
        const struct merge *found = merges_find(&m, i, i + 1);
        REQUIRE(found != NULL);
        EXPECT_INT(found->rank, i);
        EXPECT_INT(found->id, SINGLES + i * step % MERGES);
        EXPECT(merges_find(&m, i + 1, i) == NULL);
    }
    done(&m, &v);
}

TEST(products_are_found_in_any_order_of_ids) {
    for (int step = 1; step < 6; step += 4) { /* one behind the other, and not */
        check_all(step, false);
        check_all(step, true);
    }
}

TEST(the_first_wrong_merge_is_named_though_they_are_looked_up_in_batches) {
    static const struct {
        int first, second; /* merges that are unknown and malformed */
        const char *message;
    } rows[] = {
        {0,  1,  "merges[0]: \"x\" is not in the vocabulary"},
        {1,  0,  "merges[0]: a merge is two tokens"         },
        {31, 32, "merges[31]: \"x\" is not"                 },
        {32, 31, "merges[31]: a merge is two"               },
        {40, 50, "merges[40]: \"x\" is not"                 },
        {50, 40, "merges[40]: a merge is two"               },
        {98, 97, "merges[97]: a merge is two"               },
        {97, 98, "merges[97]: \"x\" is not"                 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *bad[MERGES] = {0};
        struct merges m = {0};
        struct vocab v = {0};
        bad[rows[i].first] = "\"a1 x\"";
        bad[rows[i].second] = "\"a1\"";
        EXPECT_INT(parse(&m, &v, 1, bad, false), ERR_FORMAT);
        EXPECT_HAS(err_text(), rows[i].message);
        done(&m, &v);
    }
}

TEST(a_version_line_has_no_rank_and_the_last_of_two_counts) {
    const char *bad[MERGES] = {[0] = "\"#version: 0.2\"", [50] = "\"a1 a2\""};
    struct merges m = {0};
    struct vocab v = {0};
    int rc = parse(&m, &v, 1, bad, false);
    EXPECT_INT(rc, 0);
    if (rc != 0)
        return;
    EXPECT(merges_find(&m, 0, 1) == NULL);
    const struct merge *twice = merges_find(&m, 1, 2), *last = merges_find(&m, 98, 99);
    REQUIRE(twice && last);
    EXPECT_INT(twice->rank, 49);
    EXPECT_INT(last->rank, 97);
    done(&m, &v);
}

/* -- lists instead of a document -- */

enum { TOKENS = SINGLES + MERGES, TEXT = 16 };

struct lists {
    char room[TOKENS + MERGES][TEXT];
    struct token_text tokens[TOKENS], merges[MERGES];
};

static void text_of(struct token_text *out, char room[TEXT], const char *format, int i) {
    (void)snprintf(room, TEXT, format, i, i + 1);
    *out = (struct token_text){room, strlen(room)};
}

static void make_lists(struct lists *l) {
    for (int i = 0; i < SINGLES; i++)
        text_of(&l->tokens[i], l->room[i], "a%d", i);
    for (int i = 0; i < MERGES; i++) {
        text_of(&l->tokens[SINGLES + i], l->room[SINGLES + i], "a%da%d", i);
        text_of(&l->merges[i], l->room[TOKENS + i], "a%d a%d", i);
    }
}

TEST(lists_give_the_tables_that_a_document_gives) {
    static struct lists l;
    struct merges m = {0}, same = {0};
    struct vocab v = {0}, known = {0};
    make_lists(&l);
    REQUIRE(parse(&same, &known, 1, NULL, false) == 0);
    REQUIRE(vocab_fill(&v, l.tokens, TOKENS, false) == 0);
    REQUIRE(merges_fill(&m, &v, 0, l.merges, MERGES) == 0);
    EXPECT_INT(v.count, known.count);
    EXPECT_INT(v.end, known.end);
    for (int i = 0; i < TOKENS; i++) {
        EXPECT_STR(vocab_name(&v, i).data, vocab_name(&known, i).data);
        EXPECT_INT(vocab_id(&v, l.tokens[i].data, l.tokens[i].len), i);
    }
    EXPECT(m.mask == same.mask &&
           memcmp(m.slots, same.slots, (m.mask + 1) * sizeof(*m.slots)) == 0);
    merges_done(&m);
    vocab_done(&v);
    done(&same, &known);
}

TEST(faults_of_lists_are_named) {
    static struct lists l;
    struct merges m = {0};
    struct vocab v = {0};
    make_lists(&l);
    l.tokens[7] = (struct token_text){0}; /* a hole */
    REQUIRE(vocab_fill(&v, l.tokens, TOKENS, false) == 0);
    EXPECT_INT(v.count, TOKENS - 1);
    EXPECT(!vocab_name(&v, 7).data);
    EXPECT_INT(merges_fill(&m, &v, 0, l.merges, MERGES), ERR_FORMAT);
    EXPECT_HAS(err_text(), "merge 6: \"a7\" is not in the vocabulary");
    merges_done(&m);
    l.merges[3] = (struct token_text){"a3 a4 a5", 8};
    EXPECT_INT(merges_fill(&m, &v, 0, l.merges, MERGES), ERR_FORMAT);
    EXPECT_HAS(err_text(), "merge 3: a merge is two tokens");
    merges_done(&m);
    vocab_done(&v);
    l.tokens[150] = l.tokens[3];
    EXPECT_INT(vocab_fill(&v, l.tokens, TOKENS, false), ERR_FORMAT);
    EXPECT_HAS(err_text(), "the tokens 3 and 150 are both \"a3\"");
    vocab_done(&v);
}
