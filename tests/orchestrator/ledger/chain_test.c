/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/ledger/chain.h"

#include <stdio.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

/* A folder with three entries; name is per test, as all share one temporary folder. */
static const char *three(char folder[512], const char *name) {
    snprintf(folder, 512, "%s/%s", test_folder(), name);
    for (int i = 0; i < 3; i++) {
        struct buf path;
        char text[64];
        buf_init(&path, 4096);
        snprintf(text, sizeof(text), "# Sweep %d\n\n%d failed\n\n", i, i);
        EXPECT_INT(chain_append(folder, "2026-11-21-abc", text, "\n## Notes\n", &path), 0);
        buf_done(&path);
    }
    return folder;
}

static void edit(const char *folder, const char *name, const char *from, const char *to) {
    char path[1024], text[4096];
    struct file f = {0};
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    REQUIRE(file_read(&f, path, 4096) == 0);
    char *at = strstr((char *)f.data, from);
    REQUIRE(at != NULL);
    int n = snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - (char *)f.data), (char *)f.data, to,
                     at + strlen(from));
    EXPECT_INT(file_replace(path, text, (size_t)n), 0);
    file_done(&f);
}

static void expect_fault(const char *folder, size_t index, const char *part) {
    struct chain c = {0};
    REQUIRE(chain_read(&c, folder) == 0);
    REQUIRE(c.len > index);
    EXPECT(c.faults > 0);
    EXPECT_HAS(c.entries[index].fault, part);
    chain_done(&c);
}

TEST(a_fresh_chain_of_three_holds) {
    char folder[512];
    struct chain c = {0};
    REQUIRE(chain_read(&c, three(folder, "fresh")) == 0);
    EXPECT_INT(c.len, 3);
    EXPECT_INT(c.faults, 0);
    EXPECT_STR(c.entries[0].previous, "none");
    EXPECT_STR(c.entries[2].previous, c.entries[1].hash);
    EXPECT_STR(c.entries[1].name, "0002-2026-11-21-abc.md");
    EXPECT_STR(c.entries[1].text, "# Sweep 1\n\n1 failed\n\n");
    chain_done(&c);
}

TEST(a_folder_that_is_not_there_is_an_empty_chain) {
    struct chain c = {0};
    EXPECT_INT(chain_read(&c, "/nonexistent/ledger"), 0);
    EXPECT_INT(c.len, 0);
    chain_done(&c);
}

TEST(one_changed_figure_is_found) {
    char folder[512];
    edit(three(folder, "figure"), "0002-2026-11-21-abc.md", "1 failed", "0 failed");
    expect_fault(folder, 1, "changed after it was written");
}

TEST(an_entry_written_anew_with_a_right_hash_breaks_its_successor) {
    char folder[512], path[1024];
    struct buf out;
    three(folder, "forged");
    snprintf(path, sizeof(path), "%s/0002-2026-11-21-abc.md", folder);
    unlink(path);
    snprintf(path, sizeof(path), "%s/0003-2026-11-21-abc.md", folder);
    char saved[1024];
    snprintf(saved, sizeof(saved), "%s/saved", folder);
    REQUIRE(rename(path, saved) == 0);
    buf_init(&out, 4096);
    EXPECT_INT(chain_append(folder, "2026-11-21-abc", "# Sweep 1\n\n0 failed\n\n", "", &out), 0);
    buf_done(&out);
    REQUIRE(rename(saved, path) == 0);
    expect_fault(folder, 2, "does not follow");
}

TEST(a_missing_entry_is_found) {
    char folder[512], path[1024];
    three(folder, "missing");
    snprintf(path, sizeof(path), "%s/0002-2026-11-21-abc.md", folder);
    REQUIRE(unlink(path) == 0);
    expect_fault(folder, 1, "missing");
}

TEST(an_entry_cut_short_is_found) {
    char folder[512];
    edit(three(folder, "short"), "0003-2026-11-21-abc.md", "hash     ", "");
    expect_fault(folder, 2, "no chain lines");
}

TEST(notes_below_the_hash_are_free) {
    char folder[512];
    struct chain c = {0};
    edit(three(folder, "notes"), "0001-2026-11-21-abc.md", "## Notes\n", "## Notes\nseen by me\n");
    REQUIRE(chain_read(&c, folder) == 0);
    EXPECT_INT(c.faults, 0);
    chain_done(&c);
}

TEST(nothing_is_appended_to_a_broken_chain) {
    char folder[512];
    struct buf out;
    edit(three(folder, "broken"), "0001-2026-11-21-abc.md", "0 failed", "9 failed");
    buf_init(&out, 4096);
    EXPECT_INT(chain_append(folder, "x", "text\n", "", &out), ERR_FORMAT);
    EXPECT_HAS(err_text(), "0001-2026-11-21-abc.md");
    buf_done(&out);
}
